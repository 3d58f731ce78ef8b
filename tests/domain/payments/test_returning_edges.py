"""Refunds of orders at the edges: nothing paid, freight, and several payments of one order."""

from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import select, update

from domain.catalog.models import Product
from domain.kernel.db import Database
from domain.kernel.outside import OutsideRejected
from domain.orders.quoting import Obstacle
from domain.orders.refunding.models import OrderRefund
from domain.orders.refunding.rules import UnitsBack, all_that_is_left
from domain.orders.words import CloseReason, OrderRefundStatus, OrderStatus
from domain.payments.free import settle_free
from domain.payments.ports import GatewayPayment, GatewayState, RefundState
from domain.payments.rules import MOST_REFUNDS, REFUSALS_FOR_PEOPLE
from domain.payments.words import RefundStatus
from tests.domain.orders.buying import a_shop, buy, in_cart, quoted
from tests.domain.orders.test_placing import freight_rule
from tests.domain.payments.purchases import (
    EXPIRED,
    LATER,
    all_is_accounted_for,
    events,
    held,
    let_go,
    refunds,
)
from tests.domain.payments.returns import RANDOM, Sold, sent, sold
from tests.domain.payments.tills import Clock, a_till, prepaid, statuses


@pytest.fixture(autouse=True)
async def _accounts(database: Database) -> AsyncGenerator[None]:
    yield
    await all_is_accounted_for(database)


async def test_an_order_of_nothing_is_refunded_at_once(database: Database):
    order = await sold(database, await a_shop(database, prices_fen=(0,)), 2, is_free=True)
    async with database.writes.begin() as session:
        await settle_free(session, [order.order_id], at=LATER, random=RANDOM)
    half = await order.back(UnitsBack(1, 1))
    assert (half.total_fen, half.is_done) == (0, True)
    assert (await order.order()).status is OrderStatus.PAID
    assert await held(database) == 1
    whole = await order.back(UnitsBack(1, 1))
    assert whole.is_done
    assert (await order.order()).close_reason is CloseReason.REFUNDED
    assert await held(database) == 0
    assert await refunds(database) == []
    assert (await events(database))["order.refunded"] == 2


async def test_the_freight_comes_back_with_the_last_unit_where_nothing_was_sent(
    database: Database,
):
    await freight_rule(database, first_fen=1_000, step_fen=200)
    order = await sold(database, await a_shop(database, prices_fen=(900,)), 3)
    first = await order.back(UnitsBack(1, 1))
    rest = await order.back(*all_that_is_left(await order.paid()))
    for _ in range(2):
        await order.run()
    whole = await order.order()
    assert first.total_fen == 900
    assert rest.total_fen == whole.payable_fen - 900
    assert whole.freight_list_fen > 0
    assert whole.close_reason is CloseReason.REFUNDED


async def test_the_freight_of_what_was_sent_stays_unless_it_was_the_shops_fault(
    database: Database,
):
    await freight_rule(database, first_fen=1_000)
    shop = await a_shop(database, prices_fen=(900,))
    kept, fault = await sold(database, shop, 1), await sold(database, shop, 2)
    for order in (kept, fault):
        await sent(database, order.order_id)
    assert (await kept.back(UnitsBack(1, 1, 1))).total_fen == 900
    assert (await fault.back(UnitsBack(1, 1, 1), is_shops_fault=True)).total_fen == 1_400
    await fault.back(UnitsBack(1, 1, 1), is_shops_fault=True)
    await kept.run()
    for _ in range(2):
        await fault.run()
    assert (await kept.order()).status is OrderStatus.SHIPPED
    assert (await fault.order()).close_reason is CloseReason.REFUNDED


SPLIT = """
INSERT INTO payment_attempts (id, order_id, ordinal, purpose, number, provider, merchant_id, app_id,
    amount_fen, status, created_at, expires_at, transaction_id, paid_at)
SELECT gen_random_uuid(), order_id, 2, purpose, number || '-bis', provider, merchant_id, app_id,
    amount_fen - 700, status, created_at, expires_at, transaction_id || '-bis', paid_at
FROM payment_attempts;
UPDATE payment_attempts SET amount_fen = 700 WHERE ordinal = 1;
UPDATE clearing_entries SET amount_fen = 700;
INSERT INTO clearing_entries
    (id, attempt_id, source, from_account, to_account, amount_fen, recorded_at)
SELECT gen_random_uuid(), attempt.id, source, from_account, to_account, attempt.amount_fen,
    recorded_at
FROM clearing_entries JOIN payment_attempts AS attempt ON attempt.ordinal = 2;
"""


async def test_an_order_that_two_payments_paid_has_its_money_back_from_both(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    """As a deposit and a balance will be; today an order has one payment, so it is made two."""
    order = await sold(database, await a_shop(database, prices_fen=(1_000,)), 2)
    await owner.execute(SPLIT)
    begun = await order.back(UnitsBack(1, 2))
    assert begun.total_fen == 2_000
    assert [each.amount_fen for each in await refunds(database)] == [700, 1_300]
    order.gateway.refund_state = RefundState.PROCESSING
    await order.run()
    for number, told in [*order.gateway.refunds.items()]:
        # Until all parts are back the order has none of it.
        assert (await order.order()).refunded_fen == 0
        order.gateway.refunds[number] = replace(told, state=RefundState.SUCCEEDED)
        await order.run()
    assert (await order.order()).close_reason is CloseReason.REFUNDED
    async with database.writes() as session:
        (status,) = await session.scalars(select(OrderRefund.status))
    assert status is OrderRefundStatus.SUCCEEDED
    assert {each.status for each in await refunds(database)} == {RefundStatus.SUCCEEDED}


async def limited(database: Database, order: Sold, limit: int) -> None:
    """Let nobody have more of the product than so many; of three units one is back of the order."""
    await order.back(UnitsBack(1, 1))
    await order.run()
    # The money of another one is still on its way: that unit is the member's.
    await order.back(UnitsBack(1, 1))
    async with database.writes.begin() as session:
        await session.execute(update(Product).values(member_limit=limit))


async def test_a_unit_that_is_refunded_does_not_count_against_a_limit(database: Database):
    shop = await a_shop(database)
    order = await sold(database, shop, 3)
    await limited(database, order, 3)
    await buy(database, order.member_id, shop.variants[0])
    await in_cart(database, order.member_id, shop.variants[0])
    (problem,) = (await quoted(database, order.member_id)).problems
    assert (problem.obstacle, problem.available) == (Obstacle.OVER_LIMIT, 0)


async def test_nor_does_it_where_a_late_payment_is_honoured(database: Database):
    shop = await a_shop(database)
    order = await sold(database, shop, 3)
    payments = [await paid_late(database, order, shop.variants[0]) for _ in range(2)]
    await limited(database, order, 3)
    till = a_till(database, order.gateway, Clock(EXPIRED))
    for payment in payments:
        await till.applied(payment)
    assert Counter(await statuses(database)) == {OrderStatus.PAID: 2, OrderStatus.CLOSED: 1}


async def paid_late(database: Database, order: Sold, variant_id: UUID) -> GatewayPayment:
    """What comes in for another order of the same member, of one unit, that was closed."""
    late = await buy(database, order.member_id, variant_id)
    number = await prepaid(database, order.member_id, late, order.gateway)
    await a_till(database, order.gateway).release(late.order_id)
    await let_go(database, late, CloseReason.NOT_PAID_IN_TIME)
    payments = order.gateway.payments
    payments[number] = replace(payments[number], state=GatewayState.NOT_PAID)
    return order.gateway.pay(number)


async def test_the_last_refund_that_a_payment_may_have_waits_for_people_once_it_is_given_up(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    order = await sold(database, await a_shop(database), 1)
    await order.back(UnitsBack(1, 1))
    await owner.execute(f"UPDATE payment_refunds SET ordinal = {MOST_REFUNDS}")
    order.gateway.refund_state = RefundState.CLOSED
    for _ in range(2):
        await order.run()
        order.clock.now += timedelta(days=1)
    (refund,) = await refunds(database)
    assert (refund.status, refund.finished_at) == (RefundStatus.ABNORMAL, None)
    assert order.gateway.calls.count("refund") == 1
    async with database.writes() as session:
        (status,) = await session.scalars(select(OrderRefund.status))
    assert status is OrderRefundStatus.ABNORMAL


async def test_one_that_the_gateway_refuses_again_and_again_is_for_people_and_still_tried(
    database: Database,
):
    order = await sold(database, await a_shop(database), 1)
    await order.back(UnitsBack(1, 1))

    def refused(call: str) -> None:
        if call == "refund":
            raise OutsideRejected("NOT_ENOUGH")

    order.gateway.before = refused
    stands: list[OrderRefundStatus] = []
    for _ in range(REFUSALS_FOR_PEOPLE + 1):
        order.clock.now += timedelta(minutes=10)
        with pytest.raises(OutsideRejected):
            await order.run()
        async with database.writes() as session:
            stands += await session.scalars(select(OrderRefund.status))
    few = REFUSALS_FOR_PEOPLE - 1
    assert stands == [OrderRefundStatus.PROCESSING] * few + [OrderRefundStatus.ABNORMAL] * 2
    # The account was filled: it goes on by itself, as far as the gateway has come with it.
    order.gateway.before, order.gateway.refund_state = lambda _: None, RefundState.PROCESSING
    order.clock.now += timedelta(minutes=10)
    await order.run()
    async with database.writes() as session:
        (status,) = await session.scalars(select(OrderRefund.status))
    assert status is OrderRefundStatus.PROCESSING
    number = f"{order.number}-R1"
    order.gateway.refunds[number] = replace(
        order.gateway.refunds[number], state=RefundState.SUCCEEDED
    )
    order.clock.now += timedelta(hours=1)
    await order.run()
    assert (await order.order()).close_reason is CloseReason.REFUNDED
