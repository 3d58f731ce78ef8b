"""Virtual goods: ordered apart, paid for, and delivered at once and once."""

import asyncio
from math import inf
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from domain.catalog.content import ProductKind
from domain.catalog.models import Product, Variant
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.messages import kinds as message_kinds
from domain.messages.models import InboxMessage
from domain.messages.words import MessageKind
from domain.orders.errors import Change, ChangeKind, QuoteChanged
from domain.orders.models import Order, OrderHistory
from domain.orders.placing.values import Placed
from domain.orders.quoting import Obstacle
from domain.orders.refunding.rules import UnitsBack
from domain.orders.shipping.delivering import due_deliveries
from domain.orders.shipping.models import Shipment
from domain.orders.words import DeliveryMethod, OrderStatus, ShipmentKind
from domain.shipping_duty.beginning import begin, parcels_changed
from domain.shipping_duty.words import DutyStatus, LogisticsType
from domain.stock.actions import Movement, move
from domain.stock.rules import Reason
from tests import make, make_orders
from tests.api.catalog.desk import Desk, text, variant_input
from tests.api.client import AS_STAFF, Api
from tests.api.orders.parcels import Bought, broken, own, paid, ship, staff, units
from tests.api.orders.test_placing import a_buyer
from tests.domain.members.people import rows
from tests.domain.orders import buying
from tests.domain.orders.refunding.given import refunded
from tests.domain.payments.tills import MemoryGateway, a_till, known_at_wechat, prepaid
from tests.domain.shipping_duty.duties import MemoryWeChat, a_teller, duty_of, worked
from tests.make import NOON
from workers.relay import relay_outbox
from workers.tools import Tools
from workers.virtual_goods import deliver_virtual_goods

VIRTUAL = DeliveryMethod.VIRTUAL
NOTE = text("凭手机号到任意门店使用。", "Say your phone number in any store.")
_RANDOM = Random(3)


def sweeps(database: Database) -> Any:
    """What a worker has in its hands."""
    return {"tools": Tools(database, system_clock, make.media_folder(Path("/nowhere")), _RANDOM)}


async def cards(database: Database, place_id: UUID | None = None) -> buying.Shop:
    """Fifty units of a card in a warehouse."""
    async with database.writes.begin() as session:
        place_id = place_id or await make.place(session)
        variants = await make_orders.goods(session, place_id=place_id, kind=ProductKind.VIRTUAL)
    return buying.Shop(place_id, variants)


async def bought(database: Database, shop: buying.Shop, member_id: UUID | None = None) -> Placed:
    """An order of two cards that waits to be paid; its member needs no address."""
    async with database.writes.begin() as session:
        member_id = member_id or await make_orders.a_member(session)
    await buying.in_cart(database, member_id, shop.variants[0], 2)
    seen = (await buying.quoted(database, member_id, delivery=VIRTUAL)).seen
    assert seen is not None
    (placed,) = await buying.placed(database, [buying.placement(member_id, seen)])
    assert isinstance(placed, Placed), placed
    return placed


async def test_a_card_is_created_bought_and_delivered_over_http(api: Api, database: Database):
    shown = variant_input("CARD-500", 50_000, deliveryNote=NOTE)
    product = await Desk(api).a_published_product(kind="VIRTUAL", variants=[shown])
    card = make.key_of(product["variants"][0]["id"], "variant")
    async with database.writes.begin() as session:
        place_id = await make.place(session)
        received = Movement(card, place_id, Reason.RECEIVED, 10, "test")
        await move(session, [received], actor="test", at=NOON)
    buyer = await a_buyer(api, database)
    given = {"requestId": str(make.an_id()), "variantId": public_id("variant", card), "units": 2}
    added = await api.run("miniprogram/CartAdd", buyer.headers, input=given)
    (line,) = added["data"]["addToCart"]["cart"]["lines"]
    assert (line["kind"], line["problems"], line["isReturnable"]) == ("VIRTUAL", [], False)

    refused = await buyer.quote()
    assert [each["obstacle"] for each in refused["obstacles"]] == ["ONLY_VIRTUAL"]
    assert refused["token"] is None
    quote = await buyer.quote(delivery="VIRTUAL")
    assert (quote["payable"], quote["freight"]["payable"], quote["obstacles"]) == (100_000, 0, [])
    assert [each["isReturnable"] for each in quote["lines"]] == [False]
    placed = (await buyer.place(quote["token"]))["data"]["placeOrder"]
    order_id = make.key_of(placed["orderId"], "order")
    order = Bought(order_id, buyer.member_id, buying.Shop(place_id, [card]))
    assert (await own(api, database, order))["lines"][0]["deliveryNote"] is None

    await paid(database, order_id)
    await deliver_virtual_goods(sweeps(database))
    seen = await own(api, database, order)
    assert (seen["delivery"], seen["status"], seen["address"], seen["store"]) == (
        "VIRTUAL",
        "RECEIVED",
        None,
        None,
    )
    assert seen["lines"][0]["deliveryNote"] == NOTE["en"]
    assert seen["timeline"][-1]["text"] == "It was delivered; each item says how to use it."
    assert seen["receivedAt"] == seen["shippedAt"] is not None
    assert await units(database) == (8, 0, 2)


async def test_a_mixed_order_is_refused_in_words_of_each_line(api: Api, database: Database):
    shop = await buying.a_shop(database)
    card = (await cards(database, shop.place_id)).variants[0]
    buyer = await a_buyer(api, database)
    buyer.headers["accept-language"] = "zh-CN"
    thing = public_id("cartline", await buying.in_cart(database, buyer.member_id, shop.variants[0]))
    line = public_id("cartline", await buying.in_cart(database, buyer.member_id, card))
    refusals = {
        "DELIVERY": (line, "ONLY_VIRTUAL", "虚拟商品无需配送或自提，请与其他商品分开下单。"),
        "VIRTUAL": (thing, "NOT_VIRTUAL", "该商品需要配送或自提，请与虚拟商品分开下单。"),
    }
    for delivery, told in refusals.items():
        quote = await buyer.quote(delivery=delivery)
        (each,) = quote["obstacles"]
        assert (each["lineId"], each["obstacle"], each["message"]) == told
        assert quote["token"] is None
    assert (await buyer.quote(delivery="VIRTUAL", lineIds=[line]))["token"]
    assert (await buyer.quote(lineIds=[thing]))["token"]


async def test_without_an_address_and_a_warehouse_nothing_virtual_is_to_be_had(database: Database):
    async with database.writes.begin() as session:
        (card,) = await make_orders.goods(session, units=None, kind=ProductKind.VIRTUAL)
        member_id = await make_orders.a_member(session)
    await buying.in_cart(database, member_id, card)
    quote = await buying.quoted(database, member_id, delivery=VIRTUAL)
    assert [each.obstacle for each in quote.problems] == [Obstacle.UNAVAILABLE]


async def test_what_turned_out_to_be_sent_is_not_placed_as_virtual(database: Database):
    shop = await cards(database)
    async with database.writes.begin() as session:
        member_id = await make_orders.a_member(session)
    line_id = await buying.in_cart(database, member_id, shop.variants[0])
    seen = (await buying.quoted(database, member_id, delivery=VIRTUAL)).seen
    assert seen is not None
    async with database.writes.begin() as session:
        await session.execute(update(Product).values(kind=ProductKind.PHYSICAL))
    (refused,) = await buying.placed(database, [buying.placement(member_id, seen)])
    assert isinstance(refused, QuoteChanged)
    assert refused.changes == [Change(ChangeKind.UNAVAILABLE, line_id)]


async def test_two_workers_at_once_deliver_each_order_once(database: Database):
    shop = await cards(database)
    orders = [await bought(database, shop) for _ in range(6)]
    waiting = await bought(database, shop)
    for each in orders:
        await paid(database, each.order_id)
    await asyncio.gather(*(deliver_virtual_goods(sweeps(database)) for _ in range(3)))
    await deliver_virtual_goods(sweeps(database))
    parcels = await rows(database, Shipment)
    assert sorted(each.order_id for each in parcels) == sorted(each.order_id for each in orders)
    assert {(each.kind, each.carrier, each.move) for each in parcels} == {
        (ShipmentKind.VIRTUAL, None, 3)
    }
    assert await units(database) == (38, 2, 12)
    async with database.writes() as session:
        stays = select(Order.status).where(Order.id == waiting.order_id)
        assert await session.scalar(stays) is OrderStatus.PENDING_PAYMENT
        moved = select(OrderHistory.actor).where(OrderHistory.to_status == OrderStatus.RECEIVED)
        assert [*await session.scalars(moved)] == ["worker:deliver_virtual_goods"] * 6
    assert await broken(database) == {}
    await relay_outbox(sweeps(database))
    await relay_outbox(sweeps(database))
    messages = await rows(database, InboxMessage)
    kinds = [each.kind for each in messages]
    assert kinds.count(MessageKind.ORDER_DELIVERED) == 6
    assert MessageKind.ORDER_FETCHED not in kinds
    # Nobody packs a card.
    for language, not_true in ((Language.ZH, "备货"), (Language.EN, "getting it ready")):
        bodies = [
            message_kinds.told(each.kind, each.parameters, language).body for each in messages
        ]
        assert len(bodies) == 12
        assert not [body for body in bodies if not_true in body]


async def test_an_order_that_cannot_be_delivered_keeps_no_other_waiting(database: Database):
    shop = await cards(database)
    other = await cards(database, shop.place_id)
    first, second = await bought(database, shop), await bought(database, other)
    for each in (first, second):
        await paid(database, each.order_id)
    async with database.writes.begin() as session:
        # Nobody but a bug takes away what is held for an order.
        taken = Movement(shop.variants[0], shop.place_id, Reason.RELEASED, 2, "bug")
        await move(session, [taken], actor="bug", at=NOON)
    with capture_logs() as logs:
        for _ in range(3):
            await deliver_virtual_goods(sweeps(database))
    assert [each["event"] for each in logs].count("order.not_delivered") == 1
    async with database.writes() as session:
        found = dict((await session.execute(select(Order.id, Order.status))).all())
    assert found == {
        first.order_id: OrderStatus.PAID,
        second.order_id: OrderStatus.RECEIVED,
    }


async def test_what_is_refunded_or_refused_keeps_no_chunk_of_others_waiting(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("workers.virtual_goods._AT_ONCE", 1)
    shop = await cards(database)
    orders = [await bought(database, shop) for _ in range(3)]
    for each in orders:
        await paid(database, each.order_id)
    back, broken_one, last = sorted(each.order_id for each in orders)
    await refunded(database, back, UnitsBack(1, 2), is_back=False)
    monkeypatch.setattr("workers.virtual_goods._BROKEN", {broken_one: inf})
    async with database.writes.begin() as session:
        assert await due_deliveries(session, after=UUID(int=0), most=9) == [broken_one, last]
    await deliver_virtual_goods(sweeps(database))
    assert [each.order_id for each in await rows(database, Shipment)] == [last]


async def test_staff_neither_send_nor_hand_over_what_delivers_itself(api: Api, database: Database):
    shop = await cards(database)
    order = await bought(database, shop)
    await paid(database, order.order_id)
    refused = await ship(api, Bought(order.order_id, make.an_id(), shop))
    assert (refused["__typename"], refused["obstacle"]) == ("OrderNotShippable", "VIRTUAL")
    given = {"requestId": str(make.an_id()), "orderNumber": order.number, "reason": "顾客来店"}
    refused = await staff(api, "HandOverOrder", **given)
    assert (refused["__typename"], refused["obstacle"]) == ("OrderNotHandedOver", "VIRTUAL")
    assert await rows(database, Shipment) == []


async def test_wechat_is_told_of_it_as_virtual(database: Database):
    async with database.writes.begin() as session:
        member_id = await make_orders.a_member(session)
    await known_at_wechat(database, member_id)
    order = await bought(database, await cards(database), member_id)
    gateway, wechat = MemoryGateway(), MemoryWeChat()
    number = await prepaid(database, member_id, order, gateway)
    await a_till(database, gateway).applied(gateway.pay(number))
    await deliver_virtual_goods(sweeps(database))
    async with database.writes.begin() as session:
        await begin(session, [order.order_id], at=NOON)
        await parcels_changed(session, [order.order_id], at=NOON)
    assert await worked(a_teller(database, wechat)) == 1
    (told,) = wechat.told
    assert (told.content.logistics, told.content.is_whole) == (LogisticsType.VIRTUAL, True)
    assert [each.description for each in told.content.parcels] == ["山茶淡香水*2"]
    assert (await duty_of(database, order.order_id)).status is DutyStatus.ACCEPTED


async def test_the_note_stays_as_it_was_when_the_order_was_placed(api: Api, database: Database):
    shop = await cards(database)
    notes = {"delivery_note_zh": "旧", "delivery_note_en": "old"}
    async with database.writes.begin() as session:
        await session.execute(update(Variant).values(**notes))
        member_id = await make_orders.a_member(session)
    order = await bought(database, shop, member_id)
    async with database.writes.begin() as session:
        await session.execute(update(Variant).values(delivery_note_zh="新", delivery_note_en="new"))
    await paid(database, order.order_id)
    await deliver_virtual_goods(sweeps(database))
    seen = await own(api, database, Bought(order.order_id, member_id, shop))
    assert seen["lines"][0]["deliveryNote"] == "old"
    # Whoever has all of the money back has nothing to use.
    await refunded(database, order.order_id, UnitsBack(1, 2, sent_units=2))
    seen = await own(api, database, Bought(order.order_id, member_id, shop))
    assert (seen["status"], seen["lines"][0]["deliveryNote"]) == ("CLOSED", None)


async def test_what_was_never_sent_anywhere_cannot_come_back(api: Api, database: Database):
    order = await bought(database, await cards(database))
    await paid(database, order.order_id)
    await deliver_virtual_goods(sweeps(database))
    asked: dict[str, object] = {
        "orderId": public_id("order", order.order_id),
        "caseReason": "DEFECTIVE",
        "lines": [{"lineNumber": 1, "units": 1}],
    }
    for kind in ("RETURN", "EXCHANGE"):
        # An exception sets other rules aside, not this one.
        for given in ({**asked, "kind": kind}, {**asked, "kind": kind, "exception": "老会员"}):
            answer = await api.run("playground/StaffPreviewCase", AS_STAFF, input=given)
            refused = answer["data"]["staffPreviewCase"]
            assert (refused["__typename"], refused["obstacle"]) == ("CaseNotPossible", "VIRTUAL")
            assert "可申请退款" in refused["why"]
    answer = await api.run(
        "playground/StaffPreviewCase", AS_STAFF, input={**asked, "kind": "REFUND"}
    )
    assert answer["data"]["staffPreviewCase"]["__typename"] == "CasePreview"
