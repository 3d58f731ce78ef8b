"""What the staff do with orders, through trusted documents: finding, notes, cancelling."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy import text as make_text

from domain.kernel.actors import Role
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.members.actions.phones import phone_key
from domain.members.words import ConsentPurpose
from domain.orders.models import Order
from domain.orders.numbers import order_number
from domain.orders.words import OrderStatus
from domain.stock.models import StockLevel
from tests import make, make_orders
from tests.api.client import statements_run
from tests.api.contexts import VAULT
from tests.api.members.desk import Phones, member, publish
from tests.api.staff.desk import a_store, at_pad, desk_of, someone, trail
from tests.domain.orders import buying
from tests.make import NOON

PHONE = "+8613800138000"


async def an_order(database: Database, **changes: Any) -> UUID:
    """An order of a member, from the warehouse unless it is told otherwise."""
    async with database.writes.begin() as session:
        member_id = changes.pop("member_id", None) or await make_orders.a_member(session)
        place_id = changes.get("place_id")
        units = 50 if place_id else None
        (variant,) = await make_orders.goods(session, units=units, place_id=place_id)
        changes.setdefault("number", order_number(NOON, buying.RANDOM))
        return (await make_orders.an_order(session, member_id, variant, **changes)).id


def found(page: Any) -> list[str]:
    """The ids of a page of orders."""
    return [edge["node"]["id"] for edge in page["edges"]]


def ids(*keys: UUID) -> list[str]:
    """The public ids of orders, the newest first."""
    return [public_id("order", key) for key in sorted(keys, reverse=True)]


async def search(database: Database, **filter_: object) -> list[str]:
    """What the owner finds."""
    desk = desk_of(database, await someone(database))
    return found(await desk.see("StaffOrders", filter=filter_))


async def number_of(database: Database, order_id: UUID) -> str:
    """The number of an order."""
    async with database.writes() as session:
        return (await session.get_one(Order, order_id)).number


async def test_orders_are_found_by_each_condition(database: Database):
    first = await an_order(database)
    async with database.writes.begin() as session:
        other_member = await make_orders.a_member(session, "茉莉")
    closed = await an_order(database, member_id=other_member, status=OrderStatus.CLOSED)
    sent = await an_order(database, recipient_phone_index=phone_key(VAULT, PHONE))
    assert await search(database) == ids(sent, closed, first)
    assert await search(database, number=await number_of(database, first)) == ids(first)
    spaced = f" {await number_of(database, closed)} ".replace("2", "2 ")
    assert await search(database, number=spaced) == ids(closed)
    assert await search(database, memberId=public_id("member", other_member)) == ids(closed)
    assert await search(database, status="CLOSED") == ids(closed)
    assert await search(database, recipientPhone="138 0013 8000") == ids(sent)
    assert await search(database, phone="+86 138 0013 8000") == ids(sent)
    async with database.writes() as session:
        lines = "SELECT product_id FROM order_lines WHERE order_id = :key"
        product = await session.scalar(make_text(lines), {"key": sent})
        place = (await session.get_one(Order, closed)).place_id
    assert await search(database, productId=public_id("product", product)) == ids(sent)
    assert await search(database, placeId=public_id("place", place)) == ids(closed)
    assert await search(database, placedFrom="2026-11-12T00:00:00Z") == []
    assert await search(database, placedUntil="2026-11-11T04:00:00Z") == []
    several = {"status": "PENDING_PAYMENT", "productId": public_id("product", product)}
    assert await search(database, **several, recipientPhone=PHONE) == ids(sent)
    assert await search(database, **several, placeId=public_id("place", place)) == []


async def test_a_phone_finds_what_is_the_members_and_what_is_sent_to_it(database: Database):
    publish_for = await someone(database)
    await publish(database, ConsentPurpose.PHONE)
    async with database.writes.begin() as session:
        member_id = await make_orders.a_member(session)
    await member(database, member_id, phones=Phones(tap=PHONE)).do(
        "BindPhoneByWeChat", code="tap", consentVersion=1
    )
    theirs = await an_order(database, member_id=member_id)
    both = await an_order(
        database, member_id=member_id, recipient_phone_index=phone_key(VAULT, PHONE)
    )
    gift = await an_order(database, recipient_phone_index=phone_key(VAULT, PHONE))
    await an_order(database)
    assert await search(database, phone=PHONE) == ids(gift, both, theirs)
    assert await search(database, recipientPhone=PHONE) == ids(gift, both)
    page = await desk_of(database, publish_for).see("StaffOrders", filter={"phone": PHONE})
    shown = [edge["node"]["member"]["phone"] for edge in page["edges"]]
    assert sorted(shown, key=str) == ["****8000", "****8000", None]


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"number": "261111000000000000"}, "order number"),
        ({"number": "abc"}, "order number"),
        ({"phone": "12"}, "phone"),
        ({"recipientPhone": "nobody"}, "phone"),
        ({"memberId": "product_1"}, "memberId"),
    ],
)
async def test_what_cannot_be_is_told_and_is_no_empty_list(
    database: Database, given: dict[str, str], word: str
):
    desk = desk_of(database, await someone(database))
    response = await desk.run("playground/StaffOrders", filter=given)
    (error,) = response["errors"]
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert word in error["message"]


async def test_pages_go_on_to_the_end(database: Database):
    made = [await an_order(database) for _ in range(5)]
    desk = desk_of(database, await someone(database))
    seen: list[str] = []
    after = None
    has_next: list[bool] = []
    for _ in range(3):
        page = await desk.see("StaffOrders", first=2, after=after)
        seen += found(page)
        after = page["pageInfo"]["endCursor"]
        has_next.append(page["pageInfo"]["hasNextPage"])
    assert seen == ids(*made)
    assert has_next == [True, True, False]


@pytest.mark.parametrize("role", [Role.STORE_MANAGER, Role.GUIDE])
async def test_who_works_in_stores_sees_the_orders_of_these_alone(database: Database, role: Role):
    store, other = await a_store(database), await a_store(database, "ST-2")
    own_order = await an_order(database, place_id=store)
    elsewhere = await an_order(database, place_id=other)
    desk = desk_of(database, await someone(database, role, store))
    assert found(await desk.see("StaffOrders")) == ids(own_order)
    assert found(await desk.see("StaffOrders", filter={"status": "CLOSED"})) == []
    assert found(await desk.see("StaffOrders", filter={"placeId": public_id("place", other)})) == []
    number = await number_of(database, elsewhere)
    assert found(await desk.see("StaffOrders", filter={"number": number})) == []
    assert await desk.see("StaffOrder", id=ids(elsewhere)[0]) is None
    assert (await desk.see("StaffOrder", id=ids(own_order)[0]))["id"] == ids(own_order)[0]
    noted = await desk.see(
        "AddOrderNote",
        input={"requestId": str(make.an_id()), "orderId": ids(elsewhere)[0], "text": "?"},
    )
    assert noted["__typename"] == "OrderUnavailable"


@pytest.mark.parametrize("role", [Role.FINANCE, Role.OPERATOR, Role.ENGINEER, Role.OWNER])
async def test_the_others_see_all_orders(database: Database, role: Role):
    order_id = await an_order(database, place_id=await a_store(database))
    desk = desk_of(database, await someone(database, role))
    assert found(await desk.see("StaffOrders")) == ids(order_id)


async def test_at_a_pad_nobody_sees_orders(database: Database):
    store = await a_store(database)
    staff = at_pad(await someone(database, Role.STORE_MANAGER, store), make.an_id(), store)
    response = await desk_of(database, staff).run("playground/StaffOrders")
    assert response["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_an_order_is_shown_whole_in_few_statements(database: Database):
    shop = await buying.a_shop(database)
    buyer = await buying.a_buyer(database)
    placed = await buying.buy(database, buyer, shop.variants[0], 2)
    owner = await someone(database)
    desk = desk_of(database, owner)
    await note(desk, placed.order_id, "请先核对刻字")
    before = statements_run()
    shown = await desk.see("StaffOrder", id=ids(placed.order_id)[0])
    assert statements_run() - before == 8
    assert shown["number"] == placed.number
    assert shown["payable"] == placed.payable_fen
    assert shown["member"] == {"id": public_id("member", buyer), "name": "山茶", "phone": None}
    assert shown["address"]["phone"] == "****8000"
    assert "衡山路" not in str(shown)
    (line,) = shown["lines"]
    assert (line["units"], line["unitPrice"], line["payable"]) == (2, 15800, 31600)
    (payment,) = shown["payments"]
    assert (payment["status"], payment["amount"]) == ("DUE", placed.payable_fen)
    (move,) = shown["history"]
    assert move["actor"] == {"id": public_id("member", buyer), "name": "山茶"}
    assert [(each["text"], each["actor"]["name"]) for each in shown["notes"]] == [
        ("请先核对刻字", owner.name)
    ]


async def test_a_page_costs_two_statements_and_one_for_places(database: Database):
    for _ in range(3):
        await an_order(database)
    desk = desk_of(database, await someone(database))
    before = statements_run()
    assert len(found(await desk.see("StaffOrders"))) == 3
    assert statements_run() - before == 3


async def note(desk: Any, order_id: UUID, text: str, **more: object) -> Any:
    """Add a note."""
    given = {"requestId": str(make.an_id()), "orderId": ids(order_id)[0], "text": text, **more}
    return await desk.see("AddOrderNote", input=given)


async def cancel(desk: Any, order_id: UUID, reason: str = "缺货", **more: object) -> Any:
    """Cancel an order."""
    given = {"requestId": str(make.an_id()), "orderId": ids(order_id)[0], "reason": reason, **more}
    return await desk.see("StaffCancelOrder", input=given)


async def test_notes_are_listed_newest_first_and_stand_in_the_trail(database: Database):
    order_id = await an_order(database)
    guide = await someone(database, Role.ENGINEER)
    desk = desk_of(database, guide)
    request = str(make.an_id())
    await note(desk, order_id, "一")
    again = [await note(desk, order_id, " 二 ", requestId=request) for _ in range(2)]
    assert again[0] == again[1]
    assert {each["text"] for each in again[0]["order"]["notes"]} == {"一", "二"}
    entries = await trail(database)
    told = {(each.action, each.reason) for each in entries}
    assert told == {("order.note", "一"), ("order.note", "二")}
    assert len(entries) == 2
    assert {each.subject_id for each in entries} == {order_id}


@pytest.mark.parametrize(("text", "code"), [(" ", "missing"), ("长" * 501, "too_long")])
async def test_a_note_says_something_and_not_too_much(database: Database, text: str, code: str):
    order_id = await an_order(database)
    answer = await note(desk_of(database, await someone(database)), order_id, text)
    assert [each["code"] for each in answer["problems"]] == [code]


async def test_cancelling_gives_the_units_back_and_tells_why(database: Database):
    shop = await buying.a_shop(database)
    placed = await buying.buy(database, await buying.a_buyer(database), shop.variants[0], 3)
    operator = await someone(database, Role.OPERATOR)
    desk = desk_of(database, operator)
    answer = await cancel(desk, placed.order_id, " 商品下架 ")
    order = answer["order"]
    assert (order["status"], order["closeReason"]) == ("CLOSED", "CANCELLED_BY_STAFF")
    assert order["history"][-1]["note"] == "商品下架"
    assert order["history"][-1]["actor"]["name"] == operator.name
    async with database.writes() as session:
        assert await session.scalar(select(func.sum(StockLevel.held))) == 0
    (entry,) = await trail(database)
    assert (entry.action, entry.reason, entry.subject_id) == (
        "order.cancel",
        "商品下架",
        placed.order_id,
    )


async def test_the_member_reads_the_reason_in_the_timeline(database: Database):
    shop = await buying.a_shop(database)
    buyer = await buying.a_buyer(database)
    placed = await buying.buy(database, buyer, shop.variants[0])
    await cancel(desk_of(database, await someone(database)), placed.order_id, "盘点时破损")
    seen = await member(database, buyer).read("OrderDetail", id=ids(placed.order_id)[0])
    assert seen["timeline"][-1]["text"] == "The shop cancelled the order: 盘点时破损"


async def test_a_second_cancellation_is_refused_and_leaves_no_trace(database: Database):
    shop = await buying.a_shop(database)
    placed = await buying.buy(database, await buying.a_buyer(database), shop.variants[0])
    first = desk_of(database, await someone(database, Role.OPERATOR))
    request = str(make.an_id())
    answers = [await cancel(first, placed.order_id, requestId=request) for _ in range(2)]
    assert answers[0] == answers[1]
    second = desk_of(database, await someone(database, Role.OPERATOR))
    refused = await cancel(second, placed.order_id, "我也来取消")
    assert refused["__typename"] == "OrderNotOpen"
    assert refused["orderId"] == ids(placed.order_id)[0]
    assert len(await trail(database)) == 1


async def test_a_manager_cancels_in_their_store_alone_and_guides_do_not(database: Database):
    store, other = await a_store(database), await a_store(database, "ST-2")
    own_order = await an_order(database, place_id=other)
    manager = desk_of(database, await someone(database, Role.STORE_MANAGER, store))
    assert (await cancel(manager, own_order))["__typename"] == "OrderUnavailable"
    assert (await cancel(manager, make.an_id()))["__typename"] == "OrderUnavailable"
    guide = desk_of(database, await someone(database, Role.GUIDE, other))
    given = {"requestId": str(make.an_id()), "orderId": ids(own_order)[0], "reason": "x"}
    code = await guide.code("playground/StaffCancelOrder", input=given)
    assert code == "FORBIDDEN"
