"""Permits: what a member answers to WeChat's question, taken down for when there is news."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.db import WriteSession
from domain.kernel.forgetting import forget_oldest
from domain.kernel.ids import new_id
from domain.members import statements as members
from domain.messages.models import PERMIT_RETENTION, MessageChoice, MessagePermit
from domain.messages.words import PermitStatus, Topic

MOST_FREE = 20
"""Permits of one template that are kept for a member; what they accept beyond is not counted."""


class RecordedPermits(msgspec.Struct, frozen=True):
    """How many answers were taken down."""

    answers: int


@dataclass(frozen=True, slots=True)
class Answers:
    """What a member said to WeChat's question in one tap, by the template; and the tap's own id."""

    request_id: UUID
    by_template: Mapping[str, bool]


async def record_permits(
    session: WriteSession, member_id: UUID, answers: Answers, *, at: datetime, random: Random
) -> RecordedPermits:
    """Take down a member's answers: a yes is one permit, and a no ends those that are free.

    The latest word stands. One tap grants one permit of a template, however often it is sent.
    Refuses: MemberBlocked.
    """
    await members.welcome(session, member_id)
    for template, is_accepted in sorted(answers.by_template.items()):
        if is_accepted:
            await _grant(session, member_id, template, answers.request_id, at, random)
        else:
            await end_free(session, member_id, template, PermitStatus.DECLINED, at=at)
    return RecordedPermits(len(answers.by_template))


async def end_free(
    session: WriteSession, member_id: UUID, template: str, status: PermitStatus, *, at: datetime
) -> None:
    """Let the permits of a template that are free be of no use any more; the member is locked."""
    await session.execute(
        update(MessagePermit)
        .where(
            MessagePermit.member_id == member_id,
            MessagePermit.template == template,
            MessagePermit.status == PermitStatus.FREE,
        )
        .values(status=status, settled_at=at)
        .execution_options(synchronize_session=False)
    )


async def choose(
    session: WriteSession, member_id: UUID, topic: Topic, *, is_told_outside: bool, at: datetime
) -> None:
    """Take down whether a member wants to be told of a topic outside the mall.

    The inbox has it anyway. A blocked member may say so too.
    """
    await members.own(session, member_id)
    values = {"is_told_outside": is_told_outside, "changed_at": at}
    written = insert(MessageChoice).values(member_id=member_id, topic=topic, **values)
    await session.execute(
        written.on_conflict_do_update(index_elements=["member_id", "topic"], set_=values)
    )


async def forget_void_permits(session: WriteSession, *, at: datetime, most: int) -> int:
    """Forget permits that were never used and cannot be any more; says how many."""
    is_void = MessagePermit.status.in_([PermitStatus.DECLINED, PermitStatus.SPENT])
    is_past = is_void & (MessagePermit.settled_at < at - PERMIT_RETENTION)
    return await forget_oldest(
        session, MessagePermit, is_past, by=MessagePermit.settled_at, most=most
    )


async def _grant(
    session: WriteSession,
    member_id: UUID,
    template: str,
    request_id: UUID,
    at: datetime,
    random: Random,
) -> None:
    free = select(func.count()).where(
        MessagePermit.member_id == member_id,
        MessagePermit.template == template,
        MessagePermit.status == PermitStatus.FREE,
    )
    if (await session.scalar(free) or 0) >= MOST_FREE:
        return
    permit = insert(MessagePermit).values(
        id=new_id(at, random),
        member_id=member_id,
        template=template,
        request_id=request_id,
        status=PermitStatus.FREE,
        granted_at=at,
    )
    await session.execute(permit.on_conflict_do_nothing())
