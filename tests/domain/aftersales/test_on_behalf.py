"""Cases that the staff open for members: the same figures, and exceptions that say why."""

import asyncio

import asyncpg
import pytest

from domain.aftersales.errors import CaseNotPossible, CasesChanged, UnitsInOtherCases
from domain.aftersales.rules import USUAL_TERMS, LineWish
from domain.aftersales.words import CaseKind, CaseObstacle, CaseOpener, CaseReason, CaseStatus
from domain.kernel.actors import Role, Staff
from domain.kernel.db import Database
from domain.kernel.errors import InvalidInput
from domain.orders.errors import OrderUnavailable
from domain.orders.refunding.errors import UnitsNotRefundable
from tests.domain.aftersales.cases import Counter, broken, units, wish
from tests.domain.aftersales.on_behalf import open_for_them, staff_preview
from tests.domain.aftersales.test_refunds import TEXTS
from tests.domain.orders.buying import a_shop
from tests.domain.payments.returns import sent, sold
from tests.make import an_id

RETURN = CaseKind.RETURN


async def test_the_same_comes_back_as_when_the_member_asks(database: Database):
    counter = Counter(await sold(database, await a_shop(database), 3))
    wanted = wish(units(1, 2))
    own, theirs = await counter.preview(wanted), await staff_preview(counter, wanted)
    assert own == theirs
    case = await counter.case(await open_for_them(counter, wanted))
    assert (case.status, case.refund_fen) == (CaseStatus.REFUNDING, own.plan.total_fen)
    assert (case.opened_by, case.exception) == (CaseOpener.STAFF, None)
    assert await broken(database) == {}


async def test_what_a_guide_opens_waits_for_an_answer(database: Database):
    counter = Counter(await sold(database, await a_shop(database), 1))
    place = (await counter.sold.order()).place_id
    counter.clerk = Staff(an_id(), "小顾", Role.GUIDE, store_ids=frozenset({place}))
    assert not (await staff_preview(counter, wish(units(1, 1)))).is_instant
    case_id = await open_for_them(counter, wish(units(1, 1)))
    assert await counter.status(case_id) is CaseStatus.REQUESTED
    counter.clerk = Staff(an_id(), "小顾", Role.GUIDE, store_ids=frozenset({an_id()}))
    with pytest.raises(OrderUnavailable):
        await staff_preview(counter, wish(units(1, 1)))
    with pytest.raises(OrderUnavailable):
        await open_for_them(counter, wish(units(1, 1)), seen=(15800, 1))


async def test_an_exception_is_made_for_a_reason_and_waits_for_an_answer(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    counter = Counter(await sold(database, await a_shop(database), 1))
    await owner.execute("UPDATE order_lines SET personalisation = $1::jsonb", TEXTS)
    with pytest.raises(CaseNotPossible) as refused:
        await staff_preview(counter, wish(units(1, 1)))
    assert refused.value.obstacle is CaseObstacle.PERSONALISED
    for nothing_said in (" ", "长" * 501):
        with pytest.raises(InvalidInput):
            await staff_preview(counter, wish(units(1, 1)), nothing_said)
    case_id = await open_for_them(counter, wish(units(1, 1)), " 老会员住院 ")
    case = await counter.case(case_id)
    assert (case.status, case.exception) == (CaseStatus.REQUESTED, "老会员住院")
    await counter.approve(case_id)
    assert await counter.status(case_id) is CaseStatus.REFUNDING


async def test_an_exception_is_made_of_the_time_that_there_is(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    counter = Counter(await sold(database, await a_shop(database), 1))
    await sent(database, counter.sold.order_id)
    now = counter.sold.clock.now
    await owner.execute("UPDATE orders SET status = 'received', received_at = $1", now)
    counter.later(days=USUAL_TERMS.window.days, seconds=1)
    with pytest.raises(CaseNotPossible) as refused:
        await staff_preview(counter, wish(units(1, 1), kind=RETURN))
    assert refused.value.obstacle is CaseObstacle.TOO_LATE
    await counter.approve(await open_for_them(counter, wish(units(1, 1), kind=RETURN), "曾出国"))


async def test_of_people_who_hear_of_one_thing_at_once_one_opens_a_case(database: Database):
    counter = Counter(await sold(database, await a_shop(database), 3))
    await sent(database, counter.sold.order_id)
    # Each could be had beside the others: three units, and amounts of what was paid for them.
    wanted = wish(LineWish(1, fen=1000), reason=CaseReason.DEFECTIVE)
    outcomes = await asyncio.gather(
        *(open_for_them(counter, wanted, seen=(1000, 0)) for _ in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, CasesChanged) for each in outcomes) == 3, outcomes
    assert await broken(database) == {}


async def test_of_the_staff_and_the_member_one_gets_the_last_unit(database: Database):
    counter = Counter(await sold(database, await a_shop(database), 1))
    outcomes = await asyncio.gather(
        open_for_them(counter, wish(units(1, 1)), seen=(15800, 0)),
        counter.open(wish(units(1, 1)), 15800),
        return_exceptions=True,
    )
    refused = [each for each in outcomes if isinstance(each, BaseException)]
    # Whoever comes second: the clerk has seen fewer cases, and nothing is left for the member.
    assert isinstance(refused[0], CasesChanged | UnitsInOtherCases | UnitsNotRefundable), outcomes
    assert await broken(database) == {}
