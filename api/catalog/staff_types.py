"""The catalogue as staff see it; behind each type is a struct of `domain.catalog`."""

from datetime import datetime

import strawberry

from api.bilingual import Bilingual
from api.catalog.enums import Alphabet, BlockKind, LinkKind, ProductKind, ProductStatus
from api.limits import sized
from api.node import Node
from domain.catalog import home
from domain.catalog.views import staff
from domain.catalog.views.structs import CATEGORY, PRODUCT
from domain.kernel.ids import public_id
from domain.kernel.money import Fen


@strawberry.type(description="A picture by its key.")
class StaffPicture:
    key: str = strawberry.field(description="Its path below the media address.")
    alt: Bilingual = strawberry.field(description="What it shows.")


@strawberry.type(description="A way in which variants differ, in both languages.")
class StaffOption:
    title: Bilingual = strawberry.field(description="Its name.")
    values: list[Bilingual] = strawberry.field(
        description="What there is to choose from, at most 40.", metadata=sized(5)
    )


@strawberry.type(description="A part of a rich description, in both languages.")
class StaffBlock:
    kind: BlockKind = strawberry.field(description="What it is.")
    text: Bilingual = strawberry.field(description="The text; of a picture, what it shows.")
    picture_key: str | None = strawberry.field(description="The picture; null for a text.")


@strawberry.type(description="Something that may be engraved, in both languages.")
class StaffPersonalisationField:
    code: str = strawberry.field(description="The brand's own name for it.")
    title: Bilingual = strawberry.field(description="Its name.")
    most_characters: int = strawberry.field(description="The longest text, in characters.")
    alphabet: Alphabet = strawberry.field(description="Which characters it may have.")
    price_fen: Fen = strawberry.field(name="price", description="What it costs for each unit.")
    is_required: bool = strawberry.field(description="Whether it must be given.")


@strawberry.type(description="A variant, archived ones too.")
class StaffVariant(Node):
    sku: str = strawberry.field(description="The brand's own article number.")
    title: Bilingual = strawberry.field(description="Its name.")
    choices: list[int] = strawberry.field(
        description="For each option of the product, the place of its value.", metadata=sized(3)
    )
    price_fen: Fen = strawberry.field(name="price", description="What one unit costs.")
    weight_grams: int = strawberry.field(
        description="What one unit weighs with its packaging, in grams; 0 where nobody has said."
    )
    archived_at: datetime | None = strawberry.field(
        description="Since when it is no longer sold; null while it is."
    )
    delivery_note: Bilingual | None = strawberry.field(
        description="What whoever has bought it reads once it is delivered; null for none."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, staff.StaffVariant)


@strawberry.type(description="A product whatever its status, in both languages.")
class StaffProduct(Node):
    code: str = strawberry.field(description="The brand's own name for it.")
    kind: ProductKind = strawberry.field(description="What is handed over when it is bought.")
    status: ProductStatus = strawberry.field(description="How far it has come.")
    visible_from: datetime | None = strawberry.field(description="Since when it can be seen.")
    visible_until: datetime | None = strawberry.field(description="Until when; null for good.")
    revision: int = strawberry.field(description="How often it was written; an edit names it.")
    title: Bilingual = strawberry.field(description="Its name.")
    category_id: strawberry.ID = strawberry.field(description="The shelf it stands on.")
    image_key: str = strawberry.field(description="The key of its main picture.")
    from_price_fen: Fen = strawberry.field(
        name="fromPrice", description="The lowest price of its variants."
    )
    member_limit: int | None = strawberry.field(description="The most units for one member.")
    pictures: list[StaffPicture] = strawberry.field(
        description="More pictures, at most 20.", metadata=sized(5)
    )
    options: list[StaffOption] = strawberry.field(
        description="The ways in which its variants differ, at most 3.", metadata=sized(3)
    )
    description: list[StaffBlock] = strawberry.field(
        description="The rich description, at most 100 blocks.", metadata=sized(10)
    )
    personalisation: list[StaffPersonalisationField] = strawberry.field(
        description="What may be engraved, at most 5.", metadata=sized(5)
    )
    tag_ids: list[strawberry.ID] = strawberry.field(
        description="Its tags, at most 20.", metadata=sized(5)
    )
    variants: list[StaffVariant] = strawberry.field(
        description="Its variants in order, at most 100, and then the archived ones.",
        metadata=sized(10),
    )
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When it was last written.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, staff.StaffProduct)


@strawberry.type(description="A shelf, hidden ones too.")
class StaffCategory(Node):
    code: str = strawberry.field(description="The brand's own name for it.")
    parent_id: strawberry.ID | None = strawberry.field(description="The shelf above it.")
    title: Bilingual = strawberry.field(description="Its name.")
    position: int = strawberry.field(description="Its place among its neighbours.")
    is_hidden: bool = strawberry.field(description="Whether staff hid it.")
    is_visible: bool = strawberry.field(description="Whether neither it nor one above is hidden.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, staff.StaffCategory)


@strawberry.type(description="A tag, in both languages.")
class StaffTag(Node):
    code: str = strawberry.field(description="The brand's own name for it.")
    title: Bilingual = strawberry.field(description="The word.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, staff.StaffTag)


@strawberry.type(description="What a variant cost from a moment on.")
class PriceEntry:
    number: int = strawberry.field(description="Its number in the variant's history, from 1.")
    price_fen: Fen = strawberry.field(name="price", description="What one unit cost.")
    is_offered: bool = strawberry.field(description="Whether it was on offer.")
    actor: str = strawberry.field(description="Who set it.")
    recorded_at: datetime = strawberry.field(description="From when on.")


@strawberry.type(description="Where a tap leads, as it was arranged.")
class StaffLink:
    kind: LinkKind = strawberry.field(description="To what.")
    search: str | None = strawberry.field(description="The words to search for.")

    @strawberry.field(description="The id of the product or category; null for a search.")
    def target_id(self, root: strawberry.Parent[home.Link]) -> strawberry.ID | None:
        if root.target_id is None:
            return None
        kind = PRODUCT if root.kind is LinkKind.PRODUCT else CATEGORY
        return strawberry.ID(public_id(kind, root.target_id))


@strawberry.type(description="A banner as it was arranged.")
class StaffBanner:
    picture_key: str = strawberry.field(description="The key of the picture.")
    alt: Bilingual = strawberry.field(description="What it shows.")
    link: StaffLink | None = strawberry.field(description="Where a tap leads.")


@strawberry.type(description="A section as it was arranged.")
class StaffSection:
    title: Bilingual = strawberry.field(description="Its title.")
    link: StaffLink | None = strawberry.field(description="Where a tap on the title leads.")

    @strawberry.field(
        description="The products in order, whether they can be seen or not, at most 12.",
        metadata=sized(6),
    )
    def product_ids(self, root: strawberry.Parent[home.Section]) -> list[strawberry.ID]:
        return [strawberry.ID(public_id(PRODUCT, key)) for key in root.product_ids]


@strawberry.type(description="The home page as it was arranged, in both languages.")
class StaffHomePage:
    revision: int = strawberry.field(description="How often it was arranged; 0 for never.")
    banners: list[StaffBanner] = strawberry.field(
        description="The banners, at most 10.", metadata=sized(5)
    )
    sections: list[StaffSection] = strawberry.field(
        description="The sections, at most 10.", metadata=sized(5)
    )
    search_words: list[Bilingual] = strawberry.field(
        description="Words to search for, at most 20.", metadata=sized(5)
    )
