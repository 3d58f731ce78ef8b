"""Lists of products: filtered, sorted, and in pages whose cost does not grow with the mall.

Each sort has an index. A category's list walks the shelves below it, takes the first products of
each and merges them, so that neither a full nor an almost empty shelf is searched for. Tags have
an index of their own, and PostgreSQL chooses by what is rarer. A search gathers what matches first,
unless that is much.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    all_,
    and_,
    bindparam,
    cast,
    exists,
    func,
    join,
    lateral,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.orm import aliased

from domain.catalog import models
from domain.catalog.search import terms_of_words
from domain.catalog.views.products import can_be_seen, on_its_shelf, products_of, selection
from domain.catalog.views.structs import IsAvailable, Parts, Product, Reading
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.language import Language
from domain.kernel.paging import Page, Place, page_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FEW = 200
"""Matches of a search that are gathered before it is asked whether there are many."""
_REACH = 1_000
"""Products that are looked at one by one for a page of many matches; 2 us each."""


class ProductSort(StrEnum):
    """The order of a list of products."""

    NEWEST = "newest"
    PRICE_ASCENDING = "price_ascending"
    PRICE_DESCENDING = "price_descending"


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products to list; what is None does not matter. Prices are in fen.

    ``words`` are of `domain.catalog.search.words_of`. ``is_available`` is set where only products
    with a variant that can be had are wanted.
    """

    category_id: UUID | None = None
    tag_id: UUID | None = None
    least_price_fen: int | None = None
    most_price_fen: int | None = None
    words: tuple[str, ...] = ()
    is_available: IsAvailable | None = None


@dataclass(frozen=True, slots=True)
class _Shape:
    """All that makes one statement differ from another, apart from its values."""

    language: Language
    parts: Parts
    sort: ProductSort
    is_available: IsAvailable | None
    in_category: bool
    with_tag: bool
    with_least: bool
    with_most: bool
    with_words: bool
    after: bool
    gathers: bool
    """Whether to find what matches before any is put in its place."""


async def products(
    reads: ReadPool,
    reading: Reading,
    wanted: ProductFilter,
    *,
    sort: ProductSort,
    first: int,
    after: Place | None,
) -> Page[Product]:
    """Take the ``first`` products that can be seen and are wanted, behind ``after``."""
    terms = terms_of_words(wanted.words)
    # How common one term is PostgreSQL knows, and with what the age of a product goes: nothing.
    is_known = len(terms) == 1 and sort is ProductSort.NEWEST
    shape = _Shape(
        language=reading.language,
        parts=reading.parts,
        sort=sort,
        is_available=wanted.is_available,
        in_category=wanted.category_id is not None,
        with_tag=wanted.tag_id is not None,
        with_least=wanted.least_price_fen is not None,
        with_most=wanted.most_price_fen is not None,
        with_words=bool(wanted.words),
        after=after is not None,
        gathers=bool(terms) and not is_known,
    )
    rows = await _statement(shape).rows(
        reads,
        now=reading.at,
        limit=first + 1,
        category_id=wanted.category_id,
        tag_id=wanted.tag_id,
        least=wanted.least_price_fen,
        most=wanted.most_price_fen,
        **of_search(wanted.words),
        after_value=_value_of(after, sort) if after else None,
        after_key=after.key if after else None,
    )
    page = page_of(rows, first)
    return Page(await products_of(reads, reading, page.items), page.has_next)


def _value_of(after: Place, sort: ProductSort) -> int | datetime:
    if sort is ProductSort.NEWEST:
        return _EPOCH + timedelta(microseconds=after.value)
    return after.value


@cache
def _statement(shape: _Shape) -> HotRead:
    if shape.gathers:
        return HotRead(_from_matches(shape))
    if shape.in_category and not (shape.with_tag or shape.with_words):
        return HotRead(_from_each_shelf(shape))
    product = models.Product
    statement = _select(shape, product).select_from(on_its_shelf(product))
    statement = statement.where(*_all_conditions(shape, product), models.Category.is_visible)
    if shape.with_words:
        statement = statement.where(has_words(product))
    return HotRead(_in_order(statement, shape, product))


def _all_conditions(shape: _Shape, product: type[models.Product]) -> list[ColumnElement[bool]]:
    conditions = _conditions(shape, product)
    if shape.in_category:
        conditions.append(product.category_id.in_(select(_shelves().c.id)))
    return conditions


def _from_matches(shape: _Shape) -> Select[*tuple[Any, ...]]:
    """What a search matches, put in order: few matches all, of many the first that are met.

    Left to itself PostgreSQL takes a search for rare or common by the pairs of its words as if
    these came independently, and would walk the whole mall in order for the few that match. So all
    matches are gathered; but where they turn out to be many, the next products in order are looked
    at before, so far and no further. A materialised expression is read no further than is asked.
    """
    every = _matches(shape).cte("every").prefix_with("MATERIALIZED")
    some = select(every.c.id).limit(literal_column(str(_FEW + 1))).subquery("some")
    are_many = select(func.count() > literal_column(str(_FEW))).select_from(some).scalar_subquery()
    met = _met_in_order(shape).cte("met").prefix_with("MATERIALIZED")
    limit = bindparam("limit", type_=BigInteger)
    fill_a_page = select(func.count() >= limit).select_from(met).scalar_subquery()
    found = union_all(
        select(met).where(are_many, fill_a_page),
        select(every).where(or_(~are_many, ~fill_a_page)),
    ).subquery("found")
    firsts = _by(shape.sort, select(found.c.id), found.c.value, found.c.id).subquery("firsts")
    product = models.Product
    statement = _select(shape, product).select_from(
        join(firsts, on_its_shelf(product), firsts.c.id == product.id)
    )
    return _in_order(statement, shape, product)


def _matches(shape: _Shape) -> Select[*tuple[Any, ...]]:
    """All that match, found through the index of the terms, in no order."""
    product = models.Product
    return select(product.id, _sort_column(shape.sort, product).label("value")).where(
        *_all_conditions(shape, product), has_words(product), _is_on_no_hidden_shelf(product)
    )


def _met_in_order(shape: _Shape) -> Select[*tuple[Any, ...]]:
    """The first that match among the next products in order, which are looked at one by one."""
    table = models.Product
    ahead = select(table).where(table.status == literal_column("'published'"))
    if shape.after:
        ahead = ahead.where(_is_behind(table, shape.sort))
    ahead = _ordered(shape.sort, ahead, _sort_column(shape.sort, table), table.id)
    reached = ahead.limit(literal_column(str(_REACH))).subquery("reached")
    product = aliased(models.Product, reached)
    column = _sort_column(shape.sort, product)
    statement = select(product.id, column.label("value")).where(
        *_all_conditions(shape, product), _words_stand_in(product), _is_on_no_hidden_shelf(product)
    )
    return _by(shape.sort, statement, column, product.id)


def _is_on_no_hidden_shelf(product: type[models.Product]) -> ColumnElement[bool]:
    """Looked up once: PostgreSQL would join the shelves to what it takes for rare."""
    category = models.Category
    return product.category_id.not_in(select(category.id).where(~category.is_visible))


def _from_each_shelf(shape: _Shape) -> Select[*tuple[Any, ...]]:
    """The first products of every shelf below the category, merged."""
    shelves, inner = _shelves(), models.Product
    firsts = _in_order(
        select(inner).where(inner.category_id == shelves.c.id, *_conditions(shape, inner)),
        shape,
        inner,
    )
    product = aliased(models.Product, lateral(firsts, "firsts"))
    statement = _select(shape, product).select_from(join(shelves, on_its_shelf(product), true()))
    return _in_order(statement, shape, product)


def _select(shape: _Shape, product: type[models.Product]) -> Select[*tuple[Any, ...]]:
    return selection(shape.language, shape.parts, product, _sort_value(shape.sort, product))


@cache
def _shelves() -> Any:
    """The category and all below it that can be seen; once, however often a statement asks."""
    category = models.Category
    root = (
        select(category.id)
        .where(category.id == bindparam("category_id", type_=UuidColumn), category.is_visible)
        .cte("shelves", recursive=True)
    )
    return root.union_all(
        select(category.id).where(category.parent_id == root.c.id, category.is_visible)
    )


def _conditions(shape: _Shape, product: type[models.Product]) -> list[ColumnElement[bool]]:
    conditions = [can_be_seen(product)]
    if shape.with_tag:
        tagged, tag_id = models.ProductTag, bindparam("tag_id", type_=UuidColumn)
        conditions.append(exists().where(tagged.tag_id == tag_id, tagged.product_id == product.id))
    if shape.with_least:
        conditions.append(product.from_price_fen >= bindparam("least", type_=BigInteger))
    if shape.with_most:
        conditions.append(product.from_price_fen <= bindparam("most", type_=BigInteger))
    if shape.is_available:
        conditions.append(_can_be_had(product, shape.is_available))
    if shape.after:
        conditions.append(_is_behind(product, shape.sort))
    return conditions


def has_words(product: type[models.Product]) -> ColumnElement[bool]:
    """Whether a product has all words of a search, whose values are `of_search`.

    The index finds the pairs and triples; whether they stand together is looked at then.
    """
    terms = bindparam("terms", type_=ARRAY(Text))
    patterns = bindparam("patterns", type_=ARRAY(Text))
    return and_(product.search_terms.bool_op("@>")(terms), product.search_text.like(all_(patterns)))


def _words_stand_in(product: type[models.Product]) -> ColumnElement[bool]:
    """Whether a product has all words of a search, found without the index."""
    patterns = bindparam("all_patterns", type_=ARRAY(Text))
    return product.search_text.like(all_(patterns))


def of_search(words: tuple[str, ...]) -> dict[str, object]:
    """The values of a search: its terms, and patterns for the words that are more than a term."""
    terms = terms_of_words(words)
    return {
        "terms": terms,
        "patterns": [_pattern(word) for word in words if word not in terms],
        "all_patterns": [_pattern(word) for word in words],
    }


def _pattern(word: str) -> str:
    return f"%{_escaped(word)}%"


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _can_be_had(product: type[models.Product], is_available: IsAvailable) -> ColumnElement[bool]:
    variant = models.Variant
    return exists().where(
        variant.product_id == product.id,
        variant.position.is_not(None),
        is_available(variant.id.expression),
    )


def _is_behind(product: type[models.Product], sort: ProductSort) -> ColumnElement[bool]:
    column = _sort_column(sort, product)
    value = bindparam("after_value", type_=column.type)
    place = tuple_(value, bindparam("after_key", type_=UuidColumn))
    own = tuple_(column, product.id)
    return own > place if sort is ProductSort.PRICE_ASCENDING else own < place


def _in_order(
    statement: Select[*tuple[Any, ...]], shape: _Shape, product: type[models.Product]
) -> Select[*tuple[Any, ...]]:
    return _by(shape.sort, statement, _sort_column(shape.sort, product), product.id)


def _by(sort: ProductSort, statement: Any, value: Any, key: Any) -> Any:
    """The first rows of a statement by a value and then by the key, as the sort goes."""
    return _ordered(sort, statement, value, key).limit(bindparam("limit", type_=BigInteger))


def _ordered(sort: ProductSort, statement: Any, value: Any, key: Any) -> Any:
    if sort is ProductSort.PRICE_ASCENDING:
        return statement.order_by(value, key)
    return statement.order_by(value.desc(), key.desc())


def _sort_column(sort: ProductSort, product: type[models.Product]) -> Any:
    return product.visible_from if sort is ProductSort.NEWEST else product.from_price_fen


def _sort_value(sort: ProductSort, product: type[models.Product]) -> ColumnElement[Any]:
    """The value as a whole number, for the cursor."""
    if sort is ProductSort.NEWEST:
        return cast(
            func.extract("epoch", product.visible_from) * literal_column("1000000"), BigInteger
        )
    return product.from_price_fen.expression
