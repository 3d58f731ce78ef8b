"""Cases that the staff open for members, over HTTP: from the rejected text to the money."""

from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import pytest
from sqlalchemy import select

from domain.aftersales.models import Case
from domain.kernel.actors import Role
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.orders.models import PersonalisationReview
from domain.orders.words import ReviewStatus
from domain.staff.models import AuditEntry
from tests import make
from tests.api.aftersales.test_cases import a_counter, member
from tests.api.client import AS_STAFF, Api, statements_run
from tests.api.staff.desk import a_store, desk_of, someone
from tests.domain.aftersales.cases import Counter
from tests.domain.aftersales.test_refunds import TEXTS
from tests.domain.members.people import rows
from tests.domain.orders.buying import Shop, a_shop
from tests.domain.payments.returns import sold
from workers.relay import relay_outbox
from workers.tools import Tools


async def an_engraved_order(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]", shop: Shop | None = None
) -> Counter:
    """An order of two units that is paid, and whose texts wait to be looked at."""
    counter = Counter(await sold(database, shop or await a_shop(database), 2))
    await owner.execute("UPDATE order_lines SET personalisation = $1::jsonb", TEXTS)
    async with database.writes.begin() as session:
        session.add(
            PersonalisationReview(
                order_id=counter.sold.order_id,
                line_number=1,
                status=ReviewStatus.PENDING,
                text_digest="0" * 64,
            )
        )
    return counter


async def staff(api: Api, document: str, **variables: object) -> Any:
    """What a document of the staff answers."""
    answer = await api.run(f"playground/{document}", AS_STAFF, **variables)
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))


async def relayed(counter: Counter) -> None:
    """Let a worker act on what has happened."""
    store = make.media_folder(Path("/nowhere"))
    # The mall behind HTTP has the time of the day.
    tools = Tools(counter.database, system_clock, store, Random(1))
    await relay_outbox({"tools": tools})


async def bodies(api: Api, counter: Counter) -> list[str]:
    """What the member reads in the inbox, the latest first."""
    messages = await member(api, counter, "Messages")
    return [edge["node"]["body"] for edge in messages["edges"]]


def wanted(counter: Counter, **more: object) -> dict[str, object]:
    """A refund of both units."""
    return {
        "orderId": public_id("order", counter.sold.order_id),
        "kind": "REFUND",
        "caseReason": "OTHER",
        "lines": [{"lineNumber": 1, "units": 2}],
        **more,
    }


def asked(counter: Counter, **more: object) -> dict[str, object]:
    """The same as it is asked for."""
    given = {"requestId": str(make.an_id()), "reason": "会员来电", "seen": 31600, "seenCases": 0}
    return {**wanted(counter), **given, **more}


async def test_a_paid_order_whose_text_is_rejected_is_found_told_and_refunded(
    api: Api, database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    counter = await an_engraved_order(database, owner)
    order_id = public_id("order", counter.sold.order_id)
    assert (await staff(api, "RejectedTexts"))["edges"] == []
    decision = {"requestId": str(make.an_id()), "orderId": order_id, "lineNumber": 1}
    decision |= {"decision": "REJECT", "reason": "含有他人商标"}
    await staff(api, "DecidePersonalisation", input=decision)
    await relayed(counter)
    (body, *_) = [each for each in await bodies(api, counter) if "商标" in each]
    assert "cannot be made" in body
    assert "ask for your money back" in body
    before = statements_run()
    (edge,) = (await staff(api, "RejectedTexts"))["edges"]
    assert statements_run() - before == 1
    found = edge["node"]
    assert (found["orderId"], found["lineNumber"], found["unitsLeft"]) == (order_id, 1, 2)
    assert (found["reason"], found["orderStatus"]) == ("含有他人商标", "PAID")

    preview = await staff(api, "StaffPreviewCase", input=wanted(counter))
    assert (preview["refund"], preview["isInstant"], preview["cases"]) == (31600, True, 0)
    given = asked(counter, reason="刻字未通过")
    opened = await staff(api, "StaffOpenCase", input=given)
    assert (opened["case"]["status"], opened["case"]["openedBy"]) == ("REFUNDING", "STAFF")
    assert await staff(api, "StaffOpenCase", input=given) == opened
    assert len(await rows(database, Case)) == 1
    assert (await staff(api, "RejectedTexts"))["edges"] == []
    (case,) = (await member(api, counter, "CaseList"))["edges"]
    assert case["node"]["openedBy"] == "STAFF"
    assert case["node"]["timeline"][0]["text"] == "The shop asked for a refund for you."
    await relayed(counter)
    # The money itself is told once it is back (`test_whole_story`).
    assert not any("money is on its way" in each for each in await bodies(api, counter))
    async with database.writes() as session:
        by_action = {e.action: e for e in await session.scalars(select(AuditEntry))}
    assert by_action["case.open"].reason == "刻字未通过"
    assert by_action["case.open"].after == {
        "status": "refunding",
        "order": str(counter.sold.order_id),
    }


async def test_pages_of_rejected_texts_follow_and_stores_see_their_own(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    shop = await a_shop(database)
    for _ in range(2):
        await an_engraved_order(database, owner, shop)
    await owner.execute(
        "UPDATE personalisation_reviews SET status = 'rejected', reason = 'x', decided_by = 'x', "
        "decided_at = now(), owed_place_id = $1",
        shop.place_id,
    )
    desk = desk_of(database, await someone(database, Role.OPERATOR))
    page = await desk.see("RejectedTexts", first=1)
    assert page["pageInfo"]["hasNextPage"]
    rest = await desk.see("RejectedTexts", first=1, after=page["pageInfo"]["endCursor"])
    assert not rest["pageInfo"]["hasNextPage"]
    both = [each["edges"][0]["node"]["orderId"] for each in (page, rest)]
    assert both == sorted(set(both))
    guide = await someone(database, Role.GUIDE, await a_store(database, "ST-7"))
    assert (await desk_of(database, guide).see("RejectedTexts"))["edges"] == []


async def test_the_member_is_told_of_what_waits_and_reads_why_an_exception_is_made(
    api: Api, database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    counter = await an_engraved_order(database, owner)
    refused = await staff(api, "StaffPreviewCase", input=wanted(counter))
    assert (refused["__typename"], refused["obstacle"]) == ("CaseNotPossible", "PERSONALISED")
    given = asked(counter, exception="老会员住院", seenCases=1)
    stale = await staff(api, "StaffOpenCase", input=given)
    assert (stale["__typename"], stale["seenCases"], stale["nowCases"]) == ("CasesChanged", 1, 0)
    given = asked(counter, exception="老会员住院")
    opened = await staff(api, "StaffOpenCase", input=given)
    assert opened["case"]["status"] == "REQUESTED"
    await relayed(counter)
    assert any("opened a case for you" in each for each in await bodies(api, counter))
    (case,) = (await member(api, counter, "CaseList"))["edges"]
    assert case["node"]["exception"] == "老会员住院"
    (entry,) = await rows(database, AuditEntry)
    assert (entry.action, entry.after["is_exception"]) == ("case.open", True)


@pytest.mark.parametrize("role", sorted(Role))
async def test_guides_open_cases_of_their_stores_and_others_of_none_there(
    database: Database, role: Role
):
    counter = await a_counter(database)
    place = (await counter.sold.order()).place_id
    is_in_stores = role in {Role.GUIDE, Role.STORE_MANAGER}
    theirs = [place] if is_in_stores else []
    desk = desk_of(database, await someone(database, role, *theirs))
    if role in {Role.ENGINEER, Role.FINANCE}:
        assert await desk.code("playground/StaffOpenCase", input=asked(counter)) == "FORBIDDEN"
        assert await desk.code("playground/StaffPreviewCase", input=wanted(counter)) == "FORBIDDEN"
        assert await desk.code("playground/RejectedTexts") == "FORBIDDEN"
        return
    opened = await desk.see("StaffOpenCase", input=asked(counter))
    assert opened["case"]["status"] == "REQUESTED"
    if is_in_stores:
        elsewhere = await a_store(database, "ST-7")
        desk = desk_of(database, await someone(database, role, elsewhere))
        for document, given in (
            ("StaffPreviewCase", wanted(counter)),
            ("StaffOpenCase", asked(counter, seenCases=1)),
        ):
            assert (await desk.see(document, input=given))["__typename"] == "OrderUnavailable"
