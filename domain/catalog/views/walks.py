"""Walks along the line of an order, which pass by what cannot match a search."""

from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Double, Select, bindparam, func, select
from sqlalchemy import literal_column as constant

from domain.catalog import models, searched
from domain.catalog.views.matches import is_wanted, matches, one_taken_for_many, published
from domain.catalog.views.shape import ProductSort, Shape, shelves
from domain.catalog.views.words import has_terms_nearby

_LAST = 2 * searched.FAR
"""A whole number behind all prices, and behind all times before FAR."""


def walks(shape: Shape) -> list[Any]:
    """The first matches on the line of the order, or of what of it lies behind the last page.

    That page may have ended among products of one value, which are in the order of their keys: so
    those of them that are left are walked apart from all that lies behind.
    """
    value = searched.sql(searched.AGE if shape.sort is ProductSort.NEWEST else searched.PRICE)
    within = _within_the_prices(shape)
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
            *within,
        ),
        _walk(shape, value, value.bool_op(">>" if is_ascending else "<<")(last), *within),
    ]


def matches_within_prices(shape: Shape, most: int) -> Select[*tuple[Any, ...]]:
    """What has the terms and lies between the prices that are asked for: ``is_match`` tells more.

    At most so many are looked at; if there are as many, there may be more.
    """
    by_price = msgspec.structs.replace(shape, sort=ProductSort.PRICE_ASCENDING)
    found = published(shape).where(_has_terms(shape), *_within_the_prices(by_price))
    found = found.add_columns(is_wanted(shape).label("is_match"))
    found = found.select_from(models.Product, one_taken_for_many())
    distance = searched.sql(searched.PRICE).op("<->")(_begin(0))
    return found.order_by(distance).limit(constant(str(most), BigInteger))


def some() -> Any:
    """The limit, hidden: PostgreSQL need not plan anew for each."""
    return select(bindparam("limit", type_=BigInteger)).scalar_subquery()


def _walk(shape: Shape, value: Any, *within: ColumnElement[bool]) -> Any:
    """The first matches by their distance from where the order begins, with all that tie.

    Products that came into being in one millisecond are at one place for the keys.
    """
    begins = {ProductSort.PRICE_ASCENDING: 0, ProductSort.NEWEST: searched.FAR}
    begin = _begin(begins.get(shape.sort, _LAST))
    found = matches(shape, _has_terms(shape), *within)
    found = found.select_from(models.Product, one_taken_for_many())
    distances = [point.op("<->")(begin) for point in (value, searched.sql(searched.KEY))]
    return found.order_by(*distances).fetch(some(), with_ties=True)


def _has_terms(shape: Shape) -> ColumnElement[bool]:
    return has_terms_nearby(shelves=shelves() if shape.in_category else None)


def _within_the_prices(shape: Shape) -> list[ColumnElement[bool]]:
    """What lies between the prices that are asked for, told by the index of the order."""
    bounds: list[ColumnElement[bool]] = []
    if shape.sort is ProductSort.NEWEST:
        beside = searched.sql(searched.PRICE_BESIDE)
        if shape.with_least:
            bounds.append(beside.bool_op("|>>")(_point_beside("least_place")))
        if shape.with_most:
            bounds.append(beside.bool_op("<<|")(_point_beside("most_place")))
        return bounds
    price = searched.sql(searched.PRICE)
    if shape.with_least:
        bounds.append(price.bool_op(">>")(_point("least_place")))
    if shape.with_most:
        bounds.append(price.bool_op("<<")(_point("most_place")))
    return bounds


def _begin(number: int) -> Any:
    return searched.sql(searched.place(number))


def _point(name: str) -> Any:
    number = bindparam(name, type_=Double)
    return func.point(number, number / constant(str(searched.FLAT)))


def _point_beside(name: str) -> Any:
    return func.point(constant("0", Double), bindparam(name, type_=Double))
