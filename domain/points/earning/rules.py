"""What an order earns: pure arithmetic on values (R1 Earn 1 and 2)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.kernel.allocation import largest_remainder
from domain.kernel.days import Days, day_at
from domain.members.words import Channel
from domain.points.earning.programme import Bonus, Edition, GoodsScope, Programme

_BP = 10_000
_FEN_OF_A_YUAN = 100
_SHARE_OF_A_POINT = _FEN_OF_A_YUAN * _BP
"""So many fen times bp of a rate make one point."""


class Cap(StrEnum):
    """Which cap keeps an order from what it wanted."""

    ORDER = "order"
    DAY = "day"
    MONTH = "month"
    LIFETIME = "lifetime"
    BALANCE = "balance"


class EarningLine(msgspec.Struct, frozen=True):
    """A line of an order as far as earning sees it.

    ``category_ids`` are the product's category and those above it, the nearest first. ``base_fen``
    is what is paid for the line after every discount, without freight; a gift's is 0.
    """

    number: int
    product_id: UUID
    category_ids: tuple[UUID, ...]
    base_fen: int


class Circumstances(msgspec.Struct, frozen=True):
    """When and where an order is placed, and the key of its member's tier, None for none."""

    at: datetime
    channel: Channel
    tier: str | None = None


class Totals(msgspec.Struct, frozen=True):
    """What a member was granted for orders by now, each in its period, and has altogether."""

    day: int = 0
    month: int = 0
    lifetime: int = 0
    balance: int = 0


NOTHING_YET = Totals()


class LineEarning(msgspec.Struct, frozen=True):
    """What one line earns, with all that is needed to work it out again beside the version.

    ``rate_bp`` is its rate and ``bonus_bp`` the sum of its bonuses. ``window_days`` is how long
    after receipt it stays pending.
    """

    number: int
    base_fen: int
    rate_bp: int
    bonus_bp: int
    window_days: int
    wanted: int
    granted: int


class Earning(msgspec.Struct, frozen=True):
    """What an order earns by a version: by the rules, and after the caps.

    ``limited_by`` is the tightest cap, None where all is granted. ``bonuses`` are those that
    applied to any line.
    """

    version: int
    wanted: int
    granted: int
    limited_by: Cap | None
    bonuses: tuple[Bonus, ...]
    lines: tuple[LineEarning, ...]


class Periods(msgspec.Struct, frozen=True):
    """The shop's day and month that a moment is in, for which `Totals` are counted."""

    day: Days
    month: Days


def plan_of(
    lines: Sequence[EarningLine],
    edition: Edition,
    circumstances: Circumstances,
    *,
    totals: Totals = NOTHING_YET,
) -> Earning:
    """What an order of these lines earns by the version, with what its member has by now.

    The points by the rates are rounded down once for the order. Each bonus is on the whole points
    of the lines that it is for; all bonuses are added and rounded down once more. Points are
    shared out over the lines by base, weighted with rate and bonuses where these differ; granted
    ones by what each line wanted, so that none is granted more. ValueError for a base below 0.
    """
    if any(line.base_fen < 0 for line in lines):
        raise ValueError("a line was paid less than nothing")
    programme = edition.programme
    drafts = [_draft(line, programme) for line in lines]
    points = _points(drafts)
    applied: list[Bonus] = []
    extra_bp = 0
    for bonus in programme.bonuses:
        share = [draft for draft in drafts if _applies(bonus, draft.line, circumstances)]
        if _points(share) == 0:
            continue
        applied.append(bonus)
        extra_bp += _points(share) * bonus.bonus_bp
        for draft in share:
            draft.bonus_bp += bonus.bonus_bp
    wanted = points + extra_bp // _BP
    granted, limited_by = _capped(wanted, programme, totals)
    return Earning(
        version=edition.number,
        wanted=wanted,
        granted=granted,
        limited_by=limited_by,
        bonuses=tuple(applied),
        lines=_shared(drafts, wanted, granted),
    )


def periods_at(moment: datetime) -> Periods:
    """The periods in which what is granted at that moment counts."""
    day = day_at(moment)
    first = day.replace(day=1)
    return Periods(Days(day, day), Days(first, _next_month(first) - timedelta(days=1)))


def settles_at(received_at: datetime, window_days: int) -> datetime:
    """From when on points may settle: when nothing can be returned any more (R1 Earn 4)."""
    return received_at + timedelta(days=window_days)


class _Draft:
    """A line while its points are worked out."""

    def __init__(self, line: EarningLine, rate_bp: int, window_days: int) -> None:
        self.line = line
        self.rate_bp = rate_bp
        self.window_days = window_days
        self.bonus_bp = 0

    @property
    def by_rate(self) -> int:
        """What it earns by its rate, in shares of a point."""
        return self.line.base_fen * self.rate_bp

    @property
    def claim(self) -> int:
        """Its weight among the lines."""
        return self.by_rate * (_BP + self.bonus_bp)


def _draft(line: EarningLine, programme: Programme) -> _Draft:
    rate = programme.rate_for(line.product_id, line.category_ids)
    if rate is None:
        return _Draft(line, programme.base_rate_bp, programme.window_days)
    days = programme.window_days if rate.window_days is None else rate.window_days
    return _Draft(line, rate.rate_bp, days)


def _points(drafts: Sequence[_Draft]) -> int:
    return sum(draft.by_rate for draft in drafts) // _SHARE_OF_A_POINT


def _applies(bonus: Bonus, line: EarningLine, circumstances: Circumstances) -> bool:
    at = circumstances.at
    return (
        (bonus.starts_at is None or bonus.starts_at <= at)
        and (bonus.ends_at is None or at < bonus.ends_at)
        and (not bonus.channels or circumstances.channel in bonus.channels)
        and (not bonus.tiers or circumstances.tier in bonus.tiers)
        and (bonus.goods.is_empty or _has(bonus.goods, line))
    )


def _has(goods: GoodsScope, line: EarningLine) -> bool:
    return line.product_id in goods.product_ids or any(
        key in goods.category_ids for key in line.category_ids
    )


def _capped(wanted: int, programme: Programme, totals: Totals) -> tuple[int, Cap | None]:
    """What is granted of it, and the tightest cap where that is less, of equals the first."""
    caps = programme.caps
    left = (
        (Cap.ORDER, caps.order, 0),
        (Cap.DAY, caps.day, totals.day),
        (Cap.MONTH, caps.month, totals.month),
        (Cap.LIFETIME, caps.lifetime, totals.lifetime),
        (Cap.BALANCE, caps.balance, totals.balance),
    )
    granted, limited_by = wanted, None
    for cap, most, used in left:
        if most is not None and granted > max(most - used, 0):
            granted, limited_by = max(most - used, 0), cap
    return granted, limited_by


def _shared(drafts: Sequence[_Draft], wanted: int, granted: int) -> tuple[LineEarning, ...]:
    wanted_parts = largest_remainder(wanted, [draft.claim for draft in drafts])
    granted_parts = largest_remainder(granted, wanted_parts)
    return tuple(
        LineEarning(
            number=draft.line.number,
            base_fen=draft.line.base_fen,
            rate_bp=draft.rate_bp,
            bonus_bp=draft.bonus_bp,
            window_days=draft.window_days,
            wanted=line_wanted,
            granted=line_granted,
        )
        for draft, line_wanted, line_granted in zip(
            drafts, wanted_parts, granted_parts, strict=True
        )
    )


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
