"""Points as money: held with the order, spent with its payment, back with its end or a refund."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from domain.kernel.db import Database
from domain.orders.closing import Closed, Closing
from domain.orders.errors import ChangeKind, OutOfStock, QuoteChanged
from domain.orders.models import Order, OrderLine
from domain.orders.placing.actions import place
from domain.orders.placing.values import Placed
from domain.orders.quoting import Quote, Wanted, quote
from domain.orders.refunding.rules import (
    AmountBack,
    Before,
    PaidLine,
    PaidOrder,
    UnitsBack,
    by_amount,
    by_units,
)
from domain.orders.words import CloseReason, DeliveryMethod
from domain.points.errors import PointsFrozen, PointsShort
from domain.points.models import PointsAccount, PointsHold
from domain.points.posting import lock, write
from domain.points.rules.books import Source
from domain.points.rules.granting import NewLot, grant
from domain.points.rules.terms import PointsTerms
from domain.points.words import SourceKind
from domain.stock.models import StockLevel
from tests import make
from tests.domain.aftersales.cases import broken
from tests.domain.members.people import rows
from tests.domain.orders.buying import (
    RANDOM,
    Shop,
    a_buyer,
    a_shop,
    buy,
    closed,
    in_cart,
    placed,
    placement,
)
from tests.make import NOON

PRICE = 15_800


@pytest.fixture
async def shop(database: Database) -> Shop:
    """Fifty units of two variants in a warehouse."""
    return await a_shop(database, prices_fen=(PRICE, 3_300))


async def granted(database: Database, member_id: UUID, points: int, *, days: int = 365) -> None:
    """Points that a member can spend."""
    new = NewLot(make.an_id(), points, Source(SourceKind.EVENT, make.an_id()), f"days:{days}")
    async with database.writes.begin() as session:
        books = await lock(session, [member_id])
        grant(books[member_id], new, at=NOON)
        await write(session, books.values())


async def a_payer(database: Database, points: int, **more: int) -> UUID:
    """A member who has points."""
    member_id = await a_buyer(database)
    await granted(database, member_id, points, **more)
    return member_id


async def quoted(database: Database, member_id: UUID, points: int) -> Quote:
    """What the cart costs where so many points shall pay."""
    wanted = Wanted(member_id, None, DeliveryMethod.DELIVERY, points=points)
    return await quote(database.reads, wanted, at=NOON)


async def bought(database: Database, member_id: UUID, shop: Shop, points: int) -> Any:
    """What comes of ordering one unit of each variant with so many points."""
    for variant_id in shop.variants:
        await in_cart(database, member_id, variant_id)
    seen = (await quoted(database, member_id, points)).seen
    assert seen is not None
    (outcome,) = await placed(database, [placement(member_id, seen)])
    return outcome


async def figures(database: Database, member_id: UUID) -> tuple[int, int]:
    """What a member has available and held."""
    async with database.writes() as session:
        account = await session.get(PointsAccount, (member_id, "spend"))
        assert account is not None
        return account.available, account.held


async def test_an_order_holds_its_points_and_says_what_each_line_bears(
    database: Database, shop: Shop
):
    member_id = await a_payer(database, 1_000)
    order = await bought(database, member_id, shop, 777)
    assert isinstance(order, Placed)
    assert order.payable_fen == PRICE + 3_300 - 777
    assert await figures(database, member_id) == (223, 777)
    async with database.writes() as session:
        lines = (await session.scalars(select(OrderLine).order_by(OrderLine.number))).all()
        assert [line.points_used for line in lines] == [643, 134]
        assert [line.list_fen - line.payable_fen for line in lines] == [643, 134]
        assert await session.scalar(select(Order.points_used)) == 777
    assert await broken(database) == {}


async def test_a_quote_says_what_points_could_pay_and_uses_no_more_than_that(
    database: Database, shop: Shop
):
    member_id = await a_payer(database, 100_000)
    for variant_id in shop.variants:
        await in_cart(database, member_id, variant_id)
    found = await quoted(database, member_id, 100_000)
    assert found.points_use is not None
    half = (PRICE + 3_300) // 2
    assert (found.points_use.available, found.points_use.most.fen) == (100_000, half)
    assert (found.points_use.use.points, found.points_use.use.fen) == (half, half)
    none = await quoted(database, member_id, 0)
    assert none.points_use is not None
    assert (none.points_use.use.points, none.points_use.most.fen) == (0, half)


@pytest.mark.parametrize(
    ("reason", "is_wish"),
    [(CloseReason.CANCELLED_BY_MEMBER, True), (CloseReason.NOT_PAID_IN_TIME, False)],
)
async def test_an_order_that_ends_gives_its_points_back_once(
    database: Database, shop: Shop, reason: CloseReason, *, is_wish: bool
):
    member_id = await a_payer(database, 1_000, days=1)
    order = await bought(database, member_id, shop, 600)
    closing = Closing(order.order_id, reason, "test")
    after_the_end = NOON + timedelta(days=3)
    for is_new in (True, False):
        outcome = await closed(database, [closing], after_the_end)
        assert outcome == [Closed(order.order_id, is_new)]
    # The lot has ended meanwhile: what its member gave up ends, and else it is good for a week.
    assert await figures(database, member_id) == (0 if is_wish else 600, 0)
    (hold,) = await rows(database, PointsHold)
    assert (hold.released, hold.captured) == (600, 0)
    assert await broken(database) == {}


async def test_points_that_are_gone_by_then_are_refused_and_nothing_is_held(
    database: Database, shop: Shop
):
    member_id = await a_payer(database, 500)
    await in_cart(database, member_id, shop.variants[0])
    seen = (await quoted(database, member_id, 400)).seen
    assert seen is not None
    async with database.writes.begin() as session:
        await session.execute(update(PointsAccount).values(frozen_at=NOON))
    (refused,) = await placed(database, [placement(member_id, seen)])
    assert isinstance(refused, PointsFrozen)
    async with database.writes.begin() as session:
        await session.execute(update(PointsAccount).values(frozen_at=None))
    first, second = (placement(member_id, seen) for _ in range(2))
    outcomes = await placed(database, [first, second])
    assert isinstance(outcomes[0], Placed)
    assert isinstance(outcomes[1], QuoteChanged)
    await in_cart(database, member_id, shop.variants[0])
    stale = (await quoted(database, member_id, 0)).seen
    assert stale is not None
    await granted(database, member_id, 300)
    rich = (await quoted(database, member_id, 400)).seen
    assert rich is not None
    async with database.writes.begin() as session:
        books = await lock(session, [member_id])
        lot = next(lot for lot in books[member_id].lots.values() if lot.granted == 300)
        lot.expires_at = NOON
        books[member_id].change(lot)
        await write(session, books.values())
    (short,) = await placed(database, [placement(member_id, rich)])
    assert isinstance(short, PointsShort)
    assert (short.available, short.needed) == (100, 400)
    (level,) = [each for each in await rows(database, StockLevel) if each.held]
    assert level.held == 1


async def test_points_whose_terms_have_changed_are_looked_at_again(database: Database, shop: Shop):
    member_id = await a_payer(database, 9_000)
    await in_cart(database, member_id, shop.variants[0])
    seen = (await quoted(database, member_id, 5_000)).seen
    assert seen is not None
    async with database.writes.begin() as session:
        (refused,) = await place(
            session,
            [placement(member_id, seen)],
            NOON,
            random=RANDOM,
            terms=PointsTerms(share_bp=1_000),
        )
    assert isinstance(refused, QuoteChanged)
    assert [change.kind for change in refused.changes] == [ChangeKind.POINTS]


async def test_without_stock_no_points_are_held(database: Database):
    shop = await a_shop(database, units=1)
    rich, other = await a_payer(database, 500), await a_buyer(database)
    await in_cart(database, rich, shop.variants[0])
    seen = (await quoted(database, rich, 500)).seen
    assert seen is not None
    await buy(database, other, shop.variants[0])
    (refused,) = await placed(database, [placement(rich, seen)])
    assert isinstance(refused, OutOfStock)
    assert await figures(database, rich) == (500, 0)


async def test_one_members_points_are_spent_once_by_many_orders_at_once(database: Database):
    shop = await a_shop(database, prices_fen=(PRICE,) * 8)
    member_id = await a_payer(database, 1_000)
    seen: list[Any] = []
    for variant_id in shop.variants:
        line_id = await in_cart(database, member_id, variant_id)
        wanted = Wanted(member_id, (line_id,), DeliveryMethod.DELIVERY, points=300)
        found = (await quote(database.reads, wanted, at=NOON)).seen
        assert found is not None
        seen.append(found)
    outcomes = await asyncio.gather(
        *(placed(database, [placement(member_id, each)]) for each in seen)
    )
    flat: Sequence[Any] = [outcome for (outcome,) in outcomes]
    assert sum(isinstance(each, Placed) for each in flat) == 3
    assert sum(isinstance(each, PointsShort) for each in flat) == 5
    assert await figures(database, member_id) == (100, 900)
    assert await broken(database) == {}


@given(
    st.integers(0, 5_000),
    st.integers(1, 12),
    st.integers(0, 20_000),
    st.lists(st.tuples(st.booleans(), st.integers(1, 6_000)), max_size=12),
)
def test_points_come_back_with_the_money_exactly_in_any_order_of_refunds(
    points: int, units: int, paid_fen: int, steps: list[tuple[bool, int]]
):
    line = PaidLine(1, units, paid_fen, 0, 0, Before(), points)
    for is_amount, size in steps:
        before = line.before
        if is_amount:
            fen = min(size, line.left_fen)
            if fen == 0:
                continue
            (back,) = by_amount(PaidOrder((line,)), [AmountBack(1, fen)]).lines
            amounts = (0, back.goods_fen)
        else:
            some = min(1 + size % units, units - before.units)
            if some == 0:
                continue
            (back,) = by_units(PaidOrder((line,)), [UnitsBack(1, some)]).lines
            amounts = (back.goods_fen, 0)
        by_kind = (0, back.points) if is_amount else (back.points, 0)
        after = Before(
            before.units + back.units,
            0,
            0,
            before.by_units_fen + amounts[0],
            before.by_amount_fen + amounts[1],
            0,
            before.by_units_points + by_kind[0],
            before.by_amount_points + by_kind[1],
        )
        line = PaidLine(1, units, paid_fen, 0, 0, after, points)
        assert 0 <= after.points <= points
    if line.before.units == units or 0 < paid_fen == line.before.goods_fen:
        assert line.before.points == points


def test_units_bring_their_points_also_where_hardly_any_money_was_paid():
    (back,) = by_units(
        PaidOrder((PaidLine(1, 2, 1, 0, 0, Before(), 9_999),)), [UnitsBack(1, 1)]
    ).lines
    assert (back.goods_fen, back.points) == (0, 4_999)
