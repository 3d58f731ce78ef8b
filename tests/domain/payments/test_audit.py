"""The audit of payments: silent on a mall that is right, and each invariant finds its own fault."""

import asyncpg
import pytest

from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.orders.refunding.rules import AmountBack, UnitsBack
from domain.orders.words import CloseReason
from domain.payments.audit import INVARIANTS
from tests.domain.orders.buying import a_shop
from tests.domain.payments.purchases import EXPIRED, an_order, let_go, run_refunds
from tests.domain.payments.returns import sold
from tests.domain.payments.tills import Clock, MemoryGateway, a_till, prepaid

FAULTS = {
    "payments.money_of_attempts_is_accounted_for": "UPDATE clearing_entries "
    "SET amount_fen = amount_fen - 1 WHERE source = 'received'",
    "payments.refunds_are_reserved_and_recorded": "UPDATE payment_attempts "
    "SET refunding_fen = refunding_fen - 1 WHERE refunding_fen > 0",
    "payments.paid_orders_have_their_money": "DELETE FROM clearing_entries "
    "WHERE source = 'applied'",
    "payments.refunds_of_orders_are_carried_out": "UPDATE order_refunds "
    "SET status = 'succeeded', finished_at = now() WHERE ordinal = 2",
    "payments.open_attempts_hold_their_order": "UPDATE order_payments SET is_at_gateway = false "
    "WHERE is_at_gateway",
}


async def broken(database: Database) -> set[str]:
    """The invariants that some row breaks."""
    async with database.writes() as session:
        return {
            invariant.name
            for invariant in INVARIANTS
            if [row async for row in violations(session, invariant)]
        }


async def a_mall_with_payments(database: Database) -> None:
    """An order that is paid, one that waits at its gateway, and one whose money went back.

    One is refunded in part, and more of it is on its way back.
    """
    gateway, shop, clock = MemoryGateway(), await a_shop(database), Clock(EXPIRED)
    till = a_till(database, gateway, clock)
    member, order = await an_order(database, shop)
    await till.applied(gateway.pay(await prepaid(database, member, order, gateway)))
    member, order = await an_order(database, shop)
    await prepaid(database, member, order, gateway)
    member, order = await an_order(database, shop)
    number = await prepaid(database, member, order, gateway)
    payment = gateway.pay(number)
    gateway.payments.pop(number)
    clock.now = EXPIRED
    await till.release(order.order_id)
    await let_go(database, order, CloseReason.CANCELLED_BY_STAFF)
    await till.applied(payment)
    await run_refunds(database, gateway, clock)
    order = await sold(database, shop, 2)
    await order.back(UnitsBack(1, 1))
    await order.run()
    await order.back(AmountBack(1, 1))


async def test_a_mall_that_is_right_has_nothing_to_find(database: Database):
    assert await broken(database) == set()
    await a_mall_with_payments(database)
    assert await broken(database) == set()


def test_there_is_a_fault_for_each_invariant():
    assert FAULTS.keys() == {invariant.name for invariant in INVARIANTS}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_found(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]", name: str
):
    """Made by a superuser whom no trigger stops: what an audit is for."""
    await a_mall_with_payments(database)
    await owner.execute(FAULTS[name])
    assert name in await broken(database)
