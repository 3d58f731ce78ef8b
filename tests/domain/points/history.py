"""A small history of points in which there is something of everything."""

from uuid import UUID

from domain.kernel.db import Database
from domain.points.rules import granting, holding, refunding, settling
from domain.points.rules.books import Book, Source
from domain.points.rules.refunding import NewLots
from domain.points.words import SourceKind
from tests import make_points
from tests.make import NOON, an_id


async def some_points(database: Database) -> list[UUID]:
    """Two members with the same history, and one who never had any points.

    Granted 10; earned 8, deferred by a case, and 4, which wait; held 6 and captured, of which 2
    came back; held 3, open; held 1 and released. Nine entries.
    """
    *members, _ = await make_points.members(database, 3)
    for member_id in members:
        await make_points.granted(database, member_id, 10)
        await make_points.earned(database, [member_id], points=4)
        await make_points.on_book(database, member_id, _deferred)
        await make_points.on_book(database, member_id, _spent)
    return members


def _deferred(book: Book) -> None:
    lot = granting.earn(book, make_points.new_lot(8), at=NOON)
    settling.defer(book, [lot], source=Source(SourceKind.CASE, an_id()), at=NOON)


def _spent(book: Book) -> None:
    captured, _, released = (
        holding.hold(book, an_id(), points, source=Source(SourceKind.ORDER, an_id()), at=NOON)
        for points in (6, 3, 1)
    )
    holding.capture(book, captured, at=NOON)
    holding.release(book, released, is_members_wish=True, at=NOON)
    refunding.give_back(
        book, captured, 2, source=Source(SourceKind.REFUND, an_id()), new_lots=NewLots([an_id()]),
        is_shops_fault=False, at=NOON,
    )  # fmt: skip
