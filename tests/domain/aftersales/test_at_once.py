"""What happens to one case, or to the same units, at one moment."""

import asyncio

from domain.aftersales.deadlines import Missed, miss
from domain.aftersales.errors import CaseMoved, UnitsInOtherCases
from domain.aftersales.members import CaseDone
from domain.aftersales.words import CaseKind, CaseStatus
from domain.kernel.db import Database
from domain.orders.refunding.errors import UnitsNotRefundable
from tests.domain.aftersales.cases import WAITING, Counter, broken, units, wish
from tests.domain.orders.buying import a_shop
from tests.domain.payments.returns import sent, sold


async def test_of_two_cases_for_the_same_units_one_is_opened(database: Database):
    counter = Counter(await sold(database, await a_shop(database), 3))
    await sent(database, counter.sold.order_id)
    kinds = (CaseKind.RETURN, CaseKind.EXCHANGE, CaseKind.REFUND, CaseKind.RETURN)
    fen = {kind: 0 if kind is CaseKind.EXCHANGE else 31600 for kind in kinds}
    outcomes = await asyncio.gather(
        *(counter.open(wish(units(1, 2), kind=kind), fen[kind]) for kind in kinds),
        return_exceptions=True,
    )
    refused = [
        each for each in outcomes if isinstance(each, UnitsInOtherCases | UnitsNotRefundable)
    ]
    assert len(refused) == 3, outcomes
    assert await broken(database) == {}


async def test_of_the_staff_who_agree_and_the_member_who_takes_back_one_is_heard(
    database: Database,
):
    counter = Counter(await sold(database, await a_shop(database), 4), WAITING)
    for _ in range(4):
        case_id = await counter.open(wish(units(1, 1)))
        outcomes = await asyncio.gather(
            counter.approve(case_id), counter.cancel(case_id), return_exceptions=True
        )
        assert sorted(type(each) is CaseDone for each in outcomes) == [False, True], outcomes
        assert [type(each) for each in outcomes if type(each) is not CaseDone] == [CaseMoved]
        expected = CaseStatus.REFUNDING if type(outcomes[0]) is CaseDone else CaseStatus.CANCELLED
        assert await counter.status(case_id) is expected
    assert await broken(database) == {}


async def test_goods_are_sent_back_or_too_late(database: Database):
    counter = Counter(await sold(database, await a_shop(database), 4))
    await sent(database, counter.sold.order_id)

    async def watch() -> Missed:
        async with database.writes.begin() as session:
            return await miss(session, case_id, counter.member)

    for _ in range(4):
        case_id = await counter.open(wish(units(1, 1), kind=CaseKind.EXCHANGE))
        await counter.approve(case_id)
        counter.later(days=7, seconds=1)
        sent_back, seen = await asyncio.gather(
            counter.send_back(case_id), watch(), return_exceptions=True
        )
        if type(sent_back) is CaseDone:
            assert seen is Missed.NOTHING
            assert await counter.status(case_id) is CaseStatus.SENT_BACK
        else:
            assert isinstance(sent_back, CaseMoved), sent_back
            assert seen is Missed.EXPIRED
            assert await counter.status(case_id) is CaseStatus.EXPIRED
    assert await broken(database) == {}
