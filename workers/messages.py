"""The sweep over messages outside the mall, and telling members for keepers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from domain.kernel.db import WriteSession
from domain.kernel.logs import logger
from domain.kernel.metrics import MESSAGES_BROKEN, MESSAGES_OLDEST_DUE, MESSAGES_SENT
from domain.kernel.outside import (
    OutsideError,
    OutsideLimited,
    OutsideRejected,
    OutsideUnavailable,
)
from domain.messages import settling
from domain.messages.news import News
from domain.messages.ports import MessageRefused, MessageSender, SendProblem
from domain.messages.sending import Claimed, claim
from domain.messages.telling import tell
from domain.messages.words import MessageKind
from workers.tools import MessageDesk, SweepContext, Tools

_LOG = logger(__name__)
_LONGEST_SECONDS = 8.0
"""How long a sweep begins new chunks; a call takes seven seconds at the most."""
_AT_ONCE = 6
"""Messages on their way at once, and with that connections that write down what became of them."""

Settle = Callable[[WriteSession], Awaitable[bool]]
"""Writes down what became of one message."""

_TURN = asyncio.Lock()


async def tell_members(session: WriteSession, news: Sequence[News], tools: Tools) -> None:
    """Tell news in the transaction of a keeper: `domain.messages.telling.tell`."""
    desk = tools.messages
    kinds = frozenset[MessageKind](desk.mailing.templates if desk else ())
    await tell(session, news, tools.clock(), outside=kinds, random=tools.random)


async def send_messages(ctx: SweepContext) -> None:
    """Send what is due outside the mall, chunk by chunk; one turn at a time in a process.

    Any number of processes may do so at once. One that dies leaves messages that may have been
    sent: they are found by their age, and never sent again.
    """
    tools = ctx["tools"]
    if _TURN.locked():
        return
    async with _TURN:
        try:
            await _mark_lost(tools)
            if tools.messages is not None:
                await _send_due(tools, tools.messages)
        finally:
            await _measure(tools)


async def _send_due(tools: Tools, desk: MessageDesk) -> None:
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + _LONGEST_SECONDS
    while loop.time() < ends_at:
        async with tools.database.writes.begin() as session:
            chunk = await claim(session, desk.mailing, at=tools.clock(), most=_AT_ONCE)
        await asyncio.gather(*(_send(tools, desk.sender, each) for each in chunk.to_send))
        if not chunk.decided:
            return


async def _send(tools: Tools, sender: MessageSender, claimed: Claimed) -> None:
    """Call WeChat without a transaction, then write down what it said."""
    outcome, settle = await _called(tools, sender, claimed)
    MESSAGES_SENT.labels(claimed.kind, outcome).inc()
    async with tools.database.writes.begin() as session:
        is_ours = await settle(session)
    if not is_ours:
        _LOG.warning("message.settled_before", message_id=str(claimed.message_id), outcome=outcome)


async def _called(tools: Tools, sender: MessageSender, claimed: Claimed) -> tuple[str, Settle]:
    """The outcome as a word, and how it is written down."""
    try:
        await sender.send(claimed.letter)
    except MessageRefused as refused:
        return _refused(tools, claimed, refused)
    except OutsideError as error:
        return _gone_wrong(tools, claimed, error)
    except Exception as error:
        # A bug, wherever it was on the way.
        _LOG.exception("message.bug", message_id=str(claimed.message_id))
        return _unknown(tools, claimed, type(error).__name__)
    return "sent", lambda session: settling.sent(session, claimed, at=tools.clock())


def _gone_wrong(tools: Tools, claimed: Claimed, error: OutsideError) -> tuple[str, Settle]:
    if isinstance(error, OutsideRejected):
        return _refused(tools, claimed, MessageRefused(SendProblem.OTHER, error.code))
    if isinstance(error, OutsideUnavailable) and error.may_have_happened:
        return _unknown(tools, claimed, error.code)
    seconds = error.retry_after_seconds if isinstance(error, OutsideLimited) else 0
    return _put_off(tools, claimed, error, seconds=seconds)


def _refused(tools: Tools, claimed: Claimed, refused: MessageRefused) -> tuple[str, Settle]:
    if refused.problem is SendProblem.NO_PERMIT:
        _LOG.info("message.no_permit", message_id=str(claimed.message_id), kind=claimed.kind)
        return (
            "no_permit",
            lambda session: settling.had_no_permit(session, claimed, at=tools.clock()),
        )
    reason = f"{refused.problem} {refused.code}"
    _LOG.error(
        "message.failed", message_id=str(claimed.message_id), kind=claimed.kind, reason=reason
    )
    return (
        "failed",
        lambda session: settling.failed(session, claimed, reason=reason, at=tools.clock()),
    )


def _unknown(tools: Tools, claimed: Claimed, reason: str) -> tuple[str, Settle]:
    _LOG.warning(
        "message.unknown", message_id=str(claimed.message_id), kind=claimed.kind, reason=reason
    )
    return (
        "unknown",
        lambda session: settling.may_be_sent(session, claimed, reason=reason, at=tools.clock()),
    )


def _put_off(
    tools: Tools, claimed: Claimed, error: OutsideError, *, seconds: int
) -> tuple[str, Settle]:
    _LOG.warning("message.put_off", message_id=str(claimed.message_id), reason=error.code)
    return (
        "put_off",
        lambda session: settling.put_off(
            session, claimed, seconds=seconds, reason=error.code, at=tools.clock()
        ),
    )


async def _mark_lost(tools: Tools) -> None:
    async with tools.database.writes.begin() as session:
        lost = await settling.mark_lost(session, at=tools.clock())
    if lost:
        _LOG.error("messages.lost", messages=lost)


async def _measure(tools: Tools) -> None:
    async with tools.database.writes.begin() as session:
        at = tools.clock()
        state = await settling.state(session, at=at)
    oldest = state.oldest_due_at or at
    MESSAGES_OLDEST_DUE.set((at - oldest).total_seconds())
    MESSAGES_BROKEN.set(state.broken)
