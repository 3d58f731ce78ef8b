"""Books in memory, for what is decided without a database."""

from datetime import datetime, timedelta
from typing import Any

from domain.points.rules import granting, holding
from domain.points.rules.books import Book, Hold, Lot, Source
from domain.points.rules.granting import NewLot
from domain.points.words import Reason, SourceKind, Wallet
from tests.make import NOON, an_id

A_DAY = timedelta(days=1)


def a_book() -> Book:
    """The book of a member without points."""
    return Book(an_id(), Wallet.SPEND)


def a_source(kind: SourceKind = SourceKind.ORDER) -> Source:
    """A fact that is new."""
    return Source(kind, an_id())


def granted(book: Book, points: int, validity: str = "days:10", *, at: datetime = NOON) -> Lot:
    """An active lot."""
    new = NewLot(an_id(), points, a_source(SourceKind.EVENT), validity)
    return granting.grant(book, new, at=at)


def earned(book: Book, points: int, validity: str = "days:10", *, at: datetime = NOON) -> Lot:
    """A pending lot."""
    return granting.earn(book, NewLot(an_id(), points, a_source(), validity), at=at)


def held(book: Book, points: int, *, at: datetime = NOON) -> Hold:
    """Points that an order reserves."""
    return holding.hold(book, an_id(), points, source=a_source(), at=at)


def spent(book: Book, points: int, *, at: datetime = NOON) -> Hold:
    """Points that an order has spent."""
    made = held(book, points, at=at)
    holding.capture(book, made, at=at)
    return made


def moved(book: Book, *reasons: Reason) -> list[tuple[Reason, int]]:
    """What moved for these reasons, in order; for all of them where none is named."""
    return [
        (each.reason, each.amount) for each in book.written if not reasons or each.reason in reasons
    ]


def parts(lot: Lot) -> dict[str, Any]:
    """What has become of a lot, without what is none."""
    names = ("remaining", "held", "consumed", "expired", "revoked")
    return {name: getattr(lot, name) for name in names if getattr(lot, name)}
