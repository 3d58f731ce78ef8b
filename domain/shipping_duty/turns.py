"""Taking what a worker does next for duties: deciding on it, and leaving it to no other.

Whoever takes a turn has it for a while. From then on a call may have taken effect: a turn that
nobody wrote down the end of begins with asking.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, any_, bindparam, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import WriteSession
from domain.orders.models import Order, OrderLine
from domain.orders.shipping.models import Shipment, ShipmentLine
from domain.orders.words import Carrier, DeliveryMethod, OrderStatus
from domain.payments.models import PaymentAttempt
from domain.shipping_duty.models import ShippingDuty
from domain.shipping_duty.ports import Parcels, PaymentKey
from domain.shipping_duty.rules import (
    CONFIRMATION_ASKED_EACH,
    SentParcel,
    Told,
    UnknownCarrier,
    content_of,
)
from domain.shipping_duty.words import DutyStatus, ReportStatus

LEASE = timedelta(minutes=2)
"""For how long a turn is left to who took it; two calls and an access token take less."""
UNKNOWN_CARRIER, CORRECTION_USED, PAYER_ERASED = (
    "unknown_carrier",
    "correction_used",
    "payer_erased",
)
_WHOLE = {OrderStatus.SHIPPED, OrderStatus.RECEIVED}
_CONTENTS = (
    select(
        Shipment.order_id,
        Shipment.ordinal,
        Shipment.carrier,
        Shipment.tracking_number,
        OrderLine.product_title_zh,
        ShipmentLine.units,
    )
    .join(
        ShipmentLine,
        (ShipmentLine.order_id == Shipment.order_id) & (ShipmentLine.ordinal == Shipment.ordinal),
    )
    .join(
        OrderLine,
        (OrderLine.order_id == ShipmentLine.order_id)
        & (OrderLine.number == ShipmentLine.line_number),
    )
    .where(Shipment.order_id == any_(bindparam("order_ids", type_=ARRAY(UuidColumn))))
    .order_by(Shipment.order_id, Shipment.ordinal, ShipmentLine.line_number)
)


class Errand(StrEnum):
    """What is done in a turn."""

    TELL = "tell"
    ASK = "ask"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Turn:
    """What a worker does now for one duty; ``number`` and ``changes`` are the duty's own by then.

    ``parcels`` is what is told, and ``until`` what is reported.
    """

    attempt_id: UUID
    number: int
    changes: int
    tries: int
    errand: Errand
    key: PaymentKey
    is_uncertain: bool = False
    is_correction: bool = False
    parcels: Parcels | None = None
    until: datetime | None = None


@dataclass(slots=True)
class _Found:
    """A duty under lock, with what its order and its payment say."""

    duty: ShippingDuty
    key: PaymentKey
    payer: str | None
    status: OrderStatus
    delivery: DeliveryMethod
    last_digits: str | None
    parcels: list[SentParcel] = field(default_factory=list[SentParcel])


async def take_turns(session: WriteSession, *, at: datetime, most: int) -> tuple[int, list[Turn]]:
    """Take what is longest due. How many duties that was, and what is to be done outside for them.

    What is decided without WeChat is written at once.
    """
    found = await _due(session, at, most)
    turns = [turn for each in found if (turn := _decided(each, at)) is not None]
    await session.flush()
    return len(found), turns


def rest(duty: ShippingDuty, at: datetime) -> None:
    """Let a duty be as what was told says: all of it, or as much as there is by now."""
    duty.tries, duty.problem, duty.is_uncertain = 0, None, False
    if duty.told is None or not duty.told.is_whole:
        duty.status, duty.try_at = DutyStatus.WAITING_FOR_SHIPMENT, None
        return
    duty.status = DutyStatus.CORRECTED if duty.corrections else DutyStatus.ACCEPTED
    duty.try_at = None if duty.freed_at else at + CONFIRMATION_ASKED_EACH


def fail(duty: ShippingDuty, problem: str, at: datetime) -> None:
    """Leave a duty to people; WeChat is asked each day whether they have seen to it."""
    duty.status, duty.problem, duty.is_uncertain = DutyStatus.FAILED, problem, False
    duty.try_at = None if duty.freed_at else at + CONFIRMATION_ASKED_EACH


def _decided(found: _Found, at: datetime) -> Turn | None:
    duty = found.duty
    duty.turn += 1
    if duty.report_status is ReportStatus.DUE:
        return _turn(found, Errand.REPORT, at)
    if duty.status is not DutyStatus.DUE:
        return _turn(found, Errand.ASK, at)
    if found.status is OrderStatus.CLOSED:
        # Nothing is left to tell of it; the fact that its money went back ends the duty.
        rest(duty, at)
        return None
    try:
        content = content_of(
            found.parcels,
            is_whole=found.status in _WHOLE,
            is_picked_up=found.delivery is DeliveryMethod.PICK_UP,
            was_split=duty.told is not None and duty.told.is_split,
        )
    except UnknownCarrier:
        fail(duty, UNKNOWN_CARRIER, at)
        return None
    if content is None or content == duty.told:
        rest(duty, at)
        return None
    return _telling(found, content, at)


def _telling(found: _Found, content: Told, at: datetime) -> Turn | None:
    """The turn that tells it, unless that is in vain."""
    duty = found.duty
    is_correction = duty.told is not None and duty.told.is_whole
    if found.payer is None or (is_correction and duty.corrections):
        fail(duty, PAYER_ERASED if found.payer is None else CORRECTION_USED, at)
        return None
    before, was_uncertain = duty.upload_at, duty.is_uncertain
    # WeChat puts what it is told in this order, to the millisecond.
    upload_at = at if before is None else max(at, before + timedelta(milliseconds=1))
    duty.upload_at = upload_at
    duty.is_uncertain = True
    contact = found.last_digits if content.needs_contact else None
    return _turn(
        found,
        Errand.TELL,
        at,
        parcels=Parcels(found.key, found.payer, content, contact, upload_at),
        is_uncertain=was_uncertain,
        is_correction=is_correction,
    )


def _turn(found: _Found, errand: Errand, at: datetime, **more: Any) -> Turn:
    duty = found.duty
    duty.try_at = at + LEASE
    until = duty.report_until if errand is Errand.REPORT else None
    return Turn(
        duty.attempt_id,
        duty.turn,
        duty.changes,
        duty.tries,
        errand,
        found.key,
        until=until,
        **more,
    )


async def _due(session: WriteSession, at: datetime, most: int) -> list[_Found]:
    duty, attempt = ShippingDuty, PaymentAttempt
    due = (
        select(
            duty,
            attempt.merchant_id,
            attempt.number,
            attempt.transaction_id,
            attempt.payer,
            Order.status,
            Order.delivery,
            Order.address,
        )
        .join(attempt, attempt.id == duty.attempt_id)
        .join(Order, Order.id == duty.order_id)
        .where(duty.try_at <= at)
        .order_by(duty.try_at, duty.attempt_id)
        .limit(most)
        .with_for_update(of=duty, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    found = [
        _Found(
            row,
            PaymentKey(merchant_id, number, transaction_id),
            payer,
            status,
            delivery,
            address.last_digits if address else None,
        )
        for row, merchant_id, number, transaction_id, payer, status, delivery, address in (
            await session.execute(due)
        )
    ]
    parcels = await _parcels(session, found)
    for each in found:
        each.parcels = list(parcels.get(each.duty.order_id, ()))
    return found


async def _parcels(
    session: WriteSession, found: Sequence[_Found]
) -> Mapping[UUID, list[SentParcel]]:
    """The parcels of those of which something is to be told, the first one first."""
    ids = sorted({each.duty.order_id for each in found if each.duty.status is DutyStatus.DUE})
    if not ids:
        return {}
    named: dict[tuple[UUID, int], tuple[Carrier | None, str | None]] = {}
    contents = defaultdict[tuple[UUID, int], list[tuple[str, int]]](list)
    for order_id, ordinal, carrier, tracked, title, units in await session.execute(
        _CONTENTS, {"order_ids": ids}
    ):
        named[order_id, ordinal] = carrier, tracked
        contents[order_id, ordinal].append((title, units))
    parcels = defaultdict[UUID, list[SentParcel]](list)
    for place, (carrier, tracked) in named.items():
        parcels[place[0]].append(SentParcel(carrier, tracked, contents[place]))
    return parcels
