"""What the shop owes in points, taken down once a day."""

import asyncio
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from domain.kernel.days import begin_of, day_at
from domain.kernel.db import Database
from domain.points.rules import granting, holding, refunding
from domain.points.rules.books import Book, Source
from domain.points.rules.terms import PointsTerms
from domain.points.words import ClawbackPolicy, SourceKind, Wallet
from tests import make, make_points
from tests.make import NOON
from workers.points import take_points_liability
from workers.tools import SweepContext, Tools

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
STORE = make.media_folder(Path("/nowhere"))
TODAY = day_at(NOON)
SECOND = timedelta(seconds=1)
TERMS = PointsTerms(value=12_345)
FIGURES = "accounts, pending, available, held, debt, worth_fen"


def at(database: Database, moment: datetime, terms: PointsTerms = TERMS) -> SweepContext:
    """What the sweep works with at that moment."""
    return {"tools": Tools(database, lambda: moment, STORE, Random(1), points_terms=terms)}


async def taken(owner: Owner) -> dict[date, tuple[Any, ...]]:
    """The figures of each day."""
    rows = await owner.fetch(f"SELECT day, {FIGURES} FROM points_liabilities ORDER BY day")
    return {row["day"]: tuple(row)[1:] for row in rows}


async def owe(database: Database, member_id: UUID, points: int) -> None:
    """Let a member owe points: they use some of what a refund then takes back."""
    used, refund = Source(SourceKind.ADJUSTMENT, make.an_id()), make.an_id()

    def owes(book: Book) -> None:
        (line,) = book.lots.values()
        granting.deduct(book, points, source=used, at=NOON)
        source = Source(SourceKind.REFUND, refund)
        refunding.take_back(
            book, line, line.granted, source=source, policy=ClawbackPolicy.DEBT, at=NOON
        )

    await make_points.on_book(database, member_id, owes, facts=[used])


async def some_points(database: Database) -> None:
    """Of four members: one with pending and held ones, one who owes, one who never had any, and
    one with some that end with the day."""
    first, second, third, fourth = await make_points.members(database, 4)
    await make_points.earned(database, [first], points=30)
    await make_points.granted(database, first, 40)
    order = Source(SourceKind.ORDER, make.an_id())
    await make_points.on_book(
        database,
        first,
        lambda book: holding.hold(book, make.an_id(), 15, source=order, at=NOON),
        facts=[order],
    )
    await make_points.granted(database, second, 60)
    await owe(database, second, 7)
    await make_points.on_book(
        database,
        third,
        lambda book: granting.grow(book, 1_000, source=order, at=NOON),
        facts=[order],
        wallet=Wallet.GROWTH,
    )
    await make_points.granted(database, fourth, 5, validity="days:1")
    await make_points.granted(database, fourth, 6, validity="never")


async def test_each_day_is_taken_down_once_however_often_it_is_woken(
    database: Database, owner: Owner
):
    await some_points(database)
    await asyncio.gather(*(take_points_liability(at(database, NOON)) for _ in range(4)))
    first = (3, 30, 36, 15, 7, 81 * 12_345 // 10_000)
    assert await taken(owner) == {TODAY: first}
    (member_id,) = await make_points.members(database)
    await make_points.granted(database, member_id, 100)
    await take_points_liability(at(database, begin_of(TODAY + timedelta(days=1)) - SECOND))
    assert await taken(owner) == {TODAY: first}
    # What has ended counts no more, although nothing has let it expire yet.
    for days in (1, 2):
        moment = begin_of(TODAY + timedelta(days=days))
        for terms in (PointsTerms(value=0), TERMS):
            await take_points_liability(at(database, moment, terms))
    assert await taken(owner) == {
        TODAY: first,
        TODAY + timedelta(days=1): (4, 30, 136, 15, 7, 0),
        TODAY + timedelta(days=2): (4, 30, 131, 15, 7, 0),
    }
    moments = await owner.fetch("SELECT taken_at FROM points_liabilities ORDER BY day")
    assert [row["taken_at"] for row in moments] == [
        NOON, *(begin_of(TODAY + timedelta(days=days)) for days in (1, 2)),
    ]  # fmt: skip


async def test_a_shop_without_points_owes_none(database: Database, owner: Owner):
    await take_points_liability(at(database, NOON))
    assert await taken(owner) == {TODAY: (0, 0, 0, 0, 0, 0)}
