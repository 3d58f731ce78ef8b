"""A whole story: one unit is sent, the other is refunded, the money is free, and all goes back."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from domain.kernel.db import Database
from domain.kernel.outbox import OutboxRow
from domain.shipping_duty.words import DutyStatus
from sandbox.wechat.shipping.records import OrderState
from tests import make
from tests.api.client import AS_STAFF
from tests.api.shipping_duty.parcels import Depot, Sold, broken
from tests.domain.orders.buying import Shop


async def member(sold: Sold, document: str, **variables: object) -> Any:
    """What a document of who has bought it answers."""
    headers = sold.buyer.headers
    answer = await sold.depot.mall.api.run(f"miniprogram/{document}", headers, **variables)
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))


async def refunded(sold: Sold, reason: str) -> None:
    """Refund a unit, an unsent one where nothing is broken, with all that it takes."""
    lines = [{"lineNumber": 1, "units": 1}]
    wanted = {"orderId": sold.order_id, "kind": "REFUND", "reason": reason, "lines": lines}
    preview = await member(sold, "CasePreview", input=wanted)
    given = {**wanted, "requestId": str(make.an_id()), "seen": preview["refund"]}
    case = (await member(sold, "CaseOpen", input=given))["case"]
    if case["status"] == "REQUESTED":
        agreed = {"requestId": str(make.an_id()), "caseId": case["id"], "reason": "同意"}
        answer = await sold.depot.mall.api.run("playground/ApproveCase", AS_STAFF, input=agreed)
        assert answer["data"]["approveCase"]["case"]["status"] == "REFUNDING", answer
    for _ in range(2):
        sold.depot.clock.now += timedelta(minutes=2)
        await sold.depot.mall.sweep()
    await sold.depot.work()


async def test_a_refund_of_the_rest_uses_up_no_correction_and_one_of_all_ends_the_duty(
    depot: Depot, shop: Shop, database: Database
):
    sold = await depot.paid(shop)
    await sold.ship("SF1020304050", lines=[(1, 1)])
    await depot.work()
    await refunded(sold, "NOT_WANTED")
    assert await depot.mall.status(sold.order_id) == "SHIPPED"
    duty = await sold.duty()
    assert (duty.status, duty.corrections) == (DutyStatus.ACCEPTED, 0)
    assert (sold.shipping.is_finished, sold.shipping.is_resent) == (True, False)

    sold.shipping.received = OrderState.CONFIRMED
    given = {"orderId": sold.order_id, "requestId": str(make.an_id())}
    await member(sold, "OrderConfirmReceipt", input=given)
    await depot.work()
    assert (await sold.duty()).freed_at is not None
    told = len(depot.uploads())
    await refunded(sold, "DEFECTIVE")
    assert await depot.mall.status(sold.order_id) == "CLOSED"
    duty = await sold.duty()
    assert (duty.status, duty.returned_fen, duty.try_at) == (
        DutyStatus.EXEMPT,
        duty.amount_fen,
        None,
    )
    await depot.work()
    assert len(depot.uploads()) == told
    async with database.writes() as session:
        undone = select(OutboxRow.type, OutboxRow.failure).where(OutboxRow.done_at.is_(None))
        assert (await session.execute(undone)).all() == []
    assert await broken(database) == set()
