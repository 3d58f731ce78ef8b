"""Pick-up over HTTP: operators say where and when, and everybody is told."""

import pytest
from sqlalchemy import select

from domain.freight import pick_up
from domain.kernel.actors import Role, Staff
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.staff.models import AuditEntry
from tests import make
from tests.api.catalog.desk import REASON, Desk, a_request, problems, text
from tests.api.client import Api, statements_run
from tests.api.members.desk import staff
from tests.api.staff.desk import a_store

POINT = {
    "offersPickUp": True,
    "address": text("南京西路 1266 号", "1266 West Nanjing Road"),
    "openingHours": text("每日 10:00–22:00", "Every day, 10:00–22:00"),
}
NOTHING = text("", "")


async def test_a_store_that_offers_pick_up_is_told_to_everybody(api: Api, database: Database):
    desk = Desk(api)
    one, other = [public_id("place", await a_store(database, f"ST-{n}")) for n in (1, 2)]
    assert await desk.see("PickUpStores") == []
    for store in (other, one):
        done = await desk.do("ArrangePickUp", storeId=store, **POINT)
        assert done == {"__typename": "PickUpArranged", "storeId": store}

    before = statements_run()
    told = await desk.see("PickUpStores")
    assert statements_run() - before == 1
    assert [each["id"] for each in told] == [one, other]
    assert told[0] == {
        "id": one,
        "title": "店",
        "address": "南京西路 1266 号",
        "openingHours": "每日 10:00–22:00",
    }
    english = await api.run("miniprogram/PickUpStores", {"accept-language": "en"})
    assert english["data"]["pickUpStores"][0]["address"] == "1266 West Nanjing Road"
    (place, _) = await desk.read("Places")
    assert {name: place[name] for name in POINT} == POINT

    await desk.do("ArrangePickUp", storeId=one, **{**POINT, "offersPickUp": False})
    assert [each["id"] for each in await desk.see("PickUpStores")] == [other]


async def test_what_changed_is_in_the_audit_trail_once(api: Api, database: Database):
    store = await a_store(database)
    for _ in range(2):
        await Desk(api).do("ArrangePickUp", storeId=public_id("place", store), **POINT)
    async with database.writes() as session:
        (entry,) = await session.scalars(select(AuditEntry))
    assert (entry.action, entry.subject_id, entry.reason) == (
        "store.arrange_pick_up",
        store,
        REASON,
    )
    assert entry.before == {"offers_pick_up": False, "address": NOTHING, "opening_hours": NOTHING}
    assert entry.after == {
        "offers_pick_up": True,
        "address": POINT["address"],
        "opening_hours": POINT["openingHours"],
    }


async def test_members_must_be_told_where_to_go_and_when(api: Api, database: Database):
    desk = Desk(api)
    store = public_id("place", await a_store(database))
    refused = await desk.do(
        "ArrangePickUp",
        storeId=store,
        offersPickUp=True,
        address=text(" ", "长" * 201),
        openingHours=NOTHING,
    )
    assert problems(refused) == {
        ("address.zh", "missing"),
        ("address.en", "too_long"),
        ("openingHours.zh", "missing"),
        ("openingHours.en", "missing"),
    }
    assert await desk.see("PickUpStores") == []
    closed = {"offersPickUp": False, "address": NOTHING, "openingHours": NOTHING}
    done = await desk.do("ArrangePickUp", storeId=store, **closed)
    assert done["__typename"] == "PickUpArranged"


async def test_a_warehouse_hands_nothing_out(api: Api, database: Database):
    async with database.writes.begin() as session:
        warehouse = await make.place(session)
    for store in (warehouse, make.an_id()):
        refused = await Desk(api).do("ArrangePickUp", storeId=public_id("place", store), **POINT)
        assert refused == {"__typename": "StoreUnavailable", "message": "没有这家门店。"}


async def test_there_are_at_most_so_many_stores_that_hand_out(
    api: Api, database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pick_up, "MOST_PICK_UP_STORES", 1)
    one, other = [public_id("place", await a_store(database, f"ST-{n}")) for n in (1, 2)]
    desk = Desk(api)
    await desk.do("ArrangePickUp", storeId=one, **POINT)
    refused = await desk.do("ArrangePickUp", storeId=other, **POINT)
    assert problems(refused) == {("offersPickUp", "too_many")}
    # One that hands out already may say another address.
    moved = {**POINT, "address": text("长乐路 1 号", "1 Changle Road")}
    await desk.do("ArrangePickUp", storeId=one, **moved)
    assert [each["address"] for each in await desk.see("PickUpStores")] == ["长乐路 1 号"]


@pytest.mark.parametrize("role", [Role.GUIDE, Role.STORE_MANAGER, Role.FINANCE])
async def test_only_operators_and_owners_arrange_pick_up(database: Database, role: Role):
    store = public_id("place", await a_store(database))
    colleague = staff(database, Staff(make.an_id(), "小雪", role))
    given = {"requestId": a_request(), "reason": REASON, "storeId": store, **POINT}
    assert await colleague.code("playground/ArrangePickUp", input=given) == "FORBIDDEN"
