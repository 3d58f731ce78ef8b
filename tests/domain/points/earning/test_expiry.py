"""Until when points are kept, by every policy, on the shop's clock."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.clock import SHOP_ZONE
from domain.kernel.days import begin_of, day_at
from domain.points.earning.expiry import expires_at, settles_at
from domain.points.earning.programme import Expiry, ExpiryKind
from tests.make import NOON


def late_on(day: date) -> datetime:
    """The last second of a day of the shop, in UTC."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=SHOP_ZONE).astimezone(UTC)


ROLLING, SLIDING = ExpiryKind.ROLLING_DAYS, ExpiryKind.SLIDING
CUT = Expiry(ExpiryKind.CALENDAR, cut_month=9, cut_day=30)


def months(number: int) -> Expiry:
    return Expiry(ExpiryKind.ROLLING_MONTHS, months=number)


@pytest.mark.parametrize(
    ("expiry", "day", "last"),
    [
        (Expiry(ROLLING, days=1), date(2026, 12, 31), date(2027, 1, 1)),
        (Expiry(ROLLING, days=365), date(2027, 3, 1), date(2028, 2, 29)),
        (Expiry(SLIDING, days=30), date(2026, 11, 28), date(2026, 12, 28)),
        (months(1), date(2027, 1, 31), date(2027, 2, 28)),
        (months(1), date(2028, 1, 31), date(2028, 2, 29)),
        (months(12), date(2028, 2, 29), date(2029, 2, 28)),
        (months(11), date(2026, 1, 15), date(2026, 12, 15)),
        (months(12), date(2026, 12, 15), date(2027, 12, 15)),
        (Expiry(ExpiryKind.CALENDAR), date(2026, 12, 31), date(2026, 12, 31)),
        (CUT, date(2026, 9, 30), date(2026, 12, 31)),
        (CUT, date(2026, 10, 1), date(2027, 12, 31)),
    ],
)
def test_points_are_kept_until_the_end_of_a_day(expiry: Expiry, day: date, last: date):
    for moment in (begin_of(day), late_on(day)):
        assert expires_at(expiry, moment) == begin_of(last + timedelta(days=1))


def test_points_without_a_policy_are_kept_for_good():
    assert expires_at(Expiry(), NOON) is None


@pytest.mark.parametrize("days", [0, 7, 30])
def test_points_settle_when_nothing_can_be_returned_any_more(days: int):
    assert settles_at(NOON, days) - NOON == timedelta(days=days)


_EXPIRIES = st.one_of(
    st.builds(Expiry, st.sampled_from([ROLLING, SLIDING]), st.integers(1, 3_650)),
    st.integers(1, 120).map(months),
    st.just(Expiry(ExpiryKind.CALENDAR)),
    st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(
        lambda day: Expiry(ExpiryKind.CALENDAR, cut_month=day.month, cut_day=day.day)
    ),
)
_MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is added


@given(_EXPIRIES, _MOMENTS, _MOMENTS)
def test_points_last_at_least_their_day_and_later_ones_never_expire_before_earlier_ones(
    expiry: Expiry, one: datetime, other: datetime
):
    ends = [expires_at(expiry, moment) for moment in sorted((one, other))]
    assert ends[0] is not None
    assert ends[1] is not None
    assert ends[0] <= ends[1]
    assert day_at(ends[0]) > day_at(min(one, other))
    assert ends[0] == begin_of(day_at(ends[0]))
