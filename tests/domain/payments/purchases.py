"""Orders to be paid, and what became of money and units."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.kernel.outbox import OutboxRow
from domain.orders.audit import INVARIANTS as ORDERS
from domain.orders.closing import Closed, Closing
from domain.orders.placing.deciding import PAYMENT_WINDOW
from domain.orders.placing.values import Placed
from domain.orders.refunding.audit import INVARIANTS as REFUNDING
from domain.orders.shipping.audit import INVARIANTS as SHIPPING
from domain.orders.words import CloseReason
from domain.payments.audit import INVARIANTS as PAYMENTS
from domain.payments.models import PaymentRefund
from domain.payments.ports import GatewayState
from domain.payments.refunding import take_due_refunds
from domain.stock.models import StockLevel
from tests.domain.orders.buying import Shop, a_buyer, buy, closed
from tests.domain.payments.tills import (
    Clock,
    MemoryGateway,
    a_till,
    known_at_wechat,
    prepaid,
)
from tests.make import NOON

LATER = NOON + timedelta(minutes=5)
EXPIRED = NOON + PAYMENT_WINDOW + timedelta(seconds=1)


async def a_payer(database: Database) -> UUID:
    """A member with an address and an openid."""
    member = await a_buyer(database)
    await known_at_wechat(database, member)
    return member


async def an_order(database: Database, shop: Shop, units: int = 2) -> tuple[UUID, Placed]:
    """An order of somebody's that waits for its payment."""
    member = await a_payer(database)
    return member, await buy(database, member, shop.variants[0], units)


async def let_go(database: Database, order: Placed, reason: CloseReason) -> None:
    """Close an order that nobody pays any more."""
    (outcome,) = await closed(database, [Closing(order.order_id, reason, "test")], LATER)
    assert outcome == Closed(order.order_id)


async def paid_in_vain(database: Database, shop: Shop, gateway: MemoryGateway, clock: Clock) -> str:
    """The number of a payment that came for an order that the shop had cancelled."""
    member, order = await an_order(database, shop, 1)
    number = await prepaid(database, member, order, gateway)
    till = a_till(database, gateway, clock)
    await till.release(order.order_id)
    await let_go(database, order, CloseReason.CANCELLED_BY_STAFF)
    gateway.payments[number] = replace(gateway.payments[number], state=GatewayState.NOT_PAID)
    await till.applied(gateway.pay(number))
    return number


async def held(database: Database) -> int:
    """The units that are held in all."""
    async with database.writes() as session:
        return sum(await session.scalars(select(StockLevel.held)))


async def refunds(database: Database) -> list[PaymentRefund]:
    """All refunds, in order."""
    async with database.writes() as session:
        return list(await session.scalars(select(PaymentRefund).order_by(PaymentRefund.ordinal)))


async def events(database: Database) -> Counter[str]:
    """What was told, by type."""
    async with database.writes() as session:
        return Counter(await session.scalars(select(OutboxRow.type)))


async def run_refunds(database: Database, gateway: MemoryGateway, clock: Clock) -> int:
    """Speak to the gateway about each refund that is due; says of how many."""
    till = a_till(database, gateway, clock)
    async with database.writes.begin() as session:
        due = await take_due_refunds(session, at=clock.now, most=10)
    for each in due:
        await till.refund(each)
    return len(due)


async def all_is_accounted_for(database: Database) -> None:
    """See that every invariant of orders, parcels, refunds and payments holds."""
    async with database.writes() as session:
        for invariant in (*ORDERS, *SHIPPING, *REFUNDING, *PAYMENTS):
            assert [row async for row in violations(session, invariant)] == [], invariant.name
