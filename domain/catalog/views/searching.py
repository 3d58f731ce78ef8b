"""A search: few matches are gathered and put in order, of many the first ones are walked to.

A sample tells which of the two. Where the newest come first and a price is asked for, little may be
within the prices, and a walk by age would be long. So what is within is gathered if that is little:
of all products first, and of the matches if the sample takes those for rare. If that turns out to
be much, the walk is not so long. Each way answers rightly, however wrong the sample is.
"""

from typing import Any

import msgspec
from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    and_,
    any_,
    func,
    literal_column,
    not_,
    or_,
    select,
    union_all,
)

from domain.catalog import models, searched
from domain.catalog.views.matches import matches, products_within_prices
from domain.catalog.views.products import on_its_shelf
from domain.catalog.views.shape import (
    ProductSort,
    Shape,
    ordered,
    selected,
    shelves,
    sort_column,
    within_the_prices,
)
from domain.catalog.views.walks import matches_within_prices, some, walks
from domain.catalog.views.words import has_terms

_MANY_OF_SAMPLE = 8
"""Matches in the sample from which on a search is taken to match many; 250 in all, or so."""
_SAMPLED_FOR_PRICES = 64
_RARE = 32
"""Less than one in so many of the sample's matches is within the prices: the walk may be long."""
MOST_PRODUCTS = 256
"""So many products within the prices are looked at before all else, along the index of prices."""
MOST_MATCHES = 128
"""So many matches are gathered within the prices that more products have. Each costs twenty times
as much, as what terms it has is looked at."""


def from_matches(shape: Shape) -> Select[*tuple[Any, ...]]:
    """What a search matches, put in order."""
    by_price = shape.sort is not ProductSort.NEWEST
    if by_price or not (shape.with_least or shape.with_most):
        ways = _few_or_many(shape)
    else:
        ways = _within_or_few_or_many(shape)
    found = union_all(*ways).subquery("found")
    firsts = ordered(shape, select(found.c.id), found.c.value, found.c.id).limit(some())
    product = models.Product
    statement = selected(shape, product).select_from(on_its_shelf(product))
    statement = statement.where(product.id == any_(func.array(firsts.scalar_subquery())))
    return ordered(shape, statement, sort_column(shape.sort, product), product.id)


def _few_or_many(shape: Shape) -> list[Any]:
    """What finds the matches, of which PostgreSQL runs the one that the sample says."""
    most = _number(_MANY_OF_SAMPLE)
    some_of_it = _sample(shape).limit(most).subquery()
    counted = select((func.count() >= most).label("are_many")).select_from(some_of_it)
    are_many = select(counted.cte("counted").c.are_many).scalar_subquery()
    return [
        _few(shape).where(~are_many),
        *(select(walk.subquery()).where(are_many) for walk in walks(shape)),
    ]


def _within_or_few_or_many(shape: Shape) -> list[Any]:
    """The same, where a price is asked for and the order is another."""
    products = select(products_within_prices(shape, MOST_PRODUCTS).subquery()).cte("within")
    in_products, are_more = _gathered(products, MOST_PRODUCTS)

    is_within = and_(*within_the_prices(shape, models.Product)).label("is_within")
    sample = _sample(shape).add_columns(is_within).limit(_number(_SAMPLED_FOR_PRICES)).subquery()
    all_, within = func.count(), func.count().filter(sample.c.is_within)
    told = (
        select(
            (all_ >= _number(_MANY_OF_SAMPLE)).label("are_many"),
            (within * _number(_RARE) < all_).label("are_rare"),
        )
        .select_from(sample)
        .cte("counted")
    )
    are_many = select(told.c.are_many).scalar_subquery()
    are_rare = select(and_(told.c.are_many, told.c.are_rare)).scalar_subquery()

    matched = matches_within_prices(shape, MOST_MATCHES).subquery()
    rare = select(matched).where(are_more, are_rare).cte("rare")
    in_rare, are_more_matches = _gathered(rare, MOST_MATCHES)
    are_walked = and_(are_more, are_many, or_(not_(are_rare), are_more_matches))
    return [
        in_products,
        _few(shape).where(are_more, ~are_many),
        in_rare,
        *(select(walk.subquery()).where(are_walked) for walk in walks(shape)),
    ]


def _gathered(within: CTE, most: int) -> tuple[Any, Any]:
    """The matches in what was gathered, if that is all that there is; and whether there is more."""
    counted = select(func.count() >= _number(most)).select_from(within)
    are_more = counted.scalar_subquery()
    return select(within.c.id, within.c.value).where(within.c.is_match, not_(are_more)), are_more


def _few(shape: Shape) -> Select[*tuple[Any, ...]]:
    """Materialised: else PostgreSQL might look for the few all along an index of the order."""
    return select(matches(shape, _has_terms(shape)).cte("few").prefix_with("MATERIALIZED"))


def _sample(shape: Shape) -> Select[*tuple[Any, ...]]:
    return matches(_sampled(shape), _has_terms(shape), searched.sql(searched.IN_SAMPLE))


def _has_terms(shape: Shape) -> ColumnElement[bool]:
    return has_terms(
        with_beginnings=shape.with_beginnings, shelves=shelves() if shape.in_category else None
    )


def _sampled(shape: Shape) -> Shape:
    """What the sample is asked for: all but what bounds the way, be it the page or the prices.

    What lies before the page, or beyond the prices in an order by price, is no part of the walk,
    so where little is left the walk is short. To gather that little would be to look at all.
    """
    return msgspec.structs.replace(shape, after=False, with_least=False, with_most=False)


def _number(number: int) -> Any:
    return literal_column(str(number), BigInteger)
