"""Histories that a review of the rules asked about."""

from datetime import timedelta

import pytest

from domain.points.errors import PointsShort
from domain.points.rules import granting, holding, refunding, settling
from domain.points.rules.books import Book, Source
from domain.points.rules.granting import NewLot
from domain.points.rules.terms import PointsTerms
from domain.points.words import ClawbackPolicy, SourceKind, Wallet
from tests.make import NOON, an_id


def a_book() -> Book:
    """The books of an account that never was."""
    return Book(an_id(), Wallet.SPEND)


def test_points_that_were_given_up_are_not_taken_a_second_time():
    """A pending lot is given up after a year; the refund that comes then takes no other points."""
    book, order = a_book(), an_id()
    ends = NOON + timedelta(days=365)
    line = granting.earn(
        book, NewLot(an_id(), 100, Source(SourceKind.ORDER, order, 1), "never", 1, ends), at=NOON
    )
    granting.grant(book, NewLot(an_id(), 30, Source(SourceKind.EVENT, an_id()), "never"), at=NOON)
    later = NOON + timedelta(days=366)
    settling.settle_due(book, later)
    assert (line.revoked, book.figures.pending) == (100, 0)
    points = refunding.earned_to_take(100, base=10_000, refunded=10_000, taken=line.clawed)
    refund = Source(SourceKind.REFUND, an_id())
    refunding.take_back(book, line, points, source=refund, policy=ClawbackPolicy.DEBT, at=later)
    assert (book.figures.available, book.figures.debt) == (30, 0)


def test_a_point_never_pays_less_than_it_is_worth():
    """R1: the most points whose worth fits. One point is worth a yuan here."""
    use = PointsTerms(value=1_000_000, share_bp=5_000).use(2, goods_fen=300, payable_fen=300)
    assert (use.points, use.fen) == (1, 100)


def test_orders_that_nobody_pays_put_the_end_of_points_off_once():
    book = a_book()
    event = Source(SourceKind.EVENT, an_id())
    lot = granting.grant(book, NewLot(an_id(), 100, event, "days:1"), at=NOON)
    for is_first in (True, False):
        assert lot.expires_at is not None
        just_before = lot.expires_at - timedelta(minutes=1)
        order = Source(SourceKind.ORDER, an_id())
        held = holding.hold(book, an_id(), 100, source=order, at=just_before)
        ended = just_before + timedelta(minutes=30)
        holding.release(book, held, is_members_wish=False, at=ended)
        assert book.figures.available == (100 if is_first else 0)
    with pytest.raises(PointsShort):
        holding.hold(book, an_id(), 1, source=Source(SourceKind.ORDER, an_id()), at=ended)
