"""Pads as those in charge of stores see them, rename them and keep them out."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from domain.kernel.actors import Role
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.sessions.models import Pad, RefreshToken, Session
from domain.sessions.rules import EndReason
from domain.staff.models import AuditEntry
from tests import make
from tests.api.catalog.desk import a_request
from tests.api.client import Api, statements_run
from tests.api.oauth.desk import refresh, refused, until_out
from tests.api.pads.desk import PadInHand, Shop, desk_of, somebody, viewer


async def a_pad(database: Database, shop: Shop, name: str, *, is_revoked: bool = False) -> str:
    """A pad of the store."""
    pad_id = make.an_id()
    async with database.writes.begin() as session:
        session.add(
            Pad(
                id=pad_id,
                name=name,
                store_id=shop.store_id,
                approved_by=shop.manager_id,
                approved_at=make.NOON,
                revoked_at=make.NOON if is_revoked else None,
            )
        )
    return public_id("pad", pad_id)


def names(page: Any) -> set[str]:
    return {edge["node"]["name"] for edge in page["edges"]}


async def test_a_manager_sees_the_pads_of_their_stores_and_who_runs_the_mall_all(
    shop: Shop, other_shop: Shop, database: Database
):
    own = await a_pad(database, shop, "own")
    await a_pad(database, shop, "old", is_revoked=True)
    others = await a_pad(database, other_shop, "others")
    manager = await desk_of(shop.api, database, shop.manager_id)
    assert names(await manager.see("Pads")) == {"own", "old"}
    assert names(await manager.see("Pads", filter={"isRevoked": False})) == {"own"}
    assert names(await manager.see("Pads", filter={"isRevoked": True})) == {"old"}
    assert names(await manager.see("Pads", filter={"storeId": other_shop.store})) == set()
    assert await manager.see("Pad", id=others) is None
    seen = await manager.see("Pad", id=own)
    assert seen["approvedBy"] == "<manager-S-STREET>"
    assert (seen["lastSeenAt"], seen["revokedAt"], seen["staff"]) == (None, None, None)
    owner = await desk_of(shop.api, database, await somebody(database, "owner", Role.OWNER))
    assert names(await owner.see("Pads")) == {"own", "old", "others"}
    of_one = {"storeId": other_shop.store, "isRevoked": False}
    assert names(await owner.see("Pads", filter=of_one)) == {"others"}


async def test_pages_of_pads_go_from_the_latest_to_the_first(shop: Shop, database: Database):
    for number in range(5):
        await a_pad(database, shop, f"{number}")
    manager, after, seen = await desk_of(shop.api, database, shop.manager_id), None, list[str]()
    while True:
        page = await manager.see("Pads", first=2, after=after)
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert (seen, len(seen)) == (sorted(set(seen), reverse=True), 5)


@pytest.mark.parametrize("count", [1, 9])
async def test_a_list_costs_one_statement_however_long_it_is(
    shop: Shop, database: Database, count: int
):
    one, *_ = [await a_pad(database, shop, f"{number}") for number in range(count)]
    manager = await desk_of(shop.api, database, shop.manager_id)
    before = statements_run()
    assert len((await manager.see("Pads"))["edges"]) == count
    assert statements_run() - before == 1
    await manager.see("Pad", id=one)
    assert statements_run() - before == 2


async def test_what_a_pad_sees_of_itself_costs_one_statement(shop: Shop, pad: PadInHand, api: Api):
    before = statements_run()
    await viewer(api, pad.access_token)
    # Each process looks twice a second for who is out: on the pool of its own.
    assert statements_run() - before == 1


async def test_who_is_signed_in_is_seen_and_who_walked_away_is_not(
    shop: Shop, pad: PadInHand, database: Database
):
    guide = await somebody(database, "guide", stores=[shop.store_id])
    await pad.sign_in("guide")
    manager = await desk_of(shop.api, database, shop.manager_id)
    seen = await manager.see("Pad", id=public_id("pad", pad.id))
    assert seen["staff"]["id"] == public_id("staff", guide)
    async with database.writes.begin() as session:
        of_guide = select(Session.id).where(Session.staff_id == guide)
        half_an_hour_ago = RefreshToken.expires_at - timedelta(minutes=30)
        await session.execute(
            update(RefreshToken)
            .where(RefreshToken.session_id == of_guide.scalar_subquery())
            .values(expires_at=half_an_hour_ago)
        )
    assert (await manager.see("Pad", id=public_id("pad", pad.id)))["staff"] is None


async def test_a_pad_is_renamed_once_and_on_the_record(shop: Shop, database: Database):
    public = await a_pad(database, shop, "old")
    manager, request = await desk_of(shop.api, database, shop.manager_id), a_request()
    for _ in range(2):
        saved = await manager.act("RenamePad", padId=public, name=" new ", requestId=request)
        assert saved["pad"]["name"] == "new"
    async with database.writes() as session:
        entry = (await session.scalars(select(AuditEntry))).one()
    assert (entry.action, entry.before, entry.after) == (
        "pad.rename",
        {"name": "old"},
        {"name": "new"},
    )
    assert (entry.pad_id, entry.store_id) == (None, None)
    for name in (" ", "x" * 41, "收银\u202e台", "till\u200b"):
        refused_as = await manager.act("RenamePad", padId=public, name=name)
        assert refused_as["__typename"] == "InvalidInput"


async def test_pads_of_other_stores_look_as_if_they_were_not_there(
    shop: Shop, other_shop: Shop, database: Database
):
    others = await a_pad(database, other_shop, "others")
    manager = await desk_of(shop.api, database, shop.manager_id)
    for public in (others, public_id("pad", make.an_id())):
        for mutation, more in (("RenamePad", {"name": "mine"}), ("RevokePad", {})):
            answer = await manager.act(mutation, padId=public, **more)
            assert answer["__typename"] == "PadUnavailable"
    async with database.writes() as session:
        assert (await session.scalars(select(AuditEntry))).all() == []
        row = (await session.scalars(select(Pad))).one()
        assert (row.name, row.revoked_at) == ("others", None)


@pytest.mark.parametrize("role", [Role.GUIDE, Role.FINANCE, Role.ENGINEER])
async def test_others_of_the_staff_have_no_part_in_pads(shop: Shop, database: Database, role: Role):
    person = await desk_of(
        shop.api, database, await somebody(database, "person", role, [shop.store_id])
    )
    assert await person.code("Pads") == "FORBIDDEN"
    given = {"requestId": a_request(), "padId": "x", "reason": "x"}
    assert await person.code("RevokePad", input=given) == "FORBIDDEN"


async def test_a_revoked_pad_is_out_and_so_is_who_was_signed_in(
    shop: Shop, pad: PadInHand, api: Api, database: Database
):
    await somebody(database, "guide", stores=[shop.store_id])
    body = (await pad.sign_in("guide")).json()
    manager = await desk_of(shop.api, database, shop.manager_id)
    for _ in range(2):
        saved = await manager.act("RevokePad", padId=public_id("pad", pad.id))
        assert saved["pad"]["revokedAt"] is not None
        assert saved["pad"]["staff"] is None
    for token in (pad.access_token, body["access_token"]):
        await until_out(api, token)
        (error,) = await viewer(api, token)
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
    for token in (pad.refresh_token, body["refresh_token"]):
        refused(await refresh(api, token, "pad"), "invalid_grant")
    assert (await pad.sign_in("guide")).status_code == 400
    async with database.writes() as session:
        of_pad = Session.pad_id == pad.id
        reasons = await session.scalars(select(Session.end_reason).where(of_pad))
        assert set(reasons) == {EndReason.REVOKED}
        revoking = AuditEntry.action == "pad.revoke"
        entry = (await session.scalars(select(AuditEntry).where(revoking))).one()
    assert (entry.subject_id, entry.reason) == (pad.id, "核实情况")


async def test_a_pad_that_refreshes_while_it_is_revoked_is_out_all_the_same(
    shop: Shop, pad: PadInHand, api: Api, database: Database
):
    manager = await desk_of(shop.api, database, shop.manager_id)
    answer, _ = await asyncio.gather(
        refresh(api, pad.refresh_token, "pad"),
        manager.act("RevokePad", padId=public_id("pad", pad.id)),
    )
    if answer.status_code == 200:
        refused(await refresh(api, answer.json()["refresh_token"], "pad"), "invalid_grant")
    async with database.writes() as session:
        is_open = Session.pad_id == pad.id, Session.ended_at.is_(None)
        open_ones = await session.scalars(select(Session).where(*is_open))
        assert open_ones.all() == []
        assert (await session.get_one(Pad, pad.id)).revoked_at is not None


async def test_a_pad_is_let_in_again_as_another_one(shop: Shop, pad: PadInHand, database: Database):
    manager = await desk_of(shop.api, database, shop.manager_id)
    await manager.act("RevokePad", padId=public_id("pad", pad.id))
    again = await shop.let_in()
    assert again.id != pad.id
