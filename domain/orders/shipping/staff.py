"""What the staff do with parcels: sending them, and putting right who brings them."""

from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy import select, update

from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, Refused
from domain.kernel.ids import new_id
from domain.kernel.outbox import Fact, promise_all
from domain.orders.events import ShipmentCorrected
from domain.orders.models import Order
from domain.orders.shipping.errors import ParcelKnown, ParcelUnavailable
from domain.orders.shipping.models import Shipment
from domain.orders.shipping.rules import Parcel, Shipping, problems_of
from domain.orders.shipping.sending import Shipped, ship
from domain.orders.staff import require_in_reach
from domain.orders.words import ShipmentKind
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

_ORDER = "order"


class Corrected(msgspec.Struct, frozen=True):
    """A parcel whose carrier or number was put right."""

    order_id: UUID
    ordinal: int


async def ship_order(
    session: WriteSession,
    order_id: UUID,
    parcel: Parcel,
    *,
    reason: str,
    receipt_after: timedelta,
    by: By,
) -> Shipped:
    """Send a parcel of an order, with an audit row.

    Refuses: InvalidInput, and whatever `sending.ship` refuses.
    """
    _require_right(parcel, reason)
    await require_in_reach(session, order_id, by)
    wish = Shipping(order_id, parcel, by.staff.key)
    (outcome,) = await ship(session, [wish], by.at, receipt_after=receipt_after, random=by.random)
    if isinstance(outcome, Refused):
        raise outcome
    after = {**_tracked(parcel), "ordinal": outcome.ordinal, "is_whole": outcome.is_whole}
    change = Change("order.ship", _ORDER, order_id, None, after, reason.strip())
    await record(session, by.staff, change, at=by.at, random=by.random)
    return outcome


async def correct_shipment(
    session: WriteSession, order_id: UUID, ordinal: int, parcel: Parcel, *, reason: str, by: By
) -> Corrected:
    """Put right who brings a parcel under which number, with an audit row.

    What is in it stays as it was sent. Refuses: InvalidInput, OrderUnavailable,
    ParcelUnavailable, ParcelKnown.
    """
    _require_right(parcel, reason)
    await require_in_reach(session, order_id, by)
    await session.execute(
        select(Order.id).where(Order.id == order_id).with_for_update(key_share=True)
    )
    parcels = await _parcels(session, order_id)
    if ordinal not in parcels:
        raise ParcelUnavailable
    after = _tracked(parcel)
    for number, tracked in parcels.items():
        if tracked == after:
            raise ParcelKnown(order_id, number)
    await session.execute(
        update(Shipment)
        .where(Shipment.order_id == order_id, Shipment.ordinal == ordinal)
        .values(**after, corrected_at=by.at)
        .execution_options(synchronize_session=False)
    )
    before = {"ordinal": ordinal, **parcels[ordinal]}
    change = Change(
        "order.correct_shipment",
        _ORDER,
        order_id,
        before,
        {"ordinal": ordinal, **after},
        reason.strip(),
    )
    await record(session, by.staff, change, at=by.at, random=by.random)
    fact = Fact(new_id(by.at, by.random), 1, ShipmentCorrected(order_id, ordinal))
    await promise_all(session, [fact], at=by.at, random=by.random)
    return Corrected(order_id, ordinal)


async def _parcels(session: WriteSession, order_id: UUID) -> dict[int, dict[str, object]]:
    """Who brings each parcel of an order; nobody brings what was handed over."""
    sent = select(Shipment.ordinal, Shipment.carrier, Shipment.tracking_number).where(
        Shipment.order_id == order_id, Shipment.kind == ShipmentKind.EXPRESS
    )
    return {
        number: {"carrier": carrier, "tracking_number": tracked}
        for number, carrier, tracked in await session.execute(sent)
    }


def _require_right(parcel: Parcel, reason: str) -> None:
    if problems := [*problems_of(parcel), *problems_of_reason(reason)]:
        raise InvalidInput(problems)


def _tracked(parcel: Parcel) -> dict[str, object]:
    return {"carrier": parcel.carrier, "tracking_number": parcel.tracking_number}
