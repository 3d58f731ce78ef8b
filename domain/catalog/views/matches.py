"""What a search matches, wherever it is looked for."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select

from domain.catalog import models
from domain.catalog.views.shape import Shape, asked_for, is_behind, is_on_a_shelf, sort_column
from domain.catalog.views.words import has_patterns


def matches(shape: Shape, *found_by: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The products of the filter that these conditions find, in no order."""
    return looked_at(shape, *found_by).where(is_wanted(shape))


def looked_at(shape: Shape, *found_by: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The published products that these conditions find, with what they are sorted by."""
    product = models.Product
    is_published = product.status == literal_column("'published'")
    return select(product.id, sort_column(shape.sort, product).label("value")).where(
        is_published, *found_by
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
