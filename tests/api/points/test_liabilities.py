"""What the shop owed in points as each day began, read by those who keep the books."""

from datetime import timedelta
from typing import Any

import pytest

from domain.kernel.actors import Role, Staff
from domain.kernel.db import Database
from domain.points.liabilities.taking import take
from domain.points.rules.terms import PointsTerms
from tests import make, make_points
from tests.api.client import statements_run
from tests.api.members.desk import staff
from tests.make import NOON

BOOKKEEPER = Staff(make.an_id(), "小吴", Role.FINANCE)


async def test_days_are_listed_page_by_page_the_last_first_in_one_statement(database: Database):
    (member_id,) = await make_points.members(database)
    for days in range(3):
        await make_points.granted(database, member_id, 100)
        async with database.writes.begin() as session:
            terms = PointsTerms(value=5_000)
            assert await take(session, at=NOON + timedelta(days=days), terms=terms)
    caller = staff(database, BOOKKEEPER)
    found: list[Any] = []
    after = None
    while True:
        before = statements_run()
        page = await caller.see("PointsLiabilities", first=2, after=after)
        assert statements_run() == before + 1
        found += [each["node"] for each in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert [(each["day"], each["available"], each["worth"]) for each in found] == [
        ("2026-11-13", 300, 150),
        ("2026-11-12", 200, 100),
        ("2026-11-11", 100, 50),
    ]
    assert found[-1] == {
        "day": "2026-11-11", "takenAt": NOON.isoformat(), "accounts": 1, "pending": 0,
        "available": 100, "held": 0, "debt": 0, "pointValue": 5_000, "worth": 50,
    }  # fmt: skip
    assert await caller.code("playground/PointsLiabilities", first=101) == "BAD_INPUT"


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.FINANCE])
async def test_who_may_read_them(database: Database, role: Role):
    caller = staff(database, Staff(make.an_id(), "某人", role))
    if role in {Role.OPERATOR, Role.OWNER}:
        assert (await caller.see("PointsLiabilities"))["edges"] == []
    else:
        assert await caller.code("playground/PointsLiabilities") == "FORBIDDEN"
