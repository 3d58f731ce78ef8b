"""Lists of products: filtered, sorted, and in pages whose cost does not grow with the mall.

Each sort has an index. A category's list walks the shelves below it, takes the first products of
each and merges them, so that neither a full nor an almost empty shelf is searched for. Tags have
an index of their own, and PostgreSQL chooses by what is rarer. A search gathers what matches,
unless that is much: then it walks an index of the order that passes by what cannot match.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Select,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    func,
    join,
    lateral,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.orm import aliased

from domain.catalog import models, searched
from domain.catalog.search import beginnings_of_words
from domain.catalog.views.products import can_be_seen, on_its_shelf, products_of, selection
from domain.catalog.views.structs import IsAvailable, Parts, Product, Reading
from domain.catalog.views.words import has_patterns, has_terms, has_terms_nearby, of_search
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.language import Language
from domain.kernel.paging import Page, Place, page_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MANY_OF_SAMPLE = 8
"""Matches in the sample from which on a search is taken to match many; 250 in all, or so."""
_LAST = 2 * searched.FAR
"""A whole number behind all prices, and behind all times before FAR."""


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
    with_beginnings: bool
    after: bool


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
        with_beginnings=bool(beginnings_of_words(wanted.words)),
        after=after is not None,
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
        after_place=float(after.value) if after else None,
        after_key_place=float(searched.key_place(after.key.int)) if after else None,
        least_place=_just_beyond(wanted.least_price_fen, -1),
        most_place=_just_beyond(wanted.most_price_fen, 1),
    )
    page = page_of(rows, first)
    return Page(await products_of(reads, reading, page.items), page.has_next)


def _just_beyond(price_fen: int | None, step: int) -> float | None:
    return None if price_fen is None else float(price_fen + step)


def _value_of(after: Place, sort: ProductSort) -> int | datetime:
    if sort is ProductSort.NEWEST:
        return _EPOCH + timedelta(microseconds=after.value)
    return after.value


@cache
def _statement(shape: _Shape) -> HotRead:
    if shape.with_words:
        return HotRead(_from_matches(shape))
    if shape.in_category and not shape.with_tag:
        return HotRead(_from_each_shelf(shape))
    product = models.Product
    statement = _select(shape, product).select_from(on_its_shelf(product))
    statement = statement.where(
        *_conditions(shape, product), *_is_behind(shape, product), models.Category.is_visible
    )
    if shape.in_category:
        statement = statement.where(_is_on_a_shelf(product))
    return HotRead(_in_order(statement, shape, product))


def _from_matches(shape: _Shape) -> Select[*tuple[Any, ...]]:
    """What a search matches, put in order: few matches all, of many the first that are met.

    A sample tells which of the two. Either answers rightly, however wrong the sample is.
    """
    terms = has_terms(
        with_beginnings=shape.with_beginnings, shelves=_shelves() if shape.in_category else None
    )
    most = literal_column(str(_MANY_OF_SAMPLE), BigInteger)
    sample = _matches(_sampled(shape), terms, searched.sql(searched.IN_SAMPLE)).limit(most)
    counted = select((func.count() >= most).label("are_many")).select_from(sample.subquery())
    are_many = select(counted.cte("counted").c.are_many).scalar_subquery()
    # Materialised: else PostgreSQL might look for the few all along an index of the order.
    few = _matches(shape, terms).cte("few")
    found = union_all(
        select(few.prefix_with("MATERIALIZED")).where(~are_many),
        *(select(walk.subquery()).where(are_many) for walk in _walks(shape)),
    ).subquery("found")
    firsts = _ordered(shape, select(found.c.id), found.c.value, found.c.id).limit(_some())
    product = models.Product
    statement = _select(shape, product).select_from(on_its_shelf(product))
    statement = statement.where(product.id == any_(func.array(firsts.scalar_subquery())))
    return _ordered(shape, statement, _sort_column(shape.sort, product), product.id)


def _sampled(shape: _Shape) -> _Shape:
    """What the sample is asked for: all but what a walk does not even pass by.

    What lies before the page, or beyond the prices in an order by price, is no part of the walk,
    so where little is left the walk is short. To gather that little would be to look at all.
    """
    if shape.sort is ProductSort.NEWEST:
        return replace(shape, after=False)
    return replace(shape, after=False, with_least=False, with_most=False)


def _matches(shape: _Shape, *found_by: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The products of the filter that these conditions find, in no order."""
    product = models.Product
    checked = [*_conditions(shape, product), *_is_behind(shape, product)]
    checked.append(_is_on_no_hidden_shelf(product))
    if shape.in_category:
        checked.append(_is_on_a_shelf(product))
    # What a function is asked for is looked at in each that was found. Else PostgreSQL, which
    # cannot know what moment is asked for, might ask an index of times for half the mall.
    is_wanted = func.coalesce(and_(*checked, has_patterns(product)), literal_column("false"))
    is_published = product.status == literal_column("'published'")
    return select(product.id, _sort_column(shape.sort, product).label("value")).where(
        is_published, *found_by, is_wanted
    )


def _walks(shape: _Shape) -> list[Any]:
    """The first matches on the line of the order, or of what of it lies behind the last page.

    That page may have ended among products of one value, which are in the order of their keys: so
    those of them that are left are walked apart from all that lies behind.
    """
    value = searched.sql(searched.AGE if shape.sort is ProductSort.NEWEST else searched.PRICE)
    within = _within_the_prices(shape, value)
    if not shape.after:
        return [_walk(shape, value, *within)]
    last, last_key = _point("after_place"), _point("after_key_place")
    is_ascending = shape.sort is ProductSort.PRICE_ASCENDING
    end = searched.sql(searched.place(_LAST if is_ascending else -_LAST))
    return [
        _walk(
            shape,
            value,
            value.bool_op("~=")(last),
            searched.sql(searched.KEY).bool_op("<@")(func.box(last_key, end)),
        ),
        _walk(shape, value, value.bool_op(">>" if is_ascending else "<<")(last), *within),
    ]


def _within_the_prices(shape: _Shape, price: Any) -> list[ColumnElement[bool]]:
    """What of the line of an order by price lies between the prices that are asked for."""
    if shape.sort is ProductSort.NEWEST:
        return []
    bounds: list[ColumnElement[bool]] = []
    if shape.with_least:
        bounds.append(price.bool_op(">>")(_point("least_place")))
    if shape.with_most:
        bounds.append(price.bool_op("<<")(_point("most_place")))
    return bounds


def _walk(shape: _Shape, value: Any, *stretch: ColumnElement[bool]) -> Any:
    """The first matches by their distance from where the order begins, with all that tie.

    Products that came into being in one millisecond are at one place for the keys.
    """
    begins = {ProductSort.PRICE_ASCENDING: 0, ProductSort.NEWEST: searched.FAR}
    begin = searched.sql(searched.place(begins.get(shape.sort, _LAST)))
    terms = has_terms_nearby(shelves=_shelves() if shape.in_category else None)
    statement = _matches(shape, terms, *stretch).select_from(models.Product, _one_taken_for_many())
    distances = [point.op("<->")(begin) for point in (value, searched.sql(searched.KEY))]
    return statement.order_by(*distances).fetch(_some(), with_ties=True)


def _some() -> Any:
    """The limit, hidden: PostgreSQL need not plan anew for each."""
    return select(bindparam("limit", type_=BigInteger)).scalar_subquery()


def _one_taken_for_many() -> Any:
    """One row, which PostgreSQL takes for a thousand.

    It takes a match for rare, would rather find and sort all, and is wrong: nobody asks for a walk
    but for many. With this beside each match it expects more of them than are wanted.
    """
    number = literal_column("1", BigInteger)
    return (
        func.generate_series(number, select(number).scalar_subquery())
        .table_valued("number")
        .alias("one")
    )


def _point(name: str) -> Any:
    number = bindparam(name, type_=Double)
    return func.point(number, number / literal_column(str(searched.FLAT)))


def _is_on_a_shelf(product: type[models.Product]) -> ColumnElement[bool]:
    return product.category_id.in_(select(_shelves().c.id))


def _is_on_no_hidden_shelf(product: type[models.Product]) -> ColumnElement[bool]:
    """Looked up once: PostgreSQL would join the shelves to what it takes for rare."""
    category = models.Category
    return product.category_id.not_in(select(category.id).where(~category.is_visible))


def _from_each_shelf(shape: _Shape) -> Select[*tuple[Any, ...]]:
    """The first products of every shelf below the category, merged."""
    shelves, inner = _shelves(), models.Product
    firsts = _in_order(
        select(inner).where(
            inner.category_id == shelves.c.id,
            *_conditions(shape, inner),
            *_is_behind(shape, inner),
        ),
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
    return conditions


def _can_be_had(product: type[models.Product], is_available: IsAvailable) -> ColumnElement[bool]:
    variant = models.Variant
    return exists().where(
        variant.product_id == product.id,
        variant.position.is_not(None),
        is_available(variant.id.expression),
    )


def _is_behind(shape: _Shape, product: type[models.Product]) -> list[ColumnElement[bool]]:
    """The condition that a product comes after the last page, if there was one."""
    if not shape.after:
        return []
    column = _sort_column(shape.sort, product)
    value = bindparam("after_value", type_=column.type)
    place = tuple_(value, bindparam("after_key", type_=UuidColumn))
    own = tuple_(column, product.id)
    return [own > place if shape.sort is ProductSort.PRICE_ASCENDING else own < place]


def _in_order(
    statement: Select[*tuple[Any, ...]], shape: _Shape, product: type[models.Product]
) -> Select[*tuple[Any, ...]]:
    """The first rows of a statement, as the sort goes."""
    ordered = _ordered(shape, statement, _sort_column(shape.sort, product), product.id)
    return ordered.limit(bindparam("limit", type_=BigInteger))


def _ordered(shape: _Shape, statement: Any, value: Any, key: Any) -> Any:
    """The rows of a statement by a value and then by the key, as the sort goes."""
    if shape.sort is ProductSort.PRICE_ASCENDING:
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
