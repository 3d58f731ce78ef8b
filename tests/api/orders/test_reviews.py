"""Texts that wait for the staff: the queue, and one decision for each."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from domain.kernel.actors import By, Role, Staff
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.orders.cart.models import EngravedText
from domain.orders.closing import Closing, close
from domain.orders.models import Order, OrderDeadline, OrderHistory, OrderPayment
from domain.orders.reviews import AlreadyDecided, Decided, decide
from domain.orders.words import (
    CloseReason,
    OrderStatus,
    PaymentStatus,
    ReviewStatus,
)
from domain.staff.models import AuditEntry
from domain.stock.models import StockLevel
from tests import make, make_orders
from tests.api.catalog.desk import Desk
from tests.api.client import AS_STAFF, Api, statements_run
from tests.api.members.desk import GUIDE, REASON, Caller, member, staff
from tests.api.oauth.desk import as_member
from tests.domain.members.people import RANDOM, rows
from tests.make import NOON
from tests.make_orders import FIELDS

TEXTS = (EngravedText("name", "林小满"),)
OPERATOR = Staff(make.an_id(), "小林", Role.OPERATOR)


async def orders(database: Database, *reviews: ReviewStatus | None, **more: Any) -> list[Order]:
    """Orders of two units with a text each, held at a warehouse; as old as they are listed."""
    async with database.writes.begin() as session:
        place = await make.place(session)
        (variant,) = await make_orders.goods(session, fields=FIELDS, place_id=place)
        buyer = await make_orders.a_member(session)
        return [
            await make_orders.an_order(
                session,
                buyer,
                variant,
                units=2,
                texts=TEXTS,
                review=review,
                place_id=place,
                id=make.an_id(minutes_after_noon=number),
                **more,
            )
            for number, review in enumerate(reviews)
        ]


def id_of(order: Order) -> str:
    return public_id("order", order.id)


def decision(order: Order, said: str = "REJECT", line: int = 1) -> dict[str, object]:
    return {"orderId": id_of(order), "lineNumber": line, "decision": said}


async def status_of(database: Database, order: Order) -> tuple[OrderStatus, CloseReason | None]:
    async with database.writes() as session:
        found = (await session.scalars(select(Order).where(Order.id == order.id))).one()
        return found.status, found.close_reason


async def test_the_oldest_that_waits_is_first_and_pages_follow(api: Api, database: Database):
    pending, passed = ReviewStatus.PENDING, ReviewStatus.PASSED
    first, _, second, third = await orders(database, pending, passed, pending, pending)
    desk = Desk(api)
    page = await desk.read("PersonalisationReviews", first=2)
    assert [each["node"]["orderId"] for each in page["edges"]] == [id_of(first), id_of(second)]
    assert page["pageInfo"]["hasNextPage"]
    after = page["pageInfo"]["endCursor"]
    rest = await desk.read("PersonalisationReviews", first=2, after=after)
    assert [each["node"]["orderId"] for each in rest["edges"]] == [id_of(third)]
    node = page["edges"][0]["node"]
    assert node["texts"] == [{"code": "name", "text": "林小满"}]
    assert node["orderNumber"] == first.number
    assert node["productTitle"] == {"zh": "山茶淡香水", "en": "Camellia Eau de Toilette"}
    assert (node["units"], node["status"], node["decidedAt"]) == (2, "PENDING", None)
    (edge,) = (await desk.read("PersonalisationReviews", status="PASSED"))["edges"]
    assert edge["node"]["status"] == "PASSED"


async def test_what_is_decided_is_listed_the_newest_first(api: Api, database: Database):
    made = await orders(database, *[ReviewStatus.REJECTED] * 3)
    page = await Desk(api).read("PersonalisationReviews", status="REJECTED", first=2)
    assert [each["node"]["orderId"] for each in page["edges"]] == [id_of(made[2]), id_of(made[1])]
    after = page["pageInfo"]["endCursor"]
    rest = await Desk(api).read("PersonalisationReviews", status="REJECTED", after=after)
    assert [each["node"]["orderId"] for each in rest["edges"]] == [id_of(made[0])]
    # A cursor of one list is none of another.
    answer = await api.run("playground/PersonalisationReviews", AS_STAFF, after=after)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"


async def test_texts_of_a_closed_order_wait_for_nobody(api: Api, database: Database):
    (order,) = await orders(database, None)
    assert len((await Desk(api).read("PersonalisationReviews"))["edges"]) == 1
    async with database.writes.begin() as session:
        late = Closing(order.id, CloseReason.NOT_PAID_IN_TIME, "test")
        await close(session, [late], NOON, random=RANDOM)
    assert (await Desk(api).read("PersonalisationReviews"))["edges"] == []


async def test_a_page_costs_one_statement(api: Api, database: Database):
    await orders(database, *[ReviewStatus.PENDING] * 20)
    before = statements_run()
    assert len((await Desk(api).read("PersonalisationReviews"))["edges"]) == 20
    assert statements_run() == before + 1


async def test_what_is_allowed_leaves_the_queue_and_the_order_goes_on(api: Api, database: Database):
    (order,) = await orders(database, None)
    desk = Desk(api)
    decided = await desk.do("DecidePersonalisation", **decision(order, "APPROVE"))
    assert decided["__typename"] == "PersonalisationDecided"
    review = decided["review"]
    assert (review["status"], review["orderStatus"]) == ("APPROVED", "PENDING_PAYMENT")
    assert review["decidedBy"].startswith("staff:")
    assert review["reason"]
    assert (await desk.read("PersonalisationReviews"))["edges"] == []
    (entry,) = await rows(database, AuditEntry)
    assert (entry.action, entry.subject_id) == ("personalisation.approve", order.id)
    assert entry.before == {"line_number": 1, "status": "pending"}
    assert entry.after == {"line_number": 1, "status": "approved"}


@pytest.mark.parametrize(("said", "read"), [("APPROVE", None), ("REJECT", "含广告内容")])
async def test_a_member_reads_why_a_text_was_rejected_and_nothing_of_why_it_was_allowed(
    api: Api, database: Database, said: str, read: str | None
):
    (order,) = await orders(database, None)
    await Desk(api).do("DecidePersonalisation", **decision(order, said), reason="含广告内容")
    as_its_member = await as_member(api, database, order.member_id)
    text = "query($id: ID!) { order(id: $id) { lines { reviewReason } } }"
    told = await api.query(text, as_its_member, id=id_of(order))
    (line,) = told["data"]["order"]["lines"]
    assert line["reviewReason"] == read


async def test_what_is_rejected_closes_an_order_that_is_not_paid_and_gives_its_units_back(
    api: Api, database: Database
):
    (order,) = await orders(database, None)
    (level,) = await rows(database, StockLevel)
    assert level.held == 2
    decided = await Desk(api).do("DecidePersonalisation", **decision(order))
    assert (decided["review"]["status"], decided["review"]["orderStatus"]) == ("REJECTED", "CLOSED")
    closed = OrderStatus.CLOSED, CloseReason.PERSONALISATION_REJECTED
    assert await status_of(database, order) == closed
    (level,) = await rows(database, StockLevel)
    assert level.held == 0
    assert [each.reason for each in await rows(database, OrderHistory)] == [None, closed[1]]
    assert [each.status for each in await rows(database, OrderPayment)] == [PaymentStatus.VOID]
    assert await rows(database, OrderDeadline) == []


async def test_a_request_that_is_sent_again_is_told_the_same_and_another_one_is_late(
    api: Api, database: Database
):
    (order,) = await orders(database, None)
    desk = Desk(api)
    given = {"requestId": str(make.an_id()), **decision(order)}
    first = await desk.do("DecidePersonalisation", **given)
    assert await desk.do("DecidePersonalisation", **given) == first
    for said in ("REJECT", "APPROVE"):
        late = await desk.do("DecidePersonalisation", **decision(order, said))
        assert (late["__typename"], late["status"]) == ("AlreadyDecided", "REJECTED")
        assert late["message"] == "该内容已审核。"
    assert len(await rows(database, AuditEntry)) == 1


async def test_texts_that_a_check_passed_are_not_decided_on(api: Api, database: Database):
    (order,) = await orders(database, ReviewStatus.PASSED)
    late = await Desk(api).do("DecidePersonalisation", **decision(order))
    assert (late["__typename"], late["status"]) == ("AlreadyDecided", "PASSED")
    assert await status_of(database, order) == (OrderStatus.PENDING_PAYMENT, None)


async def test_what_is_not_there_and_what_lacks_a_reason_is_refused(api: Api, database: Database):
    (order,) = await orders(database, None)
    desk = Desk(api)
    unknown = {**decision(order), "orderId": public_id("order", make.an_id())}
    for given in (unknown, decision(order, line=2)):
        refused = await desk.do("DecidePersonalisation", **given)
        assert refused["__typename"] == "ReviewUnavailable"
    blank = await desk.do("DecidePersonalisation", **decision(order), reason=" ")
    assert [each["path"] for each in blank["problems"]] == ["reason"]


async def test_of_four_who_decide_at_once_one_does(database: Database):
    (order,) = await orders(database, None)

    async def decided(said: ReviewStatus) -> Decided:
        async with database.writes.begin() as session:
            by = By(OPERATOR, NOON, RANDOM)
            return await decide(session, order.id, 1, said, reason=REASON, by=by)

    both = [ReviewStatus.APPROVED, ReviewStatus.REJECTED] * 2
    outcomes = await asyncio.gather(*(decided(said) for said in both), return_exceptions=True)
    assert sum(isinstance(each, Decided) for each in outcomes) == 1
    assert sum(isinstance(each, AlreadyDecided) for each in outcomes) == 3
    (entry,) = await rows(database, AuditEntry)
    is_closed = (await status_of(database, order))[0] is OrderStatus.CLOSED
    assert is_closed == (entry.action == "personalisation.reject")


@pytest.mark.parametrize("role", sorted(Role))
async def test_the_queue_is_for_those_in_charge_of_the_mall(database: Database, role: Role):
    (order,) = await orders(database, None)
    stores = frozenset({order.place_id}) if role in {Role.GUIDE, Role.STORE_MANAGER} else None
    caller = staff(database, Staff(make.an_id(), "小林", role, store_ids=stores))
    if role in {Role.OPERATOR, Role.OWNER}:
        assert len((await caller.see("PersonalisationReviews"))["edges"]) == 1
        decided = await caller.act("DecidePersonalisation", **decision(order, "APPROVE"))
        assert decided["__typename"] == "PersonalisationDecided"
        return
    given = {"requestId": str(make.an_id()), "reason": REASON, **decision(order)}
    for document, variables in (
        ("playground/PersonalisationReviews", {}),
        ("playground/DecidePersonalisation", {"input": given}),
    ):
        assert await caller.code(document, **variables) == "FORBIDDEN"
    assert await status_of(database, order) == (OrderStatus.PENDING_PAYMENT, None)


async def test_a_member_never_sees_the_queue(database: Database):
    (order,) = await orders(database, None)
    for caller in (member(database, order.member_id), staff(database, GUIDE)):
        assert await caller.code("playground/PersonalisationReviews") == "FORBIDDEN"
    nobody = Caller(database, None)
    assert await nobody.code("playground/PersonalisationReviews") == "UNAUTHENTICATED"
