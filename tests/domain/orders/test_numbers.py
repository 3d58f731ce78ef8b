"""Order numbers: of the shop's day, checked, and telling nothing."""

from datetime import UTC, datetime
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from domain.orders.numbers import LENGTH, is_order_number, order_number

RANDOM = Random(7)


def test_a_number_begins_with_the_day_in_the_shop():
    late = datetime(2026, 11, 10, 16, 30, tzinfo=UTC)
    assert order_number(late, RANDOM).startswith("261111")


@given(st.randoms(use_true_random=False), st.integers(0, LENGTH - 1), st.integers(1, 9))
def test_one_mistyped_digit_is_noticed(random: Random, place: int, off: int):
    number = order_number(datetime(2026, 11, 11, tzinfo=UTC), random)
    assert is_order_number(number)
    wrong = str((int(number[place]) + off) % 10)
    assert not is_order_number(number[:place] + wrong + number[place + 1 :])


def test_what_is_no_number_is_none():
    assert not any(map(is_order_number, ["", "1" * 17, "１" * 18, "26111100000000000a", "-" * 18]))


def test_numbers_of_one_moment_have_nothing_in_common_but_the_day():
    moment = datetime(2026, 11, 11, tzinfo=UTC)
    drawn = {order_number(moment, RANDOM)[6:17] for _ in range(1_000)}
    assert len(drawn) == 1_000
    assert max(map(int, drawn)) > 9 * 10**10
