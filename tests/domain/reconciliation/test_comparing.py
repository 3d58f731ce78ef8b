"""Both sides held against each other, on rows."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import update

from domain.kernel.actors import By, Role, Staff
from domain.kernel.db import Database
from domain.payments.bills import BillKind, BillLine, BillNotReady, LineKind, LineState
from domain.payments.models import PaymentRefund
from domain.payments.words import RefundStatus
from domain.reconciliation.errors import DifferenceResolved
from domain.reconciliation.models import Difference
from domain.reconciliation.resolving import resolve
from domain.reconciliation.standing import standing
from domain.reconciliation.words import BillStatus, DifferenceKind, Resolution
from tests import make
from tests.domain.reconciliation.books import (
    DAY,
    MIDDAY,
    MORNING,
    MemoryBill,
    payment,
    refund,
    some_books,
)

NEXT = DAY + timedelta(days=1)
KINDS = DifferenceKind


@pytest.mark.parametrize("seed", [1, 2])
async def test_any_two_sets_of_rows_compare_right_both_ways(database: Database, seed: int):
    """Each number is drawn as one side, the other or both have it; a model says what differs."""
    books, random = await some_books(database), Random(seed)
    expected, lines = dict[str, DifferenceKind | None](), [payment("first")]
    attempt = await books.paid("first")
    for n in range(60):
        number, ours, theirs = f"P{n:03}", *random.choices([None, 100, 200], k=2)
        is_paid = random.random() < 0.8
        if ours:
            await books.paid(number, ours, is_paid=is_paid)
        if theirs:
            lines.append(payment(number, theirs))
        expected[number] = model(ours, theirs, is_done=is_paid, told=LineState.SUCCEEDED)
    states = [RefundStatus.PROCESSING, RefundStatus.SUCCEEDED, RefundStatus.CLOSED]
    for n in range(60):
        number, ours, theirs = f"R{n:03}", *random.choices([None, 100, 200], k=2)
        status, state = random.choice(states), random.choice(list(LineState))
        if ours:
            await books.returned(attempt, number, ours, status=status)
        if theirs:
            lines.append(refund(number, theirs, state))
        is_done = status is RefundStatus.SUCCEEDED
        expected[number] = model(ours, theirs, is_done=is_done, told=state)
    random.shuffle(lines)
    books.tell(*lines)
    assert await books.run() == [None, None]
    found = {each.number: each.kind for each in await books.differences()}
    assert found == {number: kind for number, kind in expected.items() if kind}
    assert set(found.values()) == set(KINDS)


def model(
    ours: int | None, theirs: int | None, *, is_done: bool, told: LineState
) -> DifferenceKind | None:
    """What differs of one number."""
    if theirs is None:
        return KINDS.MISSING_AT_GATEWAY if ours and is_done else None
    if ours is None:
        return KINDS.MISSING_HERE
    if ours != theirs:
        return KINDS.AMOUNT_DIFFERS
    is_told = {LineState.SUCCEEDED: True, LineState.FAILED: False}.get(told, is_done)
    return None if is_told == is_done else KINDS.STATE_DIFFERS


async def test_a_day_is_taken_once_with_its_sums_and_compared_again_it_changes_nothing(
    database: Database,
):
    books = await some_books(database)
    attempt = await books.paid("A-1", 300)
    await books.returned(attempt, "A-1-R1", 200)
    books.tell(payment("A-1", 300), refund("A-1-R1", 200), payment("stranger", 50))
    assert await books.run() == [None, None]
    _, day = await books.days()
    assert (day.bill, day.status, day.payments, day.paid_fen) == (
        BillKind.TRADES,
        BillStatus.TAKEN,
        2,
        350,
    )
    assert (day.refunds, day.refunded_fen, day.fee_millifen) == (1, 200, 600)
    (found,) = await books.differences()
    assert (found.number, found.kind, found.ours_fen, found.theirs_fen, found.day) == (
        "stranger",
        KINDS.MISSING_HERE,
        None,
        50,
        DAY,
    )
    assert (found.found_at, found.fee_millifen) == (MORNING, 600)
    books.clock.now += timedelta(minutes=5)
    assert await books.run() == []
    assert books.gateway.calls == ["bill:trades", "bill:funds"]
    assert [each.id for each in await books.differences()] == [found.id]


async def test_what_is_not_whole_leaves_nothing_behind_and_is_asked_for_again(database: Database):
    books = await some_books(database)
    await books.paid("A-1")
    whole = MemoryBill([payment("A-1")])
    books.gateway.bills[BillKind.TRADES, DAY] = replace(whole, is_whole=False)
    assert await books.run() == ["sums", None]
    _, day = await books.days()
    assert (day.status, day.problem, day.payments) == (BillStatus.WAITING, "sums", 0)
    assert await books.differences() == []
    books.gateway.bills[BillKind.TRADES, DAY] = whole
    assert await books.run() == []
    books.clock.now += timedelta(minutes=10)
    assert await books.run() == [None]
    assert (await books.days())[1].problem is None


async def test_a_bill_that_is_not_made_yet_is_waited_for(database: Database):
    books = await some_books(database)
    await books.paid("A-1")

    def not_yet(_: str) -> None:
        raise BillNotReady

    books.gateway.before = not_yet
    assert await books.run() == ["not_ready", "not_ready"]
    books.clock.now += timedelta(days=1, hours=1)
    async with database.writes() as session:
        assert (await standing(session, at=books.clock.now)).days_behind == 1


async def test_that_nothing_happened_is_not_believed_at_once_where_something_did(
    database: Database,
):
    books = await some_books(database)
    await books.paid("A-1")
    assert await books.run() == ["not_believed", None]
    assert await books.told() == []
    books.clock.now += timedelta(days=1)
    # The day after is quiet on both sides, which is believed.
    assert await books.run() == [None] * 3
    assert await books.told() == [("A-1", "missing_at_gateway")]


@pytest.mark.parametrize(
    ("begun_at", "ended_at", "status"),
    [
        (MIDDAY, None, RefundStatus.PROCESSING),
        (MIDDAY - timedelta(days=1), MIDDAY, RefundStatus.SUCCEEDED),
    ],
)
async def test_a_day_on_which_money_only_went_back_is_not_believed_to_be_silent(
    database: Database, begun_at: datetime, ended_at: datetime | None, status: RefundStatus
):
    books = await some_books(database)
    attempt = await books.paid("A-1", at=MIDDAY - timedelta(days=1))
    await books.returned(attempt, "A-1-R1", at=begun_at, ended_at=ended_at, status=status)
    books.tell(payment("A-1"), day=DAY - timedelta(days=1))
    assert await books.run() == [None, None, "not_believed", None]


async def test_days_that_were_missed_are_caught_up_as_far_as_the_gateway_has_them(
    database: Database,
):
    books = await some_books(database, MORNING + timedelta(days=100))
    await books.paid("A-1")
    outcomes = await books.run()
    days = await books.days()
    assert len(outcomes) == len(days) == 2 * 90
    assert days[0].day == MORNING.date() + timedelta(days=10)
    assert days[-1].day == MORNING.date() + timedelta(days=99)


async def test_what_the_gateway_has_no_more_is_lost_and_keeps_up_nothing(database: Database):
    books = await some_books(database)
    await books.paid("A-1")
    await books.desk.plan()
    books.clock.now += timedelta(days=200)
    await books.desk.plan()
    assert [each.status for each in await books.days()][:2] == [BillStatus.LOST] * 2


@pytest.mark.parametrize("seconds", [-1, 1])
async def test_money_around_midnight_is_looked_for_in_both_days(database: Database, seconds: int):
    books = await some_books(database)
    midnight = datetime.fromisoformat("2026-11-21T00:00:00+08:00")
    await books.paid("A-0")
    await books.paid("A-1", at=midnight + timedelta(seconds=seconds))
    books.tell(payment("A-0"))
    await books.run()
    assert await books.told() == []
    books.clock.now += timedelta(days=1)
    # Theirs is the other day, by a clock that differs.
    books.tell(payment("A-1"), day=NEXT)
    await books.run()
    assert await books.told() == []


async def test_a_payment_that_neither_day_has_is_missing(database: Database):
    books = await some_books(database)
    await books.paid("A-0")
    await books.paid("A-1", at=MIDDAY + timedelta(hours=11, minutes=55))
    books.tell(payment("A-0"))
    await books.run()
    assert await books.told() == []
    books.tell(payment("A-2"), day=NEXT)
    books.clock.now += timedelta(days=1)
    await books.run()
    assert await books.told() == [("A-1", "missing_at_gateway"), ("A-2", "missing_here")]


async def test_a_refund_that_goes_on_for_days_is_no_difference(database: Database):
    books = await some_books(database)
    attempt = await books.paid("A-1")
    await books.returned(attempt, "A-1-R1", ended_at=None, status=RefundStatus.PROCESSING)
    books.tell(payment("A-1"), refund("A-1-R1", state=LineState.PROCESSING))
    await books.run()
    assert await books.told() == []
    await books.returned(attempt, "A-1-R2", ended_at=MIDDAY + timedelta(days=1))
    books.tell(refund("A-1-R2"), day=NEXT)
    books.clock.now += timedelta(days=1)
    await books.run()
    assert await books.told() == []


async def test_a_refund_that_no_bill_has_is_missing_once_it_is_over(database: Database):
    books = await some_books(database)
    attempt = await books.paid("A-1")
    await books.returned(attempt, "A-1-R1", ended_at=MIDDAY + timedelta(days=1))
    books.tell(payment("A-1"))
    await books.run()
    assert await books.told() == []
    books.tell(day=NEXT)
    books.clock.now += timedelta(days=1)
    await books.run()
    assert await books.told() == [("A-1-R1", "missing_at_gateway")]


async def test_a_later_bill_ends_the_difference_that_it_explains(database: Database):
    books = await some_books(database)
    await books.paid("A-1")
    books.tell(payment("stranger"))
    await books.run()
    assert await books.told() == [("A-1", "missing_at_gateway"), ("stranger", "missing_here")]
    books.tell(payment("A-1"), day=NEXT)
    books.clock.now += timedelta(days=1)
    await books.run()
    assert await books.told() == [("stranger", "missing_here")]
    ended, _ = await books.differences(open_only=False)
    assert (ended.resolution, ended.resolved_at) == (Resolution.EXPLAINED, books.clock.now)
    async with database.writes() as session:
        stands = await standing(session, at=books.clock.now)
    assert (stands.differences, stands.oldest_found_at) == (1, MORNING)


async def test_what_somebody_has_seen_to_is_not_found_again_until_it_changes(database: Database):
    books = await some_books(database)
    await books.paid("A-1")
    books.tell(payment("A-1"), payment("stranger", 50))
    await books.run()
    (found,) = await books.differences()
    by = By(Staff(make.an_id(), "小账", Role.FINANCE), books.clock.now, Random(1))
    async with books.begin() as session:
        await resolve(session, found.id, reason="another shop's", by=by)
    with pytest.raises(DifferenceResolved):
        async with books.begin() as session:
            await resolve(session, found.id, reason="again", by=by)
    books.clock.now += timedelta(days=1)
    await books.run()
    assert await books.told() == []
    books.tell(payment("stranger", 70), day=date(2026, 11, 22))
    books.clock.now += timedelta(days=1)
    await books.run()
    assert [each.theirs_fen for each in await books.differences()] == [70]


async def test_a_state_that_somebody_has_seen_to_is_found_again_once_it_is_another_one(
    database: Database,
):
    books = await some_books(database)
    attempt = await books.paid("A-1")
    await books.returned(attempt, "A-1-R1", status=RefundStatus.PROCESSING)
    books.tell(payment("A-1"), refund("A-1-R1"))
    await books.run()
    (found,) = await books.differences()
    by = By(Staff(make.an_id(), "小账", Role.FINANCE), books.clock.now, Random(1))
    async with books.begin() as session:
        await resolve(session, found.id, reason="it is on its way", by=by)
    books.tell(refund("A-1-R1"), day=NEXT)
    books.clock.now += timedelta(days=1)
    await books.run()
    assert await books.told() == []
    # It was given up here, and the gateway still says that it moved.
    async with books.begin() as session:
        ended = {"status": RefundStatus.CLOSED, "finished_at": books.clock.now}
        await session.execute(update(PaymentRefund).values(ended))
    books.tell(refund("A-1-R1"), day=NEXT + timedelta(days=1))
    books.clock.now += timedelta(days=1)
    await books.run()
    (again,) = await books.differences()
    assert (again.kind, again.ours_state) == (KINDS.STATE_DIFFERS, RefundStatus.CLOSED)


async def test_a_line_that_comes_twice_counts_twice(database: Database):
    books = await some_books(database)
    await books.paid("A-1")
    books.tell(payment("A-1"), payment("A-1"))
    await books.run()
    (found,) = await books.differences()
    assert (found.kind, found.ours_fen, found.theirs_fen) == (KINDS.AMOUNT_DIFFERS, 100, 200)


def moved(number: str, fen: int, kind: LineKind = LineKind.PAYMENT) -> BillLine:
    """A line of the bill of funds, by the gateway's number."""
    return BillLine(kind, number, f"F{number}", MIDDAY, fen, 0, LineState.SUCCEEDED)


async def test_funds_may_be_frozen_for_a_month_and_refunds_come_without_their_fee(
    database: Database,
):
    books = await some_books(database)
    attempt = await books.paid("A-1", 1000)
    await books.paid("A-2", 500)
    await books.returned(attempt, "A-1-R1", 1000)
    books.tell(payment("A-1", 1000), payment("A-2", 500), refund("A-1-R1", 1000))
    books.tell(
        moved("TA-1", 1000),
        moved("TA-1", -1, LineKind.OTHER),
        moved("GA-1-R1", 999, LineKind.REFUND),
        moved("Tstranger", 5),
        bill=BillKind.FUNDS,
    )
    await books.run()
    assert await books.told() == [("Tstranger", "missing_here")]
    books.clock.now += timedelta(days=29)
    await books.run()
    assert await books.told() == [("Tstranger", "missing_here")]
    books.clock.now += timedelta(days=2)
    await books.run()
    assert await books.told() == [("TA-2", "missing_at_gateway"), ("Tstranger", "missing_here")]


async def test_a_refund_moves_no_less_than_itself_without_its_fee(database: Database):
    books = await some_books(database)
    attempt = await books.paid("A-1", 1000)
    await books.returned(attempt, "A-1-R1", 1000)
    books.tell(payment("A-1", 1000), refund("A-1-R1", 1000))
    books.tell(moved("TA-1", 1000), moved("GA-1-R1", 998, LineKind.REFUND), bill=BillKind.FUNDS)
    await books.run()
    assert await books.told() == [("GA-1-R1", "amount_differs")]
    assert isinstance((await books.differences())[0], Difference)


async def test_one_that_was_paid_otherwise_is_no_difference_unless_it_came_back_too(
    database: Database,
):
    books = await some_books(database)
    attempt, otherwise = await books.paid("P1", 300), RefundStatus.PAID_OTHERWISE
    await books.returned(attempt, "R1", status=otherwise)
    await books.returned(attempt, "R2", status=otherwise, late_success_at=MIDDAY)
    await books.returned(attempt, "R3", status=otherwise)
    books.tell(payment("P1", 300), refund("R3", state=LineState.FAILED))
    assert await books.run() == [None, None]
    # No bill has to tell of it.
    assert await books.told() == [("R2", "state_differs")]
    (found,) = await books.differences()
    assert (found.ours_state, found.theirs_state) == ("paid_otherwise", None)
    by = By(Staff(make.an_id(), "小账", Role.FINANCE), books.clock.now, Random(1))
    async with books.begin() as session:
        await resolve(session, found.id, reason="they pay it back", by=by)
    # Both bills tell of it later.
    books.tell(refund("R2"), day=NEXT)
    books.tell(moved("GR2", 100, LineKind.REFUND), day=NEXT, bill=BillKind.FUNDS)
    books.clock.now += timedelta(days=1)
    await books.run()
    assert await books.told() == []
