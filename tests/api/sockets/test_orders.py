"""Orders watched end to end: whatever process moves one, its member hears, and nobody else."""

from typing import Any
from uuid import UUID

import pytest

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.kernel.settings import Settings
from domain.orders.views.structs import ORDER
from tests import make
from tests.api.client import DOCUMENT_IDS
from tests.api.orders.whole_orders import Goods, goods, whole_order
from tests.api.sockets.serving import Mall, Socket, served
from tests.patience import stopwatch

EVENTS = {"documentId": DOCUMENT_IDS["miniprogram/OrderEvents"]}


async def happening(socket: Socket) -> Any:
    """The next message, which is an event of an order."""
    message = await socket.heard()
    assert message["type"] == "next", message
    assert set(message["payload"]) == {"data"}, message
    return message["payload"]["data"]["orderEvents"]


async def watch(socket: Socket, headers: dict[str, str]) -> None:
    """Subscribe to the caller's orders, and hear that nothing is missed any more."""
    await socket.begin(headers)
    await socket.subscribe(**EVENTS)
    assert (await happening(socket))["__typename"] == "OrderWatchBegan"


async def placed(database: Database, member_id: UUID, of: Goods) -> str:
    async with database.writes.begin() as session:
        return public_id(ORDER, await whole_order(session, member_id, of, at=system_clock()))


async def cancel(mall: Mall, headers: dict[str, str], order_id: str) -> None:
    given = {"requestId": str(make.an_id()), "orderId": order_id}
    answer = await mall.api.run("miniprogram/OrderCancel", headers, input=given)
    assert answer["data"]["cancelOrder"]["__typename"] == "OrderCancelled"


@pytest.mark.usefixtures("paced")
async def test_an_order_that_one_process_closes_is_told_by_another_within_two_seconds(
    mall: Mall, settings: Settings, database: Database
):
    async with database.writes.begin() as session:
        of = await goods(session)
    me, headers = await mall.someone()
    _, others = await mall.again(None)
    before = await placed(database, me.member_id, of)
    async with (
        served(settings, database) as elsewhere,
        elsewhere.socket() as mine,
        elsewhere.socket() as theirs,
    ):
        await watch(mine, headers)
        await watch(theirs, others)
        async with stopwatch() as took:
            await cancel(mall, headers, before)
            closed = await happening(mine)
            assert took.seconds < 2
        assert (closed["orderId"], closed["move"]) == (before, 2)
        assert (closed["status"], closed["closeReason"]) == ("CLOSED", "CANCELLED_BY_MEMBER")
        new = await placed(database, me.member_id, of)
        told = await happening(mine)
        assert (told["orderId"], told["move"]) == (new, 1)
        assert (told["status"], told["closeReason"]) == ("PENDING_PAYMENT", None)
        # Another member's connection to the same process has heard nothing of it.
        assert await theirs.is_quiet()
        assert await mine.is_quiet(0.1)


async def test_a_watch_that_begins_anew_loses_nothing_that_its_twin_shows(
    mall: Mall, database: Database
):
    async with database.writes.begin() as session:
        of = await goods(session)
    me, headers = await mall.someone()
    known: set[str] = set()
    for _ in range(3):
        missed = await placed(database, me.member_id, of)
        async with mall.socket() as socket:
            await watch(socket, headers)
            # Since the watch has begun, what is asked for now and what is told later is all.
            answer = await mall.api.run("miniprogram/OrderList", headers)
            listed = {edge["node"]["id"] for edge in answer["data"]["orders"]["edges"]}
            assert listed == known | {missed}
            live = await placed(database, me.member_id, of)
            assert (await happening(socket))["orderId"] == live
            known = listed | {live}
