"""What a search matches, wherever it is looked for."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, func, literal_column, select

from domain.catalog import models
from domain.catalog.views.shape import (
    Shape,
    asked_for,
    is_behind,
    is_on_a_shelf,
    sort_column,
    within_the_prices,
)
from domain.catalog.views.words import has_patterns


def matches(shape: Shape, *found_by: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The products of the filter that these conditions find, in no order."""
    return published(shape).where(*found_by, is_wanted(shape))


def products_within_prices(shape: Shape, most: int) -> Select[*tuple[Any, ...]]:
    """Of all products between the prices that are asked for, which match: ``is_match``.

    At most so many are looked at; if there are as many, there may be more.
    """
    product = models.Product
    found = published(shape).where(*within_the_prices(shape, product, are_hidden=True))
    found = found.select_from(product, one_taken_for_many())
    found = found.add_columns(is_wanted(shape).label("is_match"))
    # As the index of prices has them.
    return found.order_by(product.from_price_fen, product.id).limit(
        literal_column(str(most), BigInteger)
    )


def published(shape: Shape) -> Select[*tuple[Any, ...]]:
    """The products that might be seen, with what they are sorted by."""
    product = models.Product
    value = sort_column(shape.sort, product).label("value")
    return select(product.id, value).where(product.status == literal_column("'published'"))


def one_taken_for_many() -> Any:
    """One row, which PostgreSQL takes for a thousand.

    It takes a match for rare, would rather find and sort all, and is wrong: nobody goes in order
    but for many. With this beside each match it expects more of them than are wanted.
    """
    number = literal_column("1", BigInteger)
    return (
        func.generate_series(number, select(number).scalar_subquery())
        .table_valued("number")
        .alias("one")
    )


def is_wanted(shape: Shape) -> ColumnElement[bool]:
    """Whether a product that was found by the terms is one of the filter, and behind the page.

    It is looked at in each that was found, since it is asked of a function. Else PostgreSQL, which
    cannot know what moment is asked for, might ask an index of times for half the mall.
    """
    product = models.Product
    checked = [*asked_for(shape, product), *is_behind(shape, product)]
    checked.append(_is_on_no_hidden_shelf(product))
    if shape.in_category:
        checked.append(is_on_a_shelf(product))
    return func.coalesce(and_(*checked, has_patterns(product)), literal_column("false"))


def _is_on_no_hidden_shelf(product: type[models.Product]) -> ColumnElement[bool]:
    """Looked up once: PostgreSQL would join the shelves to what it takes for rare."""
    category = models.Category
    return product.category_id.not_in(select(category.id).where(~category.is_visible))
