"""What the staff do with pick-ups: handing over by code or by number, and giving more time."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import select, update

from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, Refused
from domain.kernel.problems import OUT_OF_RANGE
from domain.kernel.sealing import Vault
from domain.orders.errors import OrderUnavailable
from domain.orders.models import Order
from domain.orders.picking_up.codes import digest_of, typed
from domain.orders.picking_up.errors import PickUpCodeUnknown, PickUpOver, PickUpUnavailable
from domain.orders.picking_up.models import PickUp
from domain.orders.shipping.rules import Handover, Shipping
from domain.orders.shipping.sending import ship
from domain.orders.staff import require_in_reach
from domain.orders.words import OrderStatus, ShipmentKind
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

MOST_DAYS = 30
"""How much more time is given at once."""
_ORDER = "order"
_BY_CODE = "取货码 / pick-up code"
"""Why somebody hands over what a code was shown for."""
_HANDOVER = Handover(ShipmentKind.PICK_UP)


class HandedOver(msgspec.Struct, frozen=True):
    """An order that was handed over."""

    order_id: UUID


class FetchTimeExtended(msgspec.Struct, frozen=True):
    """An order that waits longer to be fetched."""

    order_id: UUID
    fetch_by: datetime


async def hand_over(session: WriteSession, vault: Vault, code: str, *, by: By) -> HandedOver:
    """Hand over the order of a code in the store where one works, with an audit row.

    Refuses: PickUpCodeUnknown, PickUpOver, and what `sending.ship` refuses. The caller bounds how
    often it is tried.
    """
    right = typed(code)
    if right is None:
        raise PickUpCodeUnknown
    found = await session.execute(
        select(Order.id, Order.place_id, Order.status, PickUp.fetch_by)
        .join(PickUp, PickUp.order_id == Order.id)
        .where(PickUp.code_digest == digest_of(vault, right))
    )
    row = found.one_or_none()
    if row is None or not by.staff.works_at(row.place_id):
        raise PickUpCodeUnknown
    if row.status is OrderStatus.PAID and row.fetch_by < by.at:
        raise PickUpOver(row.id, row.fetch_by)
    return await _hand_over(session, row.id, _BY_CODE, by)


async def hand_over_by_number(
    session: WriteSession, number: str, *, reason: str, by: By
) -> HandedOver:
    """Hand over an order without its code, for a reason: the phone is dead, the time is over.

    Refuses: InvalidInput, OrderUnavailable, and what `sending.ship` refuses.
    """
    if problems := list(problems_of_reason(reason)):
        raise InvalidInput(problems)
    order_id = await session.scalar(select(Order.id).where(Order.number == number))
    if order_id is None:
        raise OrderUnavailable
    await require_in_reach(session, order_id, by)
    return await _hand_over(session, order_id, reason.strip(), by)


async def extend_fetch_time(
    session: WriteSession, order_id: UUID, days: int, *, reason: str, by: By
) -> FetchTimeExtended:
    """Keep an order so many days longer: from its deadline, or from now where that is over.

    Refuses: InvalidInput, OrderUnavailable, PickUpUnavailable.
    """
    problems = list(problems_of_reason(reason))
    if not 1 <= days <= MOST_DAYS:
        problems.append(OUT_OF_RANGE.at("days", least=1, most=MOST_DAYS))
    if problems:
        raise InvalidInput(problems)
    await require_in_reach(session, order_id, by)
    before = await _waiting(session, order_id)
    if before is None:
        raise PickUpUnavailable(order_id)
    fetch_by = max(before, by.at) + timedelta(days=days)
    await session.execute(
        update(PickUp)
        .where(PickUp.order_id == order_id)
        .values(fetch_by=fetch_by)
        .execution_options(synchronize_session=False)
    )
    change = Change(
        "order.extend_pick_up",
        _ORDER,
        order_id,
        {"fetch_by": before},
        {"fetch_by": fetch_by},
        reason.strip(),
    )
    await record(session, by.staff, change, at=by.at, random=by.random)
    return FetchTimeExtended(order_id, fetch_by)


async def _waiting(session: WriteSession, order_id: UUID) -> datetime | None:
    """By when an order has to be fetched, locked; None where it does not wait for that."""
    return await session.scalar(
        select(PickUp.fetch_by)
        .join(Order, Order.id == PickUp.order_id)
        .where(Order.id == order_id, Order.status == OrderStatus.PAID)
        .with_for_update(key_share=True)
    )


async def _hand_over(session: WriteSession, order_id: UUID, reason: str, by: By) -> HandedOver:
    wish = Shipping(order_id, _HANDOVER, by.staff.key)
    # Nothing is awaited of it: who has it in their hands has received it.
    (outcome,) = await ship(session, [wish], by.at, receipt_after=timedelta(0), random=by.random)
    if isinstance(outcome, Refused):
        raise outcome
    before, after = {"status": OrderStatus.PAID}, {"status": OrderStatus.RECEIVED}
    change = Change("order.hand_over", _ORDER, order_id, before, after, reason)
    await record(session, by.staff, change, at=by.at, random=by.random)
    return HandedOver(order_id)
