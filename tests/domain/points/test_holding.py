"""Holding, capturing and releasing: the lots that end first, and what ends meanwhile."""

import pytest

from domain.points.errors import PointsFrozen, PointsShort
from domain.points.rules import expiring, holding
from domain.points.rules.holding import RELEASE_GRACE
from domain.points.words import Reason
from tests.domain.points.books import A_DAY, a_book, a_source, granted, held, moved, parts, spent
from tests.make import NOON, an_id

LATER = NOON + 20 * A_DAY
"""When lots of ten days have ended."""


def test_what_ends_first_is_held_first_and_what_never_ends_last():
    book = a_book()
    never, late, soon = (granted(book, 5, each) for each in ("never", "days:30", "days:3"))
    hold = held(book, 12)
    assert [(each.lot_id, each.amount) for each in hold.lots] == [
        (soon.id, 5), (late.id, 5), (never.id, 2)
    ]  # fmt: skip
    assert (book.figures.available, book.figures.held) == (3, 12)


def test_of_two_that_end_at_once_the_one_that_became_active_first_is_held_first():
    book = a_book()
    second = granted(book, 5, "year_end", at=NOON + A_DAY)
    first = granted(book, 5, "year_end")
    assert [each.lot_id for each in held(book, 7, at=NOON + A_DAY).lots] == [first.id, second.id]


def test_what_has_ended_is_not_held_and_expires_first():
    book = a_book()
    ended, good = granted(book, 5, "days:3"), granted(book, 4, "never")
    with pytest.raises(PointsShort) as refused:
        held(book, 5, at=LATER)
    assert (refused.value.available, refused.value.needed) == (4, 5)
    assert parts(ended) == {"expired": 5}
    assert [each.lot_id for each in held(book, 4, at=LATER).lots] == [good.id]


def test_a_fact_holds_once_and_again_once_it_was_released():
    book, source = a_book(), a_source()
    granted(book, 10)
    first = holding.hold(book, an_id(), 4, source=source, at=NOON)
    assert holding.hold(book, an_id(), 4, source=source, at=NOON) is first
    holding.release(book, first, is_members_wish=True, at=NOON)
    second = holding.hold(book, an_id(), 5, source=source, at=NOON)
    assert second is not first
    holding.capture(book, second, at=NOON)
    assert holding.hold(book, an_id(), 5, source=source, at=NOON) is second
    assert (book.figures.available, book.figures.held) == (5, 0)


def test_who_is_frozen_holds_nothing_and_still_pays_with_what_was_held():
    book = a_book()
    granted(book, 10)
    before = held(book, 3)
    book.frozen_at = NOON
    with pytest.raises(PointsFrozen):
        held(book, 1)
    holding.capture(book, before, at=NOON)
    assert book.lifetime_spent == 3


def test_a_hold_ends_once():
    book = a_book()
    lot = granted(book, 10)
    captured, released = held(book, 3), held(book, 2)
    holding.capture(book, captured, at=NOON)
    holding.release(book, released, is_members_wish=False, at=NOON)
    told = len(book.written)
    for each in (captured, released):
        holding.capture(book, each, at=NOON)
        holding.release(book, each, is_members_wish=True, at=NOON)
    assert len(book.written) == told
    assert parts(lot) == {"remaining": 7, "consumed": 3}
    assert (captured.captured, captured.released) == (3, 0)
    assert (released.captured, released.released) == (0, 2)


def test_what_ends_while_it_is_held_can_still_be_spent():
    book = a_book()
    lot, hold = granted(book, 10), held(book, 6)
    expiring.expire_due(book, LATER)
    assert parts(lot) == {"held": 6, "expired": 4}
    holding.capture(book, hold, at=LATER)
    assert parts(lot) == {"consumed": 6, "expired": 4}


def test_by_the_members_own_wish_what_has_ended_expires_at_once():
    book = a_book()
    lot, hold = granted(book, 10), held(book, 6)
    holding.release(book, hold, is_members_wish=True, at=LATER)
    assert parts(lot) == {"expired": 10}
    assert moved(book, Reason.RELEASED, Reason.EXPIRED) == [
        (Reason.EXPIRED, 4), (Reason.RELEASED, 6), (Reason.EXPIRED, 6)
    ]  # fmt: skip
    assert book.figures.available == 0


@pytest.mark.parametrize("swept_before", [True, False])
def test_otherwise_what_was_held_is_good_for_seven_days_and_the_rest_has_ended(
    swept_before: bool,  # noqa: FBT001 - pytest gives it by name
):
    book = a_book()
    lot, hold = granted(book, 10), held(book, 6)
    if swept_before:
        expiring.expire_due(book, NOON + 12 * A_DAY)
    holding.release(book, hold, is_members_wish=False, at=LATER)
    assert parts(lot) == {"remaining": 6, "expired": 4}
    assert lot.expires_at == book.expires_at == LATER + RELEASE_GRACE
    again = held(book, 6, at=LATER + RELEASE_GRACE - A_DAY)
    holding.release(book, again, is_members_wish=True, at=LATER + RELEASE_GRACE - A_DAY)
    expiring.expire_due(book, LATER + RELEASE_GRACE)
    assert parts(lot) == {"expired": 10}
    keys = [(each.source, each.reason) for each in book.written if each.reason is Reason.EXPIRED]
    assert len(set(keys)) == 2, "a lot ends again as a fact of its own"


def test_a_release_in_time_leaves_the_end_of_a_lot_as_it_is():
    book = a_book()
    lot, hold = granted(book, 10), held(book, 6)
    ends = lot.expires_at
    holding.release(book, hold, is_members_wish=False, at=NOON + A_DAY)
    assert (lot.expires_at, parts(lot)) == (ends, {"remaining": 10})


def test_spending_is_counted_for_life():
    book = a_book()
    granted(book, 10)
    spent(book, 4)
    spent(book, 3)
    assert (book.lifetime_earned, book.lifetime_spent) == (10, 7)
