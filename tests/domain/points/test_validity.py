"""How long points hold, on the shop's clock."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.clock import SHOP_ZONE
from domain.points.rules.validity import (
    MOST_DAYS,
    MOST_MONTHS,
    NEVER,
    Validity,
    ValidityKind,
    of_word,
)

MOMENTS = st.integers(0, 80 * 366 * 86_400).map(
    lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
CUTS = st.dates(date(2023, 1, 1), date(2023, 12, 31)).map(lambda day: day.month * 100 + day.day)
VALIDITIES = st.one_of(
    st.builds(Validity, st.just(ValidityKind.DAYS), st.integers(1, MOST_DAYS)),
    st.builds(Validity, st.just(ValidityKind.SLIDING), st.integers(1, MOST_DAYS)),
    st.builds(Validity, st.just(ValidityKind.MONTHS), st.integers(1, MOST_MONTHS)),
    st.builds(Validity, st.just(ValidityKind.YEAR_END), st.just(0), st.just(0) | CUTS),
)


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment on the shop's clock."""
    return datetime(year, month, day, hour, minute, tzinfo=SHOP_ZONE)


@given(VALIDITIES, MOMENTS)
def test_points_end_with_a_local_day_after_the_one_on_which_they_became_active(
    validity: Validity, active_from: datetime
):
    ends = validity.ends(active_from)
    assert ends is not None
    there = ends.astimezone(SHOP_ZONE)
    assert (there.hour, there.minute, there.second, there.microsecond) == (0, 0, 0, 0)
    assert ends > active_from


@given(VALIDITIES, MOMENTS, st.integers(0, 86_399))
def test_all_of_a_local_day_ends_at_once_and_a_later_day_never_before(
    validity: Validity, active_from: datetime, seconds: int
):
    midnight = active_from.astimezone(SHOP_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    ends = validity.ends(active_from)
    assert validity.ends(midnight + timedelta(seconds=seconds)) == ends
    later = validity.ends(midnight + timedelta(days=1))
    assert later is not None
    assert ends is not None
    assert later >= ends


@given(st.integers(1, MOST_DAYS), MOMENTS)
def test_days_are_whole_days_after_the_first(days: int, active_from: datetime):
    ends = Validity(ValidityKind.DAYS, days).ends(active_from)
    assert ends is not None
    first = active_from.astimezone(SHOP_ZONE).date()
    assert ends.astimezone(SHOP_ZONE).date() == first + timedelta(days=days + 1)


@given(st.integers(1, MOST_MONTHS), MOMENTS)
def test_months_end_after_the_same_day_or_the_last_of_a_shorter_month(
    months: int, active_from: datetime
):
    ends = Validity(ValidityKind.MONTHS, months).ends(active_from)
    assert ends is not None
    first = active_from.astimezone(SHOP_ZONE).date()
    last = ends.astimezone(SHOP_ZONE).date() - timedelta(days=1)
    assert (last.year - first.year) * 12 + last.month - first.month == months
    assert last.day == first.day or (
        last.day < first.day and (last + timedelta(days=1)).month != last.month
    )


@pytest.mark.parametrize(
    ("word", "active_from", "ends"),
    [
        ("months:1", local(2026, 1, 31, 12), local(2026, 3, 1)),
        ("months:1", local(2028, 1, 31, 12), local(2028, 3, 1)),
        ("months:1", local(2026, 1, 28), local(2026, 3, 1)),
        ("months:1", local(2028, 1, 28), local(2028, 2, 29)),
        ("months:12", local(2028, 2, 29), local(2029, 3, 1)),
        ("months:48", local(2028, 2, 29), local(2032, 3, 1)),
        ("months:1", local(2026, 12, 15), local(2027, 1, 16)),
        ("days:1", local(2026, 11, 11, 23, 59), local(2026, 11, 13)),
        ("days:1", local(2026, 11, 12), local(2026, 11, 14)),
        ("days:365", local(2027, 3, 1), local(2028, 3, 1)),
        ("sliding:90", local(2026, 11, 11, 12), local(2027, 2, 10)),
        ("year_end", local(2026, 1, 1), local(2027, 1, 1)),
        ("year_end", local(2026, 12, 31, 23, 59), local(2027, 1, 1)),
        ("year_end:0:1001", local(2026, 9, 30, 23, 59), local(2027, 1, 1)),
        ("year_end:0:1001", local(2026, 10, 1), local(2028, 1, 1)),
        # New Year in Shanghai is still the old year in UTC.
        ("year_end", datetime(2026, 12, 31, 16, tzinfo=UTC), local(2028, 1, 1)),
    ],
)
def test_ends_that_are_easily_got_wrong(word: str, active_from: datetime, ends: datetime):
    assert of_word(word).ends(active_from) == ends


def test_never_has_no_end():
    assert NEVER.ends(local(2026, 1, 1)) is None
    assert of_word("never") == NEVER


@given(VALIDITIES | st.just(NEVER))
def test_a_word_says_all_of_a_validity(validity: Validity):
    assert validity.is_possible
    assert of_word(validity.word) == validity


@pytest.mark.parametrize(
    "word",
    [
        "", "nonsense", "days", "days:0", "days:3661", "days:-1", "days:1.5", "months:121",
        "months:0", "never:1", "year_end:1", "year_end:0:0229", "year_end:0:1301", "year_end:0:0",
        "days:5:1001", "sliding:0", "days:365 ", "DAYS:3",
    ],
)  # fmt: skip
def test_what_is_no_validity_is_refused(word: str):
    with pytest.raises(ValueError, match=r"is no (possible )?validity"):
        of_word(word)
