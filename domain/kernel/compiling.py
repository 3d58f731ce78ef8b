"""Core statements as asyncpg takes them: their words, and their values by name in their order.

A statement that is given rows (`domain.kernel.row_sets`) has two forms. Arrays carry any number
of rows; but each column of them is an array that the driver looks through, and a function that
PostgreSQL calls. Who comes alone gives a row at most, and that goes as plain values.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ARRAY, BindParameter, Boolean, ClauseElement, bindparam
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import Function
from sqlalchemy.sql.selectable import ReturnsRows
from sqlalchemy.types import TypeEngine

from domain.kernel.columns import WordColumn

_MANY_ROWS = asyncpg_dialect()
_ONE_ROW = asyncpg_dialect()
"""The same dialect, by which the second form is known."""


class GivenRows(Function[Any]):
    """``unnest`` of an array for each column; in the form for one row, a row of plain values.

    ``are_several`` says of rows that they hardly ever come alone: they are arrays in both forms.
    """

    inherit_cache = True

    def __init__(
        self, name: str, types: Mapping[str, TypeEngine[Any]], *, are_several: bool
    ) -> None:
        columns = {f"{name}_{key}": each for key, each in types.items()}
        arrays = [bindparam(key, type_=ARRAY(each)) for key, each in columns.items()]
        super().__init__("unnest", *arrays)
        self.are_several = are_several
        self.columns_of_one = [bindparam(key, type_=each) for key, each in columns.items()]
        self.is_there = _IsThere(f"{name}_is_there", type_=Boolean(), required=True)
        self.is_there.columns = list(columns)


class _IsThere(BindParameter[bool]):
    """Whether there is the one row. ``columns`` are the names of its values."""

    inherit_cache = True
    columns: Sequence[str] = ()


@compiles(GivenRows)
def _given(rows: GivenRows, compiler: SQLCompiler, **options: Any) -> str:
    if compiler.dialect is not _ONE_ROW or rows.are_several:
        return compiler.visit_function(rows, **options)
    values = ", ".join(compiler.process(each, **options) for each in rows.columns_of_one)
    return f"(SELECT {values} WHERE {compiler.process(rows.is_there, **options)})"


@dataclass(frozen=True, slots=True)
class Compiled:
    """What asyncpg is sent for a statement; ``fixed`` are values that it has by itself."""

    sql: str
    names: Sequence[str]
    fixed: Mapping[str, object]

    def arguments(self, values: Mapping[str, object]) -> list[object]:
        """Its values in their order."""
        given = {**self.fixed, **values}
        return [given[name] for name in self.names]


@dataclass(frozen=True, slots=True)
class OfOneRow:
    """The form of a statement for whoever gives one row, or none, of each set.

    ``sets`` are the names of the columns of each, by that of its flag.
    """

    compiled: Compiled
    sets: Mapping[str, Sequence[str]]

    def fits(self, values: Mapping[str, Any]) -> bool:
        """Whether no set is given more than one row."""
        return all(len(values[columns[0]]) <= 1 for columns in self.sets.values())

    def arguments(self, values: Mapping[str, Any]) -> list[object]:
        """The values in their order; those of a row that is not there are NULL."""
        given = {**self.compiled.fixed, **values}
        for flag, columns in self.sets.items():
            given[flag] = is_there = bool(values[columns[0]])
            for name in columns:
                given[name] = values[name][0] if is_there else None
        return [given[name] for name in self.compiled.names]


def compiled(statement: ClauseElement) -> tuple[Compiled, OfOneRow | None]:
    """The statement for any number of rows; and for one of each set, where it is given any."""
    binds, of_one = _compiled(statement, _ONE_ROW)
    sets = {each.key: each.columns for each in binds if isinstance(each, _IsThere)}
    if not sets:
        return of_one, None
    _, of_many = _compiled(statement, _MANY_ROWS)
    return of_many, OfOneRow(of_one, sets)


def words_of(statement: ClauseElement) -> dict[int, type[StrEnum]]:
    """The enumerations of those columns of its rows that are of one, by their place."""
    columns = statement.exported_columns if isinstance(statement, ReturnsRows) else ()
    types = enumerate(column.type for column in columns)
    return {n: cast("Any", each).words for n, each in types if isinstance(each, WordColumn)}


def _compiled(
    statement: ClauseElement, dialect: Any
) -> tuple[Collection[BindParameter[Any]], Compiled]:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    words = Compiled(compiled.string, compiled.positiontup or [], fixed)
    return compiled.binds.values(), words
