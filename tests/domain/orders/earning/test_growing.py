"""Paid orders count towards a tier by each whole yuan, and no more by what is back of them."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.db import Database
from domain.orders.refunding.rules import UnitsBack
from domain.points.earning.growing import growth_of, growth_to_take
from domain.points.earning.programme import Programme
from domain.points.rules import granting
from domain.points.rules.books import Source
from domain.points.words import SourceKind, Wallet
from tests.api.members.desk import member
from tests.domain.orders.earning.earners import a_shop
from tests.domain.orders.refunding.given import refunded
from tests.domain.points.earning.desk import published
from tests.make import NOON, an_id
from tests.make_points import on_book


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**9), max_size=6))
def test_what_counts_less_adds_up_to_what_counted(goods_fen: int, refunds: list[int]):
    kept, before = growth_of(goods_fen), 0
    for fen in [*refunds, goods_fen]:
        now = before + fen
        taken = growth_to_take(goods_fen, before=before, now=now)
        assert taken >= 0
        kept, before = kept - taken, now
        left = max(0, goods_fen - now)
        assert kept == (growth_of(goods_fen) * left // goods_fen if goods_fen else 0)
    assert kept == 0


async def test_orders_count_whole_yuan_whatever_the_rules_grant(database: Database):
    shop = await a_shop(database)
    await published(database, Programme(base_rate_bp=0))
    ids = [await shop.sold(units) for units in (1, 2, 3)]
    done = await asyncio.gather(*(shop.kept_up(*ids) for _ in range(3)))
    assert sorted(done) == [0, 0, 3]
    assert await shop.growth() == 300
    assert await shop.account() == (0, 0, 0)
    told = (await member(database, shop.member_id).read("PointsBalance"))["points"]
    assert (told["growth"], told["available"], told["lifetimeEarned"]) == (300, 0, 0)


async def test_refunds_lower_what_counts_at_once_and_each_once(database: Database):
    shop = await a_shop(database)
    order_id, other = await shop.sold(3), await shop.sold()
    await shop.kept_up(order_id, other)
    told: list[int] = []
    for _ in range(3):
        await refunded(database, order_id, UnitsBack(1, 1, 0))
        await shop.kept_up(order_id, other)
        told.append(await shop.growth())
    assert told == [200, 150, 100]


async def test_a_refund_before_the_order_has_earned_counts_first(database: Database):
    shop = await a_shop(database)
    order_id = await shop.sold(2)
    await refunded(database, order_id, UnitsBack(1, 1, 0))
    assert await shop.growth() == 50
    assert await shop.kept_up(order_id) == 0
    assert await shop.growth() == 50


async def test_what_counts_is_never_below_none(database: Database):
    shop = await a_shop(database)
    order_id = await shop.sold(2)
    await shop.kept_up(order_id)
    source = Source(SourceKind.ADJUSTMENT, an_id())
    await on_book(
        database,
        shop.member_id,
        lambda book: granting.shrink(book, 70, source=source, at=NOON),
        facts=[source],
        wallet=Wallet.GROWTH,
    )
    await refunded(database, order_id, UnitsBack(1, 2, 0))
    told = (await member(database, shop.member_id).read("PointsBalance"))["points"]
    assert (told["growth"], told["debt"]) == (0, 0)
