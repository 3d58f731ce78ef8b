"""Money: whole fen, exact, and never more than a client can hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.money import LARGEST_FEN, Money

FEN = st.integers(-LARGEST_FEN, LARGEST_FEN)


@pytest.mark.parametrize(
    ("fen", "written"),
    [
        (0, "¥0.00"),
        (1, "¥0.01"),
        (99, "¥0.99"),
        (100, "¥1.00"),
        (129_900, "¥1,299.00"),
        (-5, "-¥0.05"),
        (-129_905, "-¥1,299.05"),
        (LARGEST_FEN, "¥90,071,992,547,409.91"),
    ],
)
def test_an_amount_is_written_as_people_read_it(fen: int, written: str):
    assert str(Money(fen)) == written


@given(fen=FEN)
def test_what_is_written_holds_every_fen(fen: int):
    sign = -1 if str(Money(fen)).startswith("-") else 1
    digits = "".join(each for each in str(Money(fen)) if each.isdigit())
    assert sign * int(digits) == fen


@given(one=FEN, other=FEN)
def test_amounts_add_subtract_and_compare_exactly(one: int, other: int):
    assert (Money(one) < Money(other)) is (one < other)
    assert (Money(one) == Money(other)) is (one == other)
    for result, combined in (
        (one + other, lambda: Money(one) + Money(other)),
        (one - other, lambda: Money(one) - Money(other)),
    ):
        if abs(result) <= LARGEST_FEN:
            assert combined() == Money(result)
        else:
            with pytest.raises(ValueError, match=f"^{result} fen is more than a client can hold"):
                combined()


@pytest.mark.parametrize("fen", [LARGEST_FEN + 1, -LARGEST_FEN - 1, 2**63])
def test_an_amount_that_a_client_would_round_does_not_exist(fen: int):
    with pytest.raises(ValueError, match=f"^{fen} fen is more than a client can hold"):
        Money(fen)


def test_the_largest_amount_is_the_largest_whole_number_of_a_double():
    assert LARGEST_FEN == 2**53 - 1
