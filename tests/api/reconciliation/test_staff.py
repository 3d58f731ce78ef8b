"""What the staff see of differences, and what they do with them."""

from datetime import date, timedelta

from domain.kernel.actors import Role
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.payments.bills import BillKind, LineKind
from domain.payments.words import PaymentProvider
from domain.reconciliation.models import Difference
from domain.reconciliation.views import DIFFERENCE
from domain.reconciliation.words import DifferenceKind
from tests import make
from tests.api.client import statements_run
from tests.api.staff.desk import a_store, desk_of, someone, trail
from tests.make import NOON

LIST, RESOLVE = "playground/ReconciliationDifferences", "playground/ResolveDifference"


async def found(database: Database, count: int) -> list[str]:
    """The public ids of so many differences, each found an hour after the one before it."""
    rows = [
        Difference(
            id=make.an_id(),
            provider=PaymentProvider.WECHAT_PAY,
            bill=BillKind.TRADES,
            day=date(2026, 11, 7),
            subject=LineKind.PAYMENT,
            number=f"A-{n}",
            kind=DifferenceKind.MISSING_HERE,
            theirs_fen=100 + n,
            found_at=NOON - timedelta(days=3) + timedelta(hours=n),
        )
        for n in range(count)
    ]
    ids = [public_id(DIFFERENCE, row.id) for row in rows]
    async with database.writes.begin() as session:
        session.add_all(rows)
    return ids


async def test_who_keeps_the_books_sees_differences_and_nobody_else(database: Database):
    (difference,) = await found(database, 1)
    store = await a_store(database)
    for role in Role:
        desk = desk_of(database, await someone(database, role, store))
        before = statements_run()
        answer = await desk.run(LIST)
        given = {"requestId": str(make.an_id()), "differenceId": difference, "reason": ""}
        if role in {Role.FINANCE, Role.OPERATOR, Role.OWNER}:
            assert "errors" not in answer, role
            assert statements_run() == before + 1
            told = await desk.see("ResolveDifference", input=given)
            assert told["__typename"] == "InvalidInput"
        else:
            assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN", role
            assert await desk.code(RESOLVE, input=given) == "FORBIDDEN"
            assert statements_run() == before


async def test_differences_come_in_pages_the_longest_known_first(database: Database):
    ids = await found(database, 3)
    desk = desk_of(database, await someone(database, Role.FINANCE))
    page = await desk.see("ReconciliationDifferences", first=2)
    assert [edge["node"]["id"] for edge in page["edges"]] == ids[:2]
    assert [edge["node"]["ageSeconds"] for edge in page["edges"]] == [259_200, 255_600]
    after = page["pageInfo"]["endCursor"]
    page = await desk.see("ReconciliationDifferences", first=2, after=after)
    assert [edge["node"]["id"] for edge in page["edges"]] == ids[2:]
    assert await desk.code(LIST, first=101) == "BAD_INPUT"


async def test_a_difference_is_seen_to_once_and_stands_in_the_trail(database: Database):
    first, second = await found(database, 2)
    finance = await someone(database, Role.FINANCE)
    desk = desk_of(database, finance)
    request = str(make.an_id())
    given = {"requestId": request, "differenceId": first, "reason": "线下核对无误"}
    done = {"__typename": "ReconciliationDifferenceResolved", "differenceId": first}
    assert await desk.see("ResolveDifference", input=given) == done
    assert await desk.see("ResolveDifference", input=given) == done
    again = await desk.see("ResolveDifference", input={**given, "requestId": str(make.an_id())})
    assert again["__typename"] == "DifferenceResolved"
    unknown = {**given, "requestId": str(make.an_id())}
    unknown["differenceId"] = public_id(DIFFERENCE, make.an_id())
    answer = await desk.see("ResolveDifference", input=unknown)
    assert answer["__typename"] == "DifferenceUnavailable"
    (entry,) = await trail(database)
    assert (entry.action, entry.reason, entry.actor) == (
        "reconciliation.resolve",
        "线下核对无误",
        finance.key,
    )
    page = await desk.see("ReconciliationDifferences")
    assert [edge["node"]["id"] for edge in page["edges"]] == [second]
    page = await desk.see("ReconciliationDifferences", openOnly=False)
    node = page["edges"][0]["node"]
    assert (node["resolution"], node["resolvedBy"], node["reason"]) == (
        "BY_STAFF",
        finance.name,
        "线下核对无误",
    )
