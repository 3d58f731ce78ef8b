"""Whose points expire soon: in 30 days, in 7, or after tomorrow (R1 Jobs)."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    DateTime,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    select,
)
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.dialects.postgresql import distinct_on

from domain.kernel.clock import SHOP_ZONE
from domain.kernel.days import begin_of, day_at
from domain.kernel.db import HotWrite
from domain.kernel.hot_pool import Sender
from domain.messages.models import InboxMessage
from domain.points.models import PointsAccount, PointsLot
from domain.points.views import last_day, word
from domain.points.words import Wallet

DAYS_BEFORE = (1, 7, 30)
"""So many days before the last on which points are good their member is told."""
HOURS = range(9, 21)
"""The hours of the shop's day in which members are told."""
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_NONE = literal_column("0", BigInteger())
"""As the index of open lots has it."""


class Foretold(msgspec.Struct, frozen=True, gc=False):
    """Points of a member that expire; ``until`` is the last minute in which they are good."""

    member_id: UUID
    points: int
    until: datetime
    source: str


def is_the_hour(at: datetime) -> bool:
    """Whether members are told at that moment of the shop's day."""
    return at.astimezone(SHOP_ZONE).hour in HOURS


async def foretell(session: Sender, *, at: datetime, after: UUID, most: int) -> list[Foretold]:
    """Take up to so many members behind ``after``, by id, who are to be told and were not today.

    Of several days the first is told: one message to a member in a day.
    """
    today = day_at(at)
    days = [today + each * _DAY for each in DAYS_BEFORE]
    source = f"points.expiring:{today}"
    rows = await _EXPIRING.rows(
        session,
        after=after,
        days=days,
        until=begin_of(days[-1] + _DAY),
        source=source,
        most=most,
    )
    return [Foretold(member_id, points, _until(day), source) for member_id, day, points in rows]


def _until(day: date) -> datetime:
    return begin_of(day + _DAY) - _MINUTE


def _expiring() -> HotWrite:
    """An account says when its first lot ends, so that others are passed by without their lots."""
    account, lot = PointsAccount, PointsLot
    until: Any = bindparam("until", type_=DateTime(timezone=True), required=True)
    days = bindparam("days", type_=ARRAY(Date), required=True)
    was_told = exists().where(
        InboxMessage.member_id == account.member_id,
        InboxMessage.source == bindparam("source", type_=Text(), required=True),
    )
    of_account = and_(
        lot.member_id == account.member_id,
        lot.activated_at.isnot(None),
        lot.remaining > _NONE,
        lot.expires_at <= until,
    )
    day = last_day(lot.expires_at)
    return HotWrite(
        select(account.member_id, day, cast(func.sum(lot.remaining), BigInteger))
        .join(lot, of_account)
        .where(
            account.wallet == word(Wallet.SPEND),
            account.expires_at <= until,
            account.member_id > bindparam("after", type_=UuidColumn, required=True),
            day == any_(days),
            ~was_told,
        )
        .ext(distinct_on(account.member_id))
        .group_by(account.member_id, day)
        .order_by(account.member_id, day)
        .limit(bindparam("most", type_=BigInteger, required=True))
    )


_EXPIRING = _expiring()
