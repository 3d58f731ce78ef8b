"""The categories of a product as a statement has them: its own and those above it."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased

from domain.catalog.models import Category

PARENT = aliased(Category)
"""The category above a product's own, to be joined for `category_columns`."""


def category_columns() -> tuple[ColumnElement[Any], ...]:
    """A product's category and those above it, of which there are two at most."""
    return Category.id.expression, Category.parent_id.expression, PARENT.parent_id.expression


def categories_in(row: Any) -> tuple[UUID, ...]:
    """The categories of a row that ends with `category_columns`, the nearest first."""
    return tuple(key for key in row[-3:] if key is not None)
