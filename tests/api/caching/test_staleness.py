"""How old a public answer may be: what a process hears is gone at once, all else within a second.

Two malls on one PostgreSQL; their seconds pass only where a test says so, so that an answer that
has changed without that was told to have changed.
"""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from api.caching import epochs
from api.caching.answers import LONGEST_SECONDS
from domain.kernel import listening
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.kernel.settings import Settings
from domain.members.words import ConsentPurpose
from domain.stock.actions import Movement, move
from domain.stock.rules import Reason
from tests import make
from tests.api.caching.malls import Seconds, keeping, until_kept, until_other
from tests.api.catalog.desk import Desk, text, titles
from tests.api.client import Api, running_api, statements_run
from tests.api.freight.test_freight import RULES
from tests.api.freight.test_pick_up import POINT
from tests.api.members.desk import publish
from tests.api.points.test_mall import an_offer, terms
from tests.api.staff.desk import a_store
from tests.domain.orders.buying import a_shop

A_MOMENT = 0.001


@pytest.fixture
async def other_mall(
    settings: Settings, database: Database, seconds: Seconds
) -> AsyncGenerator[Api]:
    """Another process of the same mall, whose Valkey is away."""
    nowhere = SecretStr("redis://127.0.0.1:1/0")
    away = keeping(settings).model_copy(update={"redis_url": nowhere})
    async with running_api(away) as api:
        yield api


@pytest.fixture
async def deaf_mall(
    settings: Settings, database: Database, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Api]:
    """Another process of the same mall, which hears nothing of what is told."""
    monkeypatch.setattr(epochs, "CHANNEL", "nobody_tells_anything_here")
    async with running_api(keeping(settings)) as api:
        yield api


async def test_a_change_of_the_catalogue_through_one_process_is_seen_by_another_at_once(
    mall: Api, other_mall: Api
):
    desk = Desk(mall)
    shelves = await until_kept(other_mall, "CategoryTrees")
    shelf = await desk.a_category()
    await until_other(other_mall, shelves, "CategoryTrees")

    listed = await until_kept(other_mall, "ProductList")
    product = await desk.a_published_product(categoryId=shelf)
    await until_other(other_mall, listed, "ProductList")

    seen = await until_kept(other_mall, "ProductDetail", id=product["id"])
    assert await until_kept(mall, "ProductDetail", id=product["id"]) == seen
    product = await desk.step("EditProduct", product, title=text("新名字", "New name"))
    edited = await until_other(other_mall, seen, "ProductDetail", id=product["id"])
    assert edited["data"]["product"]["title"] == "新名字"
    # The process that it went through has heard of it by the same way.
    edited_here = await until_other(mall, seen, "ProductDetail", id=product["id"])
    assert edited_here["data"]["product"]["title"] == "新名字"

    home = await until_kept(other_mall, "HomePage")
    words = [text("护手霜", "Hand")]
    await desk.do("ArrangeHomePage", revision=0, banners=[], sections=[], searchWords=words)
    await until_other(other_mall, home, "HomePage")

    page = await until_kept(other_mall, "ProductPage", id=product["id"])
    await desk.step("EditProduct", product, tagIds=[(await a_tag(desk))])
    await until_other(other_mall, page, "ProductPage", id=product["id"])


async def test_a_hidden_product_vanishes_from_every_process(mall: Api, other_mall: Api):
    desk = Desk(mall)
    product = await desk.a_published_product()
    malls = (mall, other_mall)
    seen = [await until_kept(each, "ProductDetail", id=product["id"]) for each in malls]
    listed = [await until_kept(each, "ProductList") for each in malls]
    await desk.step("UnpublishProduct", product)
    for each, page, titled in zip(malls, seen, listed, strict=True):
        hidden = await until_other(each, page, "ProductDetail", id=product["id"])
        assert hidden["data"] == {"product": None}
        empty = await until_other(each, titled, "ProductList")
        assert titles(empty["data"]["products"]) == []


async def test_an_offer_of_the_points_mall_changes_at_once_too(
    mall: Api, other_mall: Api, database: Database
):
    desk, shop = Desk(mall), await a_shop(database)
    none = await until_kept(other_mall, "PointsOffers")
    offer = await an_offer(mall, shop)
    listed = await until_other(other_mall, none, "PointsOffers")
    seen = await until_kept(other_mall, "PointsOffer", id=offer)
    await desk.do("ChangePointsOffer", offerId=offer, revision=1, **terms(points=250))
    changed = await until_other(other_mall, seen, "PointsOffer", id=offer)
    assert changed["data"]["pointsOffer"]["points"] == 250
    await desk.do("WithdrawPointsOffer", offerId=offer, revision=2)
    gone = await until_other(other_mall, changed, "PointsOffer", id=offer)
    assert gone["data"] == {"pointsOffer": None}
    assert await until_other(other_mall, listed, "PointsOffers") == none


async def test_what_else_is_public_changes_at_once_too(
    mall: Api, other_mall: Api, database: Database
):
    desk = Desk(mall)
    store = public_id("place", await a_store(database, "ST-1"))
    rules, stores, texts = [
        await until_kept(other_mall, each)
        for each in ("FreightRules", "PickUpStores", "ConsentTexts")
    ]
    await desk.do("ArrangeFreight", number=0, rules=RULES)
    await until_other(other_mall, rules, "FreightRules")
    await desk.do("ArrangePickUp", storeId=store, **POINT)
    await until_other(other_mall, stores, "PickUpStores")
    await publish(database, ConsentPurpose.PHONE)
    await until_other(other_mall, texts, "ConsentTexts")


async def test_a_change_leaves_the_answers_about_something_else(mall: Api, other_mall: Api):
    rules = await until_kept(other_mall, "FreightRules")
    shelves = await until_kept(other_mall, "CategoryTrees")
    await Desk(mall).a_category()
    await until_other(other_mall, shelves, "CategoryTrees")
    before = statements_run()
    assert await other_mall.run("miniprogram/FreightRules") == rules
    assert statements_run() == before


async def test_a_change_that_was_not_heard_of_is_seen_within_a_second(
    mall: Api, deaf_mall: Api, seconds: Seconds
):
    assert LONGEST_SECONDS <= 1
    desk = Desk(mall)
    product = await desk.a_published_product()
    old = await until_kept(deaf_mall, "ProductDetail", id=product["id"])
    await desk.step("UnpublishProduct", product)
    seconds.now += LONGEST_SECONDS - A_MOMENT
    assert await deaf_mall.run("miniprogram/ProductDetail", id=product["id"]) == old
    seconds.now += A_MOMENT
    new = await deaf_mall.run("miniprogram/ProductDetail", id=product["id"])
    assert new["data"] == {"product": None}


async def test_who_lost_the_connection_forgets_everything_once_it_hears_again(
    settings: Settings,
    database: Database,
    seconds: Seconds,
    owner: "asyncpg.Connection[asyncpg.Record]",
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(listening, "CHECK_SECONDS", 3_600.0)
    async with running_api(keeping(settings)) as mall:
        await forgets_when_the_connection_ends(mall, database, owner)


async def forgets_when_the_connection_ends(
    mall: Api, database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    old = await until_kept(mall, "CategoryTrees")
    # Nobody is told of what is written by hand: it is the lost connection that makes it known.
    async with database.writes.begin() as session:
        await make.category(session)
    ended = await owner.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    )
    assert ended == 1
    await until_other(mall, old, "CategoryTrees")


async def test_stock_is_a_second_old_at_the_most(mall: Api, database: Database, seconds: Seconds):
    async with database.writes.begin() as session:
        product = await make.product(session, prices_fen=(100,))
        place_id = await make.place(session)
        variant_id = await make.first_variant(session, product.id)
    asked: dict[str, Any] = {"id": public_id("product", product.id)}
    old = await until_kept(mall, "ProductStock", **asked)
    async with database.writes.begin() as session:
        movement = Movement(variant_id, place_id, Reason.RECEIVED, 3, "some")
        await move(session, [movement], actor="test", at=make.NOON)
    assert await mall.run("miniprogram/ProductStock", **asked) == old
    seconds.now += LONGEST_SECONDS
    new = await mall.run("miniprogram/ProductStock", **asked)
    assert new["data"]["product"]["variants"][0]["isInStock"] is True


async def test_a_window_that_closes_is_noticed_within_a_second(
    settings: Settings, database: Database, seconds: Seconds
):
    opened = system_clock()
    async with database.writes.begin() as session:
        product = await make.product(session)
        product.visible_until = opened + timedelta(hours=1)
    asked: dict[str, Any] = {"id": public_id("product", product.id)}

    def clock():
        return opened + timedelta(seconds=seconds.now)

    async with running_api(keeping(settings), clock=clock) as mall:
        await until_kept(mall, "ProductDetail", **asked)
        seconds.now += 3_600
        closed = await mall.run("miniprogram/ProductDetail", **asked)
    assert closed["data"] == {"product": None}


async def a_tag(desk: Desk) -> str:
    saved = await desk.do("CreateTag", code="NEW", title=text("新品"))
    return saved["tagId"]
