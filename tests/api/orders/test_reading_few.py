"""What members read of orders costs a few rows, however many orders the mall has."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import asyncpg

from domain.kernel.db import Database, ReadPool
from domain.kernel.language import Language
from domain.kernel.paging import Place
from domain.orders.views import moves, orders
from domain.orders.views.structs import Parts, Reading
from domain.orders.words import OrderStatus
from tests.api.contexts import VAULT
from tests.api.oauth.desk import mini_program, sign_in
from tests.api.orders.whole_orders import goods, whole_order
from tests.make import NOON

OTHERS, OWN = 20_000, 40
"""Orders of somebody else, all of them closed, and of the member's own, which wait."""


class Recording:
    """A pool that runs nothing and keeps what it was asked last."""

    def __init__(self) -> None:
        self.sql = ""
        self.arguments: Sequence[object] = ()

    async def rows(self, sql: str, arguments: Sequence[object]) -> list[Any]:
        """Keep a statement."""
        self.sql, self.arguments = sql, arguments
        return []


async def fill(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
) -> tuple[UUID, UUID]:
    """A member with some orders in a mall with many, the newest of which are not theirs."""
    await mini_program(database)
    me, other = [(await sign_in(database, "mini")).member_id for _ in range(2)]
    async with database.writes.begin() as session:
        of = await goods(session)
        one = await whole_order(session, other, of)
        for each in range(OWN):
            await whole_order(session, me, of, at=NOON + timedelta(seconds=each))
    columns = await owner.fetchval(
        "SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = 'orders'::regclass "
        "AND attnum > 0 AND attname NOT IN ('id', 'number', 'status', 'closed_at', 'close_reason')"
    )
    await owner.execute(
        f"""INSERT INTO orders (id, number, status, closed_at, close_reason, {columns})
        SELECT ('01a21f56' || lpad(to_hex(n), 24, '0'))::uuid, 'n' || n, 'closed', placed_at,
            'not_paid_in_time', {columns}
        FROM orders, generate_series(1, $2::int) n WHERE id = $1""",
        one,
        OTHERS,
    )
    await owner.execute(
        """INSERT INTO order_history (order_id, number, from_status, to_status, reason, actor, at)
        SELECT id, 2, 'pending_payment', 'closed', 'not_paid_in_time', 'test',
            $1::timestamptz - (row_number() OVER ()) * interval '1 minute'
        FROM orders WHERE status = 'closed'""",
        NOON,
    )
    await owner.execute("ANALYZE orders, order_history")
    return me, other


def rows_read(plan: dict[str, Any], table: str) -> int:
    """How many rows of a table a plan has looked at."""
    here = 0
    if plan.get("Relation Name") == table:
        here = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        here *= plan["Actual Loops"]
    return int(here) + sum(rows_read(each, table) for each in plan.get("Plans", []))


async def test_no_page_looks_at_other_members_orders(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    me, other = await fill(database, owner)
    reading = Reading(Language.ZH, "", VAULT, Parts())
    newest = Place(0, UUID(int=2**127))
    read: dict[str, int] = {}
    for mode in ("force_custom_plan", "force_generic_plan"):
        await owner.execute(f"SET plan_cache_mode = {mode}")
        for member_id, status, after in (
            (me, None, None),
            (me, OrderStatus.PENDING_PAYMENT, None),
            (me, OrderStatus.CLOSED, None),
            (me, OrderStatus.CLOSED, newest),
            (other, OrderStatus.CLOSED, None),
            (UUID(int=5), None, None),
        ):
            asked = Recording()
            await orders.orders(
                cast("ReadPool", asked), reading, member_id, status=status, first=20, after=after
            )
            explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {asked.sql}"
            (plan,) = json.loads(await owner.fetchval(explain, *asked.arguments))
            read[f"{member_id} {status} {after} {mode}"] = rows_read(plan["Plan"], "orders")
    await owner.execute("RESET plan_cache_mode")
    assert max(read.values()) <= OWN, read


async def test_a_look_at_what_moved_reads_what_is_recent(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    me, other = await fill(database, owner)
    read: dict[str, int] = {}
    for mode in ("force_custom_plan", "force_generic_plan"):
        await owner.execute(f"SET plan_cache_mode = {mode}")
        for name, people in (("one", [me]), ("who has most", [other]), ("both", [me, other])):
            asked = Recording()
            await moves.moves_of(
                cast("ReadPool", asked), people, after=NOON - timedelta(seconds=90), most=100
            )
            explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {asked.sql}"
            (plan,) = json.loads(await owner.fetchval(explain, *asked.arguments))
            for table in ("orders", "order_history"):
                read[f"{name} {table} {mode}"] = rows_read(plan["Plan"], table)
    await owner.execute("RESET plan_cache_mode")
    assert max(read.values()) <= 3 * OWN, read
