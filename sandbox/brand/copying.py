"""Writes many rows at once with PostgreSQL's COPY, in the transaction of a session."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import asyncpg
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from domain.catalog import models
from domain.kernel.db import Base, WriteSession

_SECONDS = 60
_Process = Callable[[Any], Any]
_DIALECT = asyncpg_dialect()


async def copy(session: WriteSession, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Copy rows into a model's table; each has the columns of the first, in the same order.

    The session must have run a statement in its transaction before: a COPY begins none.
    """
    if not rows:
        return
    table = Base.metadata.tables[model.__tablename__]
    processors = {
        place: process
        for place, name in enumerate(rows[0])
        if (process := _processor(table, name)) is not None
    }
    connection = await (await session.connection()).get_raw_connection()
    driver: asyncpg.Connection[asyncpg.Record] | None = connection.driver_connection
    assert driver is not None
    await driver.copy_records_to_table(
        table.name,
        columns=list(rows[0]),
        records=(_record(row, processors) for row in rows),
        timeout=_SECONDS,
    )


def _record(row: dict[str, Any], processors: dict[int, _Process]) -> list[Any]:
    record = list(row.values())
    for place, process in processors.items():
        record[place] = process(record[place])
    return record


def _processor(table: Table, column: str) -> _Process | None:
    """What makes of a model's value what asyncpg takes, as it is made for any other statement."""
    type_ = table.c[column].type
    process = type_.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    if process is None or not isinstance(type_, models.DocumentColumn):
        return process
    # Products share their documents, which cannot change and are dear to write out.
    return cache(process)
