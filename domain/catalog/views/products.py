"""How products are read: what is selected for each, and how that becomes structs."""

from collections.abc import Iterable, Set
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    case,
    join,
    literal_column,
    or_,
    select,
)
from sqlalchemy import Uuid as UuidColumn

from domain.catalog import content, models
from domain.catalog.views.as_json import all_of, as_array, page, told_id
from domain.catalog.views.structs import (
    CATEGORY,
    PRODUCT,
    TAG,
    Block,
    Image,
    Option,
    Parts,
    PersonalisationField,
    Product,
    Reading,
)
from domain.catalog.views.titles import title_of
from domain.catalog.views.variants import since, variants_as_json
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.language import Language
from domain.kernel.money import Fen


class _Documents(msgspec.Struct, array_like=True):
    """What of a product is kept as documents, in all languages."""

    pictures: list[content.Picture]
    options: list[content.Option]
    description: list[content.Block]
    personalisation: list[content.PersonalisationField]


_PRODUCTS = msgspec.json.Decoder(list[Product])
_WITH_DOCUMENTS = msgspec.json.Decoder(list[tuple[Product, _Documents]])


async def product(reads: ReadPool, reading: Reading, product_id: UUID) -> Product | None:
    """Find one product that people can see at this moment."""
    statement = _by_key(reading.language, reading.parts)
    found = await read_products(reads, reading, statement, key=product_id)
    return found[0] if found else None


async def products_by_keys(
    reads: ReadPool, reading: Reading, keys: Iterable[UUID]
) -> dict[UUID, Product]:
    """Find those of the products that people can see at this moment."""
    statement = _by_keys(reading.language, reading.parts)
    found = await read_products(reads, reading, statement, keys=list(keys))
    return {each.key: each for each in found}


async def read_products(
    reads: ReadPool, reading: Reading, statement: HotRead, **values: object
) -> list[Product]:
    """Run a statement whose `page` is of the `selection`; its products, in their order."""
    rows = await statement.rows(
        reads, now=reading.at, since=since(reading), media_url=reading.media_url, **values
    )
    text: bytes = rows[0][0]
    if not reading.parts.documents:
        return _PRODUCTS.decode(text)
    return [_with_documents(reading, *each) for each in _WITH_DOCUMENTS.decode(text)]


def selection(
    language: Language, parts: Parts, table: type[models.Product], sorted_by: ColumnElement[Any]
) -> Select[*tuple[Any]]:
    """What is read of each product `on_its_shelf`, as one column that `read_products` reads.

    A statement with it binds ``now``, ``since`` and ``media_url``.
    """
    category, wanted = models.Category, parts.columns
    title = title_of(table, language).expression
    told = as_array(
        [
            told_id(PRODUCT, table.id.expression),
            sorted_by,
            title if "title" in wanted else None,
            _image(table, title, wanted) if "image_key" in wanted else None,
            variants_as_json(table, language, parts) if parts.variants else None,
            table.from_price_fen.expression if "from_price_fen" in wanted else None,
            _named(CATEGORY, category, language) if parts.category else None,
            table.code.expression if "code" in wanted else None,
            _tags(table, language) if parts.tags else None,
            table.kind.expression if "kind" in wanted else None,
            table.member_limit.expression if "member_limit" in wanted else None,
        ]
    )
    if parts.documents:
        documents = [table.pictures, table.options, table.description, table.personalisation]
        told = as_array([told, as_array([each.expression for each in documents])])
    return select(told)


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


def _with_documents(reading: Reading, product: Product, documents: _Documents) -> Product:
    language, media_url = reading.language, reading.media_url
    return msgspec.structs.replace(
        product,
        pictures=[
            Image(media_url + each.key, each.alt.told_in(language)) for each in documents.pictures
        ],
        options=[
            Option(each.title.told_in(language), [value.told_in(language) for value in each.values])
            for each in documents.options
        ],
        description=[_block(each, language, media_url) for each in documents.description],
        personalisation=[
            PersonalisationField(
                each.code,
                each.title.told_in(language),
                each.most_characters,
                each.alphabet,
                Fen(each.price_fen),
                each.is_required,
            )
            for each in documents.personalisation
        ],
    )


def _block(block: content.Block, language: Language, media_url: str) -> Block:
    text = block.text.told_in(language)
    image = Image(media_url + block.picture_key, text) if block.picture_key else None
    return Block(block.kind, text, image)


@cache
def _by_keys(language: Language, parts: Parts) -> HotRead:
    keys = bindparam("keys", type_=ARRAY(UuidColumn))
    return HotRead(page(_visible(language, parts).where(models.Product.id == any_(keys))))


@cache
def _by_key(language: Language, parts: Parts) -> HotRead:
    key = bindparam("key", type_=UuidColumn)
    return HotRead(page(_visible(language, parts).where(models.Product.id == key)))


def _visible(language: Language, parts: Parts) -> Select[*tuple[Any]]:
    product = models.Product
    statement = selection(language, parts, product, literal_column("0"))
    return statement.select_from(on_its_shelf(product)).where(
        can_be_seen(product), models.Category.is_visible
    )


def _image(
    table: type[models.Product], title: ColumnElement[str], wanted: Set[str]
) -> ColumnElement[Any]:
    """Where its picture is, and what it shows if that is wanted; NULL where it has none."""
    url = bindparam("media_url", type_=Text()).concat(table.image_key)
    told = as_array([url, title if "image_alt" in wanted else None])
    return case((table.image_key != literal_column("''"), told))


def _named(
    kind: str, table: type[models.Category | models.Tag], language: Language
) -> ColumnElement[Any]:
    return as_array([told_id(kind, table.id.expression), title_of(table, language).expression])


def _tags(table: type[models.Product], language: Language) -> ColumnElement[Any]:
    tag, tagged = models.Tag, models.ProductTag
    return all_of(
        select(_named(TAG, tag, language))
        .join(tagged, tagged.tag_id == tag.id)
        .where(tagged.product_id == table.id)
        .order_by(tag.code)
        .correlate(table)
    )
