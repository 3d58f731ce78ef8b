"""How products are read: what is selected for each, and how rows become structs."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Select,
    and_,
    any_,
    bindparam,
    func,
    join,
    literal_column,
    null,
    or_,
    select,
)
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, aliased

from domain.catalog import content, models
from domain.catalog.views.structs import (
    CATEGORY,
    PRODUCT,
    TAG,
    VARIANT,
    Block,
    Category,
    Image,
    IsAvailable,
    Option,
    Parts,
    PersonalisationField,
    Product,
    Reading,
    Tag,
    Variant,
)
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.money import Fen

RECENT = timedelta(days=7)
"""How far back the lowest price is looked for (integrations 6.5)."""

_PICTURES = msgspec.json.Decoder(list[content.Picture])
_OPTIONS = msgspec.json.Decoder(list[content.Option])
_BLOCKS = msgspec.json.Decoder(list[content.Block])
_PERSONALISATION = msgspec.json.Decoder(list[content.PersonalisationField])
_TAGS = msgspec.json.Decoder(list[tuple[UUID, str]])


async def product(reads: ReadPool, reading: Reading, product_id: UUID) -> Product | None:
    """Find one product that people can see at this moment."""
    statement = _by_keys(reading.language, reading.parts)
    rows = await statement.rows(reads, keys=[product_id], now=reading.at)
    products = await products_of(reads, reading, rows)
    return products[0] if products else None


async def products_by_keys(
    reads: ReadPool, reading: Reading, keys: Iterable[UUID]
) -> dict[UUID, Product]:
    """Find those of the products that people can see at this moment."""
    statement = _by_keys(reading.language, reading.parts)
    rows = await statement.rows(reads, keys=list(keys), now=reading.at)
    return {each.key: each for each in await products_of(reads, reading, rows)}


def selection(
    language: Language, parts: Parts, table: type[models.Product], sorted_by: ColumnElement[Any]
) -> Select[*tuple[Any, ...]]:
    """What is read of each product `on_its_shelf`; `products_of` makes structs of the rows."""
    category = models.Category
    columns: list[Any] = [
        table.id,
        table.code,
        table.kind,
        title_of(table, language),
        table.image_key,
        table.from_price_fen,
        table.member_limit,
        sorted_by,
    ]
    if parts.category:
        columns += [category.id, title_of(category, language)]
    if parts.tags:
        columns.append(_tags(table, language))
    if parts.documents:
        columns += [table.pictures, table.options, table.description, table.personalisation]
    return select(*columns)


def on_its_shelf(table: type[models.Product]) -> FromClause:
    """Products with their categories, in any case: what stands on a hidden shelf is not seen."""
    category = models.Category
    return join(table, category, category.id == table.category_id)


def can_be_seen(table: type[models.Product]) -> ColumnElement[bool]:
    """The one condition under which anybody but staff may know of a product, at ``:now``.

    Written out as a constant, the status lets the indexes of published products be used.
    """
    now = bindparam("now", type_=models.Product.visible_from.type)
    return and_(
        table.status == literal_column("'published'"),
        table.visible_from <= now,
        or_(table.visible_until.is_(None), table.visible_until > now),
    )


def is_sold(table: type[models.Product]) -> ColumnElement[bool]:
    """Whether a product is of a kind that can be sold, written out for prepared statements."""
    return table.kind.in_([literal_column(f"'{kind}'") for kind in sorted(content.SOLD_KINDS)])


async def products_of(reads: ReadPool, reading: Reading, rows: list[Record]) -> list[Product]:
    """Make products of rows of the `selection`, with one statement more for their variants."""
    variants = await _variants_of(reads, reading, [row[0] for row in rows])
    return [_product(reading, row, variants) for row in rows]


def title_of(
    table: type[models.Product | models.Category | models.Variant | models.Tag],
    language: Language,
) -> InstrumentedAttribute[str]:
    """The column of the name in one language."""
    return table.title_zh if language is Language.ZH else table.title_en


def _product(reading: Reading, row: Record, variants: dict[UUID, list[Variant]]) -> Product:
    parts = reading.parts
    key, code, kind, title, image_key, from_price_fen, member_limit, place, *more = row
    category = tags = None
    if parts.category:
        category = Category(public_id(CATEGORY, more[0]), more[1])
        del more[:2]
    if parts.tags:
        tags = [Tag(public_id(TAG, tag), name) for tag, name in _TAGS.decode(more.pop(0))]
    pictures, options, description, personalisation = (
        _documents(reading, more) if parts.documents else (None, None, None, None)
    )
    return Product(
        id=public_id(PRODUCT, key),
        code=code,
        kind=kind,
        title=title,
        image=Image(reading.media_url + image_key, title),
        from_price_fen=from_price_fen,
        member_limit=member_limit,
        category=category,
        variants=variants[key] if parts.variants else None,
        tags=tags,
        pictures=pictures,
        options=options,
        description=description,
        personalisation=personalisation,
        key=key,
        place=place,
    )


def _documents(
    reading: Reading, more: list[str]
) -> tuple[list[Image], list[Option], list[Block], list[PersonalisationField]]:
    pictures, options, description, personalisation = more
    language, media_url = reading.language, reading.media_url
    return (
        [
            Image(media_url + each.key, each.alt.told_in(language))
            for each in _PICTURES.decode(pictures)
        ],
        [
            Option(each.title.told_in(language), [value.told_in(language) for value in each.values])
            for each in _OPTIONS.decode(options)
        ],
        [_block(each, language, media_url) for each in _BLOCKS.decode(description)],
        [
            PersonalisationField(
                each.code,
                each.title.told_in(language),
                each.most_characters,
                each.alphabet,
                Fen(each.price_fen),
                each.is_required,
            )
            for each in _PERSONALISATION.decode(personalisation)
        ],
    )


def _block(block: content.Block, language: Language, media_url: str) -> Block:
    text = block.text.told_in(language)
    image = Image(media_url + block.picture_key, text) if block.picture_key else None
    return Block(block.kind, text, image)


async def _variants_of(
    reads: ReadPool, reading: Reading, product_keys: list[UUID]
) -> dict[UUID, list[Variant]]:
    variants: dict[UUID, list[Variant]] = defaultdict(list)
    parts = reading.parts
    if parts.variants and product_keys:
        values: dict[str, object] = {"product_keys": product_keys}
        if parts.lowest_recent_price:
            values |= {"now": reading.at, "since": reading.at - RECENT}
        statement = _variants(
            reading.language, parts.is_available, with_lowest=parts.lowest_recent_price
        )
        for product_key, key, *variant in await statement.rows(reads, **values):
            variants[product_key].append(Variant(public_id(VARIANT, key), *variant))
    return variants


@cache
def _by_keys(language: Language, parts: Parts) -> HotRead:
    keys = bindparam("keys", type_=ARRAY(UuidColumn))
    return HotRead(
        selection(language, parts, models.Product, literal_column("0"))
        .select_from(on_its_shelf(models.Product))
        .where(
            models.Product.id == any_(keys),
            can_be_seen(models.Product),
            models.Category.is_visible,
        )
    )


@cache
def _variants(
    language: Language, is_available: IsAvailable | None, *, with_lowest: bool
) -> HotRead:
    variant = models.Variant
    keys = bindparam("product_keys", type_=ARRAY(UuidColumn))
    return HotRead(
        select(
            variant.product_id,
            variant.id,
            variant.sku,
            title_of(variant, language),
            variant.choices,
            variant.price_fen,
            variant.weight_grams,
            is_available(variant.id.expression) if is_available else null(),
            lowest_offer(variant.id.expression) if with_lowest else null(),
        )
        .where(variant.product_id == any_(keys), variant.position.is_not(None))
        .order_by(variant.product_id, variant.position)
    )


def lowest_offer(variant_id: ColumnElement[UUID]) -> ColumnElement[Any]:
    """The least price in fen at which a variant was on offer from ``:since`` until ``:now``.

    An entry counts from when it was recorded until the next one, within the window that it says.
    """
    entry, later = models.PriceEntry, aliased(models.PriceEntry)
    now = bindparam("now", type_=entry.recorded_at.type)
    since = bindparam("since", type_=entry.recorded_at.type)
    next_at = (
        select(later.recorded_at)
        .where(
            later.variant_id == entry.variant_id,
            later.number == entry.number + literal_column("1"),
        )
        .correlate(entry)
        .scalar_subquery()
    )
    # GREATEST and LEAST look past what is not said.
    begins = func.greatest(entry.recorded_at, entry.offered_from)
    ends = func.least(next_at, entry.offered_until, literal_column("'infinity'::timestamptz"))
    return (
        select(func.min(entry.price_fen))
        .where(
            entry.variant_id == variant_id,
            entry.is_offered,
            begins <= now,
            ends > since,
            begins < ends,
        )
        .correlate_except(entry)
        .scalar_subquery()
    )


def _tags(table: type[models.Product], language: Language) -> ColumnElement[Any]:
    tag, tagged = models.Tag, models.ProductTag
    pair = func.json_build_array(tag.id, title_of(tag, language))
    in_order = aggregate_order_by(pair, tag.code)
    return (
        select(func.coalesce(func.json_agg(in_order), literal_column("'[]'")))
        .join(tagged, tagged.tag_id == tag.id)
        .where(tagged.product_id == table.id)
        .correlate(table)
        .scalar_subquery()
    )
