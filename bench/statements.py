"""Counting what writes send: by SQLAlchemy, past it by `WriteSession.send`, and the hot pool."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from asyncpg.connection import LoggedQuery
from sqlalchemy import event

from domain.kernel.db import Database

_BOUNDS = frozenset({"BEGIN;", "COMMIT;", "ROLLBACK;"})


class _Counting:
    """Counts what is heard by each of the ways by which statements are sent."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self.listening: list[Any] = []
        self._of_many_rows: set[str] = set()

    def by_sqlalchemy(self, *sent: object) -> None:
        statement, has_many_rows = str(sent[2]), sent[5]
        self.count(statement)
        if has_many_rows:
            # Alone of SQLAlchemy's statements the driver tells of these too.
            self._of_many_rows.add(statement)

    def by_driver(self, sent: LoggedQuery) -> None:
        if sent.query not in _BOUNDS | self._of_many_rows and not is_of_new_connection(sent.query):
            self.count(sent.query)

    def taken(self, adapted: Any, *_: object) -> None:
        if adapted.driver_connection not in self.listening:
            self.listening.append(adapted.driver_connection)
            adapted.driver_connection.add_query_logger(self.by_driver)

    def count(self, sql: str) -> None:
        self.counted[sql.split(maxsplit=1)[0]] += 1


@contextmanager
def counted_statements(database: Database) -> Generator[Counter[str]]:
    """Count statements by their first word until the context ends, without BEGIN and COMMIT."""
    counting = _Counting()
    engine = database.writes.kw["bind"].sync_engine
    event.listen(engine, "before_cursor_execute", counting.by_sqlalchemy)
    event.listen(engine, "checkout", counting.taken)
    database.hot.heard_by = counting.count
    try:
        yield counting.counted
    finally:
        event.remove(engine, "before_cursor_execute", counting.by_sqlalchemy)
        event.remove(engine, "checkout", counting.taken)
        database.hot.heard_by = None
        for connection in counting.listening:
            connection.remove_query_logger(counting.by_driver)


def is_of_new_connection(sql: str) -> bool:
    """Whether it is how asyncpg learns of types, once on each connection."""
    return "typeinfo_tree" in sql or "current_setting('jit')" in sql or "set_config('jit'" in sql
