"""The rules of earning over HTTP: published as a whole, by whom and why, for now and for later."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain.kernel.actors import Role, Staff
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.staff.models import AuditEntry
from tests import make
from tests.api.catalog.desk import REASON, Desk, a_request, problems, text
from tests.api.client import Api, statements_run
from tests.api.members.desk import staff
from tests.make import NOON

PLUSH = public_id("category", make.an_id())
BEAR = public_id("product", make.an_id())
RULES: dict[str, Any] = {
    "baseRateBasisPoints": 10_000,
    "rates": [
        {
            "title": text("毛绒", "Plush"),
            "productIds": [BEAR],
            "categoryIds": [PLUSH],
            "rateBasisPoints": 20_000,
            "windowDays": 15,
        }
    ],
    "bonuses": [
        {
            "title": text("双十二", "Double Twelve"),
            "bonusBasisPoints": 5_000,
            "startsAt": "2026-12-11T16:00:00+00:00",
            "endsAt": "2026-12-12T16:00:00+00:00",
            "channels": ["MINI_PROGRAM"],
            "tiers": ["gold"],
            "productIds": [],
            "categoryIds": [PLUSH],
        }
    ],
    "caps": {"order": 5_000, "day": None, "month": 20_000, "lifetime": None, "balance": None},
    "validity": {"kind": "YEAR_END", "count": None, "cutMonth": 10, "cutDay": 1},
    "windowDays": 7,
}
PLAIN: dict[str, Any] = {"baseRateBasisPoints": 5_000, "validity": {"kind": "NEVER"}}


async def publish(desk: Desk, number: int, **rules: Any) -> Any:
    return await desk.do("PublishPointsRules", number=number, **rules)


def whole(rules: dict[str, Any]) -> dict[str, Any]:
    return {name: rules[name] for name in RULES}


async def test_rules_are_published_read_and_kept_as_versions(api: Api, database: Database):
    desk = Desk(api)
    first = await desk.read("PointsRules")
    told = (first["number"], first["baseRateBasisPoints"], first["actor"], first["publishedAt"])
    assert told == (0, 0, None, None)

    done = await publish(desk, 0, **RULES)
    assert (done["__typename"], done["number"]) == ("PointsRulesPublished", 1)
    now = await desk.read("PointsRules")
    assert whole(now) == RULES
    assert (now["number"], now["validFrom"], now["reason"]) == (1, done["validFrom"], REASON)
    assert (await publish(desk, 1, **PLAIN))["number"] == 2

    before = statements_run()
    page = await desk.read("PointsRulesVersions", first=1)
    assert statements_run() - before == 1
    assert [edge["node"] for edge in page["edges"]] == [await desk.read("PointsRules")]
    assert page["pageInfo"]["hasNextPage"]
    rest = await desk.read("PointsRulesVersions", after=page["pageInfo"]["endCursor"])
    assert [edge["node"] for edge in rest["edges"]] == [now]
    async with database.writes() as session:
        entries = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(each.action, each.reason) for each in entries] == [
        ("points.publish_rules", REASON)
    ] * 2
    assert entries[1].before
    assert entries[1].before["programme"]["rates"][0]["rate_bp"] == 20_000


async def test_what_is_scheduled_is_told_and_not_yet_in_force(api: Api):
    desk = Desk(api)
    await publish(desk, 0, **RULES)
    valid_from = (datetime.fromisoformat((await desk.read("PointsRules"))["validFrom"])
                  + timedelta(days=3)).isoformat()  # fmt: skip
    done = await publish(desk, 1, **PLAIN, validFrom=valid_from)
    assert (done["number"], done["validFrom"]) == (2, valid_from)
    assert (await desk.read("PointsRules"))["number"] == 1
    versions = await desk.read("PointsRulesVersions")
    told = [(edge["node"]["number"], edge["node"]["validFrom"]) for edge in versions["edges"]]
    assert told[0] == (2, valid_from)
    assert [number for number, _ in told] == [2, 1]


async def test_nobodys_rules_are_passed_over_unseen(api: Api):
    desk = Desk(api)
    await publish(desk, 0, **RULES)
    late = await publish(desk, 0, **PLAIN)
    assert late == {
        "__typename": "PointsRulesChanged",
        "number": 1,
        "message": "积分规则已有新版本（版本 1），请重新读取后再改。",
    }
    assert (await desk.read("PointsRules"))["number"] == 1


async def test_a_repeat_makes_no_version_and_gets_the_first_answer(api: Api):
    desk = Desk(api)
    given = {"requestId": a_request(), "number": 0, **RULES}
    first = await desk.do("PublishPointsRules", **given)
    await publish(desk, 1, **PLAIN)
    assert await desk.do("PublishPointsRules", **given) == first
    assert (await desk.read("PointsRules"))["number"] == 2
    other = await desk.send("PublishPointsRules", **{**given, "windowDays": 8})
    assert other["errors"][0]["extensions"]["code"] == "KEY_REUSED"


async def test_every_problem_is_named_and_nothing_is_published(api: Api):
    desk = Desk(api)
    rate, bonus = RULES["rates"][0], RULES["bonuses"][0]
    refused = await publish(
        desk,
        0,
        reason=" ",
        validFrom=(NOON - timedelta(days=3_000)).isoformat(),
        baseRateBasisPoints=-1,
        rates=[rate, {**rate, "productIds": [], "rateBasisPoints": 1_000_001}],
        bonuses=[{**bonus, "endsAt": bonus["startsAt"], "bonusBasisPoints": 0}],
        caps={"day": -1},
        validity={"kind": "SLIDING", "cutMonth": 3},
        windowDays=999,
    )
    assert problems(refused) == {
        ("baseRateBasisPoints", "out_of_range"),
        ("windowDays", "out_of_range"),
        ("rates.1.rateBasisPoints", "out_of_range"),
        ("rates.1.categoryIds.0", "repeated"),
        ("bonuses.0.bonusBasisPoints", "out_of_range"),
        ("bonuses.0.endsAt", "ends_before_start"),
        ("caps.day", "out_of_range"),
        ("validity", "not_possible_validity"),
        ("validFrom", "in_the_past"),
        ("reason", "missing"),
    }
    assert (await desk.read("PointsRules"))["number"] == 0


async def test_what_is_no_product_is_a_fault_of_the_caller(api: Api):
    wrong = [{**RULES["rates"][0], "productIds": [PLUSH]}]
    answer = await Desk(api).send("PublishPointsRules", number=0, **{**RULES, "rates": wrong})
    assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"


@pytest.mark.parametrize("role", [Role.GUIDE, Role.STORE_MANAGER, Role.FINANCE, Role.ENGINEER])
async def test_only_operators_and_owners_publish_and_all_staff_read(database: Database, role: Role):
    colleague = staff(database, Staff(make.an_id(), "小雪", role))
    given = {"requestId": a_request(), "reason": REASON, "number": 0, **PLAIN}
    assert await colleague.code("playground/PublishPointsRules", input=given) == "FORBIDDEN"
    assert (await colleague.see("PointsRules"))["number"] == 0


async def test_publishing_costs_the_same_however_many_rules(
    api: Api, count_statements: dict[str, int]
):
    desk = Desk(api)
    told: list[dict[str, int]] = []
    for number, many in enumerate((1, 50)):
        bonuses = RULES["bonuses"] * many
        count_statements.clear()
        done = await publish(desk, number, **{**RULES, "bonuses": bonuses})
        assert done["number"] == number + 1
        told.append(dict(count_statements))
    assert told[0] == told[1]
