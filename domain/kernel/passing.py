"""Which failures of the database pass by themselves, so that the same call may be made again."""

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from domain.kernel.db import WriteSession
from domain.kernel.errors import Busy
from domain.kernel.metrics import CONNECTION_REFUSED

_UNIQUE_VIOLATION = "23505"
_LOCK_TIMEOUT = "55P03"
_SQLSTATES = frozenset(
    {
        "40001",  # serialization failure
        "40P01",  # deadlock
        _LOCK_TIMEOUT,
        "57014",  # statement timeout
        "57P01",  # PostgreSQL is stopped
        "57P02",  # PostgreSQL crashed
        "57P03",  # PostgreSQL starts
    }
)
_CONNECTION = "08"


def is_passing(error: BaseException) -> bool:
    """Whether the failure lies in the moment and not in the statement.

    What SQLAlchemy and asyncpg raise for one and the same failure depends on when it comes:
    PostgreSQL's state decides where there is one.
    """
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    # asyncpg raises the last of these when the server's goodbye comes between two statements.
    lost = (PoolTimeoutError, TimeoutError, ConnectionError, asyncpg.InternalClientError)
    state = _state_of(error)
    return isinstance(error, lost) or state in _SQLSTATES or state.startswith(_CONNECTION)


def is_unique_violation(error: BaseException) -> bool:
    """Whether somebody else has written the same meanwhile: who looks again sees it."""
    return _state_of(error) == _UNIQUE_VIOLATION


def is_lock_timeout(error: BaseException) -> bool:
    """Whether somebody else has kept what was to be locked for too long."""
    return _state_of(error) == _LOCK_TIMEOUT


async def connect(session: WriteSession) -> None:
    """Take the connection of a transaction. Faults: `Busy` where PostgreSQL is away.

    Here alone an OSError is PostgreSQL being away (no socket file).
    """
    try:
        await session.connection()
    except (OSError, asyncpg.PostgresError) as error:
        CONNECTION_REFUSED.inc()
        raise Busy from error


def _state_of(error: BaseException) -> str:
    """PostgreSQL's state of a failure, told by asyncpg or by SQLAlchemy around it; or nothing."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    state: object = getattr(cause, "sqlstate", None)
    return state if isinstance(state, str) else ""
