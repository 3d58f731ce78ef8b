"""What follows once the money of a refund is back, in the transaction that takes that in (R3).

Units that were never sent can be sold again, the order counts what is back of it, and it is closed
where nothing of it is left: each once, since a refund succeeds once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from domain.kernel.db import WriteSession
from domain.kernel.outbox import Fact, promise_all
from domain.orders import spending
from domain.orders.earning.refunded import take_back_of_refund
from domain.orders.events import OrderClosed, OrderRefunded
from domain.orders.models import Order, OrderHistory, PersonalisationReview
from domain.orders.redeeming.pool import give_back
from domain.orders.refunding.models import OrderRefund, OrderRefundLine
from domain.orders.refunding.standing import Refundable
from domain.orders.refunding.terms import RefundTerms
from domain.orders.shipping.models import ReceiptDeadline
from domain.orders.words import CloseReason, OrderRefundStatus, OrderStatus, ReviewStatus
from domain.stock.actions import Movement
from domain.stock.holding import write_decided
from domain.stock.rules import Reason

_UNFINISHED = (OrderRefundStatus.PROCESSING, OrderRefundStatus.ABNORMAL)


@dataclass(frozen=True, slots=True)
class _Back:
    """What is back of an order: units, those of them that were never sent, and money."""

    units: int
    unsent_units: int
    fen: int


async def note_standing(session: WriteSession, refund_id: UUID, status: OrderRefundStatus) -> None:
    """Note whether people have to see to a refund that is not over."""
    assert status in _UNFINISHED
    await session.execute(
        update(OrderRefund)
        .where(OrderRefund.id == refund_id, OrderRefund.status.in_(_UNFINISHED))
        .values(status=status)
        .execution_options(synchronize_session=False)
    )


async def note_paid_otherwise(session: WriteSession, refund_id: UUID) -> None:
    """Note that money of a refund that is not over went back by other means."""
    await session.execute(
        update(OrderRefund)
        .where(OrderRefund.id == refund_id, OrderRefund.status.in_(_UNFINISHED))
        .values(is_paid_otherwise=True)
        .execution_options(synchronize_session=False)
    )


async def oldest_unfinished(session: WriteSession) -> datetime | None:
    """Since when the oldest refund that is not over goes on; None where all are."""
    since = select(func.min(OrderRefund.requested_at)).where(OrderRefund.status.in_(_UNFINISHED))
    return await session.scalar(since)


async def finish(
    session: WriteSession,
    order: Refundable,
    refund_id: UUID,
    *,
    terms: RefundTerms,
    at: datetime,
    random: Random,
) -> None:
    """Take in that all money of a refund is back, under the locks of its order.

    The caller sees that this happens once. What is left of an order that was sent in part has been
    sent with it, so it is taken for received so long after that as ``terms`` say.
    """
    refund = await _succeeded(session, refund_id, at)
    lines = (
        await session.scalars(select(OrderRefundLine).where(OrderRefundLine.refund_id == refund_id))
    ).all()
    await _give_units_back(session, order, refund, lines, at=at)
    back = await _back(session, order, refund)
    locked = order.order
    is_whole = (back.units, back.fen) == (locked.units, locked.payable_fen)
    refunded = OrderRefunded(
        locked.member_id, order.id, locked.number, refund.source,
        refund.goods_fen, refund.freight_fen, is_whole,
    )  # fmt: skip
    facts = [Fact(refund.id, 1, refunded)]
    sent = sum(line.sent_units for line in order.paid.lines)
    if is_whole:
        await _move(session, order, OrderStatus.CLOSED, refund.actor, at)
        has_money = refund.goods_fen + refund.freight_fen > 0
        closed = OrderClosed(locked.member_id, CloseReason.REFUNDED, has_money)
        facts.append(Fact(order.id, locked.history + 1, closed))
    elif locked.status is OrderStatus.PARTLY_SHIPPED and sent + back.unsent_units == locked.units:
        await _move(session, order, OrderStatus.SHIPPED, refund.actor, at)
        session.add(ReceiptDeadline(order_id=order.id, due_at=at + terms.receipt_after))
    await session.flush()
    await promise_all(session, facts, at=at, random=random)
    # The accounts of points are locked last of all.
    await _give_points_back(session, order, refund, lines, at=at, random=random)
    await take_back_of_refund(
        session, order.id, refund.id, policy=terms.clawback, at=at, random=random
    )


async def _succeeded(session: WriteSession, refund_id: UUID, at: datetime) -> OrderRefund:
    refund = (
        await session.scalars(
            update(OrderRefund)
            .where(OrderRefund.id == refund_id, OrderRefund.status.in_(_UNFINISHED))
            .values(status=OrderRefundStatus.SUCCEEDED, finished_at=at)
            .returning(OrderRefund)
            .execution_options(populate_existing=True)
        )
    ).one()
    fen = refund.goods_fen + refund.freight_fen
    if fen:
        await session.execute(
            update(Order)
            .where(Order.id == refund.order_id)
            .values(refunded_fen=Order.refunded_fen + fen)
            .execution_options(synchronize_session=False)
        )
    return refund


async def _give_units_back(
    session: WriteSession,
    order: Refundable,
    refund: OrderRefund,
    lines: Sequence[OrderRefundLine],
    *,
    at: datetime,
) -> None:
    """Let go of what was held for units that were never sent."""
    units: dict[UUID, int] = {}
    for line in lines:
        variant_id, unsent = order.variants[line.line_number], line.units - line.sent_units
        if unsent:
            units[variant_id] = units.get(variant_id, 0) + unsent
    source = f"order:{order.id.hex}:refund:{refund.ordinal}"
    movements = [
        Movement(variant_id, order.order.place_id, Reason.RELEASED, units[variant_id], source)
        for variant_id in sorted(units)
    ]
    missing = order.levels.move(movements, actor=refund.actor)
    # What an order that is paid has is held: anything else is a bug, and gives nothing back.
    assert missing is None
    await write_decided(session, order.levels, at=at)
    if units and order.is_of_offer:
        await give_back(session, {order.id: sum(units.values())})


async def _give_points_back(
    session: WriteSession,
    order: Refundable,
    refund: OrderRefund,
    lines: Sequence[OrderRefundLine],
    *,
    at: datetime,
    random: Random,
) -> None:
    """Return spent points to their lots (R1 Refund)."""
    points = sum(line.points for line in lines)
    if points:
        await spending.give_back(
            session,
            order.order.member_id,
            order.id,
            points,
            refund=spending.RefundOfPoints(refund.id, is_shops_fault=refund.is_shops_fault),
            at=at,
            random=random,
        )


async def _back(session: WriteSession, order: Refundable, refund: OrderRefund) -> _Back:
    line = OrderRefundLine
    units, unsent = (
        await session.execute(
            select(
                func.coalesce(func.sum(line.units), 0),
                func.coalesce(func.sum(line.units - line.sent_units), 0),
            )
            .join(OrderRefund, OrderRefund.id == line.refund_id)
            .where(line.order_id == order.id, OrderRefund.status == OrderRefundStatus.SUCCEEDED)
        )
    ).one()
    fen = order.order.refunded_fen + refund.goods_fen + refund.freight_fen
    return _Back(int(units), int(unsent), fen)


async def _move(
    session: WriteSession, order: Refundable, status: OrderStatus, actor: str, at: datetime
) -> None:
    """Move the order on: to its end, or to where all that is left of it was sent."""
    before, number = order.order.status, order.order.history + 1
    is_end = status is OrderStatus.CLOSED
    reason = CloseReason.REFUNDED if is_end else None
    values: dict[str, Any] = {"status": status, "history": number}
    values |= {"closed_at": at, "close_reason": reason} if is_end else {"shipped_at": at}
    moved = await session.execute(
        update(Order)
        .where(Order.id == order.id, Order.status == before)
        .values(values)
        .returning(Order.id)
        .execution_options(synchronize_session=False)
    )
    # Under its lock it moves; anything else is a bug, and gives nothing back.
    assert len(moved.all()) == 1
    await session.execute(
        insert(OrderHistory).values(
            order_id=order.id,
            number=number,
            from_status=before,
            to_status=status,
            reason=reason,
            actor=actor,
            at=at,
        )
    )
    if is_end:
        await _let_go(session, order.id)


async def _let_go(session: WriteSession, order_id: UUID) -> None:
    """End what waits for something of an order that nothing is left of."""
    await session.execute(delete(ReceiptDeadline).where(ReceiptDeadline.order_id == order_id))
    await session.execute(
        update(PersonalisationReview)
        .where(
            PersonalisationReview.order_id == order_id,
            PersonalisationReview.status == ReviewStatus.PENDING,
        )
        .values(status=ReviewStatus.VOID)
        .execution_options(synchronize_session=False)
    )
