"""How products are read: what is selected for each, and how rows become structs."""

from collections.abc import Iterable
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

from domain.catalog import content, models
from domain.catalog.views.structs import (
    CATEGORY,
    PRODUCT,
    TAG,
    Block,
    Category,
    Image,
    Option,
    Parts,
    PersonalisationField,
    Product,
    Reading,
    Tag,
)
from domain.catalog.views.titles import title_of
from domain.catalog.views.variants import since, variants_as_json, variants_in
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.money import Fen

_PICTURES = msgspec.json.Decoder(list[content.Picture])
_OPTIONS = msgspec.json.Decoder(list[content.Option])
_BLOCKS = msgspec.json.Decoder(list[content.Block])
_PERSONALISATION = msgspec.json.Decoder(list[content.PersonalisationField])
_OWN = 8
"""How many columns a product has of its own in a row, before those of what hangs below it."""
_TAGS = msgspec.json.Decoder(list[tuple[UUID, str]])


async def product(reads: ReadPool, reading: Reading, product_id: UUID) -> Product | None:
    """Find one product that people can see at this moment."""
    statement = _by_key(reading.language, reading.parts)
    rows = await statement.rows(reads, key=product_id, now=reading.at, since=since(reading))
    return product_of(reading, rows[0]) if rows else None


async def products_by_keys(
    reads: ReadPool, reading: Reading, keys: Iterable[UUID]
) -> dict[UUID, Product]:
    """Find those of the products that people can see at this moment."""
    statement = _by_keys(reading.language, reading.parts)
    rows = await statement.rows(reads, keys=list(keys), now=reading.at, since=since(reading))
    return {row[0]: product_of(reading, row) for row in rows}


def selection(
    language: Language, parts: Parts, table: type[models.Product], sorted_by: ColumnElement[Any]
) -> Select[*tuple[Any, ...]]:
    """What is read of each product `on_its_shelf`; `product_of` makes a struct of a row.

    A statement with it binds ``now`` and ``since``.
    """
    category = models.Category
    columns: list[Any] = [
        table.id,
        *(
            column if name in parts.columns else null()
            for name, column in (
                ("code", table.code),
                ("kind", table.kind),
                ("title", title_of(table, language)),
                ("image_key", table.image_key),
                ("from_price_fen", table.from_price_fen),
                ("member_limit", table.member_limit),
            )
        ),
        sorted_by,
    ]
    if parts.category:
        columns += [category.id, title_of(category, language)]
    if parts.tags:
        columns.append(_tags(table, language))
    if parts.variants:
        columns.append(variants_as_json(table, language, parts))
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


def product_of(reading: Reading, row: Record) -> Product:
    """Make a product of a row of the `selection`."""
    parts = reading.parts
    key, code, kind, title, image_key, from_price_fen, member_limit, place = row[:_OWN]
    more = iter(row[_OWN:])
    category = Category(public_id(CATEGORY, next(more)), next(more)) if parts.category else None
    tags = _tags_in(next(more)) if parts.tags else None
    variants = variants_in(next(more)) if parts.variants else None
    pictures, options, description, personalisation = (
        _documents(reading, *more) if parts.documents else (None, None, None, None)
    )
    # Without their names, which take three times as long.
    return Product(
        public_id(PRODUCT, key),
        code,
        kind,
        title,
        Image(reading.media_url + image_key, title) if image_key else None,
        from_price_fen,
        member_limit,
        category,
        variants,
        tags,
        pictures,
        options,
        description,
        personalisation,
        key,
        place,
    )


def _tags_in(text: str) -> list[Tag]:
    return [Tag(public_id(TAG, key), title) for key, title in _TAGS.decode(text)]


def _documents(
    reading: Reading, pictures: str, options: str, description: str, personalisation: str
) -> tuple[list[Image], list[Option], list[Block], list[PersonalisationField]]:
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


@cache
def _by_keys(language: Language, parts: Parts) -> HotRead:
    keys = bindparam("keys", type_=ARRAY(UuidColumn))
    return HotRead(_visible(language, parts).where(models.Product.id == any_(keys)))


@cache
def _by_key(language: Language, parts: Parts) -> HotRead:
    key = bindparam("key", type_=UuidColumn)
    return HotRead(_visible(language, parts).where(models.Product.id == key))


def _visible(language: Language, parts: Parts) -> Select[*tuple[Any, ...]]:
    product = models.Product
    statement = selection(language, parts, product, literal_column("0"))
    return statement.select_from(on_its_shelf(product)).where(
        can_be_seen(product), models.Category.is_visible
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
