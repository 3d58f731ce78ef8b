"""What reads of the catalogue answer with: plain structs in one language."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement

from domain.catalog.content import Alphabet, BlockKind, ProductKind
from domain.kernel.ids import key_of
from domain.kernel.language import Language
from domain.kernel.money import Fen

PRODUCT, CATEGORY, VARIANT, TAG = "product", "category", "variant", "tag"
"""The kinds of things in public ids."""

IsAvailable = Callable[[ColumnElement[UUID]], ColumnElement[Any]]
"""Makes the condition that a variant can be had: stock, which the catalogue does not know, is
asked in the same statement."""


class Category(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A shelf of the mall."""

    id: str
    title: str


class CategoryTree(msgspec.Struct, frozen=True):
    """A shelf and the shelves below it."""

    category: Category
    children: list["CategoryTree"]


class Tag(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A word on products."""

    id: str
    title: str


class Image(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A picture, where it is, and what it shows; None where that was not asked for."""

    url: str
    alt: str | None = None


class Option(msgspec.Struct, frozen=True, gc=False):
    """A way in which variants differ, and what there is to choose from."""

    title: str
    values: list[str]


class Block(msgspec.Struct, frozen=True, gc=False):
    """A part of a rich description; a picture's text says what it shows."""

    kind: BlockKind
    text: str
    image: Image | None


class PersonalisationField(msgspec.Struct, frozen=True, gc=False):
    """Something that may be engraved; the price in fen is for each unit."""

    code: str
    title: str
    most_characters: int
    alphabet: Alphabet
    price_fen: Fen
    is_required: bool

    @property
    def is_returnable(self) -> bool:
        """Whether a unit with it is taken back where the shop is at no fault: none is."""
        return False


class Variant(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One size or colour of a product; prices are in fen. What was not asked for is None.

    What is asked for most comes first: the rest is not even told.
    """

    id: str
    title: str | None = None
    price_fen: Fen | None = None
    sku: str | None = None
    is_in_stock: bool | None = None
    choices: list[int] | None = None
    lowest_recent_price_fen: Fen | None = None
    weight_grams: int | None = None


class Product(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A product with whatever was asked for of it and below it; the rest is None.

    What is asked for most comes first, as of a variant.
    """

    id: str
    place: int
    """The value that its list is sorted by: fen, or microseconds since 1970."""
    title: str | None = None
    image: Image | None = None
    variants: list[Variant] | None = None
    from_price_fen: Fen | None = None
    category: Category | None = None
    code: str | None = None
    tags: list[Tag] | None = None
    kind: ProductKind | None = None
    member_limit: int | None = None
    pictures: list[Image] | None = None
    options: list[Option] | None = None
    description: list[Block] | None = None
    personalisation: list[PersonalisationField] | None = None

    @property
    def key(self) -> UUID:
        """What it is known by within the mall."""
        key = key_of(self.id, PRODUCT)
        assert key is not None
        return key


PRODUCT_COLUMNS = frozenset(
    {"code", "kind", "title", "image_key", "image_alt", "from_price_fen", "member_limit"}
)
"""What may be left out of a product's own columns; ``image_alt`` is the title once more."""
VARIANT_COLUMNS = frozenset({"sku", "title", "choices", "price_fen", "weight_grams"})
"""What may be left out of a variant's."""


class Parts(msgspec.Struct, frozen=True):
    """What to fetch of each product; what is not fetched costs nothing."""

    category: bool = False
    variants: bool = False
    tags: bool = False
    documents: bool = False
    """Pictures, options, description and personalisation."""
    lowest_recent_price: bool = False
    is_available: IsAvailable | None = None
    """Set where it is asked whether a variant can be had."""
    columns: frozenset[str] = PRODUCT_COLUMNS
    variant_columns: frozenset[str] = VARIANT_COLUMNS


class Reading(msgspec.Struct, frozen=True):
    """In which language to read, at what moment, where pictures are, and what to fetch."""

    language: Language
    at: datetime
    media_url: str
    parts: Parts
