"""Deadlines of cases: the member's ends a case, the shop's reminds it, again and again."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select, update

from domain.aftersales.ending import end, lock_endable
from domain.aftersales.models import Case
from domain.aftersales.moving import Mover
from domain.aftersales.rules import ENDED, due_at, is_members_turn
from domain.aftersales.words import CaseStatus
from domain.kernel.db import WriteSession

TRIED_AGAIN_AFTER = timedelta(hours=1)
"""How much later a deadline is looked at again, where acting on it has failed."""


class Missed(StrEnum):
    """What came of a deadline that was missed."""

    EXPIRED = "expired"
    ESCALATED = "escalated"
    NOTHING = "nothing"
    """It was met meanwhile."""


async def due_cases(session: WriteSession, by: Mover, *, most: int) -> Sequence[UUID]:
    """The cases whose deadline has passed, the longest first, without locking any."""
    due = select(Case.id).where(Case.due_at <= by.at)
    return list(await session.scalars(due.order_by(Case.due_at, Case.id).limit(most)))


async def miss(session: WriteSession, case_id: UUID, by: Mover) -> Missed:
    """Act on a deadline that has passed, looked at again under the lock.

    Goods that were not sent back end their case. Where it is the shop's turn, the case is marked
    for people and gets another deadline: nothing is granted because nobody looked.
    """
    endable = await lock_endable(session, case_id)
    case = endable.case
    if case.due_at is None or case.due_at > by.at:
        return Missed.NOTHING
    assert case.status not in ENDED
    if is_members_turn(case.status):
        await end(session, endable, CaseStatus.EXPIRED, by)
        return Missed.EXPIRED
    case.due_at = due_at(case.status, by.terms, by.at)
    case.escalated_at = case.escalated_at or by.at
    await session.flush()
    return Missed.ESCALATED


async def put_off(session: WriteSession, case_id: UUID, by: Mover) -> None:
    """Leave a deadline that nothing could be done about for a while, so that others have a turn."""
    again = update(Case).where(Case.id == case_id, Case.due_at <= by.at)
    await session.execute(again.values(due_at=by.at + TRIED_AGAIN_AFTER))


async def escalated_cases(session: WriteSession) -> int:
    """How many open cases the shop has missed a deadline of."""
    counted = select(func.count()).where(Case.due_at.is_not(None), Case.escalated_at.is_not(None))
    return (await session.scalars(counted)).one()
