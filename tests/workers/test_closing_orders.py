"""The sweep that closes orders, without arq."""

from datetime import timedelta
from pathlib import Path
from random import Random

from sqlalchemy import select, update

from domain.kernel.db import Database
from domain.orders.models import Order
from domain.orders.placing.deciding import PAYMENT_WINDOW
from domain.orders.words import CloseReason, OrderStatus
from domain.stock.models import StockLevel
from tests import make
from tests.domain.orders.buying import a_buyer, a_shop, buy
from tests.make import NOON
from workers.orders import close_due_orders
from workers.tools import Tools

STORE = make.media_folder(Path("/nowhere"))


async def test_an_order_that_cannot_be_closed_keeps_no_other_open(database: Database):
    shop = await a_shop(database, prices_fen=(100, 200))
    orders = [await buy(database, await a_buyer(database), each) for each in shop.variants]
    async with database.writes.begin() as session:
        level = StockLevel.variant_id == shop.variants[0]
        await session.execute(update(StockLevel).where(level).values(held=0))
    later = NOON + PAYMENT_WINDOW + timedelta(seconds=1)
    await close_due_orders({"tools": Tools(database, lambda: later, STORE, Random(1))})
    async with database.writes() as session:
        rows = await session.execute(select(Order.id, Order.status, Order.close_reason))
        told = {order_id: (status, reason) for order_id, status, reason in rows}
    assert told == {
        orders[0].order_id: (OrderStatus.PENDING_PAYMENT, None),
        orders[1].order_id: (OrderStatus.CLOSED, CloseReason.NOT_PAID_IN_TIME),
    }


async def test_before_its_deadline_no_order_is_closed(database: Database):
    shop = await a_shop(database)
    await buy(database, await a_buyer(database), shop.variants[0])
    soon = NOON + PAYMENT_WINDOW - timedelta(seconds=1)
    await close_due_orders({"tools": Tools(database, lambda: soon, STORE, Random(1))})
    async with database.writes() as session:
        assert await session.scalar(select(Order.status)) is OrderStatus.PENDING_PAYMENT
