"""What staff send to change the catalogue."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

import strawberry

from api.bilingual import BilingualInput
from api.catalog.enums import Alphabet, BlockKind, LinkKind, ProductKind
from api.ids import key
from domain.catalog import content, home
from domain.catalog.views.structs import CATEGORY, PRODUCT, TAG
from domain.kernel.money import Fen

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class _Input(Protocol[T_co]):
    def value(self) -> T_co: ...


_REQUEST_ID = "An id of the client's own for this request: sent again, it gets the first answer."
_REASON = "Why, in words for colleagues: it stands in the audit trail. At most 500 characters."
_REVISION = "The revision at which it was read, so that nobody's change is overwritten unseen."


@strawberry.input(description="A picture by its key, which the upload gave.")
class PictureInput:
    key: str = strawberry.field(description="The key of the uploaded picture.")
    alt: BilingualInput = strawberry.field(description="What it shows, for who cannot see it.")

    def value(self) -> content.Picture:
        """The domain's value."""
        return content.Picture(self.key, self.alt.value())


@strawberry.input(description="A way in which variants differ, at most 3 of a product.")
class OptionInput:
    title: BilingualInput = strawberry.field(description="Its name, such as 容量.")
    values: list[BilingualInput] = strawberry.field(
        description="What there is to choose from, at most 40."
    )

    def value(self) -> content.Option:
        """The domain's value."""
        return content.Option(self.title.value(), tuple(each.value() for each in self.values))


@strawberry.input(description="A part of a rich description, at most 100 of a product.")
class BlockInput:
    kind: BlockKind = strawberry.field(description="What it is.")
    text: BilingualInput = strawberry.field(
        description="The text, at most 5,000 characters; of a picture, what it shows. A whole "
        "request has at most 100 KB."
    )
    picture_key: str | None = strawberry.field(
        default=None, description="The key of the picture; only of a picture."
    )

    def value(self) -> content.Block:
        """The domain's value."""
        return content.Block(self.kind, self.text.value(), self.picture_key)


@strawberry.input(description="Something that may be engraved, at most 5 of a product.")
class PersonalisationFieldInput:
    code: str = strawberry.field(description="The brand's own name for it.")
    title: BilingualInput = strawberry.field(description="Its name.")
    most_characters: int = strawberry.field(description="The longest text, from 1 to 50.")
    alphabet: Alphabet = strawberry.field(description="Which characters it may have.")
    price: Fen = strawberry.field(description="What it costs for each unit.")
    is_required: bool = strawberry.field(default=False, description="Whether it must be given.")

    def value(self) -> content.PersonalisationField:
        """The domain's value."""
        return content.PersonalisationField(
            self.code,
            self.title.value(),
            self.most_characters,
            self.alphabet,
            self.price,
            self.is_required,
        )


@strawberry.input(description="A variant, at most 100 of a product.")
class VariantInput:
    sku: str = strawberry.field(description="The brand's own article number, unique in the mall.")
    title: BilingualInput = strawberry.field(description="Its name, such as 30ml.")
    price: Fen = strawberry.field(description="What one unit costs.")
    choices: list[int] = strawberry.field(
        default_factory=list[int],
        description="For each option of the product, the place of its value, from 0.",
    )
    weight_grams: int | None = strawberry.field(
        default=None,
        description="What one unit weighs with its packaging, in grams, at most 1,000,000; null "
        "for 0, where nobody knows.",
    )
    delivery_note: BilingualInput | None = strawberry.field(
        default=None,
        description="Of a virtual one: what whoever has bought it reads once it is delivered, such "
        "as how to use it, at most 1,000 characters. Orders keep it as it was when they were "
        "placed.",
    )

    def value(self) -> content.VariantContent:
        """The domain's value."""
        return content.VariantContent(
            self.sku,
            self.title.value(),
            self.price,
            tuple(self.choices),
            self.weight_grams or 0,
            self.delivery_note.value() if self.delivery_note else None,
        )


@strawberry.input(description="A product to create, as a draft.")
class CreateProductInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    code: str = strawberry.field(description="The brand's own name for it; it never changes.")
    title: BilingualInput = strawberry.field(description="Its name, at most 120 characters.")
    category_id: strawberry.ID = strawberry.field(description="The shelf it stands on.")
    image_key: str = strawberry.field(description="The key of its main picture.")
    variants: list[VariantInput] = strawberry.field(description="The variants, in order.")
    kind: ProductKind = strawberry.field(
        default=ProductKind.PHYSICAL,
        description="What is handed over when it is bought; it never changes.",
    )
    pictures: list[PictureInput] = strawberry.field(
        default_factory=list[PictureInput], description="More pictures, at most 20."
    )
    options: list[OptionInput] = strawberry.field(
        default_factory=list[OptionInput], description="The ways in which variants differ."
    )
    description: list[BlockInput] = strawberry.field(
        default_factory=list[BlockInput], description="The rich description."
    )
    personalisation: list[PersonalisationFieldInput] = strawberry.field(
        default_factory=list[PersonalisationFieldInput], description="What may be engraved."
    )
    tag_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list[strawberry.ID], description="Its tags, at most 20."
    )
    member_limit: int | None = strawberry.field(
        default=None, description="The most units one member may buy; null for no limit."
    )

    def value(self) -> content.ProductContent:
        """The domain's value; a BAD_INPUT fault for an id that is none."""
        return content.ProductContent(
            code=self.code,
            title=self.title.value(),
            category_id=key(self.category_id, CATEGORY, argument="categoryId"),
            image_key=self.image_key,
            variants=_values(self.variants),
            kind=self.kind,
            pictures=_values(self.pictures),
            options=_values(self.options),
            description=_values(self.description),
            personalisation=_values(self.personalisation),
            tag_ids=_tag_keys(self.tag_ids),
            member_limit=self.member_limit,
        )


@strawberry.input(description="Changes to a product; what is left out stays as it is.")
class EditProductInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    product_id: strawberry.ID = strawberry.field(description="The product.")
    revision: int = strawberry.field(description=_REVISION)
    title: strawberry.Maybe[BilingualInput] = strawberry.field(description="Its new name.")
    category_id: strawberry.Maybe[strawberry.ID] = strawberry.field(description="Its new shelf.")
    image_key: strawberry.Maybe[str] = strawberry.field(description="Its new main picture.")
    variants: strawberry.Maybe[list[VariantInput]] = strawberry.field(
        description="All its variants, in order; those left out are archived."
    )
    pictures: strawberry.Maybe[list[PictureInput]] = strawberry.field(
        description="All further pictures."
    )
    options: strawberry.Maybe[list[OptionInput]] = strawberry.field(description="All its options.")
    description: strawberry.Maybe[list[BlockInput]] = strawberry.field(
        description="The whole rich description."
    )
    personalisation: strawberry.Maybe[list[PersonalisationFieldInput]] = strawberry.field(
        description="All that may be engraved."
    )
    tag_ids: strawberry.Maybe[list[strawberry.ID]] = strawberry.field(description="All its tags.")
    member_limit: strawberry.Maybe[int | None] = strawberry.field(
        description="The most units one member may buy; null for no limit."
    )

    def changes(self) -> dict[str, object]:
        """The domain's fields that change; a BAD_INPUT fault for an id that is none."""
        changes: dict[str, object] = {}
        if self.title:
            changes["title"] = self.title.value.value()
        if self.category_id:
            category_id = self.category_id.value
            changes["category_id"] = key(category_id, CATEGORY, argument="categoryId")
        if self.image_key:
            changes["image_key"] = self.image_key.value
        if self.member_limit:
            changes["member_limit"] = self.member_limit.value
        if self.tag_ids:
            changes["tag_ids"] = _tag_keys(self.tag_ids.value)
        for name in ("variants", "pictures", "options", "description", "personalisation"):
            if given := getattr(self, name):
                changes[name] = _values(given.value)
        return changes


@strawberry.input(description="A step in a product's life.")
class ProductStepInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    product_id: strawberry.ID = strawberry.field(description="The product.")
    revision: int = strawberry.field(description=_REVISION)

    @property
    def product_key(self) -> UUID:
        """The product's key; a BAD_INPUT fault for an id that is none."""
        return key(self.product_id, PRODUCT, argument="productId")


@strawberry.input(description="A product to publish, or another window for a published one.")
class PublishProductInput(ProductStepInput):
    visible_from: datetime | None = strawberry.field(
        default=None,
        description="Since when it can be seen; null for as before where it is published, and "
        "for now where it is not.",
    )
    visible_until: datetime | None = strawberry.field(
        default=None, description="Until when it can be seen; null for good."
    )


@strawberry.input(description="A shelf to add.")
class CreateCategoryInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    code: str = strawberry.field(description="The brand's own name for it, unique.")
    title: BilingualInput = strawberry.field(description="Its name.")
    parent_id: strawberry.ID | None = strawberry.field(
        default=None, description="The shelf above it; null at the top."
    )
    position: int = strawberry.field(
        default=0, description="Its place among its neighbours: the lower the earlier."
    )
    is_hidden: bool = strawberry.field(
        default=False, description="Whether it, and all below it, cannot be seen."
    )


@strawberry.input(description="Changes to a shelf; what is left out stays as it is.")
class EditCategoryInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    category_id: strawberry.ID = strawberry.field(description="The shelf.")
    title: strawberry.Maybe[BilingualInput] = strawberry.field(description="Its new name.")
    parent_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(
        description="The shelf above it; null for the top."
    )
    position: strawberry.Maybe[int] = strawberry.field(
        description="Its place among its neighbours."
    )
    is_hidden: strawberry.Maybe[bool] = strawberry.field(
        description="Whether it, and all below it, cannot be seen."
    )

    def changes(self) -> dict[str, object]:
        """The domain's fields that change; a BAD_INPUT fault for an id that is none."""
        changes: dict[str, object] = {}
        if self.title:
            changes["title"] = self.title.value.value()
        if self.parent_id:
            changes["parent_id"] = parent_key(self.parent_id.value)
        if self.position:
            changes["position"] = self.position.value
        if self.is_hidden:
            changes["is_hidden"] = self.is_hidden.value
        return changes


@strawberry.input(description="A tag to add.")
class CreateTagInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    code: str = strawberry.field(description="The brand's own name for it, unique.")
    title: BilingualInput = strawberry.field(description="The word.")


@strawberry.input(description="A tag to change.")
class EditTagInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    tag_id: strawberry.ID = strawberry.field(description="The tag.")
    title: BilingualInput = strawberry.field(description="The new word.")

    @property
    def tag_key(self) -> UUID:
        """The tag's key; a BAD_INPUT fault for an id that is none."""
        return key(self.tag_id, TAG, argument="tagId")


@strawberry.input(description="Where a tap leads.")
class LinkInput:
    kind: LinkKind = strawberry.field(description="To what.")
    target_id: strawberry.ID | None = strawberry.field(
        default=None, description="The product or category; null for a search."
    )
    search: str | None = strawberry.field(default=None, description="What to search for.")

    def value(self) -> home.Link:
        """The domain's value; a BAD_INPUT fault for an id that is none."""
        kind = PRODUCT if self.kind is LinkKind.PRODUCT else CATEGORY
        target = None
        if self.target_id is not None:
            target = key(self.target_id, kind, argument="targetId")
        return home.Link(self.kind, target, self.search)


@strawberry.input(description="A picture over the whole width of the home page.")
class BannerInput:
    picture_key: str = strawberry.field(description="The key of the uploaded picture.")
    alt: BilingualInput = strawberry.field(description="What it shows.")
    link: LinkInput | None = strawberry.field(default=None, description="Where a tap leads.")

    def value(self) -> home.Banner:
        """The domain's value."""
        link = self.link.value() if self.link else None
        return home.Banner(self.picture_key, self.alt.value(), link)


@strawberry.input(description="A titled row of products on the home page.")
class SectionInput:
    title: BilingualInput = strawberry.field(description="Its title.")
    product_ids: list[strawberry.ID] = strawberry.field(
        description="The products in order, at most 12."
    )
    link: LinkInput | None = strawberry.field(
        default=None, description="Where a tap on the title leads."
    )

    def value(self) -> home.Section:
        """The domain's value; a BAD_INPUT fault for an id that is none."""
        products = tuple(key(each, PRODUCT, argument="productIds") for each in self.product_ids)
        return home.Section(self.title.value(), products, self.link.value() if self.link else None)


@strawberry.input(description="The whole home page, in the place of the present one.")
class ArrangeHomePageInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    revision: int = strawberry.field(description=f"{_REVISION} 0 where there is none yet.")
    banners: list[BannerInput] = strawberry.field(description="The banners, at most 10.")
    sections: list[SectionInput] = strawberry.field(description="The sections, at most 10.")
    search_words: list[BilingualInput] = strawberry.field(
        description="Words to search for, at most 20."
    )

    def value(self) -> home.Arrangement:
        """The domain's value."""
        return home.Arrangement(
            _values(self.banners), _values(self.sections), _values(self.search_words)
        )


def parent_key(parent_id: strawberry.ID | None) -> UUID | None:
    """The key of the shelf above; a BAD_INPUT fault for an id that is none."""
    return None if parent_id is None else key(parent_id, CATEGORY, argument="parentId")


def _tag_keys(tag_ids: Iterable[strawberry.ID]) -> tuple[UUID, ...]:
    return tuple(key(each, TAG, argument="tagIds") for each in tag_ids)


def _values(inputs: Iterable[_Input[T]]) -> tuple[T, ...]:
    return tuple(each.value() for each in inputs)
