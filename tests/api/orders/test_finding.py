"""Finding orders among many: whatever is asked for, few rows are read."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import asyncpg

from domain.kernel.db import Database, ReadPool
from domain.kernel.ids import first_id
from domain.orders.views.finding import MOST_EXAMINED, OrderFilter, newest, oldest
from domain.orders.words import OrderStatus
from tests.api.orders.many import FIRST_SECOND, SECONDS_APART, Many, fill_orders

ORDERS = 50_000
MOST_READ = 200
"""A page of 20 and the next one, of each of a few arms, in index and table."""
MOST_JUDGED = 5 * MOST_EXAMINED
"""What several conditions may cost: each order that is looked at, its row, and its lines."""


class Recording:
    """A pool that runs nothing and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Sequence[object]]] = []

    async def rows(self, sql: str, arguments: Sequence[object]) -> list[Any]:
        """Keep a statement; the one that asks for the last finds none."""
        self.asked.append((sql, arguments))
        return []


def rows_read(plan: dict[str, Any]) -> int:
    """How many rows of tables a plan has looked at."""
    here = 0
    if "Relation Name" in plan:
        assert plan["Node Type"] != "Seq Scan" or plan["Relation Name"] == "member_phones", plan
        here = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    return int(here * plan["Actual Loops"]) + sum(map(rows_read, plan.get("Plans", [])))


async def cost(
    owner: "asyncpg.Connection[asyncpg.Record]", wanted: OrderFilter, *, is_ascending: bool
) -> int:
    """Rows that finding a page reads, with whatever statements it takes."""
    recording = Recording()
    pool = cast("ReadPool", recording)
    find = oldest if is_ascending else newest
    await find(pool, wanted, first=20, after=None)
    read = 0
    for sql, arguments in recording.asked:
        (plan,) = json.loads(
            await owner.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *arguments)
        )
        read += rows_read(plan["Plan"])
    return read


def singles(many: Many, product: UUID, phone: bytes) -> dict[str, OrderFilter]:
    """What asks for one thing, and for a time."""
    moment = datetime.fromtimestamp(FIRST_SECOND + SECONDS_APART * 25_000, UTC)
    times: dict[str, Any] = {
        "from_id": first_id(moment),
        "before_id": first_id(moment + timedelta(days=2)),
    }
    busy, idle = many.places
    return {
        "nothing": OrderFilter(),
        "time": OrderFilter(**times),
        "number": OrderFilter(number="000000000000000123"),
        "unknown number": OrderFilter(number="000000000000999999"),
        "member": OrderFilter(member_id=many.members[7]),
        "member and time": OrderFilter(member_id=many.members[7], **times),
        "recipient": OrderFilter(recipient_phone=phone),
        "phone": OrderFilter(phone=phone),
        "unknown phone": OrderFilter(phone=b"nobody"),
        "product": OrderFilter(product_id=product),
        "product and time": OrderFilter(product_id=product, **times),
        "few": OrderFilter(status=OrderStatus.PENDING_PAYMENT),
        "many": OrderFilter(status=OrderStatus.CLOSED),
        "few and time": OrderFilter(status=OrderStatus.PENDING_PAYMENT, **times),
        "busy place": OrderFilter(place_ids=(busy,)),
        "idle place": OrderFilter(place_ids=(idle,)),
        "both places and time": OrderFilter(place_ids=(busy, idle), **times),
        # An order of the idle place never waits: a range of its own says so at once.
        "none": OrderFilter(place_ids=(idle,), status=OrderStatus.PENDING_PAYMENT),
    }


def several(many: Many, product: UUID, phone: bytes) -> dict[str, OrderFilter]:
    """What asks for several things, of which none alone is rare, and for what does not exist."""
    waiting = OrderStatus.PENDING_PAYMENT
    busy, idle = many.places
    return {
        "product and status": OrderFilter(product_id=product, status=waiting),
        "product and idle place": OrderFilter(product_id=product, place_ids=(idle,)),
        "member and product": OrderFilter(member_id=many.members[1], product_id=product),
        "member and phone": OrderFilter(member_id=many.members[1], phone=phone),
        "phone and status": OrderFilter(phone=phone, status=waiting),
        "member and idle place": OrderFilter(member_id=many.members[3], place_ids=(idle,)),
        "all": OrderFilter(
            number="000000000000000123",
            member_id=many.members[1],
            phone=phone,
            recipient_phone=phone,
            product_id=product,
            place_ids=(busy,),
            status=waiting,
        ),
    }


async def test_no_filter_reads_many_rows(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    many = await fill_orders(owner, ORDERS)
    product = await owner.fetchval("SELECT md5('1')::uuid")
    phone = await owner.fetchval("SELECT decode(md5('7'), 'hex')")
    read: dict[str, int] = {}
    judged: dict[str, int] = {}
    for mode in ("force_custom_plan", "force_generic_plan"):
        await owner.execute(f"SET plan_cache_mode = {mode}")
        for is_ascending in (False, True):
            for name, wanted in singles(many, product, phone).items():
                key = f"{name}, {mode}, {is_ascending}"
                read[key] = await cost(owner, wanted, is_ascending=is_ascending)
            for name, wanted in several(many, product, phone).items():
                key = f"{name}, {mode}, {is_ascending}"
                judged[key] = await cost(owner, wanted, is_ascending=is_ascending)
    await owner.execute("RESET plan_cache_mode")
    assert max(read.values()) <= MOST_READ, read
    assert max(judged.values()) <= MOST_JUDGED, judged
    await same_whichever_way(database, many, product)


async def same_whichever_way(database: Database, many: Many, product: UUID) -> None:
    """Pages of several conditions, some of them empty, tell all that fits, each order once."""
    wanted = OrderFilter(product_id=product, place_ids=(many.places[1],))
    wanted_too = OrderFilter(
        product_id=product, status=OrderStatus.CLOSED, place_ids=(many.places[0],)
    )
    for each in (wanted, wanted_too):
        for find in (newest, oldest):
            found: list[UUID] = []
            after: UUID | None = None
            while True:
                page = await find(database.reads, each, first=100, after=after)
                found += page.ids
                after = page.go_on_behind
                if after is None:
                    break
            assert found == sorted(set(found), reverse=find is newest)
            assert len(found) == (0 if each is wanted else 1250)
