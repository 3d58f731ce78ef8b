"""What happens to one case, or to the same units, at one moment."""

import asyncio
from pathlib import Path
from uuid import UUID

from domain.aftersales.deadlines import Missed, miss
from domain.aftersales.errors import CaseMoved, UnitsInOtherCases
from domain.aftersales.members import CaseDone
from domain.aftersales.moving import lock_order
from domain.aftersales.refunds import source_of
from domain.aftersales.returns import Finding
from domain.aftersales.words import CaseKind, CaseStatus
from domain.kernel.db import Database
from domain.orders.refunding.errors import UnitsNotRefundable
from domain.orders.refunding.standing import lock_refundable
from domain.points import posting
from domain.stock.holding import lock_levels
from tests import make
from tests.domain.aftersales.cases import RANDOM, WAITING, Counter, broken, units, wish
from tests.domain.orders.buying import a_shop
from tests.domain.payments.returns import sent, sold
from tests.patience import until_somebody_waits_for_a_lock
from workers.case_keepers import settle_cases
from workers.tools import Tools


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


async def has_come(counter: Counter, line: int, some: int) -> UUID:
    """A return of so many units of a line that have come back."""
    case_id = await counter.open(wish(units(line, some), kind=CaseKind.RETURN))
    await counter.approve(case_id)
    await counter.send_back(case_id)
    await counter.receive(case_id)
    return case_id


async def test_of_two_who_look_at_the_same_goods_one_is_heard(database: Database):
    counter = Counter(await sold(database, await a_shop(database), 2))
    await sent(database, counter.sold.order_id)
    case_id = await has_come(counter, 1, 2)
    outcomes = await asyncio.gather(
        counter.inspect(case_id, Finding(1, 1, 1)),
        counter.inspect(case_id, Finding(1, 2)),
        return_exceptions=True,
    )
    assert {type(each) for each in outcomes} == {CaseDone, CaseMoved}, outcomes
    assert await broken(database) == {}


async def test_goods_that_come_back_are_locked_in_the_order_in_which_others_are_sold(
    database: Database,
):
    shop = await a_shop(database, prices_fen=(15800, 3333))
    counter = Counter(await sold(database, shop, 1, 1))
    async with database.writes.begin() as session:
        variants = (await lock_refundable(session, counter.sold.order_id)).variants
    # What comes back is the later level, what was not sent the earlier one.
    line = max(variants, key=variants.__getitem__)
    await sent(database, counter.sold.order_id, [(line, 1)])
    case_id = await has_come(counter, line, 1)
    unsent, back = ((variant_id, shop.place_id) for variant_id in sorted(shop.variants))
    async with database.writes.begin() as session:
        await lock_levels(session, [unsent])
        inspecting = asyncio.create_task(counter.inspect(case_id, Finding(line, 1)))
        await until_somebody_waits_for_a_lock(database)
        await lock_levels(session, [back])
    assert await inspecting == CaseDone(case_id)
    assert await broken(database) == {}


async def test_money_of_several_cases_is_noted_in_the_order_of_their_orders(database: Database):
    shop = await a_shop(database)
    first, second = sorted(
        [Counter(await sold(database, shop, 1)) for _ in range(2)],
        key=lambda each: each.sold.order_id,
    )
    # The later order has the earlier case.
    earlier = await second.open(wish(units(1, 1)))
    first.later(seconds=1)
    cases = [earlier, await first.open(wish(units(1, 1)))]
    assert cases == sorted(cases)
    store = make.media_folder(Path("/nowhere"))
    tools = Tools(database, lambda: first.sold.clock.now, store, RANDOM)

    async def settled() -> None:
        async with database.writes.begin() as session:
            await settle_cases(session, [source_of(each) for each in cases], tools)

    async with database.writes.begin() as session:
        await lock_order(session, first.sold.order_id)
        settling = asyncio.create_task(settled())
        await until_somebody_waits_for_a_lock(database)
        await lock_order(session, second.sold.order_id)
    await settling
    for each, case_id in zip((second, first), cases, strict=True):
        assert await each.status(case_id) is CaseStatus.SUCCEEDED


async def test_cases_of_the_same_members_are_ended_in_any_order_at_once(database: Database):
    shop = await a_shop(database)
    first, second = [Counter(await sold(database, shop, 6)) for _ in range(2)]
    third, fourth = [
        Counter(await sold(database, shop, 6, member_id=each.sold.member_id))
        for each in (second, first)
    ]
    store = make.media_folder(Path("/nowhere"))
    tools = Tools(database, lambda: first.sold.clock.now, store, RANDOM)

    async def settled(*cases: UUID) -> None:
        async with database.writes.begin() as session:
            await settle_cases(session, [source_of(each) for each in cases], tools)

    for _ in range(6):
        opened: list[UUID] = []
        # Of one pair the first member has the earlier case, of the other one the second.
        for each in (first, second, third, fourth):
            opened.append(await each.open(wish(units(1, 1))))
            for other in (first, second, third, fourth):
                other.later(seconds=1)
        assert opened == sorted(opened)
        await asyncio.gather(settled(*opened[:2]), settled(*opened[2:]))
        for each, case_id in zip((first, second, third, fourth), opened, strict=True):
            assert await each.status(case_id) is CaseStatus.SUCCEEDED


async def test_accounts_are_locked_ascending_whatever_the_order_of_the_cases(database: Database):
    shop = await a_shop(database)
    low, high = sorted(
        [Counter(await sold(database, shop, 1)) for _ in range(2)],
        key=lambda each: each.sold.member_id,
    )
    # The member who comes later has the earlier case.
    cases = [await high.open(wish(units(1, 1)))]
    low.later(seconds=1)
    cases.append(await low.open(wish(units(1, 1))))
    assert cases == sorted(cases)
    store = make.media_folder(Path("/nowhere"))
    tools = Tools(database, lambda: low.sold.clock.now, store, RANDOM)

    async def settled() -> None:
        async with database.writes.begin() as session:
            await settle_cases(session, [source_of(each) for each in cases], tools)

    async with database.writes.begin() as session:
        await posting.lock(session, [low.sold.member_id])
        settling = asyncio.create_task(settled())
        await until_somebody_waits_for_a_lock(database)
        await posting.lock(session, [high.sold.member_id])
    await settling
    for each, case_id in zip((high, low), cases, strict=True):
        assert await each.status(case_id) is CaseStatus.SUCCEEDED


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
