"""What the staff do with orders: notes for colleagues, and cancelling."""

from collections.abc import Iterator
from uuid import UUID

import msgspec
from sqlalchemy import select

from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, Problem, Refused
from domain.kernel.ids import new_id
from domain.kernel.problems import MISSING, TOO_LONG
from domain.orders.closing import Closed, Closing, close
from domain.orders.errors import OrderNotOpen, OrderUnavailable
from domain.orders.models import Order, OrderNote
from domain.orders.words import CloseReason, OrderStatus
from domain.staff.actions import Change, record
from domain.staff.rules import LONGEST_REASON, problems_of_reason

_ORDER = "order"
"""The kind of an order in the audit trail."""


class AddedNote(msgspec.Struct, frozen=True):
    """A note that was added to an order."""

    note_id: UUID
    order_id: UUID


async def add_note(session: WriteSession, order_id: UUID, text: str, *, by: By) -> AddedNote:
    """Write something about an order for colleagues; it stays for good.

    Refuses: InvalidInput, OrderUnavailable.
    """
    if problems := list(_problems_of_note(text)):
        raise InvalidInput(problems)
    await require_in_reach(session, order_id, by)
    note = OrderNote(
        id=new_id(by.at, by.random),
        order_id=order_id,
        actor=by.staff.key,
        text=text.strip(),
        at=by.at,
    )
    session.add(note)
    after = {"note": note.id}
    change = Change("order.note", _ORDER, order_id, None, after, reason=note.text)
    await record(session, by.staff, change, at=by.at, random=by.random)
    await session.flush()
    return AddedNote(note.id, order_id)


async def cancel(session: WriteSession, order_id: UUID, *, reason: str, by: By) -> Closed:
    """Close an order that was not paid; its member reads the reason.

    Refuses: InvalidInput, OrderUnavailable, OrderNotOpen, PaymentUnderWay.
    """
    await require_cancellable(session, order_id, reason=reason, by=by)
    closing = Closing(order_id, CloseReason.CANCELLED_BY_STAFF, by.staff.key, note=reason.strip())
    (outcome,) = await close(session, [closing], by.at, random=by.random)
    if isinstance(outcome, Refused):
        raise outcome
    if not outcome.is_new:
        # A colleague was faster: what they said is what the member reads.
        raise OrderNotOpen(order_id)
    before = {"status": OrderStatus.PENDING_PAYMENT}
    after = {"status": OrderStatus.CLOSED}
    change = Change("order.cancel", _ORDER, order_id, before, after, reason=reason.strip())
    await record(session, by.staff, change, at=by.at, random=by.random)
    return outcome


async def require_cancellable(
    session: WriteSession, order_id: UUID, *, reason: str, by: By
) -> None:
    """See that this member of the staff may cancel the order, and says why.

    Refuses: InvalidInput, OrderUnavailable.
    """
    if problems := list(problems_of_reason(reason)):
        raise InvalidInput(problems)
    await require_in_reach(session, order_id, by)


async def require_in_reach(session: WriteSession, order_id: UUID, by: By) -> None:
    """See that the order is one that this member of the staff sees. Refuses: OrderUnavailable."""
    place_id = await session.scalar(select(Order.place_id).where(Order.id == order_id))
    if place_id is None or not by.staff.works_at(place_id):
        raise OrderUnavailable


def _problems_of_note(text: str) -> Iterator[Problem]:
    if not text.strip():
        yield MISSING.at("text")
    elif len(text) > LONGEST_REASON:
        yield TOO_LONG.at("text", most=LONGEST_REASON)
