"""When bills are asked for, and how far back: plain values."""

from datetime import date, datetime, time, timedelta

from domain.kernel.clock import SHOP_ZONE
from domain.payments.bills import BillKind

LONGEST_BACK = timedelta(days=90)
"""For how long the gateway keeps bills (WeChat Pay 2.9)."""
AROUND_MIDNIGHT = timedelta(minutes=10)
"""By how much the days of both sides may be apart."""
PATIENCE = {BillKind.TRADES: AROUND_MIDNIGHT, BillKind.FUNDS: timedelta(days=30)}
"""How long a bill may take to tell what succeeded: money stands frozen in the account until its
goods are received (WeChat Pay 2.12)."""
BELIEVED_AFTER = timedelta(days=1)
"""How long it is not believed that nothing happened on a day on which something did here."""
LINES_KEPT = timedelta(days=400)
"""How long the lines of a bill are kept: a refund may come a year after its payment."""
_DUE = time(10, 30, tzinfo=SHOP_ZONE)
_SOON, _SOON_TIMES, _LATER = timedelta(minutes=10), 6, timedelta(minutes=30)


def due_at(day: date) -> datetime:
    """When the bill of a day is first asked for: the gateway has made it by ten the next day."""
    return datetime.combine(day + timedelta(days=1), _DUE)


def last_due(at: datetime) -> date:
    """The latest day whose bill is due at a moment."""
    today = at.astimezone(SHOP_ZONE).date()
    yesterday = today - timedelta(days=1)
    return yesterday if at >= due_at(yesterday) else yesterday - timedelta(days=1)


def first_kept(at: datetime) -> date:
    """The earliest day whose bill the gateway still has."""
    return at.astimezone(SHOP_ZONE).date() - LONGEST_BACK


def first_remembered(at: datetime) -> date:
    """The earliest day whose lines are still here, so that it can be compared again."""
    return at.astimezone(SHOP_ZONE).date() - LINES_KEPT


def ask_after(asked: int) -> timedelta:
    """How long to wait before a bill is asked for again that was asked for so many times."""
    return _SOON if asked <= _SOON_TIMES else _LATER


def begin_of(day: date) -> datetime:
    """The moment at which a day begins where the gateway is."""
    return datetime.combine(day, time(tzinfo=SHOP_ZONE))
