"""What operators say of a product, as plain values; some of it is stored as documents."""

from enum import StrEnum
from uuid import UUID

import msgspec

from domain.kernel.language import Bilingual

MOST_VARIANTS = 100
MOST_OPTIONS = 3
MOST_OPTION_VALUES = 40
MOST_PICTURES = 20
MOST_BLOCKS = 100
MOST_PERSONALISATION_FIELDS = 5
MOST_TAGS = 20
DEEPEST_CATEGORY = 3
MOST_CATEGORIES = 500
MOST_TAGS_IN_ALL = 500
LONGEST_TITLE = 120
LONGEST_TEXT = 5_000
LONGEST_ENGRAVING = 50
LONGEST_DELIVERY_NOTE = 1_000
MOST_GRAMS = 1_000_000
"""What one unit weighs at the most: a ton."""


class ProductKind(StrEnum):
    """What is handed over when a product is bought."""

    PHYSICAL = "physical"
    VIRTUAL = "virtual"
    SERVICE = "service"
    POINTS_GOOD = "points_good"


SOLD_KINDS = frozenset({ProductKind.PHYSICAL, ProductKind.VIRTUAL})
"""The kinds that can be sold."""


class ProductStatus(StrEnum):
    """How far a product has come; only a published one can be seen, within its window."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class BlockKind(StrEnum):
    """What a block of a description is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    PICTURE = "picture"


class Alphabet(StrEnum):
    """Which characters may be engraved."""

    ANY = "any"
    LATIN = "latin"
    CHINESE = "chinese"
    DIGITS = "digits"


class Picture(msgspec.Struct, frozen=True, gc=False):
    """A picture by its key below the media address, and what it shows, for who cannot see it."""

    key: str
    alt: Bilingual


class Option(msgspec.Struct, frozen=True):
    """A way in which variants differ, such as the colour, and what there is to choose from."""

    title: Bilingual
    values: tuple[Bilingual, ...]


class Block(msgspec.Struct, frozen=True, gc=False):
    """A part of a rich description: a heading or paragraph has a text, a picture a key."""

    kind: BlockKind
    text: Bilingual
    picture_key: str | None = None


class PersonalisationField(msgspec.Struct, frozen=True, gc=False):
    """Something that may be engraved: how much of which alphabet, and what it costs each unit."""

    code: str
    title: Bilingual
    most_characters: int
    alphabet: Alphabet
    price_fen: int
    is_required: bool = False


class VariantContent(msgspec.Struct, frozen=True):
    """What people buy; ``choices`` say which value it has of each of the product's options.

    ``weight_grams`` is what one unit weighs with its packaging, 0 where nobody has said.
    ``delivery_note`` says how to use what is virtual, to whoever has bought it.
    """

    sku: str
    title: Bilingual
    price_fen: int
    choices: tuple[int, ...] = ()
    weight_grams: int = 0
    delivery_note: Bilingual | None = None


class ProductContent(msgspec.Struct, frozen=True, kw_only=True):
    """All that operators say of a product, whole; its code is the brand's name for it.

    Code and kind stay as they were when it was created.
    """

    code: str
    title: Bilingual
    category_id: UUID
    image_key: str
    variants: tuple[VariantContent, ...]
    kind: ProductKind = ProductKind.PHYSICAL
    pictures: tuple[Picture, ...] = ()
    options: tuple[Option, ...] = ()
    description: tuple[Block, ...] = ()
    personalisation: tuple[PersonalisationField, ...] = ()
    tag_ids: tuple[UUID, ...] = ()
    member_limit: int | None = None
