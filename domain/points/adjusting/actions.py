"""Use cases of the staff: adjust points, and decide about what a colleague wants to adjust."""

from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, cast, func, select

from domain.kernel.actors import By
from domain.kernel.days import begin_of, day_at
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, KeyReused
from domain.kernel.ids import new_id
from domain.points.adjusting.errors import (
    AdjustmentDecided,
    AdjustmentUnavailable,
    OwnAdjustment,
)
from domain.points.adjusting.models import PointsAdjustment
from domain.points.adjusting.rules import AdjustmentLimits, AdjustmentWish, problems_of
from domain.points.adjusting.words import AdjustmentStatus
from domain.points.posting import lock, write
from domain.points.rules import granting
from domain.points.rules.books import Book, Source
from domain.points.rules.granting import NewLot
from domain.points.trail import changed, require_member
from domain.points.words import SourceKind
from domain.staff.actions import record
from domain.staff.rules import problems_of_reason

_DAY = timedelta(days=1)


class SavedAdjustment(msgspec.Struct, frozen=True):
    """An adjustment that was asked for or decided about."""

    adjustment_id: UUID
    member_id: UUID


async def adjust(
    session: WriteSession,
    wish: AdjustmentWish,
    *,
    request_id: UUID,
    limits: AdjustmentLimits,
    by: By,
) -> SavedAdjustment:
    """Add or take points, or ask for it where that is beyond the limit of who does it.

    Refuses: InvalidInput, MemberUnavailable, PointsShort for more than can be taken; what waits
    is not held against the balance. Faults: KEY_REUSED for a request that adjusted points before.
    """
    if problems := list(problems_of(wish)):
        raise InvalidInput(problems)
    await require_member(session, wish.member_id)
    made = _adjustment(wish, request_id, by)
    books = await lock(session, [wish.member_id], facts=[_source(made)])
    await _require_new(session, made)
    # Under the lock of the account: two at once see each other.
    before = await _adjusted_that_day(session, made)
    made.needs_approval = limits.needs_approval(by.staff.role, wish.points, before)
    if made.needs_approval:
        made.status, made.ended_at = AdjustmentStatus.WAITING, None
    session.add(made)
    await session.flush()
    action = "points.request" if made.needs_approval else "points.adjust"
    await _done(session, books[wish.member_id], made, by=by, action=action, reason=wish.note)
    return SavedAdjustment(made.id, made.member_id)


async def approve(
    session: WriteSession, adjustment_id: UUID, *, reason: str, by: By
) -> SavedAdjustment:
    """Do what a colleague asked for, by the books of now.

    Refuses: InvalidInput, AdjustmentUnavailable, AdjustmentDecided, OwnAdjustment, PointsShort,
    where it goes on waiting.
    """
    found = await _waiting(session, adjustment_id, reason, by)
    books = await lock(session, [found.member_id], facts=[_source(found)])
    _decide(found, AdjustmentStatus.APPLIED, reason, by)
    await session.flush()
    book = books[found.member_id]
    await _done(session, book, found, by=by, action="points.approve", reason=reason)
    return SavedAdjustment(found.id, found.member_id)


async def reject(
    session: WriteSession, adjustment_id: UUID, *, reason: str, by: By
) -> SavedAdjustment:
    """Say no to what a colleague asked for.

    Refuses: InvalidInput, AdjustmentUnavailable, AdjustmentDecided, OwnAdjustment.
    """
    found = await _waiting(session, adjustment_id, reason, by)
    _decide(found, AdjustmentStatus.REJECTED, reason, by)
    await session.flush()
    before = {"status": AdjustmentStatus.WAITING}
    change = changed("points.reject", found.member_id, before, _told(found, found.status), reason)
    await record(session, by.staff, change, at=by.at, random=by.random)
    return SavedAdjustment(found.id, found.member_id)


def _adjustment(wish: AdjustmentWish, request_id: UUID, by: By) -> PointsAdjustment:
    """What is asked for, as if it needed nobody's approval."""
    return PointsAdjustment(
        id=new_id(by.at, by.random),
        member_id=wish.member_id,
        points=wish.points,
        validity=wish.validity,
        reason_code=wish.reason_code,
        note=wish.note.strip(),
        ticket=wish.ticket,
        status=AdjustmentStatus.APPLIED,
        needs_approval=False,
        request_id=request_id,
        requested_at=by.at,
        requested_by=by.staff.key,
        requester_name=by.staff.name,
        ended_at=by.at,
    )


def _decide(found: PointsAdjustment, status: AdjustmentStatus, reason: str, by: By) -> None:
    found.status, found.ended_at = status, by.at
    found.decided_by, found.decider_name = by.staff.key, by.staff.name
    found.decision = reason.strip()


async def _waiting(
    session: WriteSession, adjustment_id: UUID, reason: str, by: By
) -> PointsAdjustment:
    """Lock what waits for a decision, which ``by`` may make."""
    if problems := list(problems_of_reason(reason)):
        raise InvalidInput(problems)
    found = await session.get(
        PointsAdjustment, adjustment_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if found is None:
        raise AdjustmentUnavailable
    if found.status is not AdjustmentStatus.WAITING:
        raise AdjustmentDecided(found.status)
    if found.requested_by == by.staff.key:
        raise OwnAdjustment
    return found


async def _done(
    session: WriteSession,
    book: Book,
    adjustment: PointsAdjustment,
    *,
    by: By,
    action: str,
    reason: str,
) -> None:
    """Move the points of what is applied, and write it into the audit trail."""
    available = book.figures.available
    if adjustment.status is AdjustmentStatus.APPLIED:
        _move(book, adjustment, by)
        await write(session, [book])
    before = {"available": available}
    after = {**_told(adjustment, adjustment.status), "available": book.figures.available}
    change = changed(action, adjustment.member_id, before, after, reason)
    await record(session, by.staff, change, at=by.at, random=by.random)


def _move(book: Book, adjustment: PointsAdjustment, by: By) -> None:
    points, source = adjustment.points, _source(adjustment)
    if adjustment.validity is None:
        granting.deduct(book, -points, source=source, at=by.at)
        return
    new = NewLot(new_id(by.at, by.random), points, source, adjustment.validity)
    granting.add(book, new, at=by.at)


def _source(adjustment: PointsAdjustment) -> Source:
    return Source(SourceKind.ADJUSTMENT, adjustment.id)


def _told(adjustment: PointsAdjustment, status: AdjustmentStatus) -> dict[str, object]:
    """It as the audit trail has it."""
    return {
        "adjustment_id": adjustment.id,
        "points": adjustment.points,
        "reason_code": adjustment.reason_code,
        "ticket": adjustment.ticket,
        "status": status,
    }


async def _require_new(session: WriteSession, made: PointsAdjustment) -> None:
    same = select(PointsAdjustment.id).where(
        PointsAdjustment.requested_by == made.requested_by,
        PointsAdjustment.request_id == made.request_id,
    )
    if await session.scalar(same) is not None:
        raise KeyReused


async def _adjusted_that_day(session: WriteSession, made: PointsAdjustment) -> int:
    """How many points the same person adjusted of the member that day by themselves."""
    begins = begin_of(day_at(made.requested_at))
    total = cast(func.coalesce(func.sum(func.abs(PointsAdjustment.points)), 0), BigInteger)
    found = await session.scalar(
        select(total).where(
            PointsAdjustment.member_id == made.member_id,
            PointsAdjustment.requested_by == made.requested_by,
            PointsAdjustment.requested_at >= begins,
            PointsAdjustment.requested_at < begins + _DAY,
            PointsAdjustment.needs_approval.is_(False),
        )
    )
    return found or 0
