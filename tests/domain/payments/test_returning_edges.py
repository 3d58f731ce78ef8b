"""Refunds of orders at the edges: nothing paid, freight, and several payments of one order."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import asyncpg
import pytest
from sqlalchemy import select

from domain.kernel.db import Database
from domain.orders.refunding.models import OrderRefund
from domain.orders.refunding.rules import UnitsBack, all_that_is_left
from domain.orders.words import CloseReason, OrderRefundStatus, OrderStatus
from domain.payments.free import settle_free
from domain.payments.ports import RefundState
from domain.payments.words import RefundStatus
from tests.domain.orders.buying import a_shop
from tests.domain.orders.test_placing import freight_rule
from tests.domain.payments.purchases import LATER, all_is_accounted_for, events, held, refunds
from tests.domain.payments.returns import RANDOM, sent, sold


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
