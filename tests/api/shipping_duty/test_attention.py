"""What the staff see of duties, what is stuck, and what they do about it."""

from datetime import timedelta
from typing import Any

from domain.kernel.actors import Role
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.kernel.metrics import SHIPPING_DUTY_FROZEN, SHIPPING_DUTY_OVERDUE, SHIPPING_DUTY_STUCK
from domain.shipping_duty.views import DUTY
from domain.shipping_duty.words import DutyStatus, ReportStatus
from sandbox.wechat.shipping.endpoints import SPECIAL_ORDER, UPLOAD
from tests import make
from tests.api.client import statements_run
from tests.api.shipping_duty.parcels import Depot, broken
from tests.api.staff.desk import a_store, desk_of, someone, trail
from tests.domain.orders.buying import Shop
from workers.shipping_duty import watch_shipping_duty

LIST, FROZEN = "playground/ShippingDuties", "playground/FrozenMoney"
PAID_FEN = 31_600


def found(duties: list[dict[str, Any]]) -> list[tuple[str, list[str], str | None]]:
    """How each stands, why somebody has to look, and what is wrong."""
    return [(each["status"], each["attention"], each["problem"]) for each in duties]


async def test_who_keeps_the_books_sees_duties_and_only_operators_see_to_them(database: Database):
    store = await a_store(database)
    unknown = public_id(DUTY, make.an_id())
    for role in Role:
        desk = desk_of(database, await someone(database, role, store))
        before = statements_run()
        answers = [await desk.run(LIST), await desk.run(FROZEN)]
        given = {"requestId": str(make.an_id()), "dutyId": unknown, "reason": "查"}
        if role in {Role.FINANCE, Role.OPERATOR, Role.OWNER}:
            assert all("errors" not in each for each in answers), role
            assert statements_run() == before + 2
        else:
            codes = {each["errors"][0]["extensions"]["code"] for each in answers}
            assert codes == {"FORBIDDEN"}, role
            assert statements_run() == before
        for name in ("RetryShippingDuty", "MarkShippingDutyHandled"):
            if role in {Role.OPERATOR, Role.OWNER}:
                told = await desk.see(name, input={**given, "requestId": str(make.an_id())})
                assert told["__typename"] == "ShippingDutyUnavailable"
            else:
                assert await desk.code(f"playground/{name}", input=given) == "FORBIDDEN", role


async def test_what_wechat_does_not_take_is_stuck_and_told_once_it_is_put_right(
    depot: Depot, shop: Shop, database: Database
):
    stuck, fine = await depot.paid(shop), await depot.paid(shop)
    depot.mall.wechat.fail(UPLOAD, "refused", errcode=10060031)
    await stuck.ship("SF1020304050")
    await depot.work()
    await fine.ship("SF1020304051")
    await depot.work()
    (duty,) = await depot.listed(attention="STUCK")
    assert found([duty]) == [("FAILED", ["STUCK"], "10060031")]
    assert (duty["number"], duty["frozen"], duty["orderStatus"]) == (
        stuck.number,
        PAID_FEN,
        "SHIPPED",
    )
    assert await depot.listed(attention="OVERDUE") == []
    assert {
        (each["status"], each["age"], each["frozen"]) for each in await depot.told("FrozenMoney")
    } == {
        ("FAILED", "TWO_DAYS", PAID_FEN),
        ("ACCEPTED", "TWO_DAYS", PAID_FEN),
    }
    told = await depot.see_to("RetryShippingDuty", duty["id"])
    assert told == {"__typename": "ShippingDutySeenTo", "dutyId": duty["id"]}
    await depot.work()
    assert await depot.listed(attention="STUCK") == []
    assert (await stuck.duty()).status is DutyStatus.ACCEPTED
    assert "shipping_duty.retry" in {each.action for each in await trail(database)}
    assert await broken(database) == set()


async def test_what_was_not_sent_in_two_days_is_overdue(depot: Depot, shop: Shop):
    sold = await depot.paid(shop)
    await depot.paid(shop)
    depot.clock.now += timedelta(hours=49)
    before = statements_run()
    late = await depot.listed(attention="OVERDUE", first=1)
    assert statements_run() == before + 1
    assert found(late) == [("WAITING_FOR_SHIPMENT", ["OVERDUE"], None)]
    assert late[0]["number"] == sold.number
    page = await depot.told("ShippingDuties", first=1)
    assert page["pageInfo"]["hasNextPage"]
    (rest,) = await depot.listed(after=page["pageInfo"]["endCursor"])
    assert rest["number"] != sold.number
    (frozen,) = await depot.told("FrozenMoney")
    assert frozen == {
        "status": "WAITING_FOR_SHIPMENT",
        "age": "FIFTEEN_DAYS",
        "payments": 2,
        "frozen": 2 * PAID_FEN,
    }
    await watch_shipping_duty(depot.mall.sweeps)
    figures = (SHIPPING_DUTY_OVERDUE, SHIPPING_DUTY_STUCK, SHIPPING_DUTY_FROZEN)
    overdue, stuck, kept = (next(iter(each.collect())).samples[0].value for each in figures)
    # WeChat tells whole seconds: it may have been paid a moment before this clock stood still.
    assert overdue == (depot.clock.now - (await sold.duty()).due_at).total_seconds()
    assert 3500 < overdue < 3601
    assert (stuck, kept) == (0, 2 * PAID_FEN)


async def test_a_late_shipment_is_reported_and_due_on_its_day(
    depot: Depot, shop: Shop, database: Database
):
    sold = await depot.paid(shop)
    (duty,) = await depot.listed()
    paid_at = (await sold.duty()).paid_at
    early = (paid_at + timedelta(days=14)).isoformat()
    told = await depot.see_to("FileSpecialShippingReport", duty["id"], until=early)
    assert [each["code"] for each in told["problems"]] == ["not_a_late_day"]
    until = (paid_at + timedelta(days=40)).replace(microsecond=0)
    depot.mall.wechat.fail(SPECIAL_ORDER, "lost", seconds=0)
    told = await depot.see_to("FileSpecialShippingReport", duty["id"], until=until.isoformat())
    assert told["__typename"] == "ShippingDutySeenTo", told
    await depot.work()
    assert (await sold.duty()).report_status is ReportStatus.DUE
    depot.clock.now += timedelta(minutes=2)
    await depot.work()
    row = await sold.duty()
    assert (row.report_status, row.due_at, row.status) == (
        ReportStatus.ACCEPTED,
        until,
        DutyStatus.WAITING_FOR_SHIPMENT,
    )
    assert sold.shipping.delayed_to == until
    depot.clock.now += timedelta(days=20)
    assert await depot.listed(attention="OVERDUE") == []
    await sold.ship("SF1020304050")
    await depot.work()
    assert (await sold.duty()).status is DutyStatus.ACCEPTED
    again = await depot.see_to(
        "FileSpecialShippingReport", duty["id"], until=(until + timedelta(days=9)).isoformat()
    )
    assert again == {
        "__typename": "ShippingDutyNotOpen",
        "status": "ACCEPTED",
        "message": again["message"],
    }
    (entry, *_) = [each for each in await trail(database) if "report" in each.action]
    assert entry.reason == "已核对"
    assert await broken(database) == set()


async def test_a_report_that_is_refused_is_stuck_and_parcels_are_told_all_the_same(
    depot: Depot, shop: Shop
):
    sold = await depot.paid(shop)
    (duty,) = await depot.listed()
    until = (await sold.duty()).paid_at + timedelta(days=40)
    depot.mall.wechat.fail(SPECIAL_ORDER, "refused", errcode=10060014)
    await depot.see_to("FileSpecialShippingReport", duty["id"], until=until.isoformat())
    await depot.work()
    assert found(await depot.listed(attention="STUCK")) == [
        ("WAITING_FOR_SHIPMENT", ["STUCK"], "10060014")
    ]
    await sold.ship("SF1020304050")
    await depot.work()
    assert (await sold.duty()).status is DutyStatus.ACCEPTED
    assert await depot.listed(attention="STUCK") == []


async def test_a_carrier_that_wechat_does_not_know_is_told_by_hand(
    depot: Depot, shop: Shop, database: Database
):
    sold = await depot.paid(shop)
    await sold.ship("LOCAL-000001", carrier="OTHER")
    await depot.work()
    (duty,) = await depot.listed(attention="STUCK")
    assert found([duty]) == [("FAILED", ["STUCK"], "unknown_carrier")]
    assert depot.uploads() == []
    told = await depot.see_to("MarkShippingDutyHandled", duty["id"])
    assert told["__typename"] == "ShippingDutySeenTo"
    again = await depot.see_to("MarkShippingDutyHandled", duty["id"])
    assert (again["__typename"], again["status"]) == ("ShippingDutyNotOpen", "HANDLED_ELSEWHERE")
    await depot.work()
    assert depot.uploads() == []
    (entry, *_) = [each for each in await trail(database) if "shipping_duty" in each.action]
    assert (entry.action, entry.reason) == ("shipping_duty.handle_elsewhere", "已核对")
    # WeChat is asked all the same whether the money is free.
    sold.shipping.is_finished = True
    depot.clock.now += timedelta(days=1, minutes=1)
    await depot.work()
    (row,) = await depot.listed()
    assert (row["platformState"], row["freedAt"], row["frozen"]) == ("SHIPPED", None, PAID_FEN)
    assert await broken(database) == set()
