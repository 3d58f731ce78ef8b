"""The tests are spread over processes so that what they share is made once."""

from tests.spreading import LONG, ROOT, place_of, unit_of


def test_modules_that_share_something_are_one_unit_and_others_are_each_their_own():
    one, other = (f"tests/browser/test_{name}.py::test_it[a::b]" for name in ("pad", "staff"))
    assert unit_of(one) == unit_of(other)
    one, other = (f"tests/api/test_{name}.py::test_it" for name in ("gate", "wire"))
    assert unit_of(one) != unit_of(other)
    assert unit_of(one) == unit_of("tests/api/test_gate.py::test_another[1-2]")


def test_what_takes_long_is_begun_first():
    long = [f"{each}::test_it" for each in LONG]
    short = "tests/api/test_gate.py::test_it"
    assert sorted([short, *reversed(long)], key=place_of) == [*long, short]


def test_what_is_said_to_take_long_is_there():
    assert [each for each in LONG if not (ROOT / each).exists()] == []
