"""How long wrong PINs keep somebody out."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.staff.rules import FREE_PINS, MOST_PIN_FAILURES, pin_wait


def test_three_are_free_and_each_more_costs_twice_as_long_up_to_an_hour():
    minutes = [pin_wait(failures) / timedelta(minutes=1) for failures in range(11)]
    assert minutes == [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert (FREE_PINS, MOST_PIN_FAILURES) == (3, 9)


@given(st.integers(0, 10**9))
def test_more_failures_never_wait_for_less(failures: int):
    assert pin_wait(failures) <= pin_wait(failures + 1) <= timedelta(hours=1)
