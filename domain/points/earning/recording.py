"""What lines have earned, as it is kept: written once, and read for caps, receipts and refunds."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, HotWrite, ReadPool
from domain.kernel.hot_pool import Sender
from domain.kernel.row_sets import RowSet
from domain.points.earning.models import PointsLineEarning
from domain.points.earning.rules import LineEarning, Periods, Totals
from domain.points.models import PointsAccount, PointsLot
from domain.points.words import SourceKind, Wallet

_MOMENT = DateTime(timezone=True)
_NONE = literal_column("0", BigInteger)
_ROWS = RowSet(
    "earning",
    PointsLineEarning,
    "order_id line_number member_id rule_version base_fen rate_bp bonus_bp window_days wanted "
    "granted earned_at",
    are_several=True,
)
_WRITE = HotWrite(_ROWS.insert())
_OF_ORDERS = HotWrite(
    select(
        PointsLineEarning.order_id,
        PointsLineEarning.member_id,
        PointsLineEarning.rule_version,
        PointsLineEarning.earned_at,
        PointsLineEarning.line_number,
        PointsLineEarning.base_fen,
        PointsLineEarning.rate_bp,
        PointsLineEarning.bonus_bp,
        PointsLineEarning.window_days,
        PointsLineEarning.wanted,
        PointsLineEarning.granted,
    ).where(PointsLineEarning.order_id == any_(bindparam("orders", type_=ARRAY(UuidColumn))))
)


class Recorded(msgspec.Struct, frozen=True):
    """What a line earned, of whose order, by which version and when it was paid."""

    order_id: UUID
    member_id: UUID
    rule_version: int
    earned_at: datetime
    line: LineEarning

    @property
    def number(self) -> int:
        """The line's number."""
        return self.line.number

    @property
    def base_fen(self) -> int:
        """What was paid for it."""
        return self.line.base_fen

    @property
    def window_days(self) -> int:
        """How long after receipt its points stay pending."""
        return self.line.window_days

    @property
    def granted(self) -> int:
        """The points that it got."""
        return self.line.granted


async def record(session: Sender, earned: Collection[Recorded]) -> None:
    """Write what lines have earned, once for good; the accounts are locked."""
    if earned:
        await _WRITE.run(session, **_ROWS.bound(_row(each) for each in earned))


async def lines_of(
    session: Sender, order_ids: Collection[UUID]
) -> dict[tuple[UUID, int], Recorded]:
    """What the lines of orders have earned, by order and number; none of those that have not."""
    rows = await _OF_ORDERS.rows(session, orders=sorted(order_ids))
    return {
        (order_id, number): Recorded(
            order_id, member_id, version, earned_at, LineEarning(number, *figures)
        )
        for order_id, member_id, version, earned_at, number, *figures in rows
    }


async def totals_of(
    session: Sender, asked: Iterable[tuple[UUID, UUID, Periods]]
) -> dict[UUID, Totals]:
    """What members were granted in periods and ever, by order; without what was taken back.

    Asked by order, member and periods. The balance is for the account to say.
    """
    rows = [
        (order_id, member_id, each.day.begins, each.day.ends, each.month.begins, each.month.ends)
        for order_id, member_id, each in asked
    ]
    found = await _TOTALS.rows(session, **_ASKED.bound(rows))
    return {order_id: Totals(*figures) for order_id, *figures in found}


def _row(earned: Recorded) -> tuple[Any, ...]:
    line = earned.line
    return (
        earned.order_id, line.number, earned.member_id, earned.rule_version, line.base_fen,
        line.rate_bp, line.bonus_bp, line.window_days, line.wanted, line.granted, earned.earned_at,
    )  # fmt: skip


_ASKED = RowSet(
    "asked",
    PointsLineEarning,
    "order_id member_id",
    are_several=True,
    day_begins=_MOMENT,
    day_ends=_MOMENT,
    month_begins=_MOMENT,
    month_ends=_MOMENT,
)


_its_lot = and_(
    PointsLot.member_id == PointsLineEarning.member_id,
    PointsLot.source_kind == literal_column(f"'{SourceKind.ORDER}'"),
    PointsLot.source_id == PointsLineEarning.order_id,
    PointsLot.source_part == PointsLineEarning.line_number,
)


def _sums(periods: Any) -> tuple[Any, ...]:
    """What was granted in the day, in the month and ever, without what was taken back."""
    at = PointsLineEarning.earned_at
    kept = PointsLineEarning.granted - func.coalesce(PointsLot.clawed, _NONE)
    wanted = (
        and_(at >= periods.day_begins, at < periods.day_ends),
        and_(at >= periods.month_begins, at < periods.month_ends),
        true(),
    )
    return tuple(
        cast(func.coalesce(func.sum(kept).filter(each), _NONE), BigInteger) for each in wanted
    )


def _totals() -> HotWrite:
    return HotWrite(
        select(_ASKED.c.order_id, *_sums(_ASKED.c))
        .join(PointsLineEarning, PointsLineEarning.member_id == _ASKED.c.member_id)
        .outerjoin(PointsLot, _its_lot)
        .group_by(_ASKED.c.order_id)
    )


_TOTALS = _totals()


async def totals_now(reads: ReadPool, member_id: UUID, periods: Periods) -> Totals:
    """The same of one member with what they have, for a quote; one statement."""
    day, month = periods.day, periods.month
    rows = await _totals_now().rows(
        reads,
        member_id=member_id,
        day_begins=day.begins,
        day_ends=day.ends,
        month_begins=month.begins,
        month_ends=month.ends,
    )
    return Totals(*rows[0])


@cache
def _totals_now() -> HotRead:
    member_id = bindparam("member_id", type_=UuidColumn)
    names = ("day_begins", "day_ends", "month_begins", "month_ends")
    periods = SimpleNamespace(**{name: bindparam(name, type_=_MOMENT) for name in names})
    account = PointsAccount
    balance = (
        select(account.pending + account.available + account.held)
        .where(
            account.member_id == member_id,
            account.wallet == literal_column(f"'{Wallet.SPEND}'"),
        )
        .scalar_subquery()
    )
    return HotRead(
        select(*_sums(periods), func.coalesce(balance, _NONE))
        .select_from(PointsLineEarning)
        .outerjoin(PointsLot, _its_lot)
        .where(PointsLineEarning.member_id == member_id)
    )
