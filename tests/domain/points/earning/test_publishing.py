"""Versions of the programme: one in force at any moment, for good, whatever is published later."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from domain.kernel.db import Database
from domain.kernel.errors import InvalidInput
from domain.kernel.paging import Place
from domain.points.earning.errors import PointsRulesChanged
from domain.points.earning.models import PointsProgramme
from domain.points.earning.programme import NOTHING_PUBLISHED, Edition, Programme
from domain.points.earning.publishing import POINTS_RULES_ID, PointsRulesPublished
from domain.points.earning.views import in_force, in_force_now, programme_in_force, programmes
from domain.staff.models import AuditEntry
from tests.api.client import statements_run
from tests.domain.points.earning.desk import OPERATOR, published
from tests.domain.points.earning.test_checking import WHOLE
from tests.make import NOON

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def rate(bp: int) -> Programme:
    return Programme(base_rate_bp=bp)


async def numbers(database: Database, *moments: datetime) -> list[int]:
    return [(await in_force_now(database.reads, at=each)).number for each in moments]


async def test_a_programme_is_read_as_it_was_published_by_both_pools(database: Database):
    assert await in_force_now(database.reads, at=NOON) == NOTHING_PUBLISHED
    done = await published(database, WHOLE, 0)
    assert done == PointsRulesPublished(1, NOON)
    expected = Edition(1, WHOLE)
    async with database.writes() as session:
        assert await in_force(session, at=NOON) == expected
        entry = await session.scalar(select(AuditEntry))
    assert await in_force_now(database.reads, at=NOON) == expected
    assert entry is not None
    assert (entry.action, entry.subject_id) == ("points.publish_rules", POINTS_RULES_ID)
    assert await in_force_now(database.reads, at=NOON - SECOND) == NOTHING_PUBLISHED


async def test_a_scheduled_programme_waits_for_its_moment_and_others_do_not_move_it(
    database: Database,
):
    later = NOON + 10 * DAY
    await published(database, rate(1), 0)
    await published(database, rate(2), 1, valid_from=later)
    moments = NOON, later - SECOND, later
    assert await numbers(database, *moments) == [1, 1, 2]
    await published(database, rate(3), 2, at=NOON + DAY)
    assert await numbers(database, *moments) == [1, 3, 2]
    # It is taken back by another one for the same moment.
    await published(database, rate(3), 3, at=NOON + DAY, valid_from=later)
    assert await numbers(database, *moments) == [1, 3, 4]


async def test_what_was_in_force_stays_so_whatever_is_published_afterwards(database: Database):
    random, past = Random(3), dict[datetime, int]()
    for number in range(8):
        at = NOON + number * DAY
        valid_from = at + random.randrange(4) * DAY if number % 2 else None
        await published(database, rate(number), number, at=at, valid_from=valid_from)
        past[at] = (await numbers(database, at))[0]
        assert await numbers(database, *past) == [*past.values()]


async def test_nothing_is_published_for_the_past_or_with_a_problem(database: Database):
    wrong = Programme(base_rate_bp=-1)
    with pytest.raises(InvalidInput) as refused:
        await published(database, wrong, 0, valid_from=NOON - SECOND)
    found = {(each.path, each.code) for each in refused.value.problems}
    assert found == {("baseRateBasisPoints", "out_of_range"), ("validFrom", "in_the_past")}
    assert await numbers(database, NOON) == [0]


async def test_of_operators_who_publish_at_once_one_is_heard_and_the_others_are_told(
    database: Database,
):
    outcomes = await asyncio.gather(
        *(published(database, rate(number), 0) for number in range(1, 5)), return_exceptions=True
    )
    told = [each.number for each in outcomes if isinstance(each, PointsRulesChanged)]
    kinds = Counter(type(each) for each in outcomes)
    assert kinds == {PointsRulesPublished: 1, PointsRulesChanged: 3}
    assert told == [1, 1, 1]
    async with database.writes() as session:
        assert await session.scalar(select(func.count()).select_from(PointsProgramme)) == 1


async def test_the_history_is_read_newest_first_with_one_statement_a_page(database: Database):
    assert (await programme_in_force(database.reads, at=NOON)).actor is None
    for number in range(4):
        later = NOON + 10 * DAY if number == 3 else None
        await published(database, rate(number), number, valid_from=later)
    before = statements_run()
    page = await programmes(database.reads, first=2, after=None)
    assert statements_run() - before == 1
    assert ([each.number for each in page.items], page.has_next) == ([4, 3], True)
    rest = await programmes(database.reads, first=2, after=Place(3, POINTS_RULES_ID))
    assert ([each.number for each in rest.items], rest.has_next) == ([2, 1], False)
    before = statements_run()
    assert await programme_in_force(database.reads, at=NOON) == page.items[1]
    assert statements_run() - before == 1


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"number": 0}, "number_is_positive"),
        ({"valid_from": NOON - SECOND}, "is_not_valid_before_it_is_known"),
        ({"reason": "\n"}, "reason_is_given"),
        ({"programme": Programme(base_rate_bp=-1)}, "programme_is_bounded"),
        ({"programme": Programme(base_rate_bp=1, rates=WHOLE.rates[:1] * 51)}, "is_bounded"),
        ({"programme": Programme(base_rate_bp=1, bonuses=WHOLE.bonuses * 51)}, "is_bounded"),
    ],
)
async def test_the_table_itself_refuses_what_is_no_version(
    database: Database, change: dict[str, object], constraint: str
):
    row = {
        "number": 1,
        "programme": WHOLE,
        "valid_from": NOON,
        "actor": OPERATOR.key,
        "actor_name": OPERATOR.name,
        "reason": "双十一",
        "published_at": NOON,
    }
    async with database.writes.begin() as session:
        await session.execute(insert(PointsProgramme).values({**row, "number": 9}))
    async with database.writes() as session:
        with pytest.raises(IntegrityError, match=constraint):
            await session.execute(insert(PointsProgramme).values({**row, **change}))
