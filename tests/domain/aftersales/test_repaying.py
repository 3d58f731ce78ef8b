"""Goods that the shop has back: they go on the shelf once, and goods or money come for them."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.aftersales.errors import CaseMoved, UnitsInOtherCases, UnitsNotRestockable
from domain.aftersales.models import CaseInspection, CaseLine
from domain.aftersales.returns import Finding
from domain.aftersales.rules import LineWish
from domain.aftersales.words import CaseKind, CaseReason, CaseStatus
from domain.kernel.db import Database
from domain.orders.words import OrderStatus
from tests.api.orders.parcels import units as levels
from tests.domain.aftersales.cases import WAITING, Counter, broken, units, wish
from tests.domain.aftersales.test_exchanged_again import exchanged, has_come
from tests.domain.aftersales.test_returns import has_all
from tests.domain.members.people import rows
from tests.domain.orders.buying import a_shop
from tests.domain.payments.returns import sent, sold

RETURN, EXCHANGE = CaseKind.RETURN, CaseKind.EXCHANGE
BROKEN = CaseReason.DEFECTIVE


async def inspected(counter: Counter, some: int = 1, by: UUID | None = None) -> UUID:
    """An exchange whose goods were accepted, and for which something is held."""
    case_id = await counter.open(wish(units(1, some, by=by), kind=EXCHANGE, reason=BROKEN))
    await has_come(counter, case_id, Finding(1, some))
    return case_id


async def test_money_comes_for_an_exchange_of_which_nothing_can_be_sent(database: Database):
    counter, _ = await has_all(database, 1)
    case_id = await inspected(counter)
    assert await levels(database) == (10, 1, 0)
    with pytest.raises(CaseMoved):
        await counter.refuse(case_id)
    await counter.repay(case_id)
    assert await levels(database) == (10, 0, 0)
    case = await counter.case(case_id)
    assert (case.status, case.refund_fen, case.goods_fen) == (CaseStatus.REFUNDING, 15800, 15800)
    assert await broken(database) == {}
    for act in (counter.repay, counter.replace):
        with pytest.raises(CaseMoved):
            await act(case_id)
    await counter.paid_back(case_id)
    order = await counter.sold.order()
    assert (order.refunded_fen, order.status) == (15800, OrderStatus.CLOSED)
    assert await broken(database) == {}


async def test_as_much_comes_as_a_return_of_the_same_units_would_bring(database: Database):
    shop = await a_shop(database, prices_fen=(3333,))
    counter = Counter(await sold(database, shop, 3), WAITING)
    await sent(database, counter.sold.order_id)
    case_id = await inspected(counter)
    # Of the others an amount goes back, and of one all that a unit is, while this one waits.
    await counter.open(wish(LineWish(1, fen=1000)))
    other = await counter.open(wish(units(1, 1), kind=RETURN, reason=BROKEN))
    await has_come(counter, other, Finding(1, 1))
    seen = (await counter.preview(wish(units(1, 1), kind=RETURN, reason=BROKEN))).plan
    await counter.repay(case_id)
    case = await counter.case(case_id)
    assert (case.goods_fen, case.freight_fen) == (seen.goods_fen, seen.freight_fen)
    assert await broken(database) == {}
    # Its units are gone, and the last one is still to be had.
    with pytest.raises(UnitsInOtherCases):
        await counter.seen(wish(units(1, 2), kind=RETURN))
    assert await counter.open(wish(units(1, 1), kind=RETURN))
    await counter.paid_back(other)
    await counter.paid_back(case_id)
    assert await broken(database) == {}


async def test_money_comes_for_what_came_in_exchange_itself(database: Database):
    counter, _ = await has_all(database, 2)
    by = await exchanged(counter)
    case_id = await inspected(counter, by=by)
    await counter.repay(case_id)
    await counter.paid_back(case_id)
    assert (await counter.sold.order()).refunded_fen == 15800
    with pytest.raises(UnitsInOtherCases):
        await counter.seen(wish(units(1, 1, by=by), kind=RETURN))
    last = await counter.open(wish(units(1, 1), kind=RETURN))
    await has_come(counter, last, Finding(1, 1))
    await counter.paid_back(last)
    assert (await counter.sold.order()).status is OrderStatus.CLOSED
    assert await broken(database) == {}


async def test_of_two_who_send_goods_and_give_money_one_is_heard(database: Database):
    counter, _ = await has_all(database, 1)
    case_id = await inspected(counter)
    outcomes = await asyncio.gather(
        counter.repay(case_id),
        counter.replace(case_id),
        counter.repay(case_id),
        return_exceptions=True,
    )
    assert sum(isinstance(each, CaseMoved) for each in outcomes) == 2, outcomes
    assert await broken(database) == {}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE cases SET status = 'refused', told = 'x', ended_at = now(), due_at = NULL, "
        "history = history + 1 WHERE status = 'inspected'",
        "UPDATE cases SET goods_fen = 1, refund_fen = 1 WHERE status = 'inspected'",
        "UPDATE case_lines SET units = 2, goods_fen = 1",
        "UPDATE case_lines SET goods_fen = 1 WHERE case_id NOT IN "
        "(SELECT id FROM cases WHERE status = 'inspected')",
    ],
)
async def test_the_tables_hold_an_accepted_exchange_to_goods_or_money(
    database: Database, change: str
):
    counter, _ = await has_all(database, 3)
    await inspected(counter)
    await counter.open(wish(units(1, 1), kind=EXCHANGE))
    with pytest.raises(DBAPIError):
        async with database.writes.begin() as session:
            await session.execute(text(change))


@pytest.mark.parametrize("is_of_exchange", [False, True])
async def test_units_go_on_the_shelf_once_also_where_others_bought_the_same(
    database: Database, *, is_of_exchange: bool
):
    counter, shop = await has_all(database, 1)
    other = await sold(database, shop, 1)
    await sent(database, other.order_id, number="SF5555555555")
    by = await exchanged(counter) if is_of_exchange else None
    wanted = wish(units(1, 1, by=by), kind=RETURN)
    before = await counter.open(wanted)
    await counter.refuse(before)
    case_id = await counter.open(wanted)
    await counter.approve(case_id)
    await counter.send_back(case_id)
    await counter.receive(case_id)
    async with database.writes.begin() as session:
        found = CaseInspection(case_id=before, line_number=1, restocked_units=1, discarded_units=0)
        session.add(found)
    on_shelf = await levels(database)
    with pytest.raises(UnitsNotRestockable) as refused:
        await counter.inspect(case_id, Finding(1, 1))
    assert (refused.value.line_number, refused.value.left, refused.value.wanted) == (1, 0, 1)
    assert await levels(database) == on_shelf
    assert await counter.status(case_id) is CaseStatus.RECEIVED
    # What they can do: the money goes back, and nothing on the shelf.
    await counter.inspect(case_id, Finding(1, 0, 1))
    assert await levels(database) == on_shelf
    assert len(await rows(database, CaseLine)) == 2 + is_of_exchange
