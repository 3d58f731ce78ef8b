"""What became of orders and their money once nothing is under way, proven over all rows."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from cli.audit import INVARIANTS
from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.orders.models import Order, OrderHistory
from domain.orders.shipping.models import ShipmentLine
from domain.orders.words import OrderStatus
from domain.payments.clearing import unapplied
from domain.payments.models import PaymentAttempt, PaymentRefund
from domain.payments.words import AttemptStatus, RefundStatus
from domain.stock.models import StockLevel
from sandbox.wechat.pay.orders import Order as GatewayOrder
from sandbox.wechat.pay.orders import TradeState
from sandbox.wechat.pay.refunds import RefundStatus as GatewayRefundStatus

_LEFT_OUT = "catalog."
"""The goods of tests have no history of prices, and payments change no catalog."""


@dataclass(frozen=True)
class Settled:
    """One attempt at paying: how its order stands, and what came in by it and went back."""

    status: OrderStatus
    moves: int
    came_in_fen: int
    went_back_fen: int
    refunds: int


async def settled(database: Database) -> dict[str, Settled]:
    """Each attempt by its number; nothing may be under way, and `mall audit` may find nothing.

    Each order keeps its money and holds the units of it that were not sent, or has given both back
    to the last fen.
    """
    async with database.writes() as session:
        broken = [
            (invariant.name, row)
            for invariant in INVARIANTS
            if not invariant.name.startswith(_LEFT_OUT)
            async for row in violations(session, invariant)
        ]
        assert broken == []
        assert (await unapplied(session)).fen == 0
        orders = {each.id: each for each in await session.scalars(select(Order))}
        moves = await session.execute(
            select(OrderHistory.order_id, func.count()).group_by(OrderHistory.order_id)
        )
        counted = [(order_id, number) for order_id, number in moves]
        assert sorted(counted) == sorted((each.id, each.history) for each in orders.values())
        attempts = list(await session.scalars(select(PaymentAttempt)))
        refunds = list(await session.scalars(select(PaymentRefund)))
        held = await session.scalar(select(func.sum(StockLevel.held)))
        parcels = list(await session.scalars(select(ShipmentLine)))
    has_units = {OrderStatus.PENDING_PAYMENT, OrderStatus.PAID, OrderStatus.PARTLY_SHIPPED}
    holding = {each.id: each.units for each in orders.values() if each.status in has_units}
    sent = sum(each.units for each in parcels if each.order_id in holding)
    assert held == sum(holding.values()) - sent
    found = {each.number: _settled(orders[each.order_id], each, refunds) for each in attempts}
    for each in found.values():
        assert each.came_in_fen - each.went_back_fen >= 0
    return found


def agrees_with_the_gateway(found: dict[str, Settled], told: Iterable[GatewayOrder]) -> None:
    """See that what the gateway took and gave back is what the mall knows, and nothing besides."""
    at_gateway = {each.out_trade_no: each for each in told}
    assert set(found) == set(at_gateway)
    for number, order in at_gateway.items():
        mine = found[number]
        back = [each for each in order.refunds if each.status is GatewayRefundStatus.SUCCESS]
        assert mine.came_in_fen == (order.total if order.is_paid else 0), number
        assert mine.went_back_fen == sum(each.amount for each in back), number
        assert order.is_paid or order.state is TradeState.CLOSED, number


def _settled(order: Order, attempt: PaymentAttempt, refunds: list[PaymentRefund]) -> Settled:
    assert attempt.status in {AttemptStatus.PAID, AttemptStatus.CLOSED}, attempt.number
    own = [each for each in refunds if each.attempt_id == attempt.id]
    assert {each.status for each in own} <= {RefundStatus.SUCCEEDED, RefundStatus.CLOSED}
    back = sum(each.amount_fen for each in own if each.status is RefundStatus.SUCCEEDED)
    came_in = attempt.amount_fen if attempt.status is AttemptStatus.PAID else 0
    assert back in {0, came_in}
    return Settled(order.status, order.history, came_in, back, len(own))
