"""Hot reads of the catalogue: statements compiled once, plain structs out."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import ARRAY, ColumnElement, Select, any_, bindparam, null, select
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.orm import InstrumentedAttribute

from domain.catalog import models
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.money import Fen
from domain.kernel.paging import Page, page_of

PRODUCT, CATEGORY, VARIANT = "product", "category", "variant"
"""The kinds of things in public ids."""


class Category(msgspec.Struct, frozen=True, gc=False):
    """A shelf of the mall, in one language."""

    id: str
    title: str


class Image(msgspec.Struct, frozen=True, gc=False):
    """A picture and where it is."""

    url: str


class Variant(msgspec.Struct, frozen=True, gc=False):
    """One size or colour of a product, in one language; the price is in fen.

    ``is_in_stock`` is None unless it was asked for.
    """

    id: str
    sku: str
    title: str
    price_fen: Fen
    is_in_stock: bool | None


class Product(msgspec.Struct, frozen=True, gc=False):
    """A product in one language, with whatever was asked for below it."""

    id: str
    title: str
    image: Image
    category: Category | None
    variants: list[Variant] | None
    key: UUID


IsAvailable = Callable[[ColumnElement[UUID]], ColumnElement[Any]]
"""Makes the condition that a variant can be had."""


@dataclass(frozen=True, slots=True)
class Reading:
    """In which language to read, where pictures are, and what to fetch below each product.

    What is not fetched costs nothing and is None in the struct.
    """

    language: Language
    media_url: str
    with_category: bool
    with_variants: bool
    is_available: "IsAvailable | None" = None
    """Set where the document asks for it: how stock, which the catalogue does not know, is asked
    in the same statement."""


async def newest_products(
    reads: ReadPool, reading: Reading, *, category_id: UUID | None, first: int, after: UUID | None
) -> Page[Product]:
    """Take the ``first`` newest products, older than ``after``, of one category or of all."""
    statement = _newest(
        reading.language,
        with_category=reading.with_category,
        in_category=category_id is not None,
        after=after is not None,
    )
    rows = await statement.rows(reads, category_id=category_id, after=after, limit=first + 1)
    page = page_of(rows, first)
    return Page(await _products(reads, reading, page.items), page.has_next)


async def product(reads: ReadPool, reading: Reading, product_id: UUID) -> Product | None:
    """Find one product."""
    one = _one(reading.language, with_category=reading.with_category)
    rows = await one.rows(reads, id=product_id)
    products = await _products(reads, reading, rows)
    return products[0] if products else None


async def _products(reads: ReadPool, reading: Reading, rows: list[Record]) -> list[Product]:
    variants = await _variants_of(reads, reading, [row[0] for row in rows])
    return [
        Product(
            public_id(PRODUCT, key),
            title,
            Image(reading.media_url + image_key),
            Category(public_id(CATEGORY, category[0]), category[1]) if category else None,
            variants[key] if reading.with_variants else None,
            key,
        )
        for key, title, image_key, *category in rows
    ]


async def _variants_of(
    reads: ReadPool, reading: Reading, product_keys: list[UUID]
) -> dict[UUID, list[Variant]]:
    variants: dict[UUID, list[Variant]] = defaultdict(list)
    if reading.with_variants and product_keys:
        statement = _variants(reading.language, reading.is_available)
        for product_key, key, *variant in await statement.rows(reads, product_keys=product_keys):
            variants[product_key].append(Variant(public_id(VARIANT, key), *variant))
    return variants


@cache
def _newest(language: Language, *, with_category: bool, in_category: bool, after: bool) -> HotRead:
    statement = _select(language, with_category=with_category)
    if in_category:
        statement = statement.where(models.Product.category_id == bindparam("category_id"))
    if after:
        statement = statement.where(models.Product.id < bindparam("after"))
    return HotRead(statement.order_by(models.Product.id.desc()).limit(bindparam("limit")))


@cache
def _one(language: Language, *, with_category: bool) -> HotRead:
    statement = _select(language, with_category=with_category)
    return HotRead(statement.where(models.Product.id == bindparam("id")))


def _select(language: Language, *, with_category: bool) -> Select[*tuple[Any, ...]]:
    product, category = models.Product, models.Category
    if not with_category:
        return select(product.id, _title(product, language), product.image_key)
    return select(
        product.id,
        _title(product, language),
        product.image_key,
        category.id,
        _title(category, language),
    ).join(category, category.id == product.category_id)


@cache
def _variants(language: Language, is_available: IsAvailable | None) -> HotRead:
    variant = models.Variant
    keys = bindparam("product_keys", type_=ARRAY(UuidColumn))
    return HotRead(
        select(
            variant.product_id,
            variant.id,
            variant.sku,
            _title(variant, language),
            variant.price_fen,
            is_available(variant.id.expression) if is_available else null(),
        )
        .where(variant.product_id == any_(keys))
        .order_by(variant.product_id, variant.position)
    )


def _title(
    table: type[models.Product | models.Category | models.Variant], language: Language
) -> InstrumentedAttribute[str]:
    return table.title_zh if language is Language.ZH else table.title_en
