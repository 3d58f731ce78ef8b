"""Makers of points: members with lots that wait, settle or end, by the mall's own use cases."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from uuid import UUID

from domain.kernel.db import Database
from domain.points.posting import lock, lock_growth, write
from domain.points.rules import granting, settling
from domain.points.rules.books import Book, Lot, Source
from domain.points.rules.granting import NewLot
from domain.points.words import SourceKind, Wallet
from tests.make import NOON, an_id
from tests.make_orders import a_member


async def members(database: Database, many: int = 1) -> list[UUID]:
    """Members without points, in ascending order."""
    async with database.writes.begin() as session:
        return sorted([await a_member(session) for _ in range(many)])


async def on_book(
    database: Database,
    member_id: UUID,
    decide: Callable[[Book], object],
    *,
    facts: Collection[Source] = (),
    wallet: Wallet = Wallet.SPEND,
) -> Book:
    """Lock a member's account, decide on its book and write it; the book as it is then."""
    async with database.writes.begin() as session:
        books = await lock(session, [member_id], facts=facts)
        if wallet is Wallet.GROWTH:
            books = await lock_growth(session, books, facts=facts)
        book = books[member_id]
        decide(book)
        await write(session, [book])
    return book


async def read_book(database: Database, member_id: UUID, *facts: Source) -> Book:
    """A member's book."""
    return await on_book(database, member_id, lambda _: None, facts=facts)


def new_lot(points: int = 10, *, validity: str = "days:365", of: Source | None = None) -> NewLot:
    """A lot that an order earned."""
    return NewLot(an_id(), points, of or Source(SourceKind.ORDER, an_id(), 1), validity, 1)


async def earned(
    database: Database,
    owners: Sequence[UUID],
    *,
    lots: int = 1,
    points: int = 10,
    validity: str = "days:365",
    settles_at: datetime | None = NOON,
) -> list[Lot]:
    """So many pending lots of each member, which settle at that moment; None: not received yet.

    None is given up in time.
    """
    made: list[Lot] = []

    def earns(book: Book) -> None:
        new = [
            granting.earn(book, new_lot(points, validity=validity), at=NOON) for _ in range(lots)
        ]
        if settles_at is not None:
            settling.receive(book, new, settles_at=settles_at)
        made.extend(new)

    for owner in owners:
        await on_book(database, owner, earns)
    return made


async def granted(
    database: Database, owner: UUID, *points: int, validity: str = "days:365", at: datetime = NOON
) -> list[Lot]:
    """Active lots of a member, of so many points each."""
    made: list[Lot] = []

    def grants(book: Book) -> None:
        for each in points:
            source = Source(SourceKind.EVENT, an_id())
            new = new_lot(each, validity=validity, of=source)
            made.append(granting.grant(book, new, at=at))

    await on_book(database, owner, grants)
    return made
