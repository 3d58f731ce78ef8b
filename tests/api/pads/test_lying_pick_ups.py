"""Orders that lie ready in stores: who has to be reminded, and what the staff have to look at."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text, update

from domain.kernel.actors import Role
from domain.kernel.clock import system_clock
from domain.kernel.db import Database, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.paging import Place
from domain.messages.models import InboxMessage
from domain.messages.words import MessageKind
from domain.orders.models import Order
from domain.orders.picking_up.lying import LyingFilter, lying
from domain.orders.picking_up.models import PickUp
from domain.orders.picking_up.readying import Lasting, make_ready
from domain.orders.refunding.rules import UnitsBack
from domain.stores.views import PLACE
from tests.api.client import Api, statements_run
from tests.api.contexts import VAULT
from tests.api.oauth.desk import bearer
from tests.api.orders.many import fill_orders
from tests.api.orders.parcels import Bought, own
from tests.api.orders.test_reading_few import rows_read
from tests.api.pads.desk import Desk, PadInHand, Shop, desk_of, somebody
from tests.api.pads.test_pick_ups import WEEK, all_is_right, sweeps, to_fetch
from tests.domain.members.people import rows
from tests.domain.orders.refunding.given import refunded
from tests.make import NOON
from workers.pick_ups import ready_pick_ups, remind_pick_ups, watch_pick_ups

ORDERS = 3_000
DAY = timedelta(days=1)
_MARK = """
WITH lying AS (
    UPDATE orders SET status = 'paid', paid_at = placed_at, ready_at = placed_at, closed_at = NULL,
        close_reason = NULL
    WHERE status = 'closed' RETURNING id, ready_at
)
INSERT INTO pick_ups (order_id, code_digest, code_sealed, ready_at, fetch_by)
SELECT id, decode(md5(id::text), 'hex'), 'x', ready_at, ready_at + interval '7 days' FROM lying
"""
"""Nine of ten of many orders lie ready then; the others wait to be paid."""


async def ready_since(database: Database, store_id: UUID, days: int) -> Bought:
    """An order that lies ready in a store for so many days."""
    order = await to_fetch(database, store_id)
    await ready_pick_ups(sweeps(database, system_clock() - days * DAY))
    return order


async def listed(desk: Desk, **asked: object) -> list[str]:
    """The orders that somebody finds lying ready, in order."""
    page = await desk.see("ReadyPickUps", **asked)
    return [edge["node"]["orderId"] for edge in page["edges"]]


async def test_staff_find_what_lies_ready_the_longest_first(
    shop: Shop, other_shop: Shop, api: Api, database: Database
):
    here, there = shop.store_id, other_shop.store_id
    one = await ready_since(database, here, 2)
    two = await ready_since(database, there, 9)
    three = await ready_since(database, here, 5)
    waiting = await to_fetch(database, here)
    owner = await desk_of(api, database, await somebody(database, "boss", Role.OWNER))
    assert await listed(owner) == [two.id, three.id, one.id]
    assert await listed(owner, storeId=public_id(PLACE, here)) == [three.id, one.id]
    assert await listed(owner, readyForDays=4) == [two.id, three.id]
    assert await listed(owner, readyForDays=10) == []
    page = await owner.see("ReadyPickUps", first=2)
    assert page["pageInfo"]["hasNextPage"]
    assert await listed(owner, after=page["pageInfo"]["endCursor"]) == [one.id]
    node = page["edges"][0]["node"]
    assert node["number"] == (await own(api, database, two))["number"]
    assert (node["memberName"], node["units"], node["isOver"]) == ("王**", 2, True)
    assert page["edges"][1]["node"]["isOver"] is False
    assert node["store"]["id"] == public_id(PLACE, there)
    assert waiting.id not in await listed(owner)
    assert await owner.code("ReadyPickUps", readyForDays=-1) == "BAD_INPUT"
    assert await all_is_right(database) == {}


async def test_who_works_in_stores_finds_what_lies_in_theirs(
    shop: Shop, other_shop: Shop, api: Api, database: Database
):
    own_order = await ready_since(database, shop.store_id, 1)
    await ready_since(database, other_shop.store_id, 1)
    manager = await desk_of(api, database, shop.manager_id)
    assert await listed(manager) == [own_order.id]
    assert await listed(manager, storeId=public_id(PLACE, other_shop.store_id)) == []


async def test_what_was_fetched_or_refunded_lies_there_no_more(
    shop: Shop, api: Api, database: Database
):
    fetched = await ready_since(database, shop.store_id, 1)
    back = await ready_since(database, shop.store_id, 1)
    manager = await desk_of(api, database, shop.manager_id)
    assert len(await listed(manager)) == 2
    number = (await own(api, database, fetched))["number"]
    await manager.act("HandOverOrder", orderNumber=number)
    assert await listed(manager) == [back.id]
    await watch_pick_ups(sweeps(database, system_clock()))
    assert REGISTRY.get_sample_value("mall_pick_ups_oldest_seconds") == pytest.approx(
        86_400, abs=60
    )
    # Its money is on its way still.
    await refunded(database, back.order_id, UnitsBack(1, 2), is_back=False)
    assert await listed(manager) == []
    await watch_pick_ups(sweeps(database, system_clock()))
    assert REGISTRY.get_sample_value("mall_pick_ups_oldest_seconds") == 0


async def test_a_page_costs_one_statement_whatever_lies_there(
    shop: Shop, api: Api, database: Database
):
    manager = await desk_of(api, database, shop.manager_id)
    await listed(manager)
    for _ in range(2):
        before = statements_run()
        await listed(manager)
        assert statements_run() == before + 1
        await ready_since(database, shop.store_id, 1)
        await ready_since(database, shop.store_id, 1)


async def messages_of(database: Database, order: Bought) -> list[MessageKind]:
    """What a member was told of their order."""
    found = [each for each in await rows(database, InboxMessage) if each.order_id == order.order_id]
    return [each.kind for each in found]


async def test_a_member_is_reminded_once_while_there_is_time(shop: Shop, database: Database):
    order = await to_fetch(database, shop.store_id)
    await ready_pick_ups(sweeps(database, NOON))
    await remind_pick_ups(sweeps(database, NOON + 3 * DAY))
    assert await messages_of(database, order) == [MessageKind.ORDER_READY]
    for days in (4, 4, 6):
        await remind_pick_ups(sweeps(database, NOON + days * DAY))
        assert await messages_of(database, order) == [MessageKind.ORDER_READY] * 2
    assert [each.remind_at for each in await rows(database, PickUp)] == [None]


async def test_nobody_is_reminded_of_what_is_fetched_or_over_or_refunded(
    shop: Shop, api: Api, database: Database
):
    fetched = await to_fetch(database, shop.store_id)
    back = await to_fetch(database, shop.store_id)
    late = await to_fetch(database, shop.store_id)
    await ready_pick_ups(sweeps(database, NOON))
    manager = await desk_of(api, database, shop.manager_id)
    number = (await own(api, database, fetched))["number"]
    await manager.act("HandOverOrder", orderNumber=number)
    await refunded(database, back.order_id, UnitsBack(1, 2), is_back=False)
    async with database.writes.begin() as session:
        over = update(PickUp).where(PickUp.order_id == late.order_id)
        await session.execute(over.values(fetch_by=NOON + DAY))
    await remind_pick_ups(sweeps(database, NOON + 4 * DAY))
    for order in (fetched, back, late):
        kinds = await messages_of(database, order)
        assert kinds.count(MessageKind.ORDER_READY) == 1
    assert {each.remind_at for each in await rows(database, PickUp)} == {None}


@pytest.mark.parametrize("lasting", [Lasting(WEEK), Lasting(WEEK, WEEK)])
async def test_whoever_has_no_time_left_then_is_not_to_be_reminded(
    shop: Shop, database: Database, lasting: Lasting
):
    await to_fetch(database, shop.store_id)
    async with database.writes.begin() as session:
        await make_ready(session, VAULT, lasting, at=NOON, random=Random(1), most=9)
    assert [each.remind_at for each in await rows(database, PickUp)] == [None]


async def test_the_age_of_what_lies_there_the_longest_is_shown(shop: Shop, database: Database):
    await to_fetch(database, shop.store_id)
    await watch_pick_ups(sweeps(database, NOON))
    assert REGISTRY.get_sample_value("mall_pick_ups_oldest_seconds") == 0
    await ready_pick_ups(sweeps(database, NOON))
    await watch_pick_ups(sweeps(database, NOON + 2 * DAY))
    assert REGISTRY.get_sample_value("mall_pick_ups_oldest_seconds") == 2 * 86_400


async def test_what_the_release_before_made_ready_is_marked_and_told_no_more(
    shop: Shop, database: Database
):
    order = await to_fetch(database, shop.store_id)
    old = PickUp(
        order_id=order.order_id,
        code_digest=b"old",
        code_sealed=b"old",
        ready_at=NOON,
        fetch_by=NOON + WEEK,
    )
    async with database.writes.begin() as session:
        session.add(old)
    await ready_pick_ups(sweeps(database, NOON + DAY))
    (made,) = await rows(database, PickUp)
    (found,) = await rows(database, Order)
    assert (made.code_digest, found.ready_at) == (b"old", NOON)
    assert await messages_of(database, order) == []


async def looked_at(database: Database) -> tuple[int, int]:
    """How many orders a look at what is due finds, and how many rows of orders it reads."""
    counted = text(
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'orders'"
    )
    async with database.writes.begin() as session:
        # What the connection did before may not have been counted elsewhere yet.
        before = await session.scalar(counted) or 0
        found = await make_ready(session, VAULT, Lasting(WEEK), at=NOON, random=Random(1), most=200)
        return found.due, (await session.scalar(counted) or 0) - before


async def test_a_look_at_what_is_due_reads_nothing_of_what_lies_there(
    shop: Shop, database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    await fill_orders(owner, ORDERS)
    await owner.execute("UPDATE orders SET number = 'M' || number")
    await owner.execute(_MARK)
    await owner.execute("ANALYZE orders, pick_ups")
    assert await looked_at(database) == (0, 0)
    await to_fetch(database, shop.store_id)
    due, read = await looked_at(database)
    # The order itself, found, locked and marked.
    assert due == 1
    assert read <= 5


class Recording:
    """A pool that runs nothing and keeps what it was asked."""

    sql = ""
    arguments: Sequence[object] = ()

    async def rows(self, sql: str, arguments: Sequence[object]) -> list[Any]:
        """Keep a statement."""
        self.sql, self.arguments = sql, arguments
        return []


async def test_a_page_reads_few_rows_however_many_lie_there(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    many = await fill_orders(owner, ORDERS)
    await owner.execute(_MARK)
    await owner.execute("ANALYZE orders, pick_ups, members, places")
    moment = await owner.fetchval("SELECT max(ready_at) FROM orders")
    middle = await owner.fetchval("SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY ready_at) "
                                  "FROM orders")  # fmt: skip
    assert isinstance(middle, datetime)
    read: dict[str, int] = {}
    for mode in ("force_custom_plan", "force_generic_plan"):
        await owner.execute(f"SET plan_cache_mode = {mode}")
        for stores in (None, many.places, many.places[1:]):
            for after in (None, Place.at(middle, UUID(int=0))):
                asked = Recording()
                wanted = LyingFilter(stores, moment)
                await lying(cast("ReadPool", asked), wanted, at=moment, first=20, after=after)
                explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {asked.sql}"
                (plan,) = json.loads(await owner.fetchval(explain, *asked.arguments))
                for table in ("orders", "pick_ups"):
                    key = f"{mode} {stores} {after} {table}"
                    read[key] = rows_read(plan["Plan"], table)
    await owner.execute("RESET plan_cache_mode")
    # A page and one more of each store.
    assert max(read.values()) <= 2 * 21, read


async def seen_at(api: Api, till: dict[str, str], **asked: object) -> Any:
    """What a pad lists."""
    answer = await api.run("pad/StorePickUps", till, **asked)
    return (
        answer["errors"][0]["extensions"] if "errors" in answer else answer["data"]["storePickUps"]
    )


async def test_a_pad_lists_what_lies_ready_in_its_store_by_one_statement(
    shop: Shop, other_shop: Shop, pad: PadInHand, api: Api, database: Database
):
    late = await ready_since(database, shop.store_id, 9)
    early = await ready_since(database, shop.store_id, 2)
    await ready_since(database, other_shop.store_id, 5)
    waiting = await to_fetch(database, shop.store_id)
    await somebody(database, "guide", stores=[shop.store_id])
    till = bearer((await pad.sign_in("guide")).json()["access_token"])
    listing = await seen_at(api, till)
    assert [edge["node"]["orderId"] for edge in listing["edges"]] == [late.id, early.id]
    assert waiting.id not in str(listing)
    node = listing["edges"][0]["node"]
    assert (node["memberName"], node["units"], node["isOver"]) == ("王**", 2, True)
    before = statements_run()
    page = await seen_at(api, till, first=1)
    assert statements_run() == before + 1
    assert page["pageInfo"]["hasNextPage"]
    rest = await seen_at(api, till, first=1, after=page["pageInfo"]["endCursor"])
    assert [edge["node"]["orderId"] for edge in rest["edges"]] == [early.id]
    # Of nobody who is at no pad, and of no pad at which nobody is.
    manager = await desk_of(api, database, shop.manager_id)
    assert (await seen_at(api, manager.header))["code"] == "FORBIDDEN"
    assert (await seen_at(api, bearer(pad.access_token)))["code"] == "FORBIDDEN"
