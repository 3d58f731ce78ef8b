"""A search: few matches are gathered and put in order, of many the first ones are walked to.

A sample tells which of the two. Where the newest come first and a price is asked for, few of many
matches may be within the prices, and the walk by age would be long. Then what is within is gathered
instead, and if that turns out to be much, the walk is not so long. Each way answers rightly,
however wrong the sample is.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import (
    BigInteger,
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
MOST_PRODUCTS = 1_024
"""So many products within the prices are looked at for matches, along the index of prices."""
MOST_MATCHES = 128
"""So many matches are gathered within the prices that more products have. Each costs twenty times
as much, as what terms it has is looked at."""


def from_matches(shape: Shape) -> Select[*tuple[Any, ...]]:
    """What a search matches, put in order."""
    terms = has_terms(
        with_beginnings=shape.with_beginnings, shelves=shelves() if shape.in_category else None
    )
    sample = matches(_sampled(shape), terms, searched.sql(searched.IN_SAMPLE))
    by_price = shape.sort is not ProductSort.NEWEST
    if by_price or not (shape.with_least or shape.with_most):
        are_many, of_many = _of_many(shape, sample)
    else:
        are_many, of_many = _of_many_or_within(shape, sample)
    # Materialised: else PostgreSQL might look for the few all along an index of the order.
    few = matches(shape, terms).cte("few")
    found = union_all(select(few.prefix_with("MATERIALIZED")).where(~are_many), *of_many).subquery(
        "found"
    )
    firsts = ordered(shape, select(found.c.id), found.c.value, found.c.id).limit(some())
    product = models.Product
    statement = selected(shape, product).select_from(on_its_shelf(product))
    statement = statement.where(product.id == any_(func.array(firsts.scalar_subquery())))
    return ordered(shape, statement, sort_column(shape.sort, product), product.id)


def _sampled(shape: Shape) -> Shape:
    """What the sample is asked for: all but what bounds the way, be it the page or the prices.

    What lies before the page, or beyond the prices in an order by price, is no part of the walk,
    so where little is left the walk is short. To gather that little would be to look at all.
    """
    return replace(shape, after=False, with_least=False, with_most=False)


def _of_many(shape: Shape, sample: Select[*tuple[Any, ...]]) -> tuple[Any, list[Any]]:
    """Whether there are many, and what is found if so."""
    most = _number(_MANY_OF_SAMPLE)
    some_of_it = sample.limit(most).subquery()
    counted = select((func.count() >= most).label("are_many")).select_from(some_of_it)
    are_many = select(counted.cte("counted").c.are_many).scalar_subquery()
    return are_many, [select(walk.subquery()).where(are_many) for walk in walks(shape)]


def _of_many_or_within(shape: Shape, sample: Select[*tuple[Any, ...]]) -> tuple[Any, list[Any]]:
    """The same, where a price is asked for and the order is another."""
    is_within = and_(*within_the_prices(shape, models.Product)).label("is_within")
    some_of_it = sample.add_columns(is_within).limit(_number(_SAMPLED_FOR_PRICES)).subquery()
    all_, within = func.count(), func.count().filter(some_of_it.c.is_within)
    counted = select(
        (all_ >= _number(_MANY_OF_SAMPLE)).label("are_many"),
        (within * _number(_RARE) < all_).label("are_rare"),
    )
    told = counted.select_from(some_of_it).cte("counted")
    are_many = select(told.c.are_many).scalar_subquery()
    are_rare = select(and_(told.c.are_many, told.c.are_rare)).scalar_subquery()

    found: list[Any] = []
    are_left = are_rare
    for name, most, within in (
        ("products", MOST_PRODUCTS, products_within_prices(shape, MOST_PRODUCTS)),
        ("matches", MOST_MATCHES, matches_within_prices(shape, MOST_MATCHES)),
    ):
        gathered = select(within.subquery()).where(are_left).cte(f"{name}_within")
        counted = select(func.count() < _number(most)).select_from(gathered)
        are_all = counted.scalar_subquery()
        found.append(select(gathered.c.id, gathered.c.value).where(gathered.c.is_match, are_all))
        are_left = and_(are_left, not_(are_all))
    are_walked = and_(are_many, or_(not_(are_rare), are_left))
    found += [select(walk.subquery()).where(are_walked) for walk in walks(shape)]
    return are_many, found


def _number(number: int) -> Any:
    return literal_column(str(number), BigInteger)
