"""The catalogue as staff read it: whatever its status, in both languages, with its history."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import ARRAY, BigInteger, Text, any_, bindparam, func, select
from sqlalchemy import Uuid as UuidColumn

from domain.catalog import content, models
from domain.catalog.content import ProductKind, ProductStatus
from domain.catalog.search import beginnings_of_words
from domain.catalog.views.structs import CATEGORY, PRODUCT, TAG, VARIANT
from domain.catalog.views.words import has_patterns, has_terms, of_search
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Bilingual
from domain.kernel.money import Fen
from domain.kernel.paging import Page, Place, page_of

_PICTURES = msgspec.json.Decoder(list[content.Picture])
_OPTIONS = msgspec.json.Decoder(list[content.Option])
_BLOCKS = msgspec.json.Decoder(list[content.Block])
_PERSONALISATION = msgspec.json.Decoder(list[content.PersonalisationField])


class StaffCategory(msgspec.Struct, frozen=True, gc=False):
    """A shelf as staff see it."""

    id: str
    code: str
    parent_id: str | None
    title: Bilingual
    position: int
    is_hidden: bool
    is_visible: bool


class StaffTag(msgspec.Struct, frozen=True, gc=False):
    """A tag as staff see it."""

    id: str
    code: str
    title: Bilingual


class StaffVariant(msgspec.Struct, frozen=True, gc=False):
    """A variant as staff see it; archived ones have no place among the others."""

    id: str
    sku: str
    title: Bilingual
    choices: list[int]
    price_fen: Fen
    weight_grams: int
    archived_at: datetime | None
    delivery_note: Bilingual | None


class StaffProduct(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A product as staff see it, whole."""

    id: str
    code: str
    kind: ProductKind
    status: ProductStatus
    visible_from: datetime | None
    visible_until: datetime | None
    title: Bilingual
    category_id: str
    image_key: str
    from_price_fen: Fen
    member_limit: int | None
    pictures: list[content.Picture]
    options: list[content.Option]
    description: list[content.Block]
    personalisation: list[content.PersonalisationField]
    tag_ids: list[str]
    variants: list[StaffVariant]
    revision: int
    created_at: datetime
    updated_at: datetime
    key: UUID


class PriceEntry(msgspec.Struct, frozen=True, gc=False):
    """What a variant cost from a moment on, and whether it was on offer."""

    number: int
    price_fen: Fen
    is_offered: bool
    actor: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class StaffFilter:
    """Which products to list for staff; what is None or empty does not matter."""

    status: ProductStatus | None = None
    words: tuple[str, ...] = ()


async def staff_product(reads: ReadPool, key: UUID) -> StaffProduct | None:
    """Find one product, whatever its status; two statements."""
    rows = await _one().rows(reads, keys=[key])
    products = await _products(reads, rows)
    return products[0] if products else None


async def staff_products(
    reads: ReadPool, wanted: StaffFilter, *, first: int, after: Place | None
) -> Page[StaffProduct]:
    """Take the ``first`` products behind ``after``, the youngest first; two statements."""
    statement = _list(
        with_status=wanted.status is not None,
        with_words=bool(wanted.words),
        with_beginnings=bool(beginnings_of_words(wanted.words)),
        after=after is not None,
    )
    rows = await statement.rows(
        reads,
        status=wanted.status,
        **of_search(wanted.words),
        after=after.key if after else None,
        limit=first + 1,
    )
    page = page_of(rows, first)
    return Page(await _products(reads, page.items), page.has_next)


async def price_history(
    reads: ReadPool, variant_id: UUID, *, first: int, after: Place | None
) -> Page[PriceEntry]:
    """Take the ``first`` entries of a variant's price history behind ``after``, newest first."""
    rows = await _prices(after=after is not None).rows(
        reads, variant_id=variant_id, after=after.value if after else None, limit=first + 1
    )
    return page_of([PriceEntry(*row) for row in rows], first)


async def staff_categories(reads: ReadPool) -> list[StaffCategory]:
    """All shelves, hidden ones too: parents first, then in the operators' order."""
    rows = await _categories().rows(reads)
    return [
        StaffCategory(
            id=public_id(CATEGORY, key),
            code=code,
            parent_id=public_id(CATEGORY, parent_id) if parent_id else None,
            title=Bilingual(zh, en),
            position=position,
            is_hidden=is_hidden,
            is_visible=is_visible,
        )
        for key, code, parent_id, zh, en, position, is_hidden, is_visible in rows
    ]


async def staff_tags(reads: ReadPool) -> list[StaffTag]:
    """All tags, by code."""
    return [
        StaffTag(public_id(TAG, key), code, Bilingual(zh, en))
        for key, code, zh, en in await _tags().rows(reads)
    ]


async def _products(reads: ReadPool, rows: list[Record]) -> list[StaffProduct]:
    variants: dict[UUID, list[StaffVariant]] = defaultdict(list)
    if rows:
        keys = [row["id"] for row in rows]
        for product_id, key, sku, zh, en, *more, note_zh, note_en in await _variants().rows(
            reads, keys=keys
        ):
            note = Bilingual(note_zh, note_en) if note_zh else None
            variants[product_id].append(
                StaffVariant(
                    public_id(VARIANT, key), sku, Bilingual(zh, en), *more, delivery_note=note
                )
            )
    return [_product(row, variants[row["id"]]) for row in rows]


def _product(row: Record, variants: list[StaffVariant]) -> StaffProduct:
    return StaffProduct(
        id=public_id(PRODUCT, row["id"]),
        code=row["code"],
        kind=row["kind"],
        status=row["status"],
        visible_from=row["visible_from"],
        visible_until=row["visible_until"],
        title=Bilingual(row["title_zh"], row["title_en"]),
        category_id=public_id(CATEGORY, row["category_id"]),
        image_key=row["image_key"],
        from_price_fen=row["from_price_fen"],
        member_limit=row["member_limit"],
        pictures=_PICTURES.decode(row["pictures"]),
        options=_OPTIONS.decode(row["options"]),
        description=_BLOCKS.decode(row["description"]),
        personalisation=_PERSONALISATION.decode(row["personalisation"]),
        tag_ids=[public_id(TAG, tag_id) for tag_id in row["tag_ids"]],
        variants=variants,
        revision=row["revision"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        key=row["id"],
    )


def _select() -> Any:
    product, tagged = models.Product, models.ProductTag
    tag_ids = select(tagged.tag_id).where(tagged.product_id == product.id).order_by(tagged.tag_id)
    whole = [each for each in product.__table__.columns if not each.key.startswith("search_")]
    return select(*whole, func.array(tag_ids.scalar_subquery()).label("tag_ids"))


@cache
def _one() -> HotRead:
    keys = bindparam("keys", type_=ARRAY(UuidColumn))
    return HotRead(_select().where(models.Product.id == any_(keys)))


@cache
def _list(*, with_status: bool, with_words: bool, with_beginnings: bool, after: bool) -> HotRead:
    product = models.Product
    statement = _select()
    if with_status:
        statement = statement.where(product.status == bindparam("status", type_=Text))
    if with_words:
        statement = statement.where(
            has_terms(with_beginnings=with_beginnings), has_patterns(product)
        )
    if after:
        statement = statement.where(product.id < bindparam("after", type_=UuidColumn))
    limit = bindparam("limit", type_=BigInteger)
    return HotRead(statement.order_by(product.id.desc()).limit(limit))


@cache
def _variants() -> HotRead:
    variant = models.Variant
    keys = bindparam("keys", type_=ARRAY(UuidColumn))
    return HotRead(
        select(
            variant.product_id,
            variant.id,
            variant.sku,
            variant.title_zh,
            variant.title_en,
            variant.choices,
            variant.price_fen,
            variant.weight_grams,
            variant.archived_at,
            variant.delivery_note_zh,
            variant.delivery_note_en,
        )
        .where(variant.product_id == any_(keys))
        .order_by(variant.product_id, variant.position, variant.id)
    )


@cache
def _prices(*, after: bool) -> HotRead:
    entry = models.PriceEntry
    statement = select(
        entry.number, entry.price_fen, entry.is_offered, entry.actor, entry.recorded_at
    ).where(entry.variant_id == bindparam("variant_id", type_=UuidColumn))
    if after:
        statement = statement.where(entry.number < bindparam("after", type_=BigInteger))
    limit = bindparam("limit", type_=BigInteger)
    return HotRead(statement.order_by(entry.number.desc()).limit(limit))


@cache
def _categories() -> HotRead:
    category = models.Category
    return HotRead(
        select(
            category.id,
            category.code,
            category.parent_id,
            category.title_zh,
            category.title_en,
            category.position,
            category.is_hidden,
            category.is_visible,
        ).order_by(category.depth, category.position, category.id)
    )


@cache
def _tags() -> HotRead:
    tag = models.Tag
    return HotRead(select(tag.id, tag.code, tag.title_zh, tag.title_en).order_by(tag.code))
