"""The freight rules over HTTP: arranged as a whole, by whom and why, and told to everybody."""

from typing import Any

import pytest
from sqlalchemy import select

from domain.kernel.actors import Role, Staff
from domain.kernel.db import Database
from domain.staff.models import AuditEntry
from tests import make
from tests.api.catalog.desk import REASON, Desk, a_request, problems, text
from tests.api.client import Api, statements_run
from tests.api.members.desk import staff

NEAR = {
    "title": text("江浙沪", "Near"),
    "regionCodes": ["31", "32", "33"],
    "isDelivered": True,
    "firstGrams": 1000,
    "firstFee": 600,
    "stepGrams": 500,
    "stepFee": 100,
    "freeFrom": 9900,
}
NOT_THERE = {
    "title": text("港澳台", "Not there"),
    "regionCodes": ["71", "81", "82"],
    "isDelivered": False,
    "firstGrams": 1000,
    "firstFee": 0,
    "stepGrams": 1000,
    "stepFee": 0,
    "freeFrom": None,
}
ELSEWHERE = {**NEAR, "title": text("其他地区", "Elsewhere"), "regionCodes": [], "freeFrom": None}
RULES: list[dict[str, Any]] = [NEAR, NOT_THERE, ELSEWHERE]


async def arrange(desk: Desk, number: int, *rules: dict[str, Any]) -> Any:
    return await desk.do("ArrangeFreight", number=number, rules=list(rules))


async def test_rules_are_arranged_read_and_kept_as_versions(api: Api, database: Database):
    desk = Desk(api)
    first = await desk.read("FreightArrangement")
    assert (first["number"], first["actor"], first["arrangedAt"]) == (0, None, None)
    assert [each["title"]["zh"] for each in first["rules"]] == ["全国包邮"]

    assert await arrange(desk, 0, *RULES) == {"__typename": "FreightArranged", "number": 1}
    assert await arrange(desk, 1, ELSEWHERE) == {"__typename": "FreightArranged", "number": 2}
    now = await desk.read("FreightArrangement")
    assert (now["number"], now["rules"], now["reason"]) == (2, [ELSEWHERE], REASON)

    before = statements_run()
    newest = await desk.read("FreightVersions", first=1)
    assert statements_run() - before == 1
    assert [edge["node"] for edge in newest["edges"]] == [now]
    assert newest["pageInfo"]["hasNextPage"]
    rest = await desk.read("FreightVersions", after=newest["pageInfo"]["endCursor"])
    assert [edge["node"]["rules"] for edge in rest["edges"]] == [RULES]
    async with database.writes() as session:
        entries = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(each.action, each.reason) for each in entries] == [("freight.arrange", REASON)] * 2
    assert entries[0].after == entries[1].before
    assert entries[1].after
    assert (entries[1].after["number"], len(entries[1].after["rules"])) == (2, 1)


async def test_everybody_is_told_the_rules_in_their_language_by_one_statement(api: Api):
    await arrange(Desk(api), 0, *RULES)
    before = statements_run()
    english = {"accept-language": "en"}
    told = (await api.run("miniprogram/FreightRules", english))["data"]["freightRules"]
    assert statements_run() - before == 1
    assert told == [{**each, "title": each["title"]["en"]} for each in RULES]


async def test_nobodys_rules_are_overwritten_unseen(api: Api):
    desk = Desk(api)
    await arrange(desk, 0, NEAR, ELSEWHERE)
    late = await arrange(desk, 0, ELSEWHERE)
    assert late == {
        "__typename": "FreightChanged",
        "number": 1,
        "message": "运费规则已被他人修改（版本 1），请重新读取后再改。",
    }
    assert (await desk.read("FreightArrangement"))["number"] == 1


async def test_a_repeat_makes_no_version_and_gets_the_first_answer(api: Api):
    desk = Desk(api)
    given = {"requestId": a_request(), "number": 0, "rules": RULES}
    first = await desk.do("ArrangeFreight", **given)
    await arrange(desk, 1, ELSEWHERE)
    assert await desk.do("ArrangeFreight", **given) == first
    assert (await desk.read("FreightArrangement"))["number"] == 2
    other = await desk.send("ArrangeFreight", **{**given, "rules": [ELSEWHERE]})
    assert other["errors"][0]["extensions"]["code"] == "KEY_REUSED"


async def test_rules_that_are_in_force_already_make_no_version(api: Api, database: Database):
    desk = Desk(api)
    for number in (0, 1):
        done = await arrange(desk, number, *RULES)
        assert done == {"__typename": "FreightArranged", "number": 1}
    async with database.writes() as session:
        assert len(list(await session.scalars(select(AuditEntry)))) == 1


async def test_every_problem_is_named_and_nothing_is_arranged(api: Api):
    desk = Desk(api)
    refused = await desk.do(
        "ArrangeFreight",
        number=0,
        reason=" ",
        rules=[
            {"title": text(""), "regionCodes": ["31", "3100"], "firstFee": -1},
            {"title": text("再来"), "regionCodes": ["31"], "stepGrams": 0},
            {"title": text("不送"), "regionCodes": ["71"], "isDelivered": False, "firstFee": 1},
        ],
    )
    assert problems(refused) == {
        ("rules", "no_rule_elsewhere"),
        ("rules.0.title.zh", "missing"),
        ("rules.0.regionCodes.1", "not_a_region_prefix"),
        ("rules.0.firstFee", "out_of_range"),
        ("rules.1.regionCodes.0", "repeated"),
        ("rules.1.stepGrams", "out_of_range"),
        ("rules.2.firstFee", "not_delivered_has_no_price"),
        ("reason", "missing"),
    }
    assert (await desk.read("FreightArrangement"))["number"] == 0


@pytest.mark.parametrize("role", [Role.GUIDE, Role.STORE_MANAGER, Role.FINANCE, Role.ENGINEER])
async def test_only_operators_and_owners_arrange_and_all_staff_read(database: Database, role: Role):
    colleague = staff(database, Staff(make.an_id(), "小雪", role))
    given = {"requestId": a_request(), "reason": REASON, "number": 0, "rules": [ELSEWHERE]}
    assert await colleague.code("playground/ArrangeFreight", input=given) == "FORBIDDEN"
    assert (await colleague.see("FreightArrangement"))["number"] == 0


async def test_arranging_costs_the_same_however_many_rules(
    api: Api, count_statements: dict[str, int]
):
    desk = Desk(api)
    told: list[dict[str, int]] = []
    many = [{**NEAR, "regionCodes": [str(11 + number)]} for number in range(80)]
    for number, rules in enumerate(([ELSEWHERE], [*many, ELSEWHERE])):
        count_statements.clear()
        await arrange(desk, number, *rules)
        told.append(dict(count_statements))
    assert told[0] == told[1]
