"""Texts that wait for people: the staff allow them or do not, once for each line of an order.

Who decides first has decided. A line that is rejected closes its order while that is not paid; of
an order that is paid the rejection stands, nothing is made with those texts, and where money for
the line can still be had back its member is told so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy import select, update

from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, Refused
from domain.kernel.ids import new_id
from domain.kernel.outbox import Fact, promise_all
from domain.orders.closing import Closing, close
from domain.orders.errors import PaymentUnderWay
from domain.orders.events import TextsRejected
from domain.orders.models import PersonalisationReview
from domain.orders.refunding.owing import OwedLine, owed_line
from domain.orders.words import CloseReason, ReviewStatus
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

_SUBJECT = "order"
_ACTIONS = {
    ReviewStatus.APPROVED: "personalisation.approve",
    ReviewStatus.REJECTED: "personalisation.reject",
}
DECISIONS = frozenset(_ACTIONS)
"""What the staff can decide."""


@dataclass(eq=False)
class ReviewUnavailable(Refused):
    """The order has no such line, or there is nothing on it to be looked at."""


@dataclass(eq=False)
class AlreadyDecided(Refused):
    """The texts do not wait (any more); ``status`` is what stands."""

    status: ReviewStatus


class Decided(msgspec.Struct, frozen=True):
    """A line whose texts somebody has decided on."""

    order_id: UUID
    line_number: int


async def decide(
    session: WriteSession,
    order_id: UUID,
    line_number: int,
    decision: ReviewStatus,
    *,
    reason: str,
    by: By,
) -> Decided:
    """Allow the texts of a line or do not, with an audit row; a rejection closes an unpaid order.

    ValueError for what is not among the `DECISIONS`. Refuses: InvalidInput, ReviewUnavailable,
    AlreadyDecided.
    """
    if decision not in DECISIONS:
        raise ValueError(f"nobody decides {decision}")
    require_reason(reason)
    await _require_pending(session, order_id, line_number)
    owed = None
    if decision is ReviewStatus.REJECTED:
        # Before the review's own row: stock, then orders, then what hangs on them. An order that
        # has moved on stays as it is.
        closing = Closing(order_id, CloseReason.PERSONALISATION_REJECTED, by.staff.key)
        (outcome,) = await close(session, [closing], by.at, random=by.random)
        if isinstance(outcome, PaymentUnderWay):
            raise outcome
        # The order is under the lock that its closing took.
        owed = await owed_line(session, order_id, line_number)
    values = {"status": decision, "reason": reason, "owed_place_id": owed and owed.place_id}
    if not await _decided(session, order_id, line_number, values, by):
        await _require_pending(session, order_id, line_number)
    if owed is not None:
        await _tell(session, order_id, owed, reason.strip(), by)
    change = Change(
        _ACTIONS[decision],
        _SUBJECT,
        order_id,
        {"line_number": line_number, "status": ReviewStatus.PENDING},
        {"line_number": line_number, "status": decision},
        reason,
    )
    await record(session, by.staff, change, at=by.at, random=by.random)
    return Decided(order_id, line_number)


async def _tell(session: WriteSession, order_id: UUID, owed: OwedLine, reason: str, by: By) -> None:
    """Promise to tell a member of a line that they paid for; of an unpaid order its end tells."""
    event = TextsRejected(owed.member_id, order_id, owed.number, reason, owed.product)
    fact = Fact(new_id(by.at, by.random), 1, event)
    await promise_all(session, [fact], at=by.at, random=by.random)


def require_reason(reason: str) -> None:
    """See that a decision says why. Refuses: InvalidInput."""
    if problems := list(problems_of_reason(reason)):
        raise InvalidInput(problems)


async def waits(session: WriteSession, order_id: UUID, line_number: int) -> bool:
    """Whether the texts of a line wait for a decision at this moment."""
    return await _status(session, order_id, line_number) is ReviewStatus.PENDING


async def _require_pending(session: WriteSession, order_id: UUID, line_number: int) -> None:
    status = await _status(session, order_id, line_number)
    if status is None:
        raise ReviewUnavailable
    if status is not ReviewStatus.PENDING:
        raise AlreadyDecided(status)


async def _status(session: WriteSession, order_id: UUID, line_number: int) -> ReviewStatus | None:
    return await session.scalar(
        select(PersonalisationReview.status).where(
            PersonalisationReview.order_id == order_id,
            PersonalisationReview.line_number == line_number,
        )
    )


async def _decided(
    session: WriteSession,
    order_id: UUID,
    line_number: int,
    values: Mapping[str, object],
    by: By,
) -> bool:
    """Write the decision where the texts still wait for one."""
    open_ = [ReviewStatus.PENDING]
    if values["status"] is ReviewStatus.REJECTED:
        # The closing of its order has just been the end of what waited.
        open_.append(ReviewStatus.VOID)
    written = (
        update(PersonalisationReview)
        .where(
            PersonalisationReview.order_id == order_id,
            PersonalisationReview.line_number == line_number,
            PersonalisationReview.status.in_(open_),
        )
        .values(decided_at=by.at, decided_by=by.staff.key, **values)
        .returning(PersonalisationReview.order_id)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(written) is not None
