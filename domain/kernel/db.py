"""The pools of database connections, all bounded and all made here (architecture 0.3).

Writes and rare reads go through SQLAlchemy sessions; hot reads are Core statements, compiled
once and run on an asyncpg pool whose connections PostgreSQL itself keeps from writing. The writes
of every purchase are such statements too, on the connections of `domain.kernel.hot_pool`.
"""

import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

import asyncpg
from sqlalchemy import ClauseElement, DateTime, MetaData, Text, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

from domain.kernel.compiling import Compiled, OfOneRow, compiled, words_of
from domain.kernel.errors import Busy
from domain.kernel.hot_pool import (
    CONNECTION_LOST,
    HotPool,
    Sender,
    heard,
    keep_session,
    open_hot_pool,
)
from domain.kernel.kept import KeptConnections, is_gone
from domain.kernel.metrics import CONNECTION_HELD, CONNECTION_REFUSED

STATEMENT_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 1_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000
CONNECT_SECONDS = 1.0
POOL_WAIT_SECONDS = 1.0
COMMAND_SECONDS = 6.0
"""When even PostgreSQL's own timeouts do not answer: it is frozen, or the network is gone."""
_RELEASE_SECONDS = 0.5


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

    _begun: "tuple[object, Any] | None" = None

    async def send(self, sql: str, values: Sequence[object]) -> Sequence[Any]:
        """Run a statement as asyncpg takes it, in the transaction of this session; its rows.

        The first one goes through SQLAlchemy, which begins the transaction with it. What comes
        after it goes straight to the same connection, at a sixth of the processor time.
        """
        driver = self._driver()
        if driver is None:
            return await self._send_first(sql, values)
        if self.sync_session.in_nested_transaction():
            # Only when it is asked for the connection does SQLAlchemy send the SAVEPOINT.
            await self.connection()
        return await heard(driver, lambda: driver.fetch(sql, *values))

    def _driver(self) -> Any:
        """The connection of the transaction that `send` has begun; None where there is none.

        A transaction that SQLAlchemy has rolled back is still the session's, and not active.
        """
        transaction = self.sync_session.get_transaction()
        if self._begun is None or transaction is None or not transaction.is_active:
            return None
        begun, driver = self._begun
        return driver if begun is transaction else None

    async def _send_first(self, sql: str, values: Sequence[object]) -> Sequence[Any]:
        connection = await self.connection()
        answer = await connection.exec_driver_sql(sql, tuple(values))
        rows = answer.all() if answer.returns_rows else ()
        pooled = connection.sync_connection
        assert pooled is not None
        self._begun = self.sync_session.get_transaction(), pooled.connection.driver_connection
        return rows


@dataclass(frozen=True, kw_only=True)
class Database:
    """The doors to PostgreSQL, for as long as a process lives."""

    reads: "ReadPool"
    writes: async_sessionmaker[WriteSession]
    hot: HotPool
    """For the writes that every purchase makes."""
    probe: "ReadPool"
    """One connection apart, for what a process asks on its own account: it never waits for a
    reader, takes no reader's connection, and is not among what requests are measured by."""


class ReadPool:
    """Connections for hot reads: bounded, read-only, kept from one statement to the next."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        observe: Callable[[float], None] = CONNECTION_HELD.observe,
    ) -> None:
        """Run reads on a pool; ``observe`` is told how many seconds each held a connection."""
        self._kept = KeptConnections(pool)
        self._observe = observe

    async def rows(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        """Run one statement and answer with its rows.

        A connection that PostgreSQL dropped (a restart) is noticed only when it is used: a read
        may safely be sent once more. Faults: `Busy` when no connection comes free in time or
        PostgreSQL is away.
        """
        try:
            return await self._rows(sql, arguments)
        except CONNECTION_LOST:
            pass
        try:
            return await self._rows(sql, arguments)
        except CONNECTION_LOST as error:
            CONNECTION_REFUSED.inc()
            raise Busy from error

    async def close(self) -> None:
        """Give the connections back to their pool, which is about to close."""
        await self._kept.close()

    async def _rows(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        connection = await self._taken()
        begun = time.perf_counter()
        is_whole = False
        try:
            rows = await connection.fetch(sql, *arguments, timeout=COMMAND_SECONDS)
            is_whole = True
        except (TimeoutError, asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError) as error:
            raise Busy from error
        except asyncpg.InterfaceError as error:
            # The same class stands for a wrong argument, which is a bug and must stay one.
            if is_gone(connection):
                raise ConnectionResetError from error
            raise
        except asyncpg.InternalClientError as error:
            # What asyncpg raises when the server's goodbye has come between two statements.
            connection.terminate()
            raise ConnectionResetError from error
        finally:
            self._observe(time.perf_counter() - begun)
            if is_whole:
                self._kept.give_back(connection)
            else:
                with suppress(TimeoutError):
                    await self._kept.give_up(connection, _RELEASE_SECONDS)
        return rows

    async def _taken(self) -> Any:
        try:
            return await self._kept.take(POOL_WAIT_SECONDS)
        except TimeoutError as error:
            CONNECTION_REFUSED.inc()
            raise Busy from error
        except asyncpg.PostgresError as error:
            # It answers and lets nobody in: no such database, a wrong password, too many.
            raise ConnectionRefusedError from error


class _Hot:
    """A Core statement, compiled for asyncpg when it is first wanted."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement

    @property
    def sql(self) -> str:
        """Its words for any number of rows, as asyncpg is sent them."""
        return self._forms[0].sql

    @cached_property
    def _forms(self) -> tuple[Compiled, OfOneRow | None]:
        """It for any number of rows, and for one where it is given any."""
        forms = compiled(self._statement)
        # It is some hundred objects, and of no use any more.
        del self._statement
        return forms


class HotRead(_Hot):
    """A Core statement compiled when it first runs, and run without SQLAlchemy thereafter."""

    async def rows(self, reads: ReadPool, **values: object) -> list[asyncpg.Record]:
        """Run the statement with its bound parameters given by name."""
        form = self._forms[0]
        return await reads.rows(form.sql, [values[name] for name in form.names])


class HotWrite(_Hot):
    """A Core statement compiled when it first runs, and run in the transaction of its sender.

    Nothing of SQLAlchemy looks at it again: no unit of work is flushed before it, values go as
    asyncpg takes them, and rows come as it gives them, documents as text; but the words of an
    enumeration come as its own.
    """

    def __init__(self, statement: ClauseElement) -> None:
        super().__init__(statement)
        self._words = words_of(statement)

    async def run(self, session: Sender, **values: object) -> None:
        """Run a statement whose rows, if it has any, do not matter."""
        await self._send(session, values)

    async def rows(self, session: Sender, **values: object) -> Sequence[Any]:
        """Run the statement with its bound parameters given by name; its rows."""
        rows = await self._send(session, values)
        return [self._with_words(row) for row in rows] if self._words else rows

    async def one_or_none(self, session: Sender, **values: object) -> Any:
        """Run a statement that answers with a row at most; that row, or None."""
        rows = await self.rows(session, **values)
        assert len(rows) <= 1
        return rows[0] if rows else None

    async def _send(self, session: Sender, values: Mapping[str, object]) -> Sequence[Any]:
        of_many, of_one = self._forms
        if of_one is not None and of_one.fits(values):
            return await session.send(of_one.compiled.sql, of_one.arguments(values))
        return await session.send(of_many.sql, of_many.arguments(values))

    def _with_words(self, row: Sequence[Any]) -> tuple[Any, ...]:
        words = self._words
        return tuple(
            words[n](value) if n in words and value is not None else value
            for n, value in enumerate(row)
        )


@asynccontextmanager
async def open_database(
    url: str,
    *,
    read_connections: int,
    write_connections: int,
    hot_connections: int = 1,
    are_writes_bounded: bool = True,
) -> AsyncGenerator[Database]:
    """Open all pools on the server at ``url`` (``postgresql://…``) and close them at the end.

    Connections are made when they are first needed, so a process starts while PostgreSQL is
    away and says so through its readiness. Each statement of the writes is bounded to
    `COMMAND_SECONDS`, but for what reads a whole mall.
    """
    write_seconds = COMMAND_SECONDS if are_writes_bounded else None
    engine = _write_engine(url, write_connections, write_seconds)
    try:
        async with (
            _read_pool(url, read_connections, CONNECTION_HELD.observe) as reads,
            _read_pool(url, 1, _forget_seconds) as probe,
            open_hot_pool(
                url,
                hot_connections,
                session=_session(),
                wait_seconds=POOL_WAIT_SECONDS,
                connect_seconds=CONNECT_SECONDS,
                command_seconds=write_seconds,
            ) as hot,
        ):
            yield Database(
                reads=reads,
                writes=async_sessionmaker(engine, class_=WriteSession, expire_on_commit=False),
                hot=hot,
                probe=probe,
            )
    finally:
        await engine.dispose()


def _write_engine(url: str, most: int, command_seconds: float | None) -> AsyncEngine:
    engine = engine_on(
        url,
        session=_session(),
        command_seconds=command_seconds,
        connect_seconds=CONNECT_SECONDS,
        pool_size=most,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        # The connection used last has its statements prepared and planned, and its caches warm.
        pool_use_lifo=True,
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def engine_on(
    url: str,
    *,
    session: Mapping[str, str],
    command_seconds: float | None,
    connect_seconds: float,
    **pool: Any,
) -> AsyncEngine:
    """SQLAlchemy's engine on the server at ``url``, whose words asyncpg itself reads.

    SQLAlchemy would hand parameters such as ``sslmode`` on as arguments that asyncpg does not
    know. Values stay out of its errors, and so out of the log.
    """

    async def connect() -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(
            url,
            server_settings=dict(session),
            timeout=connect_seconds,
            command_timeout=command_seconds,
        )

    return create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, hide_parameters=True, **pool
    )


@asynccontextmanager
async def _read_pool(
    url: str, most: int, observe: Callable[[float], None]
) -> AsyncGenerator[ReadPool]:
    async with asyncpg.create_pool(
        url,
        min_size=0,
        max_size=most,
        reset=keep_session,
        timeout=CONNECT_SECONDS,
        server_settings={**_session(), "default_transaction_read_only": "on"},
    ) as pool:
        reads = ReadPool(pool, observe)
        try:
            yield reads
        finally:
            await reads.close()


def _session() -> dict[str, str]:
    """What each session of the mall is opened with."""
    return {
        "application_name": "shoal",
        "timezone": "UTC",
        "statement_timeout": str(STATEMENT_TIMEOUT_MS),
        "lock_timeout": str(LOCK_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
    }


def _refuse_closed(adapted: Any, _record: object, _proxy: object) -> None:
    """Let the pool make other connections where PostgreSQL has ended this one (a restart).

    The driver has heard of that by itself: asking on each checkout costs a round trip.
    """
    if adapted.driver_connection.is_closed():
        raise DisconnectionError


def _forget_seconds(_seconds: float) -> None:
    """Measure nothing: what a process asks on its own account is no request's read."""
