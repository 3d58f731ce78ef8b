"""Goods that come back, and what comes in exchange for them."""

from datetime import timedelta

import pytest

from domain.aftersales.deadlines import Missed, due_cases, miss
from domain.aftersales.errors import (
    CaseMoved,
    CaseNotPossible,
    CaseUnavailable,
    UnitsInOtherCases,
)
from domain.aftersales.returns import Finding
from domain.aftersales.rules import USUAL_TERMS
from domain.aftersales.words import CaseKind, CaseObstacle, CaseReason, CaseStatus
from domain.kernel.actors import Role, Staff
from domain.kernel.db import Database
from domain.kernel.errors import InvalidInput
from domain.orders.refunding.errors import UnitsNotRefundable
from tests.api.orders.parcels import units as levels
from tests.domain.aftersales.cases import Counter, broken, units, wish
from tests.domain.orders.buying import Shop, a_shop
from tests.domain.payments.returns import sent, sold
from tests.make import an_id

RETURN, EXCHANGE = CaseKind.RETURN, CaseKind.EXCHANGE


async def missed(counter: Counter) -> list[Missed]:
    """What a sweep does about deadlines."""
    async with counter.database.writes.begin() as session:
        due = await due_cases(session, counter.member, most=10)
        return [await miss(session, case_id, counter.member) for case_id in due]


async def has_all(
    database: Database, units_bought: int, prices: tuple[int, ...] = (15800,)
) -> tuple[Counter, Shop]:
    """Somebody who has all of an order."""
    shop = await a_shop(database, units=10, prices_fen=prices)
    order = await sold(database, Shop(shop.place_id, shop.variants[:1]), units_bought)
    await sent(database, order.order_id)
    return Counter(order), shop


async def test_goods_come_back_are_looked_at_and_paid_for(database: Database):
    counter, _ = await has_all(database, 3)
    case_id = await counter.open(wish(units(1, 2), kind=RETURN))
    await counter.approve(case_id)
    assert (await counter.case(case_id)).return_to == "仓库"
    await counter.send_back(case_id)
    await counter.receive(case_id)
    with pytest.raises(InvalidInput):
        await counter.inspect(case_id, Finding(1, 1))
    assert await levels(database) == (7, 0, 3)
    await counter.inspect(case_id, Finding(1, 1, 1))
    assert await levels(database) == (8, 0, 2)
    assert await counter.status(case_id) is CaseStatus.REFUNDING
    await counter.paid_back(case_id)
    assert (await counter.sold.order()).refunded_fen == 31600
    assert await broken(database) == {}


async def test_goods_that_are_not_as_they_should_be_are_not_paid_for(database: Database):
    counter, _ = await has_all(database, 1)
    case_id = await counter.open(wish(units(1, 1), kind=RETURN))
    await counter.approve(case_id)
    await counter.send_back(case_id)
    await counter.receive(case_id)
    await counter.refuse(case_id)
    with pytest.raises(CaseMoved):
        await counter.inspect(case_id, Finding(1, 1))
    # Its units can be asked for again.
    await counter.open(wish(units(1, 1), kind=RETURN))
    assert await broken(database) == {}


async def test_what_was_not_sent_cannot_come_back(database: Database):
    counter = Counter(await sold(database, await a_shop(database), 1))
    with pytest.raises((UnitsInOtherCases, UnitsNotRefundable)):
        await counter.seen(wish(units(1, 1), kind=RETURN))


async def test_other_goods_come_in_exchange(database: Database):
    counter, shop = await has_all(database, 2, (15800, 15800, 9900))
    other, dearer = shop.variants[1], shop.variants[2]
    with pytest.raises(CaseNotPossible) as refused:
        await counter.open(wish(units(1, 1, dearer), kind=EXCHANGE))
    assert refused.value.obstacle is CaseObstacle.NOT_THIS_GOODS
    reason = CaseReason.WRONG_GOODS
    case_id = await counter.open(wish(units(1, 1, other), kind=EXCHANGE, reason=reason))
    assert await levels(database) == (28, 0, 2)
    await counter.approve(case_id)
    assert await levels(database) == (28, 1, 2)
    with pytest.raises(UnitsInOtherCases):
        await counter.seen(wish(units(1, 2), kind=RETURN))
    # What is in an exchange moves no money, also not that of the others.
    assert await counter.seen(wish(units(1, 1), kind=RETURN)) == 15800
    await counter.send_back(case_id)
    await counter.receive(case_id)
    await counter.inspect(case_id, Finding(1, 1))
    await counter.replace(case_id)
    assert await levels(database) == (28, 0, 2)
    assert await counter.status(case_id) is CaseStatus.EXCHANGED
    assert await broken(database) == {}


async def test_an_exchange_that_comes_to_nothing_lets_go_of_its_units(database: Database):
    counter, _ = await has_all(database, 2)
    first = await counter.open(wish(units(1, 1), kind=EXCHANGE))
    second = await counter.open(wish(units(1, 1), kind=EXCHANGE))
    for case_id in (first, second):
        await counter.approve(case_id)
    assert await levels(database) == (8, 2, 2)
    await counter.cancel(first)
    await counter.cancel(first)
    assert await levels(database) == (8, 1, 2)
    counter.later(days=7, seconds=1)
    assert await missed(counter) == [Missed.EXPIRED]
    assert await counter.status(second) is CaseStatus.EXPIRED
    assert await levels(database) == (8, 0, 2)
    assert await broken(database) == {}


async def test_nothing_is_promised_that_is_not_there(database: Database):
    counter, _ = await has_all(database, 10)
    case_id = await counter.open(wish(units(1, 1), kind=EXCHANGE))
    with pytest.raises(CaseNotPossible) as refused:
        await counter.approve(case_id)
    assert refused.value.obstacle is CaseObstacle.OUT_OF_STOCK
    assert await counter.status(case_id) is CaseStatus.REQUESTED


async def test_the_shop_is_reminded_and_never_taken_to_agree(database: Database):
    counter, _ = await has_all(database, 1)
    case_id = await counter.open(wish(units(1, 1), kind=RETURN))
    assert await missed(counter) == []
    for _ in range(2):
        counter.later(hours=48, seconds=1)
        assert await missed(counter) == [Missed.ESCALATED]
        assert await missed(counter) == []
    case = await counter.case(case_id)
    assert case.status is CaseStatus.REQUESTED
    assert case.due_at == counter.sold.clock.now + USUAL_TERMS.answer_within
    assert case.escalated_at == case.requested_at + timedelta(hours=48, seconds=1)
    await counter.approve(case_id)
    counter.later(days=7, seconds=1)
    assert await missed(counter) == [Missed.EXPIRED]
    with pytest.raises(CaseMoved):
        await counter.send_back(case_id)
    assert await broken(database) == {}


async def test_who_works_in_a_store_answers_for_its_orders_alone(database: Database):
    counter, shop = await has_all(database, 1)
    case_id = await counter.open(wish(units(1, 1), kind=RETURN))
    store = frozenset({an_id()})
    counter.clerk = Staff(an_id(), "小林", Role.STORE_MANAGER, store_ids=store)
    with pytest.raises(CaseUnavailable):
        await counter.approve(case_id)
    with pytest.raises(CaseUnavailable):
        await counter.refuse(case_id)
    here = frozenset({shop.place_id})
    counter.clerk = Staff(an_id(), "小林", Role.STORE_MANAGER, store_ids=here)
    await counter.approve(case_id)
