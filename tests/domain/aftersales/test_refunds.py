"""Cases by which money comes back: told to the fen before, and exact whatever the sequence."""

import asyncpg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from domain.aftersales.errors import CaseMoved, CaseNotPossible, RefundChanged, UnitsInOtherCases
from domain.aftersales.models import CaseHistory
from domain.aftersales.rules import LineWish
from domain.aftersales.words import (
    SHOPS_FAULT,
    CaseObstacle,
    CaseReason,
    CaseStatus,
    NextStep,
)
from domain.kernel.db import Database
from domain.orders.models import FREIGHT_LINE, PersonalisationReview
from domain.orders.refunding.errors import AmountNotRefundable
from domain.orders.shipping.models import ShipmentLine
from domain.orders.words import CloseReason, OrderStatus, ReviewStatus
from tests.domain.aftersales.cases import WAITING, Counter, broken, units, wish
from tests.domain.orders.buying import a_shop
from tests.domain.orders.test_placing import freight_rule
from tests.domain.payments.returns import sent, sold

TEXTS = """[{"code": "name", "text": "林"}]"""


async def reject_texts(database: Database, counter: Counter) -> None:
    """Let somebody say that the texts of the first line cannot be made."""
    review = PersonalisationReview(
        order_id=counter.sold.order_id,
        line_number=1,
        status=ReviewStatus.REJECTED,
        check_trace=None,
        text_digest="0" * 64,
        decided_at=counter.sold.clock.now,
        decided_by=counter.by.staff.key,
        reason="无法刻印",
    )
    async with database.writes.begin() as session:
        session.add(review)


async def test_what_was_not_sent_is_refunded_at_once(database: Database):
    counter = Counter(await sold(database, await a_shop(database), 3))
    case_id = await counter.open(wish(units(1, 1)))
    assert await counter.status(case_id) is CaseStatus.REFUNDING
    await counter.paid_back(case_id)
    case = await counter.case(case_id)
    assert (case.status, case.refund_fen, case.due_at) == (CaseStatus.SUCCEEDED, 15800, None)
    async with database.writes() as session:
        moves = [str(each) for each in await session.scalars(select(CaseHistory.to_status))]
    assert sorted(moves) == ["approved", "refunding", "requested", "succeeded"]
    assert await broken(database) == {}


async def test_somebody_looks_at_goods_made_for_a_member_before_they_are_refunded(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    counter = Counter(await sold(database, await a_shop(database), 2))
    await owner.execute("UPDATE order_lines SET personalisation = $1::jsonb", TEXTS)
    with pytest.raises(CaseNotPossible) as refused:
        await counter.open(wish(units(1, 1)))
    assert refused.value.obstacle is CaseObstacle.PERSONALISED
    case_id = await counter.open(wish(units(1, 1), reason=CaseReason.DAMAGED))
    assert await counter.status(case_id) is CaseStatus.REQUESTED
    await counter.refuse(case_id)
    # Texts that cannot be made are nobody's fault, and wait for nobody.
    await reject_texts(database, counter)
    rejected = await counter.open(wish(units(1, 1)))
    assert await counter.status(rejected) is CaseStatus.REFUNDING
    assert await broken(database) == {}


async def test_of_goods_that_are_broken_those_come_back_that_their_member_has(database: Database):
    counter = Counter(await sold(database, await a_shop(database), 3))
    await sent(database, counter.sold.order_id, [(1, 2)])

    async def asked(reason: CaseReason, some: int) -> tuple[int, int]:
        previewed = await counter.preview(wish(units(1, some), reason=reason))
        (line,) = previewed.plan.lines
        return line.units, line.sent_units

    for reason in CaseReason:
        is_of_goods = reason in SHOPS_FAULT
        assert await asked(reason, 1) == (1, 1 if is_of_goods else 0)
        assert await asked(reason, 2) == (2, 2 if is_of_goods else 1)
        assert await asked(reason, 3) == (3, 2)
    case_id = await counter.open(wish(units(1, 1), reason=CaseReason.DAMAGED))
    await counter.approve(case_id)
    await counter.paid_back(case_id)
    # What was not sent is still to be sent.
    await sent(database, counter.sold.order_id, number="SF1020304051")
    async with database.writes() as session:
        assert await session.scalar(select(func.sum(ShipmentLine.units))) == 3
    assert await broken(database) == {}


async def test_what_the_shop_shall_answer_for_is_not_refunded_unseen(database: Database):
    counter = Counter(await sold(database, await a_shop(database), 2))
    previewed = await counter.preview(wish(units(1, 1), reason=CaseReason.MISSING))
    assert (previewed.is_instant, previewed.next_step) == (False, NextStep.SHOP_ANSWERS)
    case_id = await counter.open(wish(units(1, 1), reason=CaseReason.MISSING))
    assert await counter.status(case_id) is CaseStatus.REQUESTED
    await counter.approve(case_id)
    assert await counter.status(case_id) is CaseStatus.REFUNDING


async def test_an_order_of_which_all_is_refunded_is_closed(database: Database):
    counter = Counter(await sold(database, await a_shop(database), 2))
    case_id = await counter.open(wish(units(1, 2)))
    await counter.paid_back(case_id)
    order = await counter.sold.order()
    assert (order.status, order.close_reason) == (OrderStatus.CLOSED, CloseReason.REFUNDED)
    assert order.refunded_fen == order.payable_fen
    with pytest.raises(CaseNotPossible) as refused:
        await counter.seen(wish(units(1, 1)))
    assert refused.value.obstacle is CaseObstacle.NOT_PAID
    assert await broken(database) == {}


async def test_the_staff_answer_where_the_shop_does_not_refund_at_once(database: Database):
    counter = Counter(await sold(database, await a_shop(database), 2), WAITING)
    case_id = await counter.open(wish(units(1, 1)))
    case = await counter.case(case_id)
    assert case.status is CaseStatus.REQUESTED
    assert case.due_at == counter.sold.clock.now + WAITING.answer_within
    await counter.refuse(case_id)
    assert (await counter.case(case_id)).told == "已使用"
    again = await counter.open(wish(units(1, 2)))
    await counter.approve(again)
    await counter.paid_back(again)
    with pytest.raises(CaseMoved):
        await counter.refuse(again)
    assert await broken(database) == {}


async def test_a_figure_that_has_moved_is_not_asked_for(database: Database):
    counter = Counter(await sold(database, await a_shop(database), 2))
    with pytest.raises(RefundChanged) as refused:
        await counter.open(wish(units(1, 1)), 15799)
    assert (refused.value.seen_fen, refused.value.now_fen) == (15799, 15800)


async def test_amounts_and_units_of_other_cases_are_not_given_twice(database: Database):
    counter = Counter(await sold(database, await a_shop(database), 2), WAITING)
    await sent(database, counter.sold.order_id)
    await counter.open(wish(LineWish(1, fen=10000)))
    with pytest.raises(AmountNotRefundable):
        await counter.seen(wish(LineWish(1, fen=21601)))
    first = await counter.open(wish(units(1, 1)))
    assert await counter.seen(wish(units(1, 1))) == 5800
    second = await counter.open(wish(units(1, 1)))
    with pytest.raises(UnitsInOtherCases):
        await counter.seen(wish(units(1, 1)))
    for case_id in (second, first):
        await counter.approve(case_id)
        await counter.paid_back(case_id)
    assert (await counter.sold.order()).refunded_fen == 21600
    assert await broken(database) == {}


async def test_the_freight_stays_while_anything_of_the_order_does(database: Database):
    await freight_rule(database, first_fen=1_000)
    shop = await a_shop(database, prices_fen=(900,))
    taken_back, shipped, granted = [
        Counter(await sold(database, shop, 2), WAITING) for _ in range(3)
    ]
    cases = {
        each.sold.order_id: [await each.open(wish(units(1, 1))) for _ in range(2)]
        for each in (taken_back, shipped, granted)
    }
    for counter in (taken_back, shipped):
        first, second = cases[counter.sold.order_id]
        if counter is taken_back:
            await counter.cancel(first)
        else:
            await sent(database, counter.sold.order_id, [(1, 1)])
        with pytest.raises(AmountNotRefundable) as refused:
            await counter.approve(second)
        assert (refused.value.line_number, refused.value.left_fen) == (FREIGHT_LINE, 0)
        await counter.refuse(second)
        assert await counter.seen(wish(units(1, 1))) == 900
    first, second = cases[granted.sold.order_id]
    for case_id in (first, second):
        await granted.approve(case_id)
        await granted.paid_back(case_id)
    order = await granted.sold.order()
    assert order.refunded_fen == order.payable_fen == 2_800
    assert await broken(database) == {}


async def test_freight_that_another_case_decides_on_waits_for_it(database: Database):
    await freight_rule(database, first_fen=1_000)
    counter = Counter(await sold(database, await a_shop(database, prices_fen=(900,)), 2))
    first = await counter.open(wish(units(1, 1), reason=CaseReason.MISSING))
    second = await counter.open(wish(units(1, 1)))
    assert await counter.status(second) is CaseStatus.REQUESTED
    for case_id in (first, second):
        await counter.approve(case_id)
        await counter.paid_back(case_id)
    assert (await counter.sold.order()).refunded_fen == 2_800
    assert await broken(database) == {}


async def test_a_case_is_opened_in_time(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    counter = Counter(await sold(database, await a_shop(database), 1), WAITING)
    await sent(database, counter.sold.order_id)
    now = counter.sold.clock.now
    await owner.execute("UPDATE orders SET status = 'received', received_at = $1", now)
    counter.later(days=15)
    await counter.seen(wish(units(1, 1)))
    counter.later(seconds=1)
    with pytest.raises(CaseNotPossible) as refused:
        await counter.seen(wish(units(1, 1)))
    assert refused.value.obstacle is CaseObstacle.TOO_LATE


async def test_goods_made_for_somebody_are_taken_back_for_the_shops_fault_alone(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    counter = Counter(await sold(database, await a_shop(database), 1))
    await sent(database, counter.sold.order_id)
    await owner.execute("UPDATE order_lines SET personalisation = $1::jsonb", TEXTS)
    with pytest.raises(CaseNotPossible) as refused:
        await counter.seen(wish(units(1, 1)))
    assert refused.value.obstacle is CaseObstacle.PERSONALISED
    assert await counter.seen(wish(units(1, 1), reason=CaseReason.DAMAGED)) > 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE cases SET status = 'succeeded', history = 2, ended_at = due_at, due_at = NULL",
        "UPDATE cases SET refund_fen = 1, goods_fen = 1",
        "UPDATE cases SET told = 'x'",
        "UPDATE case_claims SET claimed_units = 3",
        "UPDATE case_history SET note = 'x'",
        "DELETE FROM case_lines",
    ],
)
async def test_the_tables_refuse_what_was_not_drawn(database: Database, change: str):
    counter = Counter(await sold(database, await a_shop(database), 2), WAITING)
    await counter.open(wish(units(1, 1)))
    with pytest.raises(DBAPIError):
        async with database.writes.begin() as session:
            await session.execute(text(change))
