"""How an order stands that something is refunded of: its lines, what was sent, what went before.

The same statement serves the preview, which locks nothing, and the refund, under its locks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, HotWrite, ReadPool, WriteSession
from domain.orders.errors import OrderUnavailable
from domain.orders.models import Order, OrderLine
from domain.orders.redeeming.models import PointsRedemption
from domain.orders.redeeming.pool import lock_offers
from domain.orders.refunding.models import OrderRefund, OrderRefundLine
from domain.orders.refunding.rules import Before, PaidLine, PaidOrder, freight_shares
from domain.orders.shipping.models import ShipmentLine
from domain.orders.words import OrderStatus
from domain.stock.holding import LockedLevels, lock_levels

_ID = bindparam("this_order", type_=UuidColumn)
_LOCK = HotWrite(
    select(
        Order.id,
        Order.number,
        Order.member_id,
        Order.status,
        Order.history,
        Order.place_id,
        Order.units,
        Order.payable_fen,
        Order.refunded_fen,
    )
    .where(Order.id == _ID)
    .with_for_update(key_share=True)
)


@dataclass(frozen=True, slots=True)
class _Line:
    """Whose units a line has, and what the arithmetic needs of it but for its freight."""

    variant_id: UUID
    place_id: UUID
    offer_id: UUID | None
    order_freight_fen: int
    paid: PaidLine


@dataclass(frozen=True, slots=True)
class _Locked:
    """The order's own row, under lock."""

    id: UUID
    number: str
    member_id: UUID
    status: OrderStatus
    history: int
    place_id: UUID
    units: int
    payable_fen: int
    refunded_fen: int


@dataclass(frozen=True, slots=True)
class Refundable:
    """An order under lock, with the levels of its units, and what can come back of it.

    ``is_of_offer`` says that it is of an offer of the points mall, which is locked where units of
    it can still go back.
    """

    order: _Locked
    paid: PaidOrder
    variants: Mapping[int, UUID]
    levels: LockedLevels
    is_of_offer: bool = False

    @property
    def id(self) -> UUID:
        """The order."""
        return self.order.id


async def paid_order(reads: ReadPool, order_id: UUID) -> PaidOrder | None:
    """What can come back of an order at this moment, for a preview; None where there is none."""
    lines = _lines(await _read().rows(reads, this_order=order_id))
    return _whole(lines) if lines else None


async def lock_refundable(session: WriteSession, order_id: UUID) -> Refundable:
    """Lock the levels of what was not sent, then the order; four statements at the most.

    One more locks the offer that it is of, where it is of one.

    To be called before the caller locks anything that comes after orders, or the order itself.
    Refuses: OrderUnavailable.
    """
    lines = _lines(await _write().rows(session, this_order=order_id))
    # What was sent stays sent: no level is missing later that is not looked for now.
    unsent = {
        (each.variant_id, each.place_id) for each in lines if each.paid.sent_units < each.paid.units
    }
    levels = await lock_levels(session, unsent) if unsent else LockedLevels({})
    offers = {each.offer_id for each in lines if each.offer_id is not None}
    if unsent and offers:
        await lock_offers(session, offers)
    row = await _LOCK.one_or_none(session, this_order=order_id)
    if row is None:
        raise OrderUnavailable
    lines = _lines(await _write().rows(session, this_order=order_id))
    variants = {each.paid.number: each.variant_id for each in lines}
    return Refundable(_Locked(*row), _whole(lines), variants, levels, bool(offers))


def _lines(rows: Iterable[Any]) -> list[_Line]:
    return [_line(*row) for row in rows]


def _line(number: int, variant_id: UUID, place_id: UUID, *rest: Any) -> _Line:
    offer_id, units, fen, freight_fen, points, sent, *before = rest
    paid = PaidLine(number, units, fen, 0, sent, Before(*before), points)
    return _Line(variant_id, place_id, offer_id, freight_fen, paid)


def _whole(lines: Sequence[_Line]) -> PaidOrder:
    """Lines with what each bears of the freight, which follows from what is frozen in them."""
    paid = [each.paid for each in lines]
    shares = freight_shares(
        lines[0].order_freight_fen, [each.paid_fen for each in paid], [each.units for each in paid]
    )
    return PaidOrder(
        tuple(
            msgspec.structs.replace(each, freight_fen=share)
            for each, share in zip(paid, shares, strict=True)
        )
    )


@cache
def _read() -> HotRead:
    return HotRead(_statement())


@cache
def _write() -> HotWrite:
    return HotWrite(_statement())


def _statement() -> Select[*tuple[Any, ...]]:
    line, back = OrderLine, OrderRefundLine
    sent = (
        select(_sum(ShipmentLine.units))
        .where(ShipmentLine.order_id == line.order_id, ShipmentLine.line_number == line.number)
        .correlate(line)
        .scalar_subquery()
    )
    is_amount = back.units == literal_column("0")
    before = (
        select(
            _sum(back.units).label("units"),
            _sum(back.sent_units).label("sent_units"),
            _sum(back.units, OrderRefund.is_shops_fault).label("fault_units"),
            _sum(back.goods_fen, ~is_amount).label("by_units_fen"),
            _sum(back.goods_fen, is_amount).label("by_amount_fen"),
            _sum(back.freight_fen).label("freight_fen"),
            _sum(back.points, ~is_amount).label("by_units_points"),
            _sum(back.points, is_amount).label("by_amount_points"),
        )
        .join(OrderRefund, OrderRefund.id == back.refund_id)
        .where(back.order_id == line.order_id, back.line_number == line.number)
        .correlate(line)
        .lateral("before")
    )
    return (
        select(
            line.number,
            line.variant_id,
            Order.place_id,
            PointsRedemption.offer_id,
            line.units,
            line.payable_fen,
            Order.freight_list_fen - Order.freight_discount_fen,
            line.points_used,
            sent,
            *before.c,
        )
        .join(Order, Order.id == line.order_id)
        .outerjoin(PointsRedemption, PointsRedemption.order_id == line.order_id)
        .join(before, literal_column("true"))
        .where(line.order_id == _ID)
        .order_by(line.number)
    )


def _sum(column: Any, only: Any = None) -> ColumnElement[int]:
    summed: Any = func.sum(column)
    if only is not None:
        summed = summed.filter(only)
    return cast(func.coalesce(summed, literal_column("0")), BigInteger)
