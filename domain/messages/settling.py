"""What became of messages that were sent outside the mall: written once, while they are SENDING."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from domain.kernel.db import WriteSession
from domain.members import statements as members
from domain.messages.models import BROKEN, MessagePermit, MessageSend
from domain.messages.permits import end_free
from domain.messages.rules import LONGEST_WAIT, pause
from domain.messages.sending import LOST_AFTER, Claimed
from domain.messages.words import NotSent, PermitStatus, SendStatus

LONGEST_REASON = 100
_LOST = "lost"


@dataclass(frozen=True, slots=True)
class State:
    """How far sending is behind, and what somebody should look at of the last day."""

    oldest_due_at: datetime | None
    broken: int


async def sent(session: WriteSession, claimed: Claimed, *, at: datetime) -> bool:
    """It was sent. Like all of these it says whether it was still for it to say."""
    return await _settle(session, claimed, status=SendStatus.SENT, ended_at=at)


async def may_be_sent(
    session: WriteSession, claimed: Claimed, *, reason: str, at: datetime
) -> bool:
    """Nobody knows whether it was sent: it is never sent again, and its permit counts as used."""
    return await _settle(
        session,
        claimed,
        status=SendStatus.UNKNOWN,
        ended_at=at,
        reason=reason[:LONGEST_REASON],
    )


async def failed(session: WriteSession, claimed: Claimed, *, reason: str, at: datetime) -> bool:
    """WeChat does not take it, and would not the next time: the permit is the member's again."""
    is_ours = await _settle(
        session,
        claimed,
        status=SendStatus.FAILED,
        began_at=None,
        ended_at=at,
        reason=reason[:LONGEST_REASON],
    )
    if is_ours:
        await _give_back(session, claimed)
    return is_ours


async def had_no_permit(session: WriteSession, claimed: Claimed, *, at: datetime) -> bool:
    """WeChat knows of no permit, whatever we have: all of that template are spent."""
    # The member comes first, as wherever permits change.
    await members.lock_members(session, [claimed.member_id])
    is_ours = await _settle(
        session,
        claimed,
        status=SendStatus.REFUSED,
        began_at=None,
        ended_at=at,
        reason=NotSent.NO_PERMIT,
    )
    if is_ours:
        await _give_back(session, claimed)
        template = claimed.letter.template
        await end_free(session, claimed.member_id, template, PermitStatus.SPENT, at=at)
    return is_ours


async def put_off(
    session: WriteSession, claimed: Claimed, *, seconds: int, reason: str, at: datetime
) -> bool:
    """It certainly was not sent, and may be tried again after so many seconds or a pause."""
    until = at + max(pause(claimed.tries), timedelta(seconds=seconds))
    is_ours = await _settle(
        session,
        claimed,
        status=SendStatus.WAITING,
        due_at=until,
        began_at=None,
        tries=MessageSend.tries + 1,
        reason=reason[:LONGEST_REASON],
    )
    if is_ours:
        await _give_back(session, claimed)
    return is_ours


async def mark_lost(session: WriteSession, *, at: datetime) -> int:
    """Give up on messages whose sender has died: they may have been sent. Says how many."""
    lost = (
        update(MessageSend)
        .where(
            MessageSend.status == SendStatus.SENDING,
            MessageSend.began_at < at - LOST_AFTER,
        )
        .values(status=SendStatus.UNKNOWN, ended_at=at, reason=_LOST)
        .returning(MessageSend.message_id)
        .execution_options(synchronize_session=False)
    )
    return len((await session.execute(lost)).all())


async def state(session: WriteSession, *, at: datetime) -> State:
    """How sending goes at this moment."""
    oldest = select(func.min(MessageSend.due_at)).where(
        MessageSend.status == SendStatus.WAITING, MessageSend.due_at <= at
    )
    broken = select(func.count()).where(
        MessageSend.status.in_(BROKEN), MessageSend.ended_at > at - LONGEST_WAIT
    )
    row = (await session.execute(select(oldest.scalar_subquery(), broken.scalar_subquery()))).one()
    return State(*row)


async def _settle(session: WriteSession, claimed: Claimed, **values: object) -> bool:
    settled = (
        update(MessageSend)
        .where(
            MessageSend.message_id == claimed.message_id,
            MessageSend.status == SendStatus.SENDING,
        )
        .values(**values)
        .returning(MessageSend.message_id)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(settled) is not None


async def _give_back(session: WriteSession, claimed: Claimed) -> None:
    """Nothing was sent, so the permit was not used."""
    await session.execute(
        update(MessagePermit)
        .where(MessagePermit.message_id == claimed.message_id)
        .values(status=PermitStatus.FREE, message_id=None, settled_at=None)
        .execution_options(synchronize_session=False)
    )
