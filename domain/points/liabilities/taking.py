"""Taking down what the shop owes in points, once for each day."""

from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, DateTime, bindparam, cast, func, literal_column, or_, select

from domain.kernel.days import day_at
from domain.kernel.db import HotRead, HotWrite, ReadPool
from domain.kernel.hot_pool import Sender
from domain.kernel.row_sets import RowSet
from domain.points.liabilities.models import PointsLiability
from domain.points.models import PointsAccount, PointsLot
from domain.points.rules.terms import PointsTerms
from domain.points.words import Wallet

_NONE = literal_column("0", BigInteger())
_ROW = RowSet(
    "liability",
    PointsLiability,
    "day taken_at accounts pending available held debt point_value worth_fen",
    are_several=True,
)
_WRITE = HotWrite(
    _ROW.insert()
    .on_conflict_do_nothing(index_elements=["day"])
    .returning(PointsLiability.__table__.c.day)
)


async def is_taken(reads: ReadPool, day: date) -> bool:
    """Whether it was taken down for that day."""
    return bool(await _of_day().rows(reads, day=day))


async def take(session: Sender, *, at: datetime, terms: PointsTerms) -> bool:
    """Take down what is owed now, for the day that it is; says whether nobody had.

    All figures are of one moment: one statement reads them.
    """
    ((accounts, pending, available, held, debt, ended),) = await _figures().rows(session, at=at)
    available -= ended
    worth_fen = terms.worth_fen(pending + available + held)
    figures = (accounts, pending, available, held, debt, terms.value, worth_fen)
    return bool(await _WRITE.rows(session, **_ROW.bound([(day_at(at), at, *figures)])))


@cache
def _of_day() -> HotRead:
    day = PointsLiability.day
    return HotRead(select(day).where(day == bindparam("day", type_=day.type)))


@cache
def _figures() -> HotWrite:
    """The sums of all accounts, and what has ended of them without having expired yet."""
    account, lot = PointsAccount, PointsLot
    at = bindparam("at", type_=DateTime(timezone=True), required=True)
    is_spend = account.wallet == literal_column(f"'{Wallet.SPEND}'")
    is_some = or_(
        account.pending > _NONE,
        account.available > _NONE,
        account.held > _NONE,
        account.debt > _NONE,
    )
    ended = (
        select(_sum(lot.remaining))
        .join(account, account.member_id == lot.member_id)
        .where(
            is_spend,
            account.expires_at <= at,
            lot.activated_at.is_not(None),
            lot.remaining > _NONE,
            lot.expires_at <= at,
        )
        .scalar_subquery()
    )
    return HotWrite(
        select(
            func.count().filter(is_some),
            _sum(account.pending),
            _sum(account.available),
            _sum(account.held),
            _sum(account.debt),
            ended,
        ).where(is_spend)
    )


def _sum(figure: Any) -> Any:
    return cast(func.coalesce(func.sum(figure), _NONE), BigInteger)
