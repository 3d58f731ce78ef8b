"""The audit trail as it is read: by any filter, within a reach, and never by a scan."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import insert

from domain.kernel.actors import Role, Staff
from domain.kernel.db import Database, ReadPool
from domain.kernel.ids import new_id
from domain.members.words import ConsentPurpose
from domain.sessions.models import Pad
from domain.staff import trail_views
from domain.staff.actions import Change, record
from domain.staff.trail_views import EntryFilter, Reach
from tests import make
from tests.api.client import statements_run
from tests.api.members.desk import Caller, Phones, a_member, member, publish
from tests.api.members.desk import id_of as member_id_of
from tests.api.staff.desk import a_store, at_pad, desk_of, id_of, someone, trail
from tests.domain.members.people import PHONE, RANDOM
from tests.make import NOON

PRODUCT, OTHER = make.an_id(), make.an_id()


async def a_pad(database: Database, store: UUID, by: Staff) -> UUID:
    """A pad called 收银台 in a store."""
    key = make.an_id()
    async with database.writes.begin() as session:
        row = {"name": "收银台", "store_id": store, "approved_by": by.id, "approved_at": NOON}
        await session.execute(insert(Pad).values(id=key, **row))
    return key


async def write(
    database: Database, staff: Staff, action: str, subject: UUID = PRODUCT, *, minute: int = 0
) -> None:
    """One change in that minute after noon."""
    kind = action.partition(".")[0]
    change = Change(action, kind, subject, {"price": 1, "title": "雾"}, {"price": 2}, "双十一")
    async with database.writes.begin() as session:
        at = NOON + timedelta(minutes=minute)
        await record(session, staff, change, at=at, random=RANDOM)


async def actions(desk: Caller, **wanted: object) -> list[str]:
    """The actions that somebody reads."""
    page = await desk.see("AuditEntries", filter=wanted)
    return [edge["node"]["action"] for edge in page["edges"]]


async def test_an_entry_is_told_with_who_where_what_and_why(database: Database):
    store, owner = await a_store(database), await someone(database)
    pad = await a_pad(database, store, owner)
    guide = await someone(database, Role.GUIDE, store)
    await write(database, at_pad(guide, pad, store), "product.edit")
    page = await desk_of(database, owner).see("AuditEntries")
    (node,) = [edge["node"] for edge in page["edges"]]
    assert node.pop("id").startswith("entry_")
    assert node == {
        "at": "2026-11-11T04:00:00+00:00",
        "actor": {"id": id_of(guide), "name": guide.name},
        "pad": {"id": f"pad_{pad.hex}", "name": "收银台"},
        "store": {
            "id": f"place_{store.hex}",
            "code": "ST-1",
            "kind": "STORE",
            "title": {"zh": "店", "en": "Store"},
        },
        "action": "product.edit",
        "subjectKind": "product",
        "subjectId": f"product_{PRODUCT.hex}",
        "changes": [
            {"field": "price", "before": "1", "after": "2"},
            {"field": "title", "before": "雾", "after": None},
        ],
        "reason": "双十一",
    }


async def test_each_filter_finds_its_own_and_all_of_them_together(database: Database):
    store, owner = await a_store(database), await someone(database)
    pad = await a_pad(database, store, owner)
    await write(database, owner, "product.edit", minute=0)
    await write(database, owner, "productish.edit", minute=1)
    await write(database, owner, "product.publish", OTHER, minute=2)
    await write(database, at_pad(owner, pad, store), "tag.edit", minute=3)
    desk = desk_of(database, await someone(database, Role.ENGINEER))
    newest_first = ["tag.edit", "product.publish", "productish.edit", "product.edit"]
    assert await actions(desk) == newest_first
    assert await actions(desk, actorId=id_of(owner)) == newest_first
    assert await actions(desk, actorId=f"staff_{make.an_id().hex}") == []
    assert await actions(desk, subjectId=f"product_{OTHER.hex}") == ["product.publish"]
    assert await actions(desk, subjectId=f"member_{OTHER.hex}") == []
    assert await actions(desk, action="product.edit") == ["product.edit"]
    assert await actions(desk, action="product.") == ["product.publish", "product.edit"]
    assert await actions(desk, action="product") == []
    assert await actions(desk, storeId=f"place_{store.hex}") == ["tag.edit"]
    assert await actions(desk, padId=f"pad_{pad.hex}", action="tag.") == ["tag.edit"]
    assert await actions(desk, padId=f"pad_{make.an_id().hex}") == []
    within = {"since": "2026-11-11T04:01:00Z", "until": "2026-11-11T04:03:00Z"}
    assert await actions(desk, **within) == ["product.publish", "productish.edit"]
    assert await actions(desk, **within, action="product.", actorId=id_of(owner)) == [
        "product.publish"
    ]


@pytest.mark.parametrize("wrong", [{"actorId": ""}, {"subjectId": "product_1"}, {"padId": "x_1"}])
async def test_what_is_no_id_is_bad_input(database: Database, wrong: dict[str, str]):
    desk = desk_of(database, await someone(database))
    assert await desk.code("playground/AuditEntries", filter=wrong) == "BAD_INPUT"


@pytest.mark.parametrize("wanted", [{}, {"action": "product."}])
async def test_pages_go_from_the_newest_to_the_oldest(database: Database, wanted: dict[str, str]):
    owner = await someone(database)
    for number in range(7):
        await write(database, owner, f"product.{'edit' if number % 2 else 'publish'}")
    desk, after, seen = desk_of(database, owner), None, list[str]()
    while True:
        page = await desk.see("AuditEntries", first=3, after=after, filter=wanted)
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 7


@pytest.mark.parametrize("count", [1, 40])
async def test_a_page_costs_three_statements_however_long_it_is(database: Database, count: int):
    store, owner = await a_store(database), await someone(database)
    pad = await a_pad(database, store, owner)
    for _ in range(count):
        await write(database, at_pad(owner, pad, store), "product.edit")
    before = statements_run()
    page = await desk_of(database, owner).see("AuditEntries", first=100)
    assert (len(page["edges"]), statements_run() - before) == (count, 3)


async def a_manager(database: Database) -> Caller:
    """A manager of one store, beside whom others work."""
    store, far = await a_store(database), await a_store(database, "ST-2")
    owner = await someone(database)
    manager = await someone(database, Role.STORE_MANAGER, store)
    guide = await someone(database, Role.GUIDE, store, far)
    stranger = await someone(database, Role.GUIDE, far)
    pad, far_pad = await a_pad(database, store, owner), await a_pad(database, far, owner)
    await write(database, manager, "stock.own")
    await write(database, guide, "stock.guide")
    await write(database, at_pad(guide, pad, store), "stock.guide_at_pad")
    await write(database, at_pad(stranger, pad, store), "stock.stranger_at_pad")
    await write(database, at_pad(stranger, far_pad, far), "stock.far")
    await write(database, stranger, "stock.stranger")
    await write(database, owner, "stock.owner")
    return desk_of(database, manager)


async def test_a_manager_reads_the_stores_pads_themselves_and_their_guides(database: Database):
    desk = await a_manager(database)
    theirs = ["stock.guide", "stock.guide_at_pad", "stock.own", "stock.stranger_at_pad"]
    assert sorted(await actions(desk)) == theirs
    assert sorted(await actions(desk, action="stock.")) == theirs
    for hidden in ("stock.far", "stock.stranger", "stock.owner"):
        assert await actions(desk, action=hidden) == []
    page = await desk.see("AuditEntries", first=3)
    rest = await desk.see("AuditEntries", first=3, after=page["pageInfo"]["endCursor"])
    both = [edge["node"]["id"] for edge in [*page["edges"], *rest["edges"]]]
    assert (len(both), both) == (4, sorted(set(both), reverse=True))


async def test_a_manager_without_stores_reads_themselves_alone(database: Database):
    desk = await a_manager(database)
    assert isinstance(desk.actor, Staff)
    nowhere = desk_of(database, replace(desk.actor, store_ids=frozenset()))
    assert await actions(nowhere) == ["stock.own"]


async def test_guides_and_members_read_no_trail(database: Database):
    store = await a_store(database)
    guide = await someone(database, Role.GUIDE, store)
    owner = await someone(database)
    at = at_pad(owner, await a_pad(database, store, owner), store)
    for actor in (guide, at):
        assert await desk_of(database, actor).code("playground/AuditEntries") == "FORBIDDEN"


async def test_no_entry_of_members_holds_a_whole_phone(database: Database):
    await publish(database, ConsentPurpose.PHONE)
    member_id = await a_member(database)
    phones = Phones(tap=PHONE)
    await member(database, member_id, phones=phones).do(
        "BindPhoneByWeChat", code="tap", consentVersion=1
    )
    desk = desk_of(database, await someone(database))
    public = member_id_of(member_id)
    await desk.see("RevealPhone", input={"memberId": public, "reason": "送货"})
    await desk.act("BlockMember", memberId=public, blockReason="请联系客服")
    await desk.act("UnblockMember", memberId=public)
    kept = [json.dumps([entry.before, entry.after]) for entry in await trail(database)]
    assert len(kept) == 4
    assert not [each for each in kept if re.search(r"(?<![0-9a-f-])\+?\d{11,}", each)]


ENTRIES = 200_000
MOST_READ = 150
"""A page of 20 and the next, of each of a few arms."""


async def fill(owner: "asyncpg.Connection[asyncpg.Record]") -> tuple[list[UUID], UUID, UUID]:
    """The entries of a year, one in fifty at a pad: of one who left, and of 18 since."""
    people = [new_id(NOON, RANDOM) for _ in range(20)]
    store, pad = new_id(NOON, RANDOM), new_id(NOON, RANDOM)
    await owner.execute(
        """
        INSERT INTO audit_entries (id, at, actor, actor_name, action, subject_kind, subject_id,
            after, reason, store_id, pad_id)
        SELECT (lpad(to_hex(1760000000000 + n * 150000::bigint), 12, '0') || '70008000'
                || lpad(to_hex(n), 12, '0'))::uuid,
            to_timestamp(1760000000 + n * 150),
            'staff:' || replace(($1::uuid[])[
                CASE WHEN n < 40000 THEN 19 ELSE 1 + n % 18 END]::text, '-', ''), '林',
            (ARRAY['product.edit', 'product.publish', 'tag.edit', 'stock.adjust'])[1 + n % 4],
            'product', md5((n / 3)::text)::uuid, '{"price": 1}', 'x',
            CASE WHEN n % 50 = 0 THEN $2::uuid END, CASE WHEN n % 50 = 0 THEN $3::uuid END
        FROM generate_series(1, $4::int) n
        """,
        people,
        store,
        pad,
        ENTRIES,
    )
    await owner.execute("ANALYZE audit_entries")
    return people, store, pad


class Recording:
    """A pool that runs nothing and keeps what it was asked last."""

    def __init__(self) -> None:
        self.sql = ""
        self.arguments: Sequence[object] = ()

    async def rows(self, sql: str, arguments: Sequence[object]) -> list[Any]:
        """Keep a statement."""
        self.sql, self.arguments = sql, arguments
        return []


def rows_read(plan: dict[str, Any]) -> int:
    """How many entries a plan has looked at."""
    here = 0
    if plan.get("Relation Name") == "audit_entries":
        assert plan["Node Type"] != "Seq Scan", plan
        here = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    return int(here * plan["Actual Loops"]) + sum(map(rows_read, plan.get("Plans", [])))


async def test_no_filter_scans_the_trail(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    people, store, pad = await fill(owner)
    subject = await owner.fetchval("SELECT md5('5')::uuid")
    moment = datetime.fromtimestamp(1760000000 + 150 * 100_000, UTC)
    reach = Reach(people[19], [store])
    asked = {
        "nothing": EntryFilter(),
        "busy actor": EntryFilter(actor_id=people[0]),
        "actor who left": EntryFilter(actor_id=people[18]),
        "idle actor": EntryFilter(actor_id=people[19]),
        "subject": EntryFilter(subject=("product", subject)),
        "action": EntryFilter(action="product.edit"),
        "unknown action": EntryFilter(action="product.sell"),
        "prefix": EntryFilter(action="product."),
        "unknown prefix": EntryFilter(action="member."),
        "store": EntryFilter(store_id=store),
        "pad": EntryFilter(pad_id=pad),
        "time": EntryFilter(since=moment, until=moment + timedelta(days=2)),
        "actor and time": EntryFilter(actor_id=people[0], until=moment),
        "prefix and time": EntryFilter(action="product.", until=moment),
        "actor and prefix": EntryFilter(actor_id=people[0], action="product."),
        "reach": EntryFilter(reach=reach),
        "reach and time": EntryFilter(reach=reach, until=moment),
        "reach and prefix": EntryFilter(reach=reach, action="product."),
    }
    read: dict[str, int] = {}
    for mode in ("force_custom_plan", "force_generic_plan"):
        await owner.execute(f"SET plan_cache_mode = {mode}")
        for name, wanted in asked.items():
            reads = Recording()
            pool = cast("ReadPool", reads)
            await trail_views.entries(pool, wanted, first=20, after=None)
            explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {reads.sql}"
            (plan,) = json.loads(await owner.fetchval(explain, *reads.arguments))
            read[f"{name}, {mode}"] = rows_read(plan["Plan"])
    await owner.execute("RESET plan_cache_mode")
    assert max(read.values()) <= MOST_READ, read
