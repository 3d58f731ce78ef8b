"""Receiving what was sent: said by its member, after more time, or by itself."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import update

from domain.kernel.db import Database, WriteSession
from domain.kernel.outbox import OutboxRow
from domain.orders.models import Order
from domain.orders.shipping.models import ReceiptDeadline
from domain.orders.shipping.receiving import Receiving, receive
from domain.orders.words import OrderStatus
from tests import make
from tests.api.client import Api
from tests.api.oauth.desk import as_member
from tests.api.orders.parcels import ENGLISH, Bought, bought, broken, own, paid, paid_order, ship
from tests.domain.members.people import rows
from tests.domain.orders import buying
from workers import receipts
from workers.receipts import receive_due_orders
from workers.tools import Tools

STORE = make.media_folder(Path("/nowhere"))


async def shipped(api: Api, database: Database) -> Bought:
    """An order of which all was sent."""
    order = await paid_order(database, 2)
    assert (await ship(api, order))["order"]["status"] == "SHIPPED"
    return order


async def say(api: Api, database: Database, order: Bought, what: str, **more: object) -> Any:
    """What the member is answered."""
    headers = await as_member(api, database, order.member_id)
    return await said(api, headers, order, what, **more)


async def said(api: Api, headers: dict[str, str], order: Bought, what: str, **more: object) -> Any:
    """What somebody is answered."""
    given = {"requestId": str(make.an_id()), "orderId": order.id, **more}
    answer = await api.run(f"miniprogram/Order{what}", headers | ENGLISH, input=given)
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))


async def deadline(database: Database) -> ReceiptDeadline:
    """The one order's."""
    (found,) = await rows(database, ReceiptDeadline)
    return found


async def move_deadline(database: Database, by: timedelta) -> datetime:
    """Bring all deadlines nearer, as if time had passed; says when they are."""
    due_at = max(each.due_at for each in await rows(database, ReceiptDeadline)) - by
    async with database.writes.begin() as session:
        await session.execute(update(ReceiptDeadline).values(due_at=due_at))
    return due_at


async def sweep(database: Database, at: datetime) -> None:
    """Let a worker look at what is due at a moment."""
    await receive_due_orders({"tools": Tools(database, lambda: at, STORE, Random(1))})


async def status(database: Database) -> OrderStatus:
    """Of the one order."""
    (order,) = await rows(database, Order)
    return order.status


async def test_a_member_confirms_that_all_has_arrived(api: Api, database: Database):
    order = await shipped(api, database)
    request = str(make.an_id())
    answers = [
        await say(api, database, order, "ConfirmReceipt", requestId=request) for _ in range(2)
    ]
    answers.append(await say(api, database, order, "ConfirmReceipt"))
    assert {each["__typename"] for each in answers} == {"ReceiptConfirmed"}
    seen = await own(api, database, order)
    assert (seen["status"], seen["receiveBy"]) == ("RECEIVED", None)
    assert seen["receivedAt"] is not None
    assert seen["timeline"][-1]["text"] == "You confirmed that you have received it."
    assert len(seen["timeline"]) == 4
    told = Counter(each.type for each in await rows(database, OutboxRow))
    assert told["order.received"] == 1
    assert await broken(database) == {}


async def test_what_is_not_all_on_its_way_cannot_be_confirmed(api: Api, database: Database):
    order = await paid_order(database, 2)
    assert (await say(api, database, order, "ConfirmReceipt"))["__typename"] == "OrderNotReceivable"
    await ship(api, order, lines=[(1, 1)])
    for what in ("ConfirmReceipt", "ExtendReceipt"):
        refused = await say(api, database, order, what)
        assert refused["__typename"] == "OrderNotReceivable"
    assert await status(database) is OrderStatus.PARTLY_SHIPPED


async def test_an_order_is_taken_for_received_ten_days_after_its_last_parcel(
    api: Api, database: Database
):
    order = await shipped(api, database)
    (row,) = await rows(database, Order)
    due_at = (await deadline(database)).due_at
    assert row.shipped_at is not None
    assert due_at == row.shipped_at + timedelta(days=10)
    await sweep(database, due_at - timedelta(seconds=1))
    assert await status(database) is OrderStatus.SHIPPED
    await asyncio.gather(sweep(database, due_at), sweep(database, due_at))
    assert await status(database) is OrderStatus.RECEIVED
    seen = await own(api, database, order)
    assert seen["timeline"][-1]["text"] == (
        "The time to confirm is over: it is taken for received."
    )
    assert await rows(database, ReceiptDeadline) == []
    assert await broken(database) == {}


async def test_more_time_is_had_once_in_the_last_days(api: Api, database: Database):
    order = await shipped(api, database)
    early = await say(api, database, order, "ExtendReceipt")
    assert early["__typename"] == "ReceiptNotExtendable"
    assert early["fromAt"] is not None
    before = await move_deadline(database, timedelta(days=8))
    given = {"requestId": str(make.an_id())}
    answers = [await say(api, database, order, "ExtendReceipt", **given) for _ in range(2)]
    assert answers[0] == answers[1]
    found = await deadline(database)
    assert found.due_at == before + timedelta(days=3)
    assert answers[0]["receiveBy"] == (await own(api, database, order))["receiveBy"]
    again = await say(api, database, order, "ExtendReceipt")
    assert (again["__typename"], again["fromAt"]) == ("ReceiptNotExtendable", None)
    await sweep(database, before)
    assert await status(database) is OrderStatus.SHIPPED
    await sweep(database, found.due_at)
    assert await status(database) is OrderStatus.RECEIVED


async def test_who_asks_at_the_last_moment_has_their_time(api: Api, database: Database):
    """The sweep found the order due; its member is faster to its lock."""
    order = await shipped(api, database)
    due_at = await move_deadline(database, timedelta(days=8))
    await say(api, database, order, "ExtendReceipt")
    async with database.writes.begin() as session:
        wish = Receiving(order.order_id, "worker:receive_due_orders")
        (outcome,) = await receive(session, [wish], due_at, random=buying.RANDOM)
    assert type(outcome).__name__ == "OrderNotReceivable"
    assert await status(database) is OrderStatus.SHIPPED


async def test_confirming_and_the_sweep_at_one_moment_receive_once(api: Api, database: Database):
    order = await shipped(api, database)
    due_at = (await deadline(database)).due_at
    headers = await as_member(api, database, order.member_id)
    await asyncio.gather(
        sweep(database, due_at), *(said(api, headers, order, "ConfirmReceipt") for _ in range(3))
    )
    told = Counter(each.type for each in await rows(database, OutboxRow))
    assert told["order.received"] == 1
    assert await broken(database) == {}


async def test_an_order_that_cannot_be_received_keeps_no_other_waiting(
    api: Api, database: Database, monkeypatch: pytest.MonkeyPatch
):
    stuck = await shipped(api, database)
    other = await bought(database, 1, shop=stuck.shop)
    await paid(database, other.order_id)
    await ship(api, other, "SF1020304051")
    due_at = await move_deadline(database, timedelta(0))

    async def breaks(session: WriteSession, wishes: Sequence[Receiving], *given: Any, **more: Any):
        if any(each.order_id == stuck.order_id for each in wishes):
            raise ValueError("a bug in one order")
        return await receive(session, wishes, *given, **more)

    monkeypatch.setattr(receipts, "receive", breaks)
    await sweep(database, due_at)
    found = {each.id: each.status for each in await rows(database, Order)}
    assert found == {stuck.order_id: OrderStatus.SHIPPED, other.order_id: OrderStatus.RECEIVED}
    monkeypatch.undo()
    await sweep(database, due_at)
    assert {each.status for each in await rows(database, Order)} == {OrderStatus.RECEIVED}
    assert await broken(database) == {}
