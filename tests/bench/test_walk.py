"""The benchmark of the walk compares ways that answer alike, of 400 leaves."""

from bench import report, walk
from bench.benchmark import Effort
from bench.walk import COMPILED, INTERPRETED, LEAVES, PLAIN

TINY = Effort(rounds=1, volley_seconds=0.01)


async def test_all_ways_answer_alike_and_leave_whole_rows():
    cases = await walk.ways()
    assert [case.contender for case in cases] == [PLAIN, INTERPRETED, COMPILED]
    answers = [await case.run() for case in cases]
    assert [answer.errors for answer in answers] == [None] * 3
    # As texts, because the order of keys counts too.
    assert {repr(answer.data) for answer in answers} == {repr(answers[0].data)}

    outcome = await walk.measure(cases, TINY)
    assert [row["leaves"] for row in outcome.rows] == [LEAVES] * 3
    assert [goal.bound for goal in outcome.goals] == [20]
    assert all(column.heading in report.table(outcome) for column in outcome.columns)
