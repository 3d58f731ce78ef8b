"""Parcels over HTTP: what is sent, what is refused, and two who send at one moment."""

import asyncio
from collections import Counter
from contextlib import suppress

import asyncpg
import pytest

from domain.kernel.actors import Role
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.orders.cart.models import EngravedText
from domain.orders.closing import Closing
from domain.orders.events import OrderShipped
from domain.orders.models import Order, OrderHistory
from domain.orders.paying import OrderMoved
from domain.orders.shipping.audit import INVARIANTS
from domain.orders.shipping.models import Shipment, ShipmentLine
from domain.orders.words import CloseReason, DeliveryMethod, OrderStatus, ReviewStatus
from tests import make, make_orders
from tests.api.client import Api, statements_run
from tests.api.members.desk import member
from tests.api.orders.parcels import (
    Bought,
    bought,
    broken,
    own,
    paid,
    paid_order,
    ship,
    staff,
    units,
    wish,
)
from tests.api.staff.desk import a_store, desk_of, someone, trail
from tests.domain.members.people import rows
from tests.domain.orders import buying
from tests.domain.orders.buying import Shop
from workers.keepers import KEEPERS


async def test_an_order_goes_in_two_parcels_and_each_sells_what_it_has(
    api: Api, database: Database
):
    order = await paid_order(database, 2, 2)
    assert await units(database) == (100, 4, 0)
    first = await ship(api, order, "SF1020304050", lines=[(1, 1)])
    assert (first["__typename"], first["order"]["status"]) == ("OrderShipped", "PARTLY_SHIPPED")
    assert first["order"]["receiveBy"] is None
    assert await units(database) == (99, 3, 1)
    second = await ship(api, order, " yt99 88 77-a ", carrier="YTO")
    assert second["order"]["status"] == "SHIPPED"
    assert await units(database) == (96, 0, 4)
    told = [
        (each["ordinal"], each["carrierName"], each["trackingNumber"], each["lines"])
        for each in second["order"]["shipments"]
    ]
    assert told == [
        (1, "SF Express", "SF1020304050", [{"lineNumber": 1, "units": 1}]),
        (
            2,
            "YTO Express",
            "YT998877-A",
            [{"lineNumber": 1, "units": 1}, {"lineNumber": 2, "units": 2}],
        ),
    ]
    assert await broken(database) == {}


async def test_the_member_reads_the_parcels_and_what_is_next(api: Api, database: Database):
    order = await paid_order(database, 2)
    await ship(api, order, "SF1020304050", lines=[(1, 1)])
    seen = await own(api, database, order)
    assert (seen["status"], seen["shippedAt"]) == ("PARTLY_SHIPPED", None)
    assert seen["timeline"][-1]["text"] == (
        "Parcel 1 was sent: SF Express SF1020304050. The rest will follow."
    )
    await ship(api, order, "SF1020304051")
    seen = await own(api, database, order)
    assert seen["status"] == "SHIPPED"
    assert [each["trackingNumber"] for each in seen["shipments"]] == [
        "SF1020304050",
        "SF1020304051",
    ]
    assert seen["receiveBy"] > seen["shippedAt"]
    assert "Please confirm that you have it by" in seen["timeline"][-1]["text"]
    assert [each["status"] for each in seen["timeline"]] == [
        "PENDING_PAYMENT",
        "PAID",
        "PARTLY_SHIPPED",
        "SHIPPED",
    ]


async def test_a_repeat_gets_the_first_answer_and_sends_nothing_twice(api: Api, database: Database):
    order = await paid_order(database, 2)
    given = wish(order.id, lines=[(1, 1)])
    answers = [await staff(api, "ShipOrder", **given) for _ in range(2)]
    assert answers[0] == answers[1]
    known = await ship(api, order, "SF1020304050", lines=[(1, 1)])
    assert (known["__typename"], known["ordinal"]) == ("ParcelKnown", 1)
    assert await units(database) == (49, 1, 1)
    assert [(each.action, each.reason) for each in await trail(database)] == [
        ("order.ship", "已打包")
    ]


async def test_no_more_is_sent_than_was_ordered(api: Api, database: Database):
    order = await paid_order(database, 2)
    refused = await ship(api, order, lines=[(1, 3)])
    assert (refused["__typename"], refused["left"], refused["wanted"]) == ("UnitsNotLeft", 2, 3)
    unknown = await ship(api, order, lines=[(2, 1)])
    assert (unknown["__typename"], unknown["left"]) == ("UnitsNotLeft", 0)
    await ship(api, order)
    refused = await ship(api, order, "SF1020304051")
    assert (refused["__typename"], refused["obstacle"]) == ("OrderNotShippable", "ALL_SHIPPED")
    assert await units(database) == (48, 0, 2)


async def test_an_order_that_is_not_paid_or_closed_is_not_sent(api: Api, database: Database):
    order = await bought(database, 1)
    refused = await ship(api, order)
    assert (refused["obstacle"], refused["why"]) == ("NOT_PAID", "The order is not paid yet.")
    reason = CloseReason.CANCELLED_BY_STAFF
    await buying.closed(database, [Closing(order.order_id, reason, "test")])
    assert (await ship(api, order))["obstacle"] == "CLOSED"
    assert await rows(database, Shipment) == []


@pytest.mark.parametrize(
    ("review", "obstacle"),
    [(ReviewStatus.PENDING, "TEXTS_WAIT"), (ReviewStatus.REJECTED, "TEXTS_REJECTED")],
)
async def test_what_nobody_allowed_to_be_engraved_is_not_sent(
    api: Api, database: Database, review: ReviewStatus, obstacle: str
):
    async with database.writes.begin() as session:
        place = await make.place(session)
        (variant,) = await make_orders.goods(session, fields=make_orders.FIELDS, place_id=place)
        buyer = await make_orders.a_member(session)
        texts = (EngravedText("name", "林小满"),)
        made = await make_orders.an_order(
            session, buyer, variant, texts=texts, review=review, place_id=place
        )
    await paid(database, made.id)
    refused = await ship(api, Bought(made.id, buyer, Shop(place, [variant])))
    assert refused["obstacle"] == obstacle
    assert await rows(database, Shipment) == []


async def test_an_order_that_is_picked_up_is_not_sent(api: Api, database: Database):
    store = await a_store(database)
    async with database.writes.begin() as session:
        (variant,) = await make_orders.goods(session, place_id=store)
        buyer = await make_orders.a_member(session)
        made = await make_orders.an_order(
            session,
            buyer,
            variant,
            place_id=store,
            delivery=DeliveryMethod.PICK_UP,
            address=None,
        )
    await paid(database, made.id)
    refused = await ship(api, Bought(made.id, buyer, Shop(store, [variant])))
    assert refused["obstacle"] == "PICKED_UP"


async def test_what_is_no_parcel_is_told_at_once(api: Api, database: Database):
    order = await paid_order(database, 2)
    answer = await ship(api, order, "x", lines=[(1, 0), (1, 1)], reason=" ")
    assert [(each["path"], each["code"]) for each in answer["problems"]] == [
        ("trackingNumber", "not_a_tracking_number"),
        ("lines.0.units", "out_of_range"),
        ("lines.1.lineNumber", "repeated"),
        ("reason", "missing"),
    ]


async def test_the_last_of_fifteen_parcels_has_all_that_is_left(api: Api, database: Database):
    order = await paid_order(database, 17)
    for number in range(14):
        await ship(api, order, f"SF10203040{number:02}", lines=[(1, 1)])
    refused = await ship(api, order, "SF1020304099", lines=[(1, 1)])
    assert refused["obstacle"] == "TOO_MANY_PARCELS"
    assert (await ship(api, order, "SF1020304099"))["order"]["status"] == "SHIPPED"


async def test_a_carrier_and_a_number_are_put_right_on_the_record(api: Api, database: Database):
    order = await paid_order(database, 2)
    await ship(api, order, "SF1020304050", lines=[(1, 1)])
    await ship(api, order, "SF1020304051")
    taken = await staff(
        api, "CorrectShipment", **wish(order.id, "SF1020304051", ordinal=1, reason="录错")
    )
    assert (taken["__typename"], taken["ordinal"]) == ("ParcelKnown", 2)
    none = await staff(api, "CorrectShipment", **wish(order.id, "SF1020304059", ordinal=3))
    assert none["__typename"] == "ParcelUnavailable"
    given = wish(order.id, "ZT5566778899", ordinal=1, carrier="ZTO", reason="录错")
    answers = [await staff(api, "CorrectShipment", **given) for _ in range(2)]
    assert answers[0] == answers[1]
    first, _ = answers[0]["order"]["shipments"]
    assert (first["carrier"], first["trackingNumber"]) == ("ZTO", "ZT5566778899")
    assert first["correctedAt"] is not None
    entry = (await trail(database))[-1]
    assert (entry.action, entry.reason) == ("order.correct_shipment", "录错")
    assert entry.before == {"ordinal": 1, "carrier": "sf", "tracking_number": "SF1020304050"}
    assert entry.after == {"ordinal": 1, "carrier": "zto", "tracking_number": "ZT5566778899"}


async def test_a_manager_sends_from_their_store_alone_and_guides_do_not(database: Database):
    store, other = await a_store(database), await a_store(database, "ST-2")
    async with database.writes.begin() as session:
        (variant,) = await make_orders.goods(session, place_id=other)
        buyer = await make_orders.a_member(session)
        made = await make_orders.an_order(session, buyer, variant, place_id=other)
    await paid(database, made.id)
    given = wish(public_id("order", made.id))
    elsewhere = desk_of(database, await someone(database, Role.STORE_MANAGER, store))
    assert (await elsewhere.see("ShipOrder", input=given))["__typename"] == "OrderUnavailable"
    put_right = await elsewhere.see("CorrectShipment", input={**given, "ordinal": 1})
    assert put_right["__typename"] == "OrderUnavailable"
    guide = desk_of(database, await someone(database, Role.GUIDE, other))
    assert await guide.code("playground/ShipOrder", input=given) == "FORBIDDEN"
    manager = desk_of(database, await someone(database, Role.STORE_MANAGER, other))
    assert (await manager.see("ShipOrder", input=given))["__typename"] == "OrderShipped"


async def test_two_who_send_the_same_units_at_once_send_them_once(api: Api, database: Database):
    order = await paid_order(database, 3)
    answers = await asyncio.gather(
        *(ship(api, order, f"SF102030405{n}", lines=[(1, 2)]) for n in range(4))
    )
    assert Counter(each["__typename"] for each in answers) == {"OrderShipped": 1, "UnitsNotLeft": 3}
    assert await units(database) == (48, 1, 2)
    assert sum(each.units for each in await rows(database, ShipmentLine)) == 2
    assert await broken(database) == {}


async def pays(database: Database, order: Bought) -> None:
    """The payment comes, perhaps too late: what the shop has cancelled stays so."""
    with suppress(OrderMoved, AssertionError):
        await paid(database, order.order_id)


async def test_sending_and_cancelling_or_paying_at_one_moment_end_as_one_of_them(
    api: Api, database: Database
):
    """Staff cancel and send while the payment arrives: paid and sent, paid, or closed."""
    shop = await buying.a_shop(database)
    for _ in range(4):
        order = await bought(database, 1, shop=shop)
        cancel = {"requestId": str(make.an_id()), "orderId": order.id, "reason": "缺货"}

        _, sent, _ = await asyncio.gather(
            pays(database, order), ship(api, order), staff(api, "StaffCancelOrder", **cancel)
        )
        (row,) = [each for each in await rows(database, Order) if each.id == order.order_id]
        assert (row.status is OrderStatus.SHIPPED) == (sent["__typename"] == "OrderShipped")
        assert row.status is not OrderStatus.PENDING_PAYMENT
    assert await broken(database) == {}


async def test_each_parcel_is_told_to_the_rest_of_the_mall(api: Api, database: Database):
    order = await paid_order(database, 2)
    await ship(api, order, "SF1020304050", lines=[(1, 1)])
    await ship(api, order, "SF1020304051")
    moves = [each.to_status for each in await rows(database, OrderHistory)]
    assert sorted(moves) == ["paid", "partly_shipped", "pending_payment", "shipped"]
    assert OrderShipped.TYPE in KEEPERS


async def test_parcels_cost_one_statement_for_a_page_and_none_where_there_are_none(
    api: Api, database: Database
):
    order = await paid_order(database, 1)
    buyer = member(database, order.member_id)
    before = statements_run()
    await buyer.read("OrderDetail", id=order.id)
    without = statements_run() - before
    await ship(api, order)
    before = statements_run()
    await buyer.read("OrderDetail", id=order.id)
    # One of them asks for cases after the sale, whose moves the timeline tells.
    assert (without, statements_run() - before) == (5, 6)


FAULTS = {
    "shipping.parcels_have_sold_their_units": "DELETE FROM stock_entries WHERE reason = 'sold'",
    "shipping.no_more_is_sent_than_was_ordered": "UPDATE shipment_lines SET units = units + 1",
    "shipping.status_says_what_was_sent": "DELETE FROM shipment_lines",
    "shipping.parcels_are_moves": "UPDATE shipments SET move = 1",
    "shipping.shipped_ones_are_awaited": "DELETE FROM receipt_deadlines",
}


def test_there_is_a_fault_for_each_invariant():
    assert FAULTS.keys() == {invariant.name for invariant in INVARIANTS}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_found_and_its_row_is_named(
    api: Api, database: Database, owner: "asyncpg.Connection[asyncpg.Record]", name: str
):
    order = await paid_order(database, 2)
    await ship(api, order)
    assert await broken(database) == {}
    await owner.execute(FAULTS[name])
    assert (await broken(database))[name] == 1
