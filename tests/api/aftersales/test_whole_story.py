"""After the sale over HTTP: two parcels, received, one unit refunded, the rest returned, booked."""

from collections.abc import AsyncGenerator
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from domain.kernel.clock import SHOP_ZONE, system_clock
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.stock.models import StockLevel
from sandbox.wechat.pay.bill_tricks import BillTricks
from tests import make
from tests.api.client import AS_STAFF
from tests.api.orders.test_placing import Buyer
from tests.api.payments.malls import PayingMall, number_of, paying_mall
from tests.domain.aftersales.cases import broken
from tests.domain.members.people import rows
from tests.domain.orders.buying import a_shop
from tests.domain.payments.tills import Clock
from tests.wechat import FakeWeChat
from workers.reconciliation import reconcile_bills
from workers.relay import relay_outbox

pytestmark = pytest.mark.usefixtures("redis")


@pytest.fixture
def clock() -> Clock:
    """The mall's clock: real time, until a test sets it ahead."""
    return Clock(system_clock())


@pytest.fixture
async def mall(
    settings: Settings, wechat: FakeWeChat, database: Database, clock: Clock
) -> AsyncGenerator[PayingMall]:
    """A mall that takes money by the fake WeChat Pay, and gives it back."""
    async with paying_mall(settings, wechat, database, clock) as mall:
        yield mall


async def member(mall: PayingMall, buyer: Buyer, document: str, **variables: object) -> Any:
    """What a document of a member answers."""
    answer = await mall.api.run(f"miniprogram/{document}", buyer.headers, **variables)
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))


async def staff(mall: PayingMall, document: str, **given: object) -> Any:
    """What a mutation of the staff answers."""
    given = {"requestId": str(make.an_id()), "reason": "按规定处理", **given}
    answer = await mall.api.run(f"playground/{document}", AS_STAFF, input=given)
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))


async def money_moves(mall: PayingMall, clock: Clock) -> None:
    """Let a worker give money back, and act on what it hears."""
    for _ in range(2):
        # The gateway takes one refund of a payment a minute, and tells how it went.
        clock.now += timedelta(minutes=2)
        await mall.sweep()
    for _ in range(2):
        await relay_outbox(mall.sweeps)


async def opened(mall: PayingMall, buyer: Buyer, **wish: object) -> Any:
    """A case, opened by the figure of its preview."""
    preview = await member(mall, buyer, "CasePreview", input=wish)
    assert preview["__typename"] == "CasePreview", preview
    given = {**wish, "requestId": str(make.an_id()), "seen": preview["refund"]}
    answer = await member(mall, buyer, "CaseOpen", input=given)
    assert answer["__typename"] == "CaseOpened", answer
    again = await member(mall, buyer, "CaseOpen", input=given)
    assert again["case"]["id"] == answer["case"]["id"]
    return answer["case"]


async def received(mall: PayingMall, buyer: Buyer) -> str:
    """An order of two units that is paid, came in two parcels, and was received."""
    order = await mall.order(buyer, await a_shop(mall.database), 2)
    payable = await mall.begin(buyer, order)
    mall.pay.pay(number_of(payable))
    await mall.pay.settled()
    for number in ("SF1020304050", "SF1020304051"):
        lines = [{"lineNumber": 1, "units": 1}]
        answer = await staff(
            mall, "ShipOrder", orderId=order, carrier="SF", trackingNumber=number, lines=lines
        )
        assert answer["__typename"] == "OrderShipped", answer
    given = {"requestId": str(make.an_id()), "orderId": order}
    await member(mall, buyer, "OrderConfirmReceipt", input=given)
    return order


async def test_one_unit_is_refunded_then_the_rest_comes_back_and_the_books_are_right(
    mall: PayingMall, clock: Clock, database: Database
):
    buyer = await mall.a_buyer()
    order = await received(mall, buyer)
    lines = [{"lineNumber": 1, "units": 1}]
    case = await opened(mall, buyer, orderId=order, kind="REFUND", reason="DEFECTIVE", lines=lines)
    assert (case["status"], case["nextStep"], case["refund"]) == (
        "REQUESTED",
        "SHOP_ANSWERS",
        15_800,
    )
    assert case["dueBy"] is not None
    answer = await staff(mall, "ApproveCase", caseId=case["id"])
    assert answer["case"]["status"] == "REFUNDING"
    await money_moves(mall, clock)
    told = await member(mall, buyer, "CaseDetail", id=case["id"])
    assert [each["status"] for each in told["timeline"]] == [
        "REQUESTED",
        "APPROVED",
        "REFUNDING",
        "SUCCEEDED",
    ]
    assert (told["nextStep"], told["dueBy"]) == ("NOTHING", None)

    back = await opened(mall, buyer, orderId=order, kind="RETURN", reason="NOT_WANTED", lines=lines)
    await staff(mall, "ApproveCase", caseId=back["id"], returnTo="上海市某路 1 号")
    given = {"requestId": str(make.an_id()), "caseId": back["id"]}
    sent = {**given, "carrier": "SF", "trackingNumber": "sf 7766 5544"}
    answer = await member(mall, buyer, "CaseSendBack", input=sent)
    assert answer["case"]["nextStep"] == "SHOP_RECEIVES", answer
    assert (await staff(mall, "ReceiveCase", caseId=back["id"]))["case"]["status"] == "RECEIVED"
    findings = [{"lineNumber": 1, "restocked": 1}]
    answer = await staff(mall, "InspectCase", caseId=back["id"], findings=findings)
    assert answer["case"]["status"] == "REFUNDING", answer
    await money_moves(mall, clock)
    assert (await member(mall, buyer, "CaseDetail", id=back["id"]))["status"] == "SUCCEEDED"
    assert await mall.status(order) == "CLOSED"
    (level,) = await rows(database, StockLevel)
    assert (level.on_hand, level.held, level.sold) == (49, 0, 1)

    await is_told(mall, buyer, order)
    await books_are_right(mall, clock)


@pytest.mark.parametrize("is_by_staff", [True, False])
async def test_what_is_refunded_at_once_is_told_by_one_message(
    mall: PayingMall, clock: Clock, *, is_by_staff: bool
):
    buyer = await mall.a_buyer()
    order = await mall.order(buyer, await a_shop(mall.database), 2)
    payable = await mall.begin(buyer, order)
    mall.pay.pay(number_of(payable))
    await mall.pay.settled()
    await relay_outbox(mall.sweeps)
    before = (await member(mall, buyer, "Messages"))["edges"]
    wish = {"orderId": order, "kind": "REFUND", "lines": [{"lineNumber": 1, "units": 2}]}
    if is_by_staff:
        wish |= {"caseReason": "OTHER", "seen": 31_600, "seenCases": 0}
        case = (await staff(mall, "StaffOpenCase", **wish))["case"]
    else:
        case = await opened(mall, buyer, **wish, reason="NOT_WANTED")
    assert case["status"] == "REFUNDING"
    await money_moves(mall, clock)
    assert await mall.status(order) == "CLOSED"
    told = (await member(mall, buyer, "Messages"))["edges"]
    (edge,) = told[: len(told) - len(before)]
    assert "316.00 已退回原支付账户" in edge["node"]["body"]


async def is_told(mall: PayingMall, buyer: Buyer, order: str) -> None:
    """See that the inbox and the order's timeline tell how the cases went."""
    messages = await member(mall, buyer, "Messages")
    bodies = [each["node"]["body"] for each in messages["edges"]]
    assert sum("售后" in each for each in bodies) == 4, bodies
    detail = await member(mall, buyer, "OrderDetail", id=order)
    assert "退款已完成" in "".join(each["text"] for each in detail["timeline"])


async def books_are_right(mall: PayingMall, clock: Clock) -> None:
    """See that the bills of these days tell the same, and that no invariant is broken."""
    mall.pay.desk.bill_tricks = BillTricks(is_ready=True)
    clock.now = datetime.combine(
        system_clock().astimezone(SHOP_ZONE).date() + timedelta(days=2), time(11), tzinfo=SHOP_ZONE
    )
    await reconcile_bills(mall.sweeps)
    answer = await mall.api.run("playground/ReconciliationDifferences", AS_STAFF)
    assert answer["data"]["reconciliationDifferences"]["edges"] == []
    assert await broken(mall.database) == {}
