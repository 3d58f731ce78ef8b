"""Random walks of many cases of one order: never too much, and in the end everything is exact."""

from random import Random
from uuid import UUID

import pytest

from domain.aftersales.returns import Finding
from domain.aftersales.rules import ENDED, LineWish
from domain.aftersales.words import CaseKind, CaseReason, CaseStatus
from domain.kernel.db import Database
from domain.kernel.errors import Refused
from domain.orders.words import OrderStatus
from tests.domain.aftersales.cases import WAITING, Counter, broken, units, wish
from tests.domain.orders.buying import a_shop
from tests.domain.payments.returns import sent, sold

STEPS = 40


async def step(counter: Counter, open_cases: list[UUID], random: Random) -> None:
    """Ask for something, or do something with a case that is open; a no is an answer too."""
    if not open_cases or random.random() < 0.4:
        kind, line = random.choice(list(CaseKind)), random.randint(1, 2)
        wanted = units(line, random.randint(1, 2))
        if kind is CaseKind.REFUND and random.random() < 0.4:
            wanted = LineWish(line, fen=random.randint(1, 9000))
        reason = random.choice([CaseReason.NOT_WANTED, CaseReason.DEFECTIVE])
        open_cases.append(await counter.open(wish(wanted, kind=kind, reason=reason)))
        return
    case_id = random.choice(open_cases)
    case = await counter.case(case_id)
    acts = (
        counter.approve,
        counter.approve,
        counter.refuse,
        counter.cancel,
        counter.send_back,
        counter.receive,
        counter.replace,
        counter.repay,
    )
    if case.status is CaseStatus.RECEIVED:
        await counter.inspect(case_id, Finding(random.randint(1, 2), random.randint(0, 2)))
    elif case.status is CaseStatus.REFUNDING:
        await counter.paid_back(case_id)
    else:
        await random.choice(acts)(case_id)
    if (await counter.status(case_id)) in ENDED:
        open_cases.remove(case_id)


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_is_asked_and_answered_the_books_are_right(database: Database, seed: int):
    random = Random(seed)
    shop = await a_shop(database, prices_fen=(15800, 3333))
    counter, open_cases = Counter(await sold(database, shop, 3, 4), WAITING), list[UUID]()
    await sent(database, counter.sold.order_id, [(1, 2), (2, 3)])
    refused = 0
    for _ in range(STEPS):
        try:
            await step(counter, open_cases, random)
        except Refused:
            refused += 1
    assert 0 < refused < STEPS
    assert await broken(database) == {}
    for case_id in open_cases:
        if (await counter.status(case_id)) is CaseStatus.REFUNDING:
            await counter.paid_back(case_id)
    order = await counter.sold.order()
    assert order.refunded_fen == order.refunding_fen <= order.payable_fen
    assert (order.refunded_fen == order.payable_fen) == (order.status is OrderStatus.CLOSED)
    assert await broken(database) == {}
