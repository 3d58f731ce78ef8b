"""Orders that are picked up: the code that a member shows, and a pad that scans it."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import update

from domain.kernel.actors import Role
from domain.kernel.audit import violations
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.language import Language
from domain.messages.kinds import told
from domain.messages.models import InboxMessage
from domain.messages.words import MessageKind
from domain.orders.cart.models import EngravedText
from domain.orders.models import PersonalisationReview
from domain.orders.picking_up.audit import INVARIANTS
from domain.orders.picking_up.codes import typed
from domain.orders.picking_up.models import PickUp
from domain.orders.picking_up.readying import Lasting
from domain.orders.refunding.reserving import Cause, reserve
from domain.orders.refunding.rules import UnitsBack, by_units
from domain.orders.refunding.standing import lock_refundable
from domain.orders.shipping.models import ShipmentLine
from domain.orders.words import DeliveryMethod, ReviewStatus
from domain.staff.models import AuditEntry
from tests import make, make_orders
from tests.api.client import Api
from tests.api.contexts import VAULT
from tests.api.oauth.desk import as_member, bearer
from tests.api.orders.parcels import Bought, broken, own, paid, paid_order, units
from tests.api.pads.desk import PadInHand, Shop, desk_of, somebody
from tests.domain.members.people import rows
from tests.domain.orders import buying
from workers.pick_ups import ready_pick_ups
from workers.relay import relay_outbox
from workers.tools import PickUpDesk, Tools

WEEK = timedelta(days=7)
_LASTING = Lasting(WEEK, timedelta(days=4))
_RANDOM = Random(5)


@dataclass
class Till:
    """A guide at a pad who hands over."""

    api: Api
    header: dict[str, str]

    async def scan(self, code: str) -> Any:
        """What a code fetches."""
        answer = await self.api.run("pad/ScannedPickUp", self.header, code=code)
        return answer["errors"][0] if "errors" in answer else answer["data"]["scannedPickUp"]

    async def hand_over(self, code: str, **more: object) -> Any:
        """Hand over what a code fetches."""
        given = {"requestId": str(make.an_id()), "code": code, **more}
        answer = await self.api.run("pad/HandOverPickUp", self.header, input=given)
        return answer["errors"][0] if "errors" in answer else answer["data"]["handOverPickUp"]


@pytest.fixture
async def counter(shop: Shop, pad: PadInHand, api: Api, database: Database) -> Till:
    """A guide of the store at its pad."""
    await somebody(database, "guide", stores=[shop.store_id])
    token = (await pad.sign_in("guide")).json()["access_token"]
    return Till(api, bearer(token) | {"accept-language": "en"})


def sweeps(database: Database, at: datetime | None = None) -> Any:
    """What a worker has in its hands at a moment."""
    desk, folder = PickUpDesk(VAULT, _LASTING), make.media_folder(Path("/nowhere"))
    clock = (lambda: at) if at else system_clock
    return {"tools": Tools(database, clock, folder, _RANDOM, pick_ups=desk)}


async def to_fetch(
    database: Database, store_id: UUID, *, review: ReviewStatus | None = None
) -> Bought:
    """An order of two units that is paid and waits in a store."""
    texts = (EngravedText("name", "林小满"),) if review else ()
    async with database.writes.begin() as session:
        (variant,) = await make_orders.goods(
            session, place_id=store_id, fields=make_orders.FIELDS if review else ()
        )
        buyer = await make_orders.a_member(session, "王小明")
        made = await make_orders.an_order(
            session,
            buyer,
            variant,
            units=2,
            texts=texts,
            review=review,
            place_id=store_id,
            delivery=DeliveryMethod.PICK_UP,
            address=None,
        )
    await paid(database, made.id)
    return Bought(made.id, buyer, buying.Shop(store_id, [variant]))


async def shown(api: Api, database: Database, order: Bought) -> Any:
    """What the member sees of their pick-up."""
    headers = await as_member(api, database, order.member_id)
    answer = await api.run("miniprogram/PickUp", headers, id=order.id)
    assert "errors" not in answer, answer
    return answer["data"]["order"]["pickUp"]


async def ready(api: Api, database: Database, order: Bought) -> str:
    """The code of an order, once a worker has made it."""
    await ready_pick_ups(sweeps(database))
    return (await shown(api, database, order))["code"]


async def all_is_right(database: Database) -> dict[str, int]:
    """How many rows break each invariant that is broken."""
    found = await broken(database)
    async with database.writes() as session:
        for invariant in INVARIANTS:
            count = len([row async for row in violations(session, invariant)])
            found |= {invariant.name: count} if count else {}
    return found


async def test_from_the_payment_over_the_code_to_the_goods(
    counter: Till, shop: Shop, api: Api, database: Database
):
    order = await to_fetch(database, shop.store_id)
    assert await shown(api, database, order) is None
    await ready_pick_ups(sweeps(database))
    await ready_pick_ups(sweeps(database))
    pick_up = await shown(api, database, order)
    assert len(pick_up["code"]) == 12
    written = "-".join(pick_up["code"][each : each + 4] for each in (0, 4, 8))
    scanned = await counter.scan(written)
    assert (scanned["orderId"], scanned["memberName"]) == (order.id, "王**")
    assert (scanned["status"], scanned["isOver"]) == ("PAID", False)
    assert [(each["units"], each["number"]) for each in scanned["lines"]] == [(2, 1)]
    done = await counter.hand_over(pick_up["code"])
    assert done == {"__typename": "PickUpHandedOver", "orderId": order.id}
    assert await units(database) == (48, 0, 2)
    seen = await own(api, database, order)
    assert (seen["status"], seen["receiveBy"]) == ("RECEIVED", None)
    assert seen["receivedAt"] == seen["shippedAt"] is not None
    assert seen["timeline"][-1]["text"] == "You fetched it at the store."
    assert await shown(api, database, order) is None
    await relay_outbox(sweeps(database))
    kinds = [each.kind for each in await rows(database, InboxMessage)]
    assert kinds.count(MessageKind.ORDER_READY) == kinds.count(MessageKind.ORDER_FETCHED) == 1
    entry = (await rows(database, AuditEntry))[-1]
    assert (entry.action, entry.store_id) == ("order.hand_over", shop.store_id)
    assert await all_is_right(database) == {}


async def test_the_message_says_how_to_fetch_it_and_by_when(
    shop: Shop, api: Api, database: Database
):
    order = await to_fetch(database, shop.store_id)
    await ready_pick_ups(sweeps(database, make.NOON))
    (message,) = await rows(database, InboxMessage)
    body = told(message.kind, message.parameters, Language.ZH).body
    assert "请在 2026-11-18 12:00 前到店出示取货码" in body
    fetch_by = (await shown(api, database, order))["fetchBy"]
    assert datetime.fromisoformat(fetch_by) == make.NOON + WEEK


async def reserved(database: Database, order: Bought, units: int) -> None:
    """A refund of units that has begun."""
    async with database.writes.begin() as session:
        locked = await lock_refundable(session, order.order_id)
        plan = by_units(locked.paid, [UnitsBack(1, units)], is_shops_fault=False)
        cause = Cause(f"test:{make.an_id()}", "staff:test")
        await reserve(session, locked, plan, cause=cause, at=make.NOON, random=_RANDOM)


async def test_a_pad_shows_what_is_handed_over_and_nothing_that_is_refunded(
    counter: Till, shop: Shop, api: Api, database: Database
):
    order = await to_fetch(database, shop.store_id)
    code = await ready(api, database, order)
    await reserved(database, order, 1)
    assert [each["units"] for each in (await counter.scan(code))["lines"]] == [1]
    assert (await counter.hand_over(code))["__typename"] == "PickUpHandedOver"
    assert [each.units for each in await rows(database, ShipmentLine)] == [1]
    assert [each["units"] for each in (await counter.scan(code))["lines"]] == [1]
    gone = await to_fetch(database, shop.store_id)
    code = await ready(api, database, gone)
    await reserved(database, gone, 2)
    assert (await counter.scan(code))["lines"] == []


async def test_what_is_kept_of_a_code_is_sealed(shop: Shop, api: Api, database: Database):
    code = await ready(api, database, await to_fetch(database, shop.store_id))
    (row,) = await rows(database, PickUp)
    assert code.encode() not in row.code_sealed
    assert code.encode() not in row.code_digest


async def test_a_code_hands_over_once_whatever_is_sent_again(
    counter: Till, shop: Shop, api: Api, database: Database
):
    code = await ready(api, database, await to_fetch(database, shop.store_id))
    request = str(make.an_id())
    answers = [await counter.hand_over(code, requestId=request) for _ in range(2)]
    assert answers[0] == answers[1]
    again = await counter.hand_over(code)
    assert (again["__typename"], again["obstacle"]) == ("OrderNotHandedOver", "HANDED_OVER")
    assert again["why"] == "The order was handed over already."
    assert await units(database) == (48, 0, 2)


async def test_of_two_pads_at_one_moment_one_hands_over(
    counter: Till, shop: Shop, api: Api, database: Database
):
    other = await shop.let_in("收银台 2")
    await somebody(database, "colleague", stores=[shop.store_id])
    token = (await other.sign_in("colleague")).json()["access_token"]
    second = Till(api, bearer(token))
    for _ in range(3):
        code = await ready(api, database, await to_fetch(database, shop.store_id))
        done = await asyncio.gather(counter.hand_over(code), second.hand_over(code))
        assert Counter(each["__typename"] for each in done) == {
            "PickUpHandedOver": 1,
            "OrderNotHandedOver": 1,
        }
    assert await all_is_right(database) == {}


async def test_two_workers_make_one_code_and_one_message(shop: Shop, database: Database):
    await to_fetch(database, shop.store_id)
    await asyncio.gather(*(ready_pick_ups(sweeps(database)) for _ in range(3)))
    assert len(await rows(database, PickUp)) == len(await rows(database, InboxMessage)) == 1


async def test_a_code_of_another_store_is_as_one_that_is_none(
    counter: Till, other_shop: Shop, api: Api, database: Database
):
    code = await ready(api, database, await to_fetch(database, other_shop.store_id))
    for wrong in (code, "1" * 12, "12345", "x" * 100):
        assert await counter.scan(wrong) is None
        assert (await counter.hand_over(wrong))["__typename"] == "PickUpCodeUnknown"
    assert await units(database) == (50, 2, 0)


async def test_nobody_tries_many_codes_at_one_pad(counter: Till):
    # A minute may begin meanwhile, but not two.
    answers = [await counter.scan(f"{number:012}") for number in range(41)]
    answers.append(await counter.hand_over("1" * 12))
    assert answers[:20] == [None] * 20
    assert answers[-1] is not None
    assert answers[-1]["extensions"]["code"] == "RATE_LIMITED"


async def test_a_pad_at_which_nobody_is_hands_nothing_over(
    pad: PadInHand, shop: Shop, api: Api, database: Database
):
    code = await ready(api, database, await to_fetch(database, shop.store_id))
    alone = Till(api, bearer(pad.access_token))
    assert (await alone.scan(code))["extensions"]["code"] == "FORBIDDEN"
    assert (await alone.hand_over(code))["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("review", "obstacle"),
    [(ReviewStatus.PENDING, "TEXTS_WAIT"), (ReviewStatus.REJECTED, "TEXTS_REJECTED")],
)
async def test_what_has_texts_that_nobody_allowed_is_not_ready_nor_handed_over(
    shop: Shop, api: Api, database: Database, review: ReviewStatus, obstacle: str
):
    order = await to_fetch(database, shop.store_id, review=review)
    await ready_pick_ups(sweeps(database))
    assert await shown(api, database, order) is None
    manager = await desk_of(api, database, shop.manager_id)
    number = (await own(api, database, order))["number"]
    refused = await manager.act("HandOverOrder", orderNumber=number)
    assert (
        refused["obstacle"] == f"TEXTS_{'WAIT' if review is ReviewStatus.PENDING else 'REJECTED'}"
    )
    async with database.writes.begin() as session:
        passed = {"status": ReviewStatus.PASSED, "decided_at": None, "decided_by": None}
        await session.execute(update(PersonalisationReview).values(**passed))
    assert await ready(api, database, order)


async def test_after_its_time_the_code_fetches_nothing_until_there_is_more(
    counter: Till, shop: Shop, api: Api, database: Database
):
    order = await to_fetch(database, shop.store_id)
    await ready_pick_ups(sweeps(database, make.NOON))
    async with database.writes.begin() as session:
        past = system_clock() - timedelta(days=1)
        await session.execute(
            update(PickUp).values(fetch_by=past, ready_at=past - timedelta(days=1))
        )
    code = (await shown(api, database, order))["code"]
    assert (await counter.scan(code))["isOver"] is True
    assert (await counter.hand_over(code))["__typename"] == "PickUpOver"
    manager = await desk_of(api, database, shop.manager_id)
    wrong = await manager.act("ExtendPickUp", orderId=order.id, days=0)
    assert wrong["problems"][0]["path"] == "days"
    more = await manager.act("ExtendPickUp", orderId=order.id, days=3)
    assert datetime.fromisoformat(more["fetchBy"]) > system_clock() + timedelta(days=2)
    assert (await counter.hand_over(code))["__typename"] == "PickUpHandedOver"
    late = await manager.act("ExtendPickUp", orderId=order.id, days=3)
    assert late["__typename"] == "PickUpUnavailable"
    actions = [each.action for each in await rows(database, AuditEntry)]
    assert actions[-2:] == ["order.extend_pick_up", "order.hand_over"]


async def test_a_dead_phone_is_no_obstacle_for_a_manager_of_the_store(
    shop: Shop, other_shop: Shop, api: Api, database: Database
):
    order = await to_fetch(database, shop.store_id)
    number = (await own(api, database, order))["number"]
    stranger = await desk_of(api, database, other_shop.manager_id)
    elsewhere = await stranger.act("HandOverOrder", orderNumber=number)
    assert elsewhere["__typename"] == "OrderUnavailable"
    manager = await desk_of(api, database, shop.manager_id)
    blank = await manager.act("HandOverOrder", orderNumber=number, reason=" ")
    assert blank["__typename"] == "InvalidInput"
    done = await manager.act("HandOverOrder", orderNumber=number, reason="手机没电")
    assert (done["__typename"], done["order"]["status"]) == ("OrderHandedOver", "RECEIVED")
    assert done["order"]["shipments"][0]["kind"] == "PICK_UP"
    entry = (await rows(database, AuditEntry))[-1]
    assert (entry.action, entry.reason) == ("order.hand_over", "手机没电")
    sent = await paid_order(database, 1)
    sent_number = (await own(api, database, sent))["number"]
    owner = await desk_of(api, database, await somebody(database, "boss", Role.OWNER))
    refused = await owner.act("HandOverOrder", orderNumber=sent_number)
    assert refused["obstacle"] == "DELIVERED"
    assert await all_is_right(database) == {}


FAULTS = {
    "pick_ups.ready_orders_have_their_code": (
        "ALTER TABLE orders DISABLE TRIGGER ALL; UPDATE orders SET ready_at = now() "
        "WHERE delivery = 'delivery'; ALTER TABLE orders ENABLE TRIGGER ALL"
    ),
    "pick_ups.codes_are_of_orders_that_are_fetched": (
        "INSERT INTO pick_ups SELECT id, 'a', 'b', now(), now() + interval '1 day' FROM orders "
        "WHERE delivery = 'delivery'"
    ),
    "pick_ups.received_ones_were_handed_over": (
        "ALTER TABLE shipments DISABLE TRIGGER ALL; UPDATE shipments SET kind = 'express', "
        "carrier = 'sf', tracking_number = 'SF1020304050'; "
        "ALTER TABLE shipments ENABLE TRIGGER ALL"
    ),
}


def test_there_is_a_fault_for_each_invariant():
    assert FAULTS.keys() == {invariant.name for invariant in INVARIANTS}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_found_and_its_row_is_named(
    counter: Till,
    shop: Shop,
    api: Api,
    database: Database,
    owner: "asyncpg.Connection[asyncpg.Record]",
    name: str,
):
    code = await ready(api, database, await to_fetch(database, shop.store_id))
    await counter.hand_over(code)
    await paid_order(database, 1)
    assert await all_is_right(database) == {}
    await owner.execute(FAULTS[name])
    assert (await all_is_right(database))[name] == 1


def test_a_code_is_read_as_it_was_typed_or_scanned():
    assert typed(" 1234 5678-9012 ") == "123456789012"
    assert typed("１２３４５６７８９０１２") == "123456789012"
    assert typed("1234") is None
