"""Rows given as arrays, so that one statement writes or finds any number of them.

A VALUES list has as many parameters as it has values, at most 32,767, and is another statement for
each length; an array for each column is one statement, prepared once. Where there is one row, its
values go as they are.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast, get_args
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Table,
    Text,
    Uuid,
    column,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from domain.kernel.columns import DocumentColumn
from domain.kernel.compiling import GivenRows
from domain.kernel.db import Base

_KEYS: dict[Any, TypeEngine[Any]] = {UUID: Uuid(), str: Text()}
"""What the keys of tables are."""


class RowSet:
    """Some columns of a table, given as arrays under ``name``: join it, or insert from it.

    ``more`` are columns that the table does not have, with their types. ``are_several`` says that
    there is hardly ever one row alone (`domain.kernel.compiling`).
    """

    def __init__(
        self,
        name: str,
        model: type[Base],
        columns: str,
        *,
        are_several: bool = False,
        **more: TypeEngine[Any],
    ) -> None:
        table = cast("Table", model.__table__)
        types = {key: _type_of(model, key) for key in columns.split()} | more
        plain = {key: _plain(each) for key, each in types.items()}
        self._name, self._types, self._table = name, types, table
        self._documents = {key for key, t in types.items() if isinstance(t, DocumentColumn)}
        self._given = (
            GivenRows(name, plain, are_several=are_several)
            .table_valued(*(column(key, each) for key, each in plain.items()), name=name)
            .render_derived()
        )

    @property
    def table(self) -> Table:
        """The table; SQLAlchemy would take the arrays for rows of an entity."""
        return self._table

    @property
    def rows(self) -> Any:
        """The rows, to select from."""
        return self._given

    @property
    def c(self) -> Any:
        """The columns of the rows."""
        return self._given.c

    def value(self, key: str) -> ColumnElement[Any]:
        """A column as its table holds it: documents come as text."""
        own = self._given.c[key]
        return sql_cast(own, JSONB) if key in self._documents else own

    def insert(self, where: ColumnElement[bool] | None = None) -> Insert:
        """Insert the rows into their table, or nothing where the condition does not hold."""
        keys = [key for key in self._types if key in self._table.c]
        rows = select(*map(self.value, keys))
        return insert(self._table).from_select(keys, rows if where is None else rows.where(where))

    def bound(self, rows: Iterable[Sequence[Any]]) -> dict[str, list[Any]]:
        """The parameters for these rows, each with a value for every column in their order."""
        by_column = list(zip(*rows, strict=True)) or [()] * len(self._types)
        return {
            f"{self._name}_{key}": [*map(_written, values)] if key in self._documents else [*values]
            for key, values in zip(self._types, by_column, strict=True)
        }


def _type_of(model: type[Base], key: str) -> TypeEngine[Any]:
    """The type of a column, as annotated where it is a key of a table that is not imported yet."""
    type_ = cast("Table", model.__table__).c[key].type
    if not isinstance(type_, NullType):
        return type_
    (annotated,) = get_args(model.__annotations__[key])
    return _KEYS[annotated]


def _plain(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type that an array can have: text for a document, and otherwise the column's own."""
    if isinstance(type_, DocumentColumn):
        return Text()
    return type_.impl_instance if isinstance(type_, TypeDecorator) else type_


def _written(document: Any) -> str | None:
    return None if document is None else msgspec.json.encode(document).decode()
