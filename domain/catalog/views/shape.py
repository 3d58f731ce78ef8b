"""What a list of products asks for, and the conditions and the order that this makes."""

from enum import StrEnum
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy import Uuid as UuidColumn

from domain.catalog import models
from domain.catalog.views.products import can_be_seen, selection
from domain.catalog.views.structs import IsAvailable, Parts
from domain.kernel.language import Language


class ProductSort(StrEnum):
    """The order of a list of products."""

    NEWEST = "newest"
    PRICE_ASCENDING = "price_ascending"
    PRICE_DESCENDING = "price_descending"


class Shape(msgspec.Struct, frozen=True):
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
    rows: int | None
    """How many are read, where that is known beforehand: the first page of all that there is.

    A number that it is only given with each request PostgreSQL takes for a tenth of the mall, so
    for that page it finds no plan for any values good enough, and makes one anew each time.
    """


def selected(shape: Shape, product: type[models.Product]) -> Select[*tuple[Any, ...]]:
    """What is read of each product, with its place in the order."""
    return selection(shape.language, shape.parts, product, _sort_value(shape.sort, product))


def asked_for(shape: Shape, product: type[models.Product]) -> list[ColumnElement[bool]]:
    """The conditions of what is wanted, but for the shelves, the words and the page."""
    conditions = [can_be_seen(product), *within_the_prices(shape, product)]
    if shape.with_tag:
        tagged, tag_id = models.ProductTag, bindparam("tag_id", type_=UuidColumn)
        conditions.append(exists().where(tagged.tag_id == tag_id, tagged.product_id == product.id))
    if shape.is_available:
        conditions.append(_can_be_had(product, shape.is_available))
    return conditions


def within_the_prices(
    shape: Shape, product: type[models.Product], *, are_hidden: bool = False
) -> list[ColumnElement[bool]]:
    """The bounds of the price that there are.

    If they ``are_hidden``, PostgreSQL plans for any, and need not plan anew for each.
    """
    bounds: list[ColumnElement[bool]] = []
    least: Any = bindparam("least", type_=BigInteger)
    most: Any = bindparam("most", type_=BigInteger)
    if are_hidden:
        least, most = (select(bound).scalar_subquery() for bound in (least, most))
    if shape.with_least:
        bounds.append(product.from_price_fen >= least)
    if shape.with_most:
        bounds.append(product.from_price_fen <= most)
    return bounds


def is_behind(shape: Shape, product: type[models.Product]) -> list[ColumnElement[bool]]:
    """The condition that a product comes after the last page, if there was one."""
    if not shape.after:
        return []
    column = sort_column(shape.sort, product)
    value = bindparam("after_value", type_=column.type)
    place = tuple_(value, bindparam("after_key", type_=UuidColumn))
    own = tuple_(column, product.id)
    return [own > place if shape.sort is ProductSort.PRICE_ASCENDING else own < place]


def is_on_a_shelf(product: type[models.Product]) -> ColumnElement[bool]:
    """Whether a product stands on one of the shelves."""
    return product.category_id.in_(select(shelves().c.id))


@cache
def shelves() -> Any:
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


def in_order(
    statement: Select[*tuple[Any, ...]], shape: Shape, product: type[models.Product]
) -> Select[*tuple[Any, ...]]:
    """The first rows of a statement, as the sort goes."""
    rows = ordered(shape, statement, sort_column(shape.sort, product), product.id)
    known = None if shape.rows is None else literal_column(str(shape.rows), BigInteger)
    return rows.limit(bindparam("limit", type_=BigInteger) if known is None else known)


def ordered(shape: Shape, statement: Any, value: Any, key: Any) -> Any:
    """The rows of a statement by a value and then by the key, as the sort goes."""
    if shape.sort is ProductSort.PRICE_ASCENDING:
        return statement.order_by(value, key)
    return statement.order_by(value.desc(), key.desc())


def sort_column(sort: ProductSort, product: type[models.Product]) -> Any:
    """The column of the values that products are sorted by."""
    return product.visible_from if sort is ProductSort.NEWEST else product.from_price_fen


def _sort_value(sort: ProductSort, product: type[models.Product]) -> ColumnElement[Any]:
    """The value as a whole number, for the cursor."""
    if sort is ProductSort.NEWEST:
        return cast(
            func.extract("epoch", product.visible_from) * literal_column("1000000"), BigInteger
        )
    return product.from_price_fen.expression


def _can_be_had(product: type[models.Product], is_available: IsAvailable) -> ColumnElement[bool]:
    variant = models.Variant
    return exists().where(
        variant.product_id == product.id,
        variant.position.is_not(None),
        is_available(variant.id.expression),
    )
