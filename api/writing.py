"""Transactions of the edge: one for each mutation, and each keyed request carried out once."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TypeVar

import asyncpg
from sqlalchemy.ext.asyncio import async_sessionmaker

from domain.kernel import idempotency
from domain.kernel.db import WriteSession
from domain.kernel.errors import Busy, Refused
from domain.kernel.idempotency import RequestKey
from domain.kernel.logs import logger
from domain.kernel.metrics import CONNECTION_REFUSED
from domain.kernel.passing import is_passing

_LOG = logger(__name__)

A = TypeVar("A")

Writes = async_sessionmaker[WriteSession]
"""Makes sessions on the pool for writes."""


@asynccontextmanager
async def writing(writes: Writes) -> AsyncGenerator[WriteSession]:
    """One transaction: committed where the block ends, rolled back where it raises.

    Faults: `Busy` for what passes by itself (no connection, a deadlock, a timeout of a lock or
    a statement, a lost connection). After a commit that got lost nobody knows the outcome: only
    a request with a key may then be sent again, and a `Busy` invites to it, so an edge without
    a key writes only what may be written twice.
    """
    try:
        async with writes.begin() as session:
            await _connect(session)
            yield session
    except Exception as error:
        if not is_passing(error):
            raise
        _LOG.warning("database.passing_failure", reason=repr(getattr(error, "orig", error)))
        raise Busy from error


async def once(
    writes: Writes,
    key: RequestKey,
    act: Callable[[WriteSession], Awaitable[A]],
    *,
    answer: type[A],
    at: datetime,
) -> A:
    """Carry a keyed request out once; a repeat gets the first answer, without ``act``.

    ``act`` is the use case. What it refuses is undone, remembered and raised; what else it
    raises is undone and not remembered. ``answer`` is the type of its answer. Raises `Refused`;
    faults: `Busy`, and KEY_REUSED for a key that came with another input before.
    """
    async with writing(writes) as session:
        if not await idempotency.begin(session, key, at=at):
            return await idempotency.remembered(session, key, answer)
        try:
            async with session.begin_nested():
                result = await act(session)
        except Refused as refused:
            refusal = await idempotency.remember_refusal(session, key, refused)
        else:
            return await idempotency.remember(session, key, result, answer)
    raise refusal


async def _connect(session: WriteSession) -> None:
    """Take the connection. Here alone an OSError is PostgreSQL being away (no socket file)."""
    try:
        await session.connection()
    except (OSError, asyncpg.PostgresError) as error:
        CONNECTION_REFUSED.inc()
        raise Busy from error
