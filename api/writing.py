"""Transactions of the edge: one for each mutation, and each keyed request carried out once."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import TypeVar

from sqlalchemy.ext.asyncio import async_sessionmaker

from domain.kernel import idempotency
from domain.kernel.db import WriteSession
from domain.kernel.errors import Busy, Refused
from domain.kernel.hot_pool import HotPool, Sender
from domain.kernel.idempotency import RequestKey
from domain.kernel.logs import logger
from domain.kernel.passing import connect, is_passing

_LOG = logger(__name__)

A = TypeVar("A")
C = TypeVar("C")

Writes = async_sessionmaker[WriteSession]
"""Makes sessions on the pool for writes."""
UseCase = Callable[[WriteSession], Awaitable[A | Refused]]
"""A use case with all its arguments but the session: it answers, or raises or returns a refusal."""


@asynccontextmanager
async def hot_writing(hot: HotPool) -> AsyncGenerator[Sender]:
    """`writing` for what is sent as statements alone."""
    with _busy_where_it_passes():
        async with hot.begin() as session:
            yield session


@asynccontextmanager
async def hot_statement(hot: HotPool) -> AsyncGenerator[Sender]:
    """`hot_writing` for one statement, which PostgreSQL commits by itself."""
    with _busy_where_it_passes():
        async with hot.alone() as session:
            yield session


@asynccontextmanager
async def writing(writes: Writes) -> AsyncGenerator[WriteSession]:
    """One transaction: committed where the block ends, rolled back where it raises.

    Faults: `Busy` for what passes by itself (no connection, a deadlock, a timeout of a lock or
    a statement, a lost connection). After a commit that got lost nobody knows the outcome: only
    a request with a key may then be sent again, and a `Busy` invites to it, so an edge without
    a key writes only what may be written twice.
    """
    with _busy_where_it_passes():
        async with writes.begin() as session:
            await connect(session)
            yield session


@contextmanager
def _busy_where_it_passes() -> Generator[None]:
    try:
        yield
    except Exception as error:
        if not is_passing(error):
            raise
        _LOG.warning("database.passing_failure", reason=repr(getattr(error, "orig", error)))
        raise Busy from error


async def once(
    writes: Writes,
    key: RequestKey,
    act: UseCase[A],
    *,
    answer: type[A],
    at: datetime,
) -> A:
    """Carry a keyed request out once; a repeat gets the first answer, without ``act``.

    What the use case raises as refused is undone, remembered and raised; a refusal that it
    returns is remembered and raised too, with what was written left as it is (an attempt that
    counts, a finding for staff). What else it raises is undone and not remembered. ``answer`` is
    the type of its answer. Raises `Refused`; faults: `Busy`, and KEY_REUSED for a key that came
    with another input before.
    """
    async with writing(writes) as session:
        if not await idempotency.begin(session, key, at=at):
            return await idempotency.remembered(session, key, answer)
        outcome = await _carried_out(session, key, act, answer)
    return _told(outcome)


async def once_after(
    writes: Writes,
    key: RequestKey,
    call: Callable[[], Awaitable[C]],
    act: Callable[[WriteSession, C], Awaitable[A | Refused]],
    *,
    answer: type[A],
) -> A:
    """Carry a keyed request out once that asks a service outside before it writes.

    Three steps: the key is claimed and committed, ``call`` asks without a transaction, ``act``
    writes with what was answered. A repeat gets the first answer without either; a twin that
    comes meanwhile is `Busy`. What ``call`` refuses is remembered. Whatever else is raised gives
    the key back; where even that is lost with the process, the claim lapses after
    `idempotency.CLAIM`, and ``call`` is made again. A process that was only slow then writes
    nothing and is `Busy`. Otherwise as `once`.
    """
    async with writing(writes) as session:
        claimed = await idempotency.claim(session, key)
        if claimed is None:
            return await idempotency.remembered(session, key, answer)
    try:
        outcome = await _after(writes, claimed, call, act, answer=answer)
    except BaseException:
        async with writing(writes) as session:
            await idempotency.release(session, claimed)
        raise
    return _told(outcome)


async def _after(
    writes: Writes,
    key: RequestKey,
    call: Callable[[], Awaitable[C]],
    act: Callable[[WriteSession, C], Awaitable[A | Refused]],
    *,
    answer: type[A],
) -> A | Refused:
    try:
        called = await call()
    except Refused as refused:
        async with writing(writes) as session:
            return await idempotency.remember_refusal(session, key, refused)
    async with writing(writes) as session:
        return await _carried_out(session, key, lambda session: act(session, called), answer)


async def _carried_out(
    session: WriteSession, key: RequestKey, act: UseCase[A], answer: type[A]
) -> A | Refused:
    """Run the use case in a savepoint and remember how it went."""
    try:
        async with session.begin_nested():
            result = await act(session)
    except Refused as refused:
        return await idempotency.remember_refusal(session, key, refused)
    if isinstance(result, Refused):
        return await idempotency.remember_refusal(session, key, result)
    return await idempotency.remember(session, key, result, answer)


def _told(outcome: A | Refused) -> A:
    """The answer; a refusal is raised."""
    if isinstance(outcome, Refused):
        raise outcome
    return outcome
