"""How long wrong passwords lock: five are free, and then it doubles to an hour."""

from datetime import timedelta

import pytest

from domain.staff.rules import lock_out


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [
        (0, 0), (5, 0), (6, 30), (7, 60), (8, 120), (12, 1920), (13, 3600), (14, 3600),
        (10**18, 3600),
    ],
)  # fmt: skip
def test_five_are_free_and_then_it_doubles_to_an_hour(failures: int, seconds: int):
    assert lock_out(failures) == timedelta(seconds=seconds)
