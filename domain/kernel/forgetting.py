"""Rows past their retention, deleted in chunks: what every sweep that forgets has in common."""

from typing import Any, cast

from sqlalchemy import ColumnElement, Table, delete, select, tuple_

from domain.kernel.db import Base, WriteSession


async def forget_oldest(
    session: WriteSession, model: type[Base], is_past: ColumnElement[bool], *, by: Any, most: int
) -> int:
    """Delete at most so many rows that are past their time, the least ``by`` first; how many.

    Rows that another worker is at are passed over.
    """
    table = cast("Table[Any]", model.__table__)
    key = list(table.primary_key.columns)
    # A common table expression, because a subquery may be run again for each row it is compared
    # with, and its LIMIT then bounds nothing.
    old = (
        select(*key)
        .where(is_past)
        .order_by(by)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("old")
        .prefix_with("MATERIALIZED")
    )
    forgotten = await session.execute(
        delete(table).where(tuple_(*key) == tuple_(*old.c)).returning(key[0])
    )
    return len(forgotten.all())
