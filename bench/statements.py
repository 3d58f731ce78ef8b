"""Counting what a pool for writes sends: by SQLAlchemy, and past it by `WriteSession.send`."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from asyncpg.connection import LoggedQuery
from sqlalchemy import event

from domain.kernel.db import Database

_BOUNDS = frozenset({"BEGIN;", "COMMIT;", "ROLLBACK;"})


@contextmanager
def counted_statements(database: Database) -> Generator[Counter[str]]:
    """Count statements by their first word until the context ends, without BEGIN and COMMIT."""
    counted: Counter[str] = Counter()
    engine = database.writes.kw["bind"].sync_engine
    listening: list[Any] = []
    of_many_rows: set[str] = set()

    def by_sqlalchemy(*sent: object) -> None:
        statement, has_many_rows = str(sent[2]), sent[5]
        counted[_first_word(statement)] += 1
        if has_many_rows:
            # Alone of SQLAlchemy's statements the driver tells of these too.
            of_many_rows.add(statement)

    def by_driver(sent: LoggedQuery) -> None:
        if sent.query in _BOUNDS | of_many_rows or is_of_new_connection(sent.query):
            return
        counted[_first_word(sent.query)] += 1

    def taken(adapted: Any, *_: object) -> None:
        if adapted.driver_connection not in listening:
            listening.append(adapted.driver_connection)
            adapted.driver_connection.add_query_logger(by_driver)

    event.listen(engine, "before_cursor_execute", by_sqlalchemy)
    event.listen(engine, "checkout", taken)
    try:
        yield counted
    finally:
        event.remove(engine, "before_cursor_execute", by_sqlalchemy)
        event.remove(engine, "checkout", taken)
        for connection in listening:
            connection.remove_query_logger(by_driver)


def is_of_new_connection(sql: str) -> bool:
    """Whether it is how asyncpg learns of types, once on each connection."""
    return "typeinfo_tree" in sql or "current_setting('jit')" in sql or "set_config('jit'" in sql


def _first_word(sql: str) -> str:
    return sql.split(maxsplit=1)[0]
