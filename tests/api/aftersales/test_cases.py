"""Cases as members and staff see them, their pictures, and the sweep over their deadlines."""

from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
from structlog.testing import capture_logs

from domain.aftersales.deadlines import due_cases
from domain.aftersales.models import Case
from domain.aftersales.returns import Finding
from domain.aftersales.views import CASE
from domain.aftersales.words import CaseKind, CaseStatus
from domain.kernel.actors import Role
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.kernel.settings import Settings
from domain.media.models import Upload
from domain.media.rules import MediaType, Purpose, UploadStatus, object_key, thumbnail_key
from tests import make
from tests.api.client import Api, statements_run
from tests.api.oauth.desk import as_member
from tests.api.staff.desk import a_store, desk_of, someone, trail
from tests.domain.aftersales.cases import Counter, units, wish
from tests.domain.members.people import rows
from tests.domain.orders.buying import a_shop
from tests.domain.payments.returns import sent, sold
from tests.make import NOON
from workers.cases import watch_cases
from workers.relay import relay_outbox
from workers.tools import Tools

ENGLISH = {"Accept-Language": "en"}
LINES = [{"lineNumber": 1, "units": 1}]


async def a_counter(database: Database, some: int = 3) -> Counter:
    """Somebody who has all of an order."""
    counter = Counter(await sold(database, await a_shop(database), some))
    await sent(database, counter.sold.order_id)
    return counter


async def a_picture(database: Database, settings: Settings, owner: str) -> str:
    """A picture that somebody has uploaded, by its public id."""
    upload_id = make.an_id()
    key = object_key(Purpose.EVIDENCE, MediaType.JPEG, upload_id, NOON)
    store = make.media_folder(settings.home)
    await store.put(thumbnail_key(key, 1000), b"a picture", MediaType.WEBP)
    async with database.writes.begin() as session:
        session.add(
            Upload(
                id=upload_id,
                purpose=Purpose.EVIDENCE,
                owner=owner,
                media_type=MediaType.JPEG,
                size_bytes=9,
                token_digest=bytes(32),
                status=UploadStatus.READY,
                created_at=NOON,
                expires_at=NOON + timedelta(minutes=15),
                finished_at=NOON,
                object_key=key,
                width=1,
                height=1,
            )
        )
    return public_id("upload", upload_id)


def given(counter: Counter, **more: object) -> dict[str, object]:
    """What a return of one unit is asked for by."""
    return {
        "requestId": str(make.an_id()),
        "orderId": public_id("order", counter.sold.order_id),
        "kind": "RETURN",
        "reason": "NOT_WANTED",
        "lines": LINES,
        "seen": 15_800,
        **more,
    }


async def member(api: Api, counter: Counter, document: str, **variables: object) -> Any:
    """What a member is answered."""
    headers = await as_member(api, counter.database, counter.sold.member_id) | ENGLISH
    answer = await api.run(f"miniprogram/{document}", headers, **variables)
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))


async def test_pictures_are_shown_to_who_has_a_pass_and_are_the_members_own(
    api: Api, database: Database, shared_settings: Settings
):
    counter = await a_counter(database)
    others = await a_picture(database, shared_settings, f"member:{make.an_id().hex}")
    nobodys = public_id("upload", make.an_id())
    for upload in (others, nobodys):
        answer = await member(api, counter, "CaseOpen", input=given(counter, evidence=[upload]))
        assert answer == {"__typename": "UploadUnknown", "message": "There is no such upload."}
    mine = await a_picture(database, shared_settings, f"member:{counter.sold.member_id.hex}")
    answer = await member(api, counter, "CaseOpen", input=given(counter, evidence=[mine]))
    (picture,) = answer["case"]["pictures"]
    assert picture["isMembers"]
    path = "/" + picture["url"].split("/", 3)[3]
    shown = await api.http.get(path)
    assert (shown.status_code, shown.content) == (200, b"a picture")
    assert shown.headers["content-type"] == "image/webp"
    assert (await api.http.get(path.replace("/1.webp", "/2.webp"))).status_code == 403
    assert (await api.http.get(path.split("?", maxsplit=1)[0])).status_code == 403


async def test_a_picture_is_shown_once_in_all(
    api: Api, database: Database, shared_settings: Settings
):
    counter = await a_counter(database)
    first, second = [
        await a_picture(database, shared_settings, counter.member.actor) for _ in range(2)
    ]
    answer = await member(api, counter, "CaseOpen", input=given(counter, evidence=[first, first]))
    assert [each["path"] for each in answer["problems"]] == ["evidence.1"]
    answer = await member(api, counter, "CaseOpen", input=given(counter, evidence=[first]))
    assert answer["__typename"] == "CaseOpened"
    answer = await member(api, counter, "CaseOpen", input=given(counter, evidence=[second, first]))
    assert answer == {"__typename": "UploadUnknown", "message": "There is no such upload."}
    assert len(await rows(database, Case)) == 1


async def test_what_has_moved_is_told_with_both_figures(api: Api, database: Database):
    counter = await a_counter(database)
    answer = await member(api, counter, "CaseOpen", input=given(counter, seen=1))
    assert answer["__typename"] == "RefundChanged"
    assert (answer["seen"], answer["now"]) == (1, 15_800)
    assert await rows(database, Case) == []
    previewed = {"orderId": given(counter)["orderId"], "kind": "EXCHANGE", "reason": "DEFECTIVE"}
    lines = [{"lineNumber": 1, "units": 4}]
    answer = await member(api, counter, "CasePreview", input={**previewed, "lines": lines})
    assert (answer["__typename"], answer["left"], answer["wanted"]) == ("UnitsInOtherCases", 3, 4)


async def test_a_page_costs_four_statements_whatever_it_has(database: Database):
    counter = await a_counter(database)
    for _ in range(3):
        await counter.open(wish(units(1, 1), kind=CaseKind.RETURN))
        counter.later(seconds=1)
    desk = desk_of(database, await someone(database, Role.OPERATOR))
    before = statements_run()
    page = await desk.see("StaffCases", first=2)
    assert statements_run() - before == 4
    assert [each["node"]["number"][-3:] for each in page["edges"]] == ["-A3", "-A2"]
    page = await desk.see("StaffCases", first=2, after=page["pageInfo"]["endCursor"])
    assert [each["node"]["number"][-3:] for each in page["edges"]] == ["-A1"]
    assert not page["pageInfo"]["hasNextPage"]
    before = statements_run()
    overdue = await desk.see("StaffCases", filter={"overdueOnly": True, "status": "REQUESTED"})
    assert (overdue["edges"], statements_run() - before) == ([], 1)


async def test_who_works_in_a_store_sees_cases_of_it_and_guides_only_receive(database: Database):
    counter = await a_counter(database)
    case_id = await counter.open(wish(units(1, 1), kind=CaseKind.RETURN))
    place, case = (await counter.case(case_id)).place_id, public_id(CASE, case_id)
    elsewhere = desk_of(
        database, await someone(database, Role.GUIDE, await a_store(database, "ST-7"))
    )
    assert (await elsewhere.see("StaffCases"))["edges"] == []
    assert await elsewhere.see("StaffCase", id=case) is None
    guide = desk_of(database, await someone(database, Role.GUIDE, place))
    assert len((await guide.see("StaffCases"))["edges"]) == 1
    wish_of = {"requestId": str(make.an_id()), "caseId": case, "reason": "同意"}
    assert await guide.code("playground/ApproveCase", input=wish_of) == "FORBIDDEN"
    manager = desk_of(database, await someone(database, Role.STORE_MANAGER, place))
    answer = await manager.see("ApproveCase", input=wish_of)
    assert [each["path"] for each in answer["problems"]] == ["returnTo"]
    wish_of["requestId"] = str(make.an_id())
    answer = await manager.see("ApproveCase", input={**wish_of, "returnTo": "门店"})
    assert answer["case"]["status"] == "APPROVED"
    await counter.send_back(case_id)
    wish_of["requestId"] = str(make.an_id())
    assert (await guide.see("ReceiveCase", input=wish_of))["case"]["status"] == "RECEIVED"
    done = sorted(each.action for each in await trail(database))
    assert done == ["case.approve", "case.receive"]


async def test_staff_give_money_where_nothing_can_be_sent_and_refuse_nothing_that_they_have(
    api: Api, database: Database
):
    counter = await a_counter(database, 1)
    desk = desk_of(database, await someone(database, Role.OPERATOR))
    exchange = await counter.open(wish(units(1, 1), kind=CaseKind.EXCHANGE))
    await counter.approve(exchange)
    await counter.send_back(exchange)
    await counter.receive(exchange)
    case = {"caseId": public_id(CASE, exchange)}
    findings = [{"lineNumber": 1, "restocked": 1, "discarded": 0}]
    answer = await desk.act("InspectCase", **case, findings=findings)
    assert answer["case"]["status"] == "INSPECTED"
    answer = await desk.act("RefuseCase", **case)
    assert (answer["__typename"], answer["status"]) == ("CaseMoved", "INSPECTED")
    answer = await desk.act("RefundExchange", **case)
    assert (answer["case"]["status"], answer["case"]["refund"]) == ("REFUNDING", 15800)
    assert [each["goods"] for each in answer["case"]["lines"]] == [15800]
    answer = await desk.act("RefundExchange", **case)
    assert (answer["__typename"], answer["status"]) == ("CaseMoved", "REFUNDING")
    tools = Tools(database, system_clock, make.media_folder(Path("/nowhere")), Random(1))
    await relay_outbox({"tools": tools})
    messages = await member(api, counter, "Messages")
    assert any("money is on its way" in each["node"]["body"] for each in messages["edges"])
    (entry,) = [each for each in await trail(database) if each.action == "case.refund_exchange"]
    assert entry.after == {"status": "refunding", "order": str(counter.sold.order_id)}


async def test_what_came_in_exchange_can_be_complained_of_and_others_exchanges_tell_nothing(
    api: Api, database: Database
):
    counter = await a_counter(database, 1)
    exchange = await counter.open(wish(units(1, 1), kind=CaseKind.EXCHANGE))
    await counter.approve(exchange)
    await counter.send_back(exchange)
    await counter.receive(exchange)
    await counter.inspect(exchange, Finding(1, 1))
    await counter.replace(exchange)
    wanted = {"orderId": given(counter)["orderId"], "kind": "RETURN", "reason": "DEFECTIVE"}
    told: list[Any] = []
    for nobodys in (make.an_id(), counter.sold.order_id):
        lines = [{**LINES[0], "exchangeId": public_id(CASE, nobodys)}]
        told.append(await member(api, counter, "CasePreview", input={**wanted, "lines": lines}))
    assert told[0] == told[1]
    assert (told[0]["__typename"], told[0]["left"]) == ("UnitsInOtherCases", 0)
    lines = [{**LINES[0], "exchangeId": public_id(CASE, exchange)}]
    preview = await member(api, counter, "CasePreview", input={**wanted, "lines": lines})
    assert preview["refund"] == 15_800
    opened = await member(api, counter, "CaseOpen", input=given(counter, lines=lines))
    (line,) = opened["case"]["lines"]
    assert line["exchangeId"] == public_id(CASE, exchange)


async def test_a_case_that_cannot_be_ended_keeps_no_other_waiting(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    counter = await a_counter(database)
    stuck, late = [await counter.open(wish(units(1, 1), kind=CaseKind.RETURN)) for _ in range(2)]
    await counter.approve(stuck)
    counter.later(seconds=1)
    await counter.approve(late)
    # Its next move is there already, by whatever fault.
    await owner.execute(
        "INSERT INTO case_history (case_id, number, from_status, to_status, actor, at) "
        "VALUES ($1, 3, 'approved', 'expired', 'test', now())",
        stuck,
    )
    counter.later(days=8)
    store = make.media_folder(Path("/nowhere"))
    tools = Tools(database, lambda: counter.sold.clock.now, store, Random(1))
    with capture_logs() as logged:
        await watch_cases({"tools": tools})
    assert [each["event"] for each in logged] == ["case.not_watched", "case.expired"]
    assert await counter.status(stuck) is CaseStatus.APPROVED
    assert await counter.status(late) is CaseStatus.EXPIRED
    async with database.writes.begin() as session:
        assert await due_cases(session, counter.member, most=1) == []
    counter.later(hours=1)
    async with database.writes.begin() as session:
        assert await due_cases(session, counter.member, most=1) == [stuck]


async def test_the_sweep_ends_what_is_late_and_the_member_is_told(api: Api, database: Database):
    counter = await a_counter(database)
    late = await counter.open(wish(units(1, 1), kind=CaseKind.RETURN))
    slow = await counter.open(wish(units(1, 1), kind=CaseKind.RETURN))
    await counter.approve(late)
    counter.later(days=8)
    store = make.media_folder(Path("/nowhere"))
    tools = Tools(database, lambda: counter.sold.clock.now, store, Random(1))
    await watch_cases({"tools": tools})
    assert await counter.status(late) is CaseStatus.EXPIRED
    assert await counter.status(slow) is CaseStatus.REQUESTED
    desk = desk_of(database, await someone(database, Role.OPERATOR))
    (edge,) = (await desk.see("StaffCases", filter={"overdueOnly": True}))["edges"]
    assert (edge["node"]["id"], edge["node"]["isOverdue"]) == (public_id(CASE, slow), True)
    await relay_outbox({"tools": tools})
    messages = await member(api, counter, "Messages")
    bodies = [edge["node"]["body"] for edge in messages["edges"]]
    assert any("not sent back in time" in body for body in bodies), bodies
