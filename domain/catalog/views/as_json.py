"""Things of the catalogue as JSON that PostgreSQL writes and `msgspec` reads straight into structs.

A row of columns costs a Python object for each value, and a struct made of them besides. JSON costs
PostgreSQL a little more, and the mall far less: together it is less.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, cast, func, literal_column, null, select


def as_array(columns: Iterable[ColumnElement[Any] | None]) -> ColumnElement[Any]:
    """The columns of a row as one array, without those at its end that are not wanted (None)."""
    told = list(columns)
    while told and told[-1] is None:
        told.pop()
    return func.json_build_array(*(null() if each is None else each for each in told))


def told_id(kind: str, key: ColumnElement[UUID]) -> ColumnElement[str]:
    """`public_id` of a key."""
    digits = func.encode(func.uuid_send(key), literal_column("'hex'", Text))
    return literal_column(f"'{kind}_'", Text).concat(digits)


def all_of(rows: Select[*tuple[Any]]) -> ColumnElement[Any]:
    """The only column of some rows as one array, in their order.

    Without an aggregate PostgreSQL takes them as they come, and sorts nothing.
    """
    return func.array(rows.scalar_subquery())


def page(rows: Select[*tuple[Any]]) -> Select[*tuple[bytes]]:
    """The only column of some rows as one value: bytes, since nobody looks at it as a text."""
    text = cast(func.to_json(all_of(rows)), Text)
    return select(func.convert_to(text, literal_column("'UTF8'")))
