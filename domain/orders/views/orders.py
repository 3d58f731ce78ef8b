"""A member's own orders: a page of them or one, in four statements at the most.

One statement reads the orders with what has to be paid, and one each their lines, what was
reduced, and their history; parcels are one more, where any was sent, and refunds, where something
was refunded. What nobody asked for is not read. Somebody else's order is as one that is not there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.dialects.postgresql import aggregate_order_by

from domain.addresses.sealing import opened_content
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.money import Fen
from domain.kernel.paging import Page, Place, page_of
from domain.kernel.points import Points
from domain.members.words import Channel
from domain.orders.models import FREIGHT_LINE, AddressSnapshot, Order, OrderPayment
from domain.orders.picking_up.models import PickUp
from domain.orders.picking_up.views import columns_of_pick_up, pick_up_of
from domain.orders.refunding.views import OrderRefundView, has_refunds, refunded_of
from domain.orders.shipping.views import ShipmentView, receive_by_of, sent_of
from domain.orders.views.belongings import (
    Reductions,
    lines_of,
    reductions_of,
    timelines_of,
)
from domain.orders.views.structs import (
    ORDER,
    OrderAddress,
    OrderFreight,
    OrderLineView,
    OrderPaymentView,
    OrderStore,
    OrderView,
    Parts,
    Reading,
    TimelineEntry,
)
from domain.orders.views.timeline import Around
from domain.orders.words import CloseReason, DeliveryMethod, OrderStatus, PaymentStatus
from domain.stores import models as stores
from domain.stores.views import PLACE

_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)
_ADDRESS = msgspec.json.Decoder(AddressSnapshot)
_PAYMENTS = msgspec.json.Decoder(list[OrderPaymentView])


async def orders(
    reads: ReadPool,
    reading: Reading,
    member_id: UUID,
    *,
    status: OrderStatus | None,
    first: int,
    after: Place | None,
) -> Page[OrderView]:
    """Take the ``first`` of a member's orders behind ``after``, the newest first."""
    statement = _orders(reading.language, reading.parts, with_status=status is not None)
    rows = await statement.rows(
        reads,
        member_id=member_id,
        from_id=_FIRST,
        before_id=after.key if after else _LAST,
        status=status,
        limit=first + 1,
    )
    page = page_of(rows, first)
    return Page(await _whole(reads, reading, page.items), page.has_next)


async def order_of(
    reads: ReadPool, reading: Reading, order_id: UUID, member_id: UUID
) -> OrderView | None:
    """One order of a member's; None where it is not theirs, or there is none."""
    statement = _one(reading.language, reading.parts)
    rows = await statement.rows(reads, id=order_id, member_id=member_id)
    found = await _whole(reads, reading, rows)
    return found[0] if found else None


@dataclass(slots=True)
class _Belongings:
    """What belongs to the orders of a page, by the order."""

    payments: Mapping[UUID, list[OrderPaymentView]]
    reductions: Reductions = field(default_factory=dict[tuple[UUID, int], Any])
    lines: Mapping[UUID, list[OrderLineView]] = field(default_factory=dict[UUID, Any])
    shipments: Mapping[UUID, list[ShipmentView]] = field(default_factory=dict[UUID, Any])
    refunds: Mapping[UUID, list[OrderRefundView]] = field(default_factory=dict[UUID, Any])
    timelines: Mapping[UUID, list[TimelineEntry]] = field(default_factory=dict[UUID, Any])


async def _whole(reads: ReadPool, reading: Reading, rows: Sequence[Record]) -> list[OrderView]:
    """Make orders of their rows, with what was asked for of each."""
    if not rows:
        return []
    wanted, ids = reading.parts, [row["id"] for row in rows]
    found = _Belongings(_payments_of(wanted, rows))
    if wanted.reductions:
        found.reductions = await reductions_of(reads, reading, ids)
    if wanted.lines:
        found.lines = await lines_of(reads, reading, ids, found.reductions)
    if wanted.shipments:
        found.shipments = await sent_of(
            reads, reading.language, rows, with_tracking=wanted.tracking
        )
    if wanted.refunds:
        found.refunds = await refunded_of(reads, rows)
    if wanted.timeline:
        around = {
            row["id"]: Around(found.payments[row["id"]][0].due_at, row["receive_by"])
            for row in rows
        }
        found.timelines = await timelines_of(reads, reading, around)
    return [_order(reading, row, found) for row in rows]


def _payments_of(wanted: Parts, rows: Sequence[Record]) -> dict[UUID, list[OrderPaymentView]]:
    if not wanted.needs_payments:
        return {}
    return {row["id"]: _PAYMENTS.decode(row["payments"]) for row in rows}


def _order(reading: Reading, row: Record, found: _Belongings) -> OrderView:
    key, reason = row["id"], row["close_reason"]
    payments = found.payments.get(key, [])
    due = [each.due_at for each in payments if each.status is PaymentStatus.DUE]
    return OrderView(
        id=public_id(ORDER, key),
        number=row["number"],
        status=OrderStatus(row["status"]),
        placed_at=row["placed_at"],
        pay_by=min(due, default=None),
        paid_at=row["paid_at"],
        shipped_at=row["shipped_at"],
        receive_by=row["receive_by"] if reading.parts.needs_receipt else None,
        received_at=row["received_at"],
        closed_at=row["closed_at"],
        close_reason=CloseReason(reason) if reason else None,
        channel=Channel(row["channel"]),
        delivery=DeliveryMethod(row["delivery"]),
        address=_address(reading, row) if reading.parts.address else None,
        store=_store(row) if reading.parts.store else None,
        pick_up=pick_up_of(reading.vault, key, row) if reading.parts.pick_up else None,
        member_note=row["member_note"],
        units=row["units"],
        lines=found.lines[key] if reading.parts.lines else None,
        list_fen=Fen(row["list_fen"]),
        discount_fen=Fen(row["discount_fen"]),
        freight=_freight(reading, row, found),
        payable_fen=Fen(row["payable_fen"]),
        refunded_fen=Fen(row["refunded_fen"]),
        points_used=Points(row["points_used"]),
        payments=payments if reading.parts.payments else None,
        shipments=found.shipments.get(key, []) if reading.parts.shipments else None,
        refunds=found.refunds.get(key, []) if reading.parts.refunds else None,
        timeline=found.timelines[key] if reading.parts.timeline else None,
        key=key,
    )


def _address(reading: Reading, row: Record) -> OrderAddress | None:
    if row["address"] is None:
        return None
    snapshot = _ADDRESS.decode(row["address"])
    content = opened_content(reading.vault, snapshot.address_id, snapshot.sealed)
    return OrderAddress(
        recipient=content.recipient,
        phone=content.phone,
        region_code=snapshot.region_code,
        region_names=snapshot.region_names,
        detail=content.detail,
        postcode=content.postcode,
    )


def _store(row: Record) -> OrderStore | None:
    if row["store_id"] is None:
        return None
    return OrderStore(
        id=public_id(PLACE, row["store_id"]),
        title=row["store_title"],
        address=row["store_address"],
        opening_hours=row["store_opening_hours"],
    )


def _freight(reading: Reading, row: Record, found: _Belongings) -> OrderFreight:
    reductions = found.reductions.get((row["id"], FREIGHT_LINE), [])
    return OrderFreight(
        list_fen=Fen(row["freight_list_fen"]),
        reductions=reductions if reading.parts.reductions else None,
        payable_fen=Fen(row["freight_list_fen"] - row["freight_discount_fen"]),
    )


@cache
def _orders(language: Language, wanted: Parts, *, with_status: bool) -> HotRead:
    """The page, as a part of the one index that has the orders of each member by their age.

    Rows are compared and not the member alone, or PostgreSQL might walk back by id through
    everybody's orders; and a status is judged in each, for the index of statuses is all members'.
    """
    own = tuple_(Order.member_id, Order.id)
    member_id = bindparam("member_id", type_=UuidColumn)
    conditions: list[ColumnElement[bool]] = [
        own > tuple_(member_id, bindparam("from_id", type_=UuidColumn)),
        own < tuple_(member_id, bindparam("before_id", type_=UuidColumn)),
    ]
    if with_status:
        is_wanted = Order.status == bindparam("status", type_=Order.status.type)
        conditions.append(func.coalesce(is_wanted, literal_column("false")))
    statement = _selection(language, wanted).where(*conditions)
    in_order = statement.order_by(Order.member_id.desc(), Order.id.desc())
    return HotRead(in_order.limit(bindparam("limit", type_=BigInteger)))


@cache
def _one(language: Language, wanted: Parts) -> HotRead:
    return HotRead(
        _selection(language, wanted).where(
            Order.id == bindparam("id", type_=UuidColumn),
            Order.member_id == bindparam("member_id", type_=UuidColumn),
        )
    )


def _selection(language: Language, wanted: Parts) -> Any:
    """What is read of each order itself."""
    columns: list[Any] = [
        Order.id,
        Order.number,
        Order.status,
        Order.placed_at,
        Order.paid_at,
        Order.shipped_at,
        Order.received_at,
        Order.closed_at,
        Order.close_reason,
        Order.channel,
        Order.delivery,
        Order.member_note,
        Order.units,
        Order.list_fen,
        Order.discount_fen,
        Order.freight_list_fen,
        Order.freight_discount_fen,
        Order.payable_fen,
        Order.refunding_fen,
        Order.refunded_fen,
        Order.points_used,
    ]
    columns += _asked_for(wanted)
    if wanted.pick_up:
        columns += columns_of_pick_up()
    if wanted.store:
        columns += _of_store(language)
    statement: Any = select(*columns).select_from(Order)
    if wanted.store:
        is_picked_up = Order.delivery == literal_column(f"'{DeliveryMethod.PICK_UP}'")
        store = stores.Place
        statement = statement.outerjoin(store, and_(store.id == Order.place_id, is_picked_up))
    if wanted.pick_up:
        statement = statement.outerjoin(PickUp, PickUp.order_id == Order.id)
    return statement


def _asked_for(wanted: Parts) -> list[Any]:
    """What is read of an order only where somebody wants it."""
    columns: list[Any] = []
    if wanted.address:
        columns.append(Order.address)
    if wanted.needs_payments:
        columns.append(_payments().label("payments"))
    if wanted.needs_receipt:
        columns.append(receive_by_of(Order.id).label("receive_by"))
    if wanted.refunds:
        columns.append(has_refunds())
    return columns


def _of_store(language: Language) -> list[Any]:
    """What is read of the store of a pick-up."""
    store, is_zh = stores.Place, language is Language.ZH
    return [
        store.id.label("store_id"),
        (store.title_zh if is_zh else store.title_en).label("store_title"),
        (store.address_zh if is_zh else store.address_en).label("store_address"),
        (store.opening_hours_zh if is_zh else store.opening_hours_en).label("store_opening_hours"),
    ]


def _payments() -> ColumnElement[Any]:
    """What has to be paid of the order, what is due first first."""
    payment = OrderPayment
    one = func.json_build_object(
        literal_column("'purpose'"),
        payment.purpose,
        literal_column("'amount_fen'"),
        payment.amount_fen,
        literal_column("'status'"),
        payment.status,
        literal_column("'due_at'"),
        payment.due_at,
    )
    in_order = aggregate_order_by(one, payment.due_at, payment.purpose)
    return (
        select(func.coalesce(func.json_agg(in_order), literal_column("'[]'")))
        .where(payment.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )
