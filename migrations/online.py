"""Indexes that are built and dropped while the mall is open, for the revisions."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from alembic import op
from sqlalchemy import text

LOCK_TIMEOUT_MS = 500
"""A migration that waits for a lock makes everybody behind it wait: it gives up soon and is
tried again by its caller (reliability 7)."""
STATEMENT_TIMEOUT_MS = 60_000

PATIENT_LOCK_TIMEOUT_MS = 600_000
"""Only other changes of the schema, and the vacuum, wait behind a concurrent build: what is read
and written passes it by. It waits in its turn for every transaction that is older, as a report
or a backup may be, and what it has built is lost where it gives up."""


def build_concurrently(indexes: Mapping[str, str]) -> None:
    """Build each index, named and ON what is given, without blocking those who write.

    It commits what the revision did before. After an interruption it may be called again: what
    stands is kept, and what was left half built is dropped and built anew.
    """
    with _taking_its_time():
        for name, definition in indexes.items():
            if not _stands(name):
                op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
                op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {definition}")


def drop_concurrently(*names: str) -> None:
    """Drop each index that is there; those who still read by it are waited for."""
    with _taking_its_time():
        for name in names:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


@contextmanager
def _taking_its_time() -> Generator[None]:
    """Outside of a transaction, however long a statement takes.

    After an error the migrator begins again on the same connection, with its own timeouts.
    """
    with op.get_context().autocommit_block():
        _set_timeouts(lock_ms=PATIENT_LOCK_TIMEOUT_MS, statement_ms=0)
        yield
        _set_timeouts(lock_ms=LOCK_TIMEOUT_MS, statement_ms=STATEMENT_TIMEOUT_MS)


def _set_timeouts(*, lock_ms: int, statement_ms: int) -> None:
    op.execute(f"SET lock_timeout = '{lock_ms}ms'")
    op.execute(f"SET statement_timeout = '{statement_ms}ms'")


def _stands(name: str) -> bool:
    """Whether the index is there, and whole. SQL that is only written knows of no database."""
    if op.get_context().as_sql:
        return False
    valid = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
    return bool(op.get_bind().scalar(valid, {"name": name}))
