"""The two pools of database connections, both bounded and both made here (architecture 0.3).

Writes and rare reads go through SQLAlchemy sessions; hot reads are Core statements compiled
once and run on an asyncpg pool whose connections PostgreSQL itself keeps from writing.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import asyncpg
from sqlalchemy import ClauseElement, DateTime, MetaData, Text
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.ext.asyncio import (
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from domain.kernel.errors import Busy
from domain.kernel.metrics import CONNECTION_HELD, CONNECTION_REFUSED

STATEMENT_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 1_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000
POOL_WAIT_SECONDS = 1.0

_SESSION = {
    "application_name": "shoal",
    "timezone": "UTC",
    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
    "lock_timeout": str(LOCK_TIMEOUT_MS),
    "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
}
_DIALECT = asyncpg_dialect()


class Base(DeclarativeBase):
    """What every table of the mall is declared on; constraints are named by one rule."""

    type_annotation_map: ClassVar[dict[type, TypeEngine[Any]]] = {
        str: Text(),
        datetime: DateTime(timezone=True),
    }
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class WriteSession(AsyncSession):
    """A unit of work that may change rows. Use cases take it and never commit it."""


@dataclass(frozen=True)
class Database:
    """Both doors to PostgreSQL, for as long as a process lives."""

    reads: "ReadPool"
    writes: async_sessionmaker[WriteSession]


class ReadPool:
    """Connections for hot reads: bounded, read-only, given back without a reset query."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def rows(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        """Run one statement and answer with its rows.

        A connection that PostgreSQL dropped (a restart) is noticed only when it is used: a read
        may safely be sent once more. Faults: `Busy` when no connection comes free in time or
        PostgreSQL is away.
        """
        try:
            return await self._rows(sql, arguments)
        except _CONNECTION_LOST:
            pass
        try:
            return await self._rows(sql, arguments)
        except _CONNECTION_LOST as error:
            CONNECTION_REFUSED.inc()
            raise Busy from error

    async def _rows(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        try:
            async with asyncio.timeout(POOL_WAIT_SECONDS):
                connection = await self._pool.acquire()
        except TimeoutError as error:
            CONNECTION_REFUSED.inc()
            raise Busy from error
        except asyncpg.PostgresError as error:
            # It answers and lets nobody in: no such database, a wrong password, too many.
            raise ConnectionRefusedError from error
        begun = time.perf_counter()
        try:
            return await connection.fetch(sql, *arguments)
        except (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError) as error:
            raise Busy from error
        except asyncpg.InternalClientError as error:
            # What asyncpg raises when the server's goodbye has come between two statements.
            connection.terminate()
            raise ConnectionResetError from error
        except asyncpg.InterfaceError as error:
            # The same class stands for a wrong argument, which is a bug and must stay one.
            if connection.is_closed():
                raise ConnectionResetError from error
            raise
        finally:
            CONNECTION_HELD.observe(time.perf_counter() - begun)
            await self._pool.release(connection)


_CONNECTION_LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)


class HotRead:
    """A Core statement compiled for asyncpg once, and run without SQLAlchemy thereafter."""

    def __init__(self, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        assert isinstance(compiled, SQLCompiler)
        self.sql = str(compiled)
        self._names = compiled.positiontup or []

    async def rows(self, reads: ReadPool, **values: object) -> list[asyncpg.Record]:
        """Run the statement with its bound parameters given by name."""
        return await reads.rows(self.sql, [values[name] for name in self._names])


@asynccontextmanager
async def open_database(
    url: str, *, read_connections: int, write_connections: int
) -> AsyncGenerator[Database]:
    """Open both pools on the server at ``url`` (``postgresql://…``) and close them at the end.

    Connections are made when they are first needed, so a process starts while PostgreSQL is
    away and says so through its readiness.
    """
    engine = create_async_engine(
        sqlalchemy_url(url),
        pool_size=write_connections,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_pre_ping=True,
        connect_args={"server_settings": _SESSION, "timeout": POOL_WAIT_SECONDS},
    )
    async with asyncpg.create_pool(
        url,
        min_size=0,
        max_size=read_connections,
        reset=_keep_session,
        timeout=POOL_WAIT_SECONDS,
        server_settings={**_SESSION, "default_transaction_read_only": "on"},
    ) as pool:
        try:
            yield Database(
                reads=ReadPool(pool),
                writes=async_sessionmaker(engine, class_=WriteSession, expire_on_commit=False),
            )
        finally:
            await engine.dispose()


def sqlalchemy_url(url: str) -> str:
    """Name the driver in an address, as SQLAlchemy wants it."""
    return f"postgresql+asyncpg://{url.partition('://')[2]}"


async def _keep_session(_connection: object) -> None:
    """Reset nothing: hot reads never change a session, and a reset costs a round trip."""
