"""Deferrals as they are kept."""

from datetime import timedelta

from sqlalchemy import select

from domain.kernel.db import Database
from domain.points.models import PointsDeferral
from domain.points.rules import settling
from domain.points.rules.books import Source
from domain.points.words import SourceKind
from tests.make import NOON, an_id
from tests.make_points import earned, members, on_book


async def test_a_lifted_deferral_says_since_when_it_stood(database: Database):
    (owner,) = await members(database)
    (lot,) = await earned(database, [owner])
    source, later = Source(SourceKind.CASE, an_id()), NOON + timedelta(days=3)
    await on_book(
        database,
        owner,
        lambda book: settling.defer(book, [book.lots[lot.id]], source=source, at=NOON),
        facts=[source],
    )
    await on_book(
        database,
        owner,
        lambda book: settling.lift(book, book.lots.values(), source=source, at=later),
        facts=[source],
    )
    async with database.writes() as session:
        row = (await session.scalars(select(PointsDeferral))).one()
    assert (row.deferred_at, row.lifted_at) == (NOON, later)
