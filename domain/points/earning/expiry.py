"""Until when points can be spent, and when they become active: pure judgement (R1 Earn 4 and 5)."""

from calendar import monthrange
from datetime import date, datetime, timedelta

from domain.kernel.days import begin_of, day_at
from domain.points.earning.programme import Expiry, ExpiryKind

_MONTHS = 12


def settles_at(received_at: datetime, window_days: int) -> datetime:
    """From when on points are due to become active: when nothing can be returned any more."""
    return received_at + timedelta(days=window_days)


def expires_at(expiry: Expiry, moment: datetime) -> datetime | None:
    """From when on points cannot be spent that become active at a moment; None for never.

    It is always the end of a day of the shop. SLIDING counts from the member's last qualifying
    activity: with each, this is worked out again from its moment for all that is active.
    """
    last = _last_day(expiry, day_at(moment))
    return None if last is None else begin_of(last + timedelta(days=1))


def _last_day(expiry: Expiry, day: date) -> date | None:
    match expiry.kind:
        case ExpiryKind.NONE:
            return None
        case ExpiryKind.ROLLING_DAYS | ExpiryKind.SLIDING:
            return day + timedelta(days=expiry.days or 0)
        case ExpiryKind.ROLLING_MONTHS:
            return _months_later(day, expiry.months or 0)
        case ExpiryKind.CALENDAR:
            return date(day.year + _is_late(expiry, day), _MONTHS, 31)


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last where it has no such day."""
    years, month = divmod(day.month - 1 + months, _MONTHS)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _is_late(expiry: Expiry, day: date) -> bool:
    if expiry.cut_month is None or expiry.cut_day is None:
        return False
    return (day.month, day.day) > (expiry.cut_month, expiry.cut_day)
