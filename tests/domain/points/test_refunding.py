"""Refunds: what was spent comes back, what was earned is taken, and debts are paid first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.allocation import cumulative_share
from domain.points.rules import granting, holding, refunding, settling
from domain.points.rules.books import Book, Hold, Source
from domain.points.rules.granting import NewLot
from domain.points.rules.refunding import RESTORED_GRACE, NewLots, earned_to_take, take_back
from domain.points.words import Bucket, ClawbackPolicy, Reason, SourceKind
from tests.domain.points.books import (
    A_DAY,
    a_book,
    a_source,
    earned,
    granted,
    held,
    moved,
    parts,
    spent,
)
from tests.make import NOON, an_id

LATER = NOON + 20 * A_DAY
"""When lots of ten days have ended."""
STEPS = st.lists(st.integers(1, 500), min_size=1, max_size=8)


def refund() -> Source:
    """A refund that is new."""
    return a_source(SourceKind.REFUND)


def give_back(
    book: Book, hold: Hold, points: int, *, at: datetime = NOON, is_shops_fault: bool = False
) -> Source:
    """Return points for a refund of its own, which is told twice."""
    source = refund()

    def told() -> int:
        new_lots = NewLots([an_id() for _ in hold.lots])
        refunding.give_back(
            book, hold, points, source=source, new_lots=new_lots,
            is_shops_fault=is_shops_fault, at=at,
        )  # fmt: skip
        _note(book)
        return len(book.written)

    assert told() == told()
    return source


def _note(book: Book) -> None:
    """Know what was written, as a book does that is read again."""
    book.known |= {(each.source.kind, each.source.id, each.reason) for each in book.written}


def test_points_go_back_to_their_lots_the_last_that_was_consumed_first():
    book = a_book()
    soon, late = granted(book, 5, "days:3"), granted(book, 5, "days:30")
    hold = spent(book, 8)
    give_back(book, hold, 4)
    assert (parts(soon), parts(late)) == (
        {"remaining": 1, "consumed": 4},
        {"remaining": 5},
    )
    give_back(book, hold, 4)
    assert (parts(soon), parts(late)) == ({"remaining": 5}, {"remaining": 5})
    assert (hold.returned, book.lifetime_spent) == (8, 0)


@pytest.mark.parametrize("points", [-1, 6, 9])
def test_no_more_goes_back_than_was_spent(points: int):
    book = a_book()
    granted(book, 10)
    hold = spent(book, 8)
    give_back(book, hold, 3)
    with pytest.raises(ValueError, match="cannot go back"):
        give_back(book, hold, points)
    open_hold = held(book, 1)
    with pytest.raises(ValueError, match="cannot go back"):
        give_back(book, open_hold, 1)


def test_what_has_ended_comes_back_and_expires_and_both_are_written():
    book = a_book()
    lot = granted(book, 10)
    hold = spent(book, 10)
    give_back(book, hold, 4, at=LATER)
    assert parts(lot) == {"consumed": 6, "expired": 4}
    assert moved(book, Reason.RETURNED, Reason.EXPIRED) == [
        (Reason.RETURNED, 4), (Reason.EXPIRED, 4)
    ]  # fmt: skip
    assert book.figures.available == 0


@pytest.mark.parametrize(
    ("validity", "good_for"),
    [("days:365", RESTORED_GRACE), ("days:10", timedelta(days=10, hours=12))],
)
def test_by_the_shops_fault_they_are_good_for_thirty_days_but_no_longer_than_they_were(
    validity: str, good_for: timedelta
):
    book, at = a_book(), NOON + 400 * A_DAY
    lot = granted(book, 10, validity)
    hold = spent(book, 10)
    source = give_back(book, hold, 4, at=at, is_shops_fault=True)
    (restored,) = book.lots_of(source)
    assert parts(lot) == {"consumed": 10}
    assert (parts(restored), restored.granted) == ({"remaining": 4}, 4)
    assert (restored.from_lot_id, restored.activated_at) == (lot.id, at)
    assert restored.expires_at == at + good_for
    assert book.figures.available == 4


def test_each_lot_that_has_ended_is_restored_by_itself():
    book = a_book()
    lots = [granted(book, 5), granted(book, 5), granted(book, 5, "never")]
    hold = spent(book, 13)
    source = give_back(book, hold, 13, at=LATER, is_shops_fault=True)
    restored = book.lots_of(source)
    assert [each.source.part for each in restored] == [0, 1]
    assert {each.from_lot_id for each in restored} == {lots[0].id, lots[1].id}
    assert parts(lots[2]) == {"remaining": 5}


@dataclass(frozen=True)
class Case:
    """What is left of a line of ten points and of others, and what comes of taking all ten."""

    policy: ClawbackPolicy
    left: int
    others: int
    told: list[tuple[Reason, int]]
    available: int = 0
    debt: int = 0
    cash: int = 0
    is_pending: bool = False


_TAKEN = Reason.CLAWED_BACK
CASES = [
    Case(ClawbackPolicy.ONLY_PENDING, 10, 5, [(_TAKEN, 10)], available=5, is_pending=True),
    Case(ClawbackPolicy.ONLY_PENDING, 10, 5, [(Reason.WAIVED, 10)], available=15),
    Case(ClawbackPolicy.WITHIN_BALANCE, 10, 0, [(_TAKEN, 10)]),
    Case(ClawbackPolicy.WITHIN_BALANCE, 4, 3, [(_TAKEN, 4), (_TAKEN, 3), (Reason.WAIVED, 3)]),
    Case(ClawbackPolicy.DEBT, 4, 3, [(_TAKEN, 4), (_TAKEN, 3), (Reason.OWED, 3)], debt=3),
    Case(ClawbackPolicy.DEBT, 4, 30, [(_TAKEN, 4), (_TAKEN, 6)], available=24),
    Case(
        ClawbackPolicy.DEDUCT_CASH, 4, 3, [(_TAKEN, 4), (_TAKEN, 3), (Reason.DEDUCTED, 3)], cash=3
    ),
]


@pytest.mark.parametrize("case", CASES)
def test_earned_points_are_taken_as_the_policy_says(case: Case):
    book = a_book()
    line = earned(book, 10) if case.is_pending else granted(book, 10, "never")
    if case.left < 10:
        spent(book, 10 - case.left)
    if case.others:
        granted(book, case.others, "days:5")
    before = len(book.written)
    cash = take_back(book, line, 10, source=refund(), policy=case.policy, at=NOON)
    assert moved(book)[before:] == case.told
    told = book.figures.pending, book.figures.available, book.figures.debt, cash, line.clawed
    assert told == (0, case.available, case.debt, case.cash, 10)


def test_others_are_taken_in_the_order_of_spending_and_those_that_ended_are_not():
    book = a_book()
    line = granted(book, 4, "never")
    spent(book, 4)
    never, soon = granted(book, 5, "never"), granted(book, 5, "days:30")
    ended = granted(book, 5, "days:3")
    take_back(book, line, 4, source=refund(), policy=ClawbackPolicy.DEBT, at=NOON + 10 * A_DAY)
    assert (parts(ended), parts(soon)) == ({"expired": 5}, {"remaining": 1, "revoked": 4})
    assert parts(never) == {"remaining": 5}


def test_debt_is_paid_by_what_becomes_active_next():
    book = a_book()
    line = granted(book, 10)
    waits = earned(book, 4)
    spent(book, 10)
    take_back(book, line, 10, source=refund(), policy=ClawbackPolicy.DEBT, at=NOON)
    assert book.figures.debt == 10
    settling.receive(book, [waits], settles_at=NOON)
    settling.settle_due(book, NOON)
    assert (book.figures.debt, book.figures.available, parts(waits)) == (6, 0, {"consumed": 4})
    lot = granted(book, 9)
    assert (book.figures.debt, book.figures.available) == (0, 3)
    assert parts(lot) == {"remaining": 3, "consumed": 6}


def test_debt_is_paid_by_points_that_come_back_and_by_those_of_the_staff():
    book = a_book()
    line = granted(book, 10, "never")
    hold = spent(book, 8)
    reserved = held(book, 2)
    take_back(book, line, 10, source=refund(), policy=ClawbackPolicy.DEBT, at=NOON)
    assert book.figures.debt == 10
    holding.release(book, reserved, is_members_wish=True, at=NOON)
    assert (book.figures.debt, book.figures.available) == (8, 0)
    give_back(book, hold, 3)
    assert (book.figures.debt, book.figures.available) == (5, 0)
    new = NewLot(an_id(), 7, a_source(SourceKind.ADJUSTMENT), "never")
    granting.add(book, new, at=NOON)
    assert (book.figures.debt, book.figures.available) == (0, 2)
    assert sum(amount for _, amount in moved(book, Reason.REPAID)) == 10
    assert all(
        each.to_bucket is Bucket.DEBT for each in book.written if each.reason is Reason.REPAID
    )


@given(st.integers(0, 10_000), STEPS)
def test_shares_of_steps_add_up_to_the_total(total: int, steps: list[int]):
    whole, so_far = sum(steps), 0
    given: list[int] = []
    for step in steps:
        given.append(
            cumulative_share(total, so_far + step, whole) - cumulative_share(total, so_far, whole)
        )
        so_far += step
    assert sum(given) == total
    assert all(
        0 <= each <= Fraction(total * step, whole) + 1
        for each, step in zip(given, steps, strict=True)
    )


@given(st.integers(1, 10_000), STEPS, st.builds(Random, st.integers()))
def test_refunds_in_any_order_take_the_same_in_the_end(
    granted_points: int, steps: list[int], random: Random
):
    base = sum(steps)

    def taken(order: list[int]) -> list[int]:
        refunded, sums = 0, [0]
        for step in order:
            refunded += step
            now = earned_to_take(granted_points, base=base, refunded=refunded, taken=sums[-1])
            # A refund that is told again takes nothing more.
            assert (
                earned_to_take(granted_points, base=base, refunded=refunded, taken=sums[-1] + now)
                == 0
            )
            sums.append(sums[-1] + now)
        return sums

    shuffled = random.sample(steps, len(steps))
    assert taken(steps)[-1] == taken(shuffled)[-1] == granted_points
    assert all(before <= after for before, after in pairwise(taken(steps)))
    # After each refund the mall has kept no more than what was not refunded earned.
    for n, total in enumerate(taken(steps)):
        kept, left = granted_points - total, base - sum(steps[:n])
        assert kept == granted_points * left // base


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_line_of_no_price_keeps_what_it_earned(granted_points: int, taken: int):
    assert earned_to_take(granted_points, base=0, refunded=0, taken=taken) == 0


@given(st.integers(1, 60), STEPS, st.builds(Random, st.integers()))
def test_partial_refunds_leave_the_same_books_in_any_order(
    points: int, steps: list[int], random: Random
):
    def after(order: list[int]) -> tuple[object, ...]:
        book, refunded = a_book(), 0
        lots = [granted(book, points, "days:3"), granted(book, points, "days:30")]
        hold = spent(book, points + points // 2)
        line = earned(book, points)
        for step in order:
            refunded += step
            back = cumulative_share(hold.captured, refunded, sum(steps)) - hold.returned
            give_back(book, hold, back)
            taken = earned_to_take(points, base=sum(steps), refunded=refunded, taken=line.clawed)
            take_back(book, line, taken, source=refund(), policy=ClawbackPolicy.DEBT, at=NOON)
        return book.figures, [parts(each) for each in [*lots, line]], hold.returned

    figures, lots, returned = after(steps)
    assert after(random.sample(steps, len(steps))) == (figures, lots, returned)
    assert lots == [{"remaining": points}, {"remaining": points}, {"revoked": points}]
