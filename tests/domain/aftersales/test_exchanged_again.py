"""Units that came in exchange, and are broken themselves: never more than was paid for them."""

import asyncio
from random import Random
from uuid import UUID

import asyncpg
import pytest

from domain.aftersales.errors import CaseNotPossible, UnitsInOtherCases
from domain.aftersales.returns import Finding
from domain.aftersales.rules import ENDED, USUAL_TERMS
from domain.aftersales.words import CaseKind, CaseObstacle, CaseReason, CaseStatus
from domain.kernel.db import Database
from domain.kernel.errors import InvalidInput, Refused
from domain.orders.words import OrderStatus
from domain.stock.models import StockLevel
from tests.domain.aftersales.cases import WAITING, Counter, broken, units, wish
from tests.domain.aftersales.test_returns import has_all
from tests.domain.members.people import rows
from tests.domain.orders.buying import a_shop
from tests.domain.payments.returns import sent, sold
from tests.make import an_id

REFUND, RETURN, EXCHANGE = CaseKind.REFUND, CaseKind.RETURN, CaseKind.EXCHANGE
BROKEN = CaseReason.DEFECTIVE


async def has_come(counter: Counter, case_id: UUID, *findings: Finding) -> None:
    """Let the goods of a case come back and be accepted."""
    await counter.approve(case_id)
    await counter.send_back(case_id)
    await counter.receive(case_id)
    await counter.inspect(case_id, *findings)


async def exchanged(
    counter: Counter, some: int = 1, to: UUID | None = None, by: UUID | None = None
) -> UUID:
    """Units that came in exchange, by the case by which they came."""
    wanted = wish(units(1, some, to, by=by), kind=EXCHANGE, reason=BROKEN)
    case_id = await counter.open(wanted)
    await has_come(counter, case_id, Finding(1, some))
    await counter.replace(case_id)
    return case_id


async def figures(database: Database, variant_id: UUID) -> tuple[int, int, int]:
    """What is on hand, held and sold of a variant."""
    found = {each.variant_id: each for each in await rows(database, StockLevel)}[variant_id]
    return found.on_hand, found.held, found.sold


async def test_what_came_in_exchange_is_returned_for_what_was_paid(database: Database):
    counter, shop = await has_all(database, 2, (15800, 15800))
    bought, other = shop.variants
    by = await exchanged(counter, to=other)
    assert await figures(database, other) == (9, 0, 1)
    case_id = await counter.open(wish(units(1, 1, by=by), kind=RETURN, reason=BROKEN))
    with pytest.raises(UnitsInOtherCases):
        await counter.seen(wish(units(1, 1, by=by), kind=RETURN))
    await has_come(counter, case_id, Finding(1, 1))
    # What goes back on the shelf is what came, not what was bought.
    assert await figures(database, other) == (10, 0, 0)
    assert await figures(database, bought) == (9, 0, 1)
    await counter.paid_back(case_id)
    assert (await counter.sold.order()).refunded_fen == 15800
    # The unit that was never exchanged is as it was.
    last = await counter.open(wish(units(1, 1), kind=RETURN))
    await has_come(counter, last, Finding(1, 1))
    await counter.paid_back(last)
    order = await counter.sold.order()
    assert (order.refunded_fen, order.status) == (31600, OrderStatus.CLOSED)
    assert await broken(database) == {}


async def test_what_came_in_exchange_is_exchanged_again_and_refunded_in_the_end(
    database: Database,
):
    counter, shop = await has_all(database, 1, (15800, 15800))
    bought, other = shop.variants
    first = await exchanged(counter, to=other)
    # Without another wish the same comes as came before.
    second = await exchanged(counter, by=first)
    assert await figures(database, other) == (9, 0, 1)
    third = await exchanged(counter, to=bought, by=second)
    assert (await figures(database, bought), await figures(database, other)) == (
        (9, 0, 1),
        (10, 0, 0),
    )
    for gone in (first, second):
        with pytest.raises(UnitsInOtherCases):
            await counter.seen(wish(units(1, 1, by=gone), kind=RETURN))
    with pytest.raises(UnitsInOtherCases):
        await counter.seen(wish(units(1, 1), kind=RETURN))
    case_id = await counter.open(wish(units(1, 1, by=third), kind=REFUND, reason=BROKEN))
    await counter.approve(case_id)
    await counter.paid_back(case_id)
    order = await counter.sold.order()
    assert (order.refunded_fen, order.status) == (15800, OrderStatus.CLOSED)
    assert await broken(database) == {}


async def test_an_exchange_that_is_not_theirs_or_not_over_has_no_units(database: Database):
    counter, _ = await has_all(database, 1)
    waiting = await counter.open(wish(units(1, 1), kind=EXCHANGE))
    for by in (waiting, an_id()):
        with pytest.raises(UnitsInOtherCases) as refused:
            await counter.seen(wish(units(1, 1, by=by), kind=RETURN))
        assert refused.value.left == 0
    amount = units(1, 1, by=waiting)
    with pytest.raises(InvalidInput):
        await counter.seen(wish(type(amount)(1, fen=1, exchange=waiting.hex)))


async def test_of_two_who_ask_for_what_came_in_exchange_one_gets_it(database: Database):
    counter, _ = await has_all(database, 2)
    by = await exchanged(counter)
    outcomes = await asyncio.gather(
        *(counter.open(wish(units(1, 1, by=by), kind=RETURN), 15800) for _ in range(3)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, UnitsInOtherCases) for each in outcomes) == 2, outcomes
    assert await broken(database) == {}


async def test_the_time_for_what_came_in_exchange_begins_with_it(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    counter, _ = await has_all(database, 2)
    # Long after the order was received, by which the other unit is too late.
    now = counter.sold.clock.now
    await owner.execute("UPDATE orders SET status = 'received', received_at = $1", now)
    counter.later(days=14)
    by = await exchanged(counter)
    counter.later(days=14)
    with pytest.raises(CaseNotPossible) as refused:
        await counter.seen(wish(units(1, 1), kind=RETURN))
    assert refused.value.obstacle is CaseObstacle.TOO_LATE
    assert await counter.seen(wish(units(1, 1, by=by), kind=RETURN)) == 15800
    counter.later(days=USUAL_TERMS.receipt_after.days + 2)
    with pytest.raises(CaseNotPossible):
        await counter.seen(wish(units(1, 1, by=by), kind=RETURN))


async def step(counter: Counter, cases: list[UUID], random: Random) -> None:
    """Ask for bought or exchanged units, or take a case to its end; a no is an answer too."""
    by = random.choice([None, *cases])
    kind = random.choice(list(CaseKind))
    wanted = wish(units(1, random.randint(1, 2), by=by), kind=kind, reason=BROKEN)
    case_id = await counter.open(wanted)
    cases.append(case_id)
    some = wanted.lines[0].units or 0
    if random.random() < 0.2:
        await counter.refuse(case_id)
        return
    if kind is REFUND:
        await counter.approve(case_id)
        await counter.paid_back(case_id)
        return
    restocked = random.randint(0, some)
    await has_come(counter, case_id, Finding(1, restocked, some - restocked))
    if kind is RETURN:
        await counter.paid_back(case_id)
    elif random.random() < 0.2:
        await counter.repay(case_id)
        await counter.paid_back(case_id)
    else:
        await counter.replace(case_id)


@pytest.mark.parametrize("seed", [3, 4])
async def test_whatever_is_exchanged_again_no_more_comes_back_than_was_paid(
    database: Database, seed: int
):
    random = Random(seed)
    shop = await a_shop(database, prices_fen=(3333,))
    counter, cases, refused = Counter(await sold(database, shop, 4), WAITING), list[UUID](), 0
    await sent(database, counter.sold.order_id)
    for _ in range(16):
        try:
            await step(counter, cases, random)
        except Refused:
            refused += 1
    assert refused
    ended = {await counter.status(case_id) for case_id in cases}
    assert CaseStatus.EXCHANGED in ended
    assert ended - ENDED <= {CaseStatus.RECEIVED}
    order = await counter.sold.order()
    assert order.refunded_fen == order.refunding_fen <= order.payable_fen
    assert (order.refunded_fen == order.payable_fen) == (order.status is OrderStatus.CLOSED)
    assert await broken(database) == {}
