"""Closing: once, whoever asks and however many at a time; units come back, nothing else moves."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from domain.kernel.db import Database
from domain.orders.cart.models import EngravedText
from domain.orders.closing import Closed, Closing, due_orders
from domain.orders.errors import OrderNotOpen, OrderUnavailable
from domain.orders.models import (
    Order,
    OrderDeadline,
    OrderHistory,
    OrderLine,
    OrderPayment,
    PersonalisationReview,
)
from domain.orders.placing.deciding import PAYMENT_WINDOW
from domain.orders.words import CloseReason, OrderStatus, PaymentStatus, ReviewStatus
from domain.stock.models import StockEntry, StockLevel
from domain.stock.rules import Reason
from tests import make, make_orders
from tests.domain.orders.buying import a_buyer, a_shop, buy, closed
from tests.make import NOON, an_id

LATER = NOON + timedelta(minutes=5)


async def standing(database: Database) -> tuple[list[Any], ...]:
    """Statuses of orders and payments, deadlines, and what levels hold."""
    async with database.writes() as session:
        return (
            [*(await session.scalars(select(Order.status)))],
            [*(await session.scalars(select(OrderPayment.status)))],
            [*(await session.scalars(select(OrderDeadline.due_at)))],
            [*(await session.scalars(select(StockLevel.held)))],
        )


async def test_a_member_cancels_and_the_units_come_back(database: Database):
    shop = await a_shop(database)
    member = await a_buyer(database)
    order = await buy(database, member, shop.variants[0], 3)
    wish = Closing(order.order_id, CloseReason.CANCELLED_BY_MEMBER, f"member:{member.hex}", member)

    assert await closed(database, [wish], LATER) == [Closed(order.order_id)]

    statuses, payments, deadlines, held = await standing(database)
    assert (statuses, payments, deadlines, held) == (
        [OrderStatus.CLOSED],
        [PaymentStatus.VOID],
        [],
        [0],
    )
    async with database.writes() as session:
        row = (await session.scalars(select(Order))).one()
        history = (await session.scalars(select(OrderHistory).order_by(OrderHistory.number))).all()
        entries = (await session.scalars(select(StockEntry.reason))).all()
    assert (row.closed_at, row.close_reason, row.history) == (
        LATER,
        CloseReason.CANCELLED_BY_MEMBER,
        2,
    )
    assert [(each.number, each.from_status, each.to_status, each.reason) for each in history] == [
        (1, None, OrderStatus.PENDING_PAYMENT, None),
        (2, OrderStatus.PENDING_PAYMENT, OrderStatus.CLOSED, CloseReason.CANCELLED_BY_MEMBER),
    ]
    assert Counter(entries) == {Reason.RECEIVED: 1, Reason.HELD: 1, Reason.RELEASED: 1}


async def test_what_is_closed_stays_as_it_was_closed(database: Database):
    shop = await a_shop(database)
    member, other = await a_buyer(database), await a_buyer(database)
    order = await buy(database, member, shop.variants[0])
    late = Closing(order.order_id, CloseReason.NOT_PAID_IN_TIME, "worker")
    by_member = Closing(order.order_id, CloseReason.CANCELLED_BY_MEMBER, "member", member)
    theirs = Closing(order.order_id, CloseReason.CANCELLED_BY_MEMBER, "member", other)
    unknown = Closing(an_id(), CloseReason.CANCELLED_BY_MEMBER, "member", member)

    outcomes = await closed(database, [theirs, unknown, late, by_member, late])
    assert [type(each) for each in outcomes] == [
        OrderUnavailable,
        OrderUnavailable,
        Closed,
        OrderNotOpen,
        Closed,
    ]
    again = await closed(database, [late, by_member])
    assert [type(each) for each in again] == [Closed, OrderNotOpen]
    _, _, _, held = await standing(database)
    assert held == [0]


async def test_a_cancelling_and_a_deadline_at_once_give_the_units_back_once(database: Database):
    shop = await a_shop(database)
    member = await a_buyer(database)
    orders = [await buy(database, member, shop.variants[0]) for _ in range(12)]

    async def close_each(reason: CloseReason) -> list[Any]:
        return [
            (await closed(database, [Closing(each.order_id, reason, "test")]))[0] for each in orders
        ]

    by_member, late = await asyncio.gather(
        close_each(CloseReason.CANCELLED_BY_MEMBER), close_each(CloseReason.NOT_PAID_IN_TIME)
    )
    for one, other in zip(by_member, late, strict=True):
        assert {type(one), type(other)} == {Closed, OrderNotOpen}
    _, _, _, held = await standing(database)
    assert held == [0]


async def test_any_number_is_closed_by_the_same_few_statements(
    database: Database, count_statements: Counter[str]
):
    shop = await a_shop(database, units=60, prices_fen=(100, 200))
    member = await a_buyer(database)
    counted: list[int] = []
    for orders in (1, 20):
        wishes = [
            Closing(
                (await buy(database, member, shop.variants[number % 2])).order_id,
                CloseReason.NOT_PAID_IN_TIME,
                "worker",
            )
            for number in range(orders)
        ]
        before = count_statements.total()
        await closed(database, wishes)
        counted.append(count_statements.total() - before)
    assert counted[0] == counted[1] <= 6


async def test_an_order_is_due_at_its_deadline_and_not_before(database: Database):
    shop = await a_shop(database)
    member = await a_buyer(database)
    order = await buy(database, member, shop.variants[0])
    deadline = NOON + PAYMENT_WINDOW
    async with database.writes() as session:
        early = await due_orders(session, at=deadline - timedelta(microseconds=1), most=10)
        assert early == []
        assert await due_orders(session, at=deadline, most=10) == [order.order_id]


FORBIDDEN = {
    "reopened": update(Order).values(
        status="pending_payment", closed_at=None, close_reason=None, history=3
    ),
    "frozen": update(Order).values(payable_fen=1, list_fen=1, history=2),
    "still": update(Order).values(member_note="changed"),
    "line": update(OrderLine).values(units=2),
    "history": delete(OrderHistory),
}


@pytest.mark.parametrize("name", FORBIDDEN)
async def test_the_database_itself_refuses_any_other_move(database: Database, name: str):
    shop = await a_shop(database)
    member = await a_buyer(database)
    order = await buy(database, member, shop.variants[0])
    if name == "reopened":
        await closed(database, [Closing(order.order_id, CloseReason.NOT_PAID_IN_TIME, "worker")])
    with pytest.raises(DBAPIError):
        async with database.writes.begin() as session:
            await session.execute(FORBIDDEN[name])


async def test_texts_that_wait_for_people_need_nobody_once_the_order_is_closed(
    database: Database,
):
    async with database.writes.begin() as session:
        member = await make_orders.a_member(session)
        place_id = await make.place(session)
        fields = (make_orders.NAME_FIELD,)
        variants = await make_orders.goods(session, place_id=place_id, fields=fields)
        texts = [EngravedText("name", "小满")]
        order = await make_orders.an_order(
            session, member, variants[0], texts=texts, place_id=place_id
        )
    await closed(database, [Closing(order.id, CloseReason.NOT_PAID_IN_TIME, "worker")])
    async with database.writes() as session:
        status = await session.scalar(select(PersonalisationReview.status))
    assert status is ReviewStatus.VOID
