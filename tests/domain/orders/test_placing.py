"""Placing: wholly or not at all, from what the member saw, by a constant number of statements."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Update, func, select, update

from domain.catalog.models import Product, Variant
from domain.freight.models import FreightVersion
from domain.freight.rules import FreightRule
from domain.freight.views import Arrangements
from domain.kernel.db import Database
from domain.kernel.language import Bilingual
from domain.kernel.money import Money
from domain.members.errors import MemberBlocked
from domain.members.models import Member
from domain.orders.cart.models import CartLine
from domain.orders.errors import ChangeKind, OutOfStock, OverMemberLimit, QuoteChanged
from domain.orders.models import (
    DiscountAllocation,
    Order,
    OrderDeadline,
    OrderHistory,
    OrderLine,
    OrderPayment,
)
from domain.orders.numbers import is_order_number
from domain.orders.placing.actions import place
from domain.orders.placing.deciding import PAYMENT_WINDOW
from domain.orders.placing.values import Placed, Placement
from domain.orders.words import DeliveryMethod, OrderStatus, PaymentPurpose, PaymentStatus
from domain.stock.models import StockEntry, StockLevel
from domain.stores.models import Place
from tests.domain.addresses import homes
from tests.domain.orders.buying import (
    RANDOM,
    a_buyer,
    a_shop,
    buy,
    in_cart,
    placed,
    placement,
    quoted,
    seen,
)
from tests.make import NOON


async def count(database: Database, model: type[Any]) -> int:
    """How many rows there are."""
    async with database.writes() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def change(database: Database, statement: Any) -> None:
    """Change rows behind everybody's back."""
    async with database.writes.begin() as session:
        await session.execute(statement)


async def freight_rule(database: Database, **rule: Any) -> None:
    """Arrange one rule for everywhere."""
    async with database.writes.begin() as session:
        number = (await session.scalar(select(func.count()).select_from(FreightVersion)) or 0) + 1
        session.add(
            FreightVersion(
                number=number,
                rules=(FreightRule(title=Bilingual("快递", "Courier"), **rule),),
                actor="test",
                actor_name="test",
                reason="test",
                arranged_at=NOON,
            )
        )


async def assert_nothing_placed(database: Database, variant_id: UUID) -> None:
    """No order, nothing held, and the cart as it was."""
    assert await count(database, Order) == 0
    assert await count(database, OrderLine) == 0
    async with database.writes() as session:
        held = select(StockLevel.held).where(StockLevel.variant_id == variant_id)
        assert await session.scalar(held) == 0
    assert await count(database, CartLine) > 0


async def test_an_order_is_written_whole_and_its_units_are_held(database: Database):
    await freight_rule(database, first_fen=1_000, step_fen=200, free_from_fen=20_000)
    shop = await a_shop(database, prices_fen=(15_800, 9_900))
    member = await a_buyer(database)
    await in_cart(database, member, shop.variants[0])
    await in_cart(database, member, shop.variants[1], 2)

    (outcome,) = await placed(database, [placement(member, await seen(database, member))])

    assert isinstance(outcome, Placed)
    assert is_order_number(outcome.number)
    assert outcome.pay_by == NOON + PAYMENT_WINDOW
    async with database.writes() as session:
        order = (await session.scalars(select(Order))).one()
        lines = (await session.scalars(select(OrderLine).order_by(OrderLine.units))).all()
        allocation = (await session.scalars(select(DiscountAllocation))).one()
        payment = (await session.scalars(select(OrderPayment))).one()
        deadline = (await session.scalars(select(OrderDeadline))).one()
        history = (await session.scalars(select(OrderHistory))).one()
        levels = (await session.scalars(select(StockLevel))).all()
    assert (order.id, order.number, order.status) == (
        outcome.order_id,
        outcome.number,
        OrderStatus.PENDING_PAYMENT,
    )
    assert (order.list_fen, order.freight_list_fen, order.freight_discount_fen) == (
        35_600,
        1_000,
        1_000,
    )
    assert order.payable_fen == outcome.payable_fen == 35_600
    assert order.address is not None
    assert order.address.region_names[0] == "上海市"
    assert sorted(line.number for line in lines) == [1, 2]
    assert [(line.units, line.payable_fen) for line in lines] == [(1, 15_800), (2, 19_800)]
    assert (allocation.line_number, allocation.fen, allocation.source) == (0, 1_000, "freight:1")
    assert (payment.purpose, payment.amount_fen, payment.status) == (
        PaymentPurpose.FULL,
        35_600,
        PaymentStatus.DUE,
    )
    assert deadline.due_at == payment.due_at == outcome.pay_by
    assert (history.number, history.from_status, history.actor) == (1, None, f"member:{member.hex}")
    assert sorted(level.held for level in levels) == [1, 2]
    assert await count(database, CartLine) == 0


async def test_a_batch_of_any_size_costs_the_same_few_statements(
    database: Database, count_statements: Counter[str]
):
    shop = await a_shop(database, prices_fen=(100, 200, 300))
    counted: list[int] = []
    for buyers in (1, 20):
        wishes: list[Placement] = []
        for _ in range(buyers):
            member = await a_buyer(database)
            for variant in shop.variants:
                await in_cart(database, member, variant)
            wishes.append(placement(member, await seen(database, member)))
        before = count_statements.total()
        outcomes = await placed(database, wishes)
        counted.append(count_statements.total() - before)
        assert all(isinstance(each, Placed) for each in outcomes)
    assert counted[0] == counted[1] <= 6


async def test_of_a_crowd_in_one_batch_the_first_get_the_units(database: Database):
    shop = await a_shop(database, units=3)
    wishes: list[Placement] = []
    for _ in range(5):
        member = await a_buyer(database)
        await in_cart(database, member, shop.variants[0])
        wishes.append(placement(member, await seen(database, member)))
    outcomes = await placed(database, wishes)
    assert [type(each) for each in outcomes] == [Placed] * 3 + [OutOfStock] * 2
    assert isinstance(outcomes[4], OutOfStock)
    assert outcomes[4].available == 0
    assert await count(database, Order) == 3


async def test_an_order_gets_all_of_its_units_or_none(database: Database):
    shop = await a_shop(database, prices_fen=(100, 200), units=2)
    first, second = await a_buyer(database), await a_buyer(database)
    for member in (first, second):
        for variant in shop.variants:
            await in_cart(database, member, variant, 2)
    wishes = [placement(member, await seen(database, member)) for member in (first, second)]
    await change(
        database,
        update(StockLevel)
        .where(StockLevel.variant_id == shop.variants[1])
        .values(on_hand=1, supplied=1, entries=StockLevel.entries),
    )
    outcomes = await placed(database, wishes)
    assert [type(each) for each in outcomes] == [OutOfStock, OutOfStock]
    assert await count(database, StockEntry) == 2
    await assert_nothing_placed(database, shop.variants[0])


async def test_lines_are_ordered_once_also_within_a_batch(database: Database):
    shop = await a_shop(database)
    member = await a_buyer(database)
    await in_cart(database, member, shop.variants[0])
    wish = placement(member, await seen(database, member))
    first, second = await placed(database, [wish, wish])
    (third,) = await placed(database, [wish])
    assert isinstance(first, Placed)
    for each in (second, third):
        assert isinstance(each, QuoteChanged)
        assert [change.kind for change in each.changes] == [ChangeKind.LINE_GONE]
    assert await count(database, Order) == 1


CHANGES: dict[ChangeKind, Update] = {
    ChangeKind.PRICE: update(Variant).values(price_fen=Money(15_900)),
    ChangeKind.UNAVAILABLE: update(Product).values(status="archived"),
    ChangeKind.UNITS: update(CartLine).values(units=2),
}


@pytest.mark.parametrize("kind", CHANGES)
async def test_what_has_changed_since_the_quote_is_named_and_nothing_is_placed(
    database: Database, kind: ChangeKind
):
    shop = await a_shop(database)
    member = await a_buyer(database)
    line = await in_cart(database, member, shop.variants[0])
    wish = placement(member, await seen(database, member))
    await change(database, CHANGES[kind])
    (outcome,) = await placed(database, [wish])
    assert isinstance(outcome, QuoteChanged)
    (named,) = outcome.changes
    assert (named.kind, named.line_id) == (kind, line)
    if kind is ChangeKind.PRICE:
        assert (named.before_fen, named.now_fen) == (15_800, 15_900)
    await assert_nothing_placed(database, shop.variants[0])


async def test_a_process_that_knows_what_freight_costs_hears_that_it_was_raised(
    database: Database,
):
    shop, known = await a_shop(database), Arrangements()
    for before, now in ((0, 800), (800, 900)):
        for is_raised in (False, True):
            member = await a_buyer(database)
            await in_cart(database, member, shop.variants[0])
            wish = placement(member, await seen(database, member))
            if is_raised:
                await freight_rule(database, first_fen=now)
            async with database.writes.begin() as session:
                (outcome,) = await place(session, [wish], NOON, random=RANDOM, arrangements=known)
            if is_raised:
                assert isinstance(outcome, QuoteChanged)
                named = [(each.before_fen, each.now_fen) for each in outcome.changes]
                assert named == [(before, now)]
            else:
                assert isinstance(outcome, Placed)


async def test_an_address_that_was_edited_and_freight_that_was_raised_are_named(
    database: Database,
):
    shop = await a_shop(database)
    member = await a_buyer(database)
    await in_cart(database, member, shop.variants[0])
    wish = placement(member, await seen(database, member))
    await freight_rule(database, first_fen=800)
    (outcome,) = await placed(database, [wish])
    assert isinstance(outcome, QuoteChanged)
    (named,) = outcome.changes
    assert (named.kind, named.before_fen, named.now_fen) == (ChangeKind.FREIGHT, 0, 800)

    assert wish.seen.address_id is not None
    await homes.edit(database, member, wish.seen.address_id, detail="淮海中路 1 号")
    (outcome,) = await placed(database, [wish])
    assert isinstance(outcome, QuoteChanged)
    assert [each.kind for each in outcome.changes] == [ChangeKind.ADDRESS]
    await assert_nothing_placed(database, shop.variants[0])


async def test_a_quote_of_yesterday_and_somebody_elses_lines_are_no_quotes(database: Database):
    shop = await a_shop(database)
    member, other = await a_buyer(database), await a_buyer(database)
    await in_cart(database, member, shop.variants[0])
    saw = await seen(database, member)
    (late,) = await placed(database, [placement(member, saw)], NOON + timedelta(hours=25))
    assert isinstance(late, QuoteChanged)
    assert ChangeKind.EXPIRED in {each.kind for each in late.changes}
    (stolen,) = await placed(database, [placement(other, saw)])
    assert isinstance(stolen, QuoteChanged)
    assert {each.kind for each in stolen.changes} == {ChangeKind.LINE_GONE, ChangeKind.ADDRESS}
    await assert_nothing_placed(database, shop.variants[0])


async def test_a_blocked_member_places_nothing_and_the_others_of_the_batch_do(database: Database):
    shop = await a_shop(database)
    blocked, other = await a_buyer(database), await a_buyer(database)
    for each in (blocked, other):
        await in_cart(database, each, shop.variants[0])
    asked = [placement(each, await seen(database, each)) for each in (blocked, other)]
    why = update(Member).values(blocked_at=NOON, block_reason="欺诈")
    await change(database, why.where(Member.id == blocked))
    refused, order = await placed(database, asked)
    assert isinstance(refused, MemberBlocked)
    assert refused.reason == "欺诈"
    assert isinstance(order, Placed)


async def test_a_limit_holds_over_all_orders_of_a_member_and_within_a_batch(database: Database):
    shop = await a_shop(database, prices_fen=(100, 200))
    await change(database, update(Product).values(member_limit=3))
    member = await a_buyer(database)
    await buy(database, member, shop.variants[0], 2)
    one = await in_cart(database, member, shop.variants[0])
    another = await in_cart(database, member, shop.variants[1])
    wishes: list[Placement] = []
    for line in (one, another):
        found = (await quoted(database, member, line_ids=(line,))).seen
        assert found is not None
        wishes.append(placement(member, found))
    outcomes = await placed(database, wishes)
    assert isinstance(outcomes[0], Placed)
    assert isinstance(outcomes[1], OverMemberLimit)
    assert (outcomes[1].limit, outcomes[1].left) == (3, 0)


async def test_a_pick_up_takes_the_units_of_its_store_and_costs_no_freight(database: Database):
    await freight_rule(database, first_fen=1_000)
    shop = await a_shop(database)
    pick_up = {
        "kind": "store",
        "offers_pick_up": True,
        "address_zh": "衡山路",
        "address_en": "Hengshan",
    }
    hours = {"opening_hours_zh": "10:00-22:00", "opening_hours_en": "10:00-22:00"}
    await change(database, update(Place).values(**pick_up, **hours))
    member = await a_buyer(database)
    await in_cart(database, member, shop.variants[0])
    found = await quoted(database, member, delivery=DeliveryMethod.PICK_UP, store_id=shop.place_id)
    assert found.seen is not None
    wish = placement(member, found.seen)
    await change(database, update(Place).values(offers_pick_up=False))
    (outcome,) = await placed(database, [wish])
    assert isinstance(outcome, QuoteChanged)
    assert [each.kind for each in outcome.changes] == [ChangeKind.PICK_UP]
    await change(database, update(Place).values(offers_pick_up=True))
    (outcome,) = await placed(database, [wish])
    assert isinstance(outcome, Placed)
    async with database.writes() as session:
        order = (await session.scalars(select(Order))).one()
    assert (order.delivery, order.place_id, order.address) == (
        DeliveryMethod.PICK_UP,
        shop.place_id,
        None,
    )
    assert order.payable_fen == 15_800


async def test_crossing_carts_in_many_transactions_never_wait_in_a_circle(database: Database):
    """Each buyer has all variants, added in another order; four transactions run at a time."""
    shop = await a_shop(database, prices_fen=(100, 200, 300, 400), units=20)
    wishes: list[Placement] = []
    for number in range(24):
        member = await a_buyer(database)
        turned = shop.variants[number % 4 :] + shop.variants[: number % 4]
        for variant in turned:
            await in_cart(database, member, variant)
        wishes.append(placement(member, await seen(database, member)))
    turns = asyncio.Semaphore(4)

    async def order(number: int) -> Any:
        async with turns:
            return (await placed(database, [wishes[number]]))[0]

    outcomes: list[Any] = await asyncio.gather(*map(order, range(24)))
    names = Counter(type(each).__name__ for each in outcomes)
    assert names == {"Placed": 20, "OutOfStock": 4}
    async with database.writes() as session:
        for level in await session.scalars(select(StockLevel)):
            assert (level.on_hand, level.held) == (20, 20)
