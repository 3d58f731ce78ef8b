"""Phone numbers: one form for however they are written, and never more shown than is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.members.phone_numbers import e164, e164_at_home, last_digits, masked

MOBILES = st.builds(
    "{}{:08}".format,
    st.sampled_from(["138", "139", "150", "177", "189"]),
    st.integers(0, 10**8 - 1),
)
SEPARATORS = st.sampled_from(["", " ", "-"])


@given(MOBILES, st.sampled_from(["", "+86", "+86 ", "0086", "0086-"]), SEPARATORS)
def test_however_a_number_is_written_it_is_kept_in_one_form(number: str, prefix: str, between: str):
    written = prefix + between.join((number[:3], number[3:7], number[7:]))
    assert e164(written) == f"+86{number}"


@given(MOBILES)
def test_what_is_kept_is_its_own_form(number: str):
    assert e164(f"+86{number}") == f"+86{number}"
    assert e164(
        f" {number.translate({ord('0') + each: 0xFF10 + each for each in range(10)})} "
    ) == (f"+86{number}")


@given(MOBILES)
def test_four_digits_are_never_shown(number: str):
    shown = masked(f"+86{number}")
    assert shown == f"{number[:3]}****{number[7:]}"
    assert last_digits(f"+86{number}") == number[-4:]


@pytest.mark.parametrize(
    ("written", "kept", "shown"),
    [
        ("+852 6123 4567", "+85261234567", "+852****4567"),
        ("+44 7911 123456", "+447911123456", "+44****3456"),
        ("+1 (650) 253-0000", "+16502530000", "+1****0000"),
    ],
)
def test_numbers_of_other_countries_are_taken(written: str, kept: str, shown: str):
    assert e164(written) == kept
    assert masked(kept) == shown


@pytest.mark.parametrize(
    "written",
    [
        "",
        "+",
        "138001380",
        "1380013800000",
        "110",
        "010 6552 9988",
        "+86 010 6552 9988",
        "1-800-FLOWERS",
        "13800138000 ext 5",
        "tel:13800138000",
        "13800138000;13900139000",
        "+99913800138000",
        "1" * 200,
        "+8613800138000\n+8613900139000",
    ],
)
def test_what_is_no_mobile_number_is_none(written: str):
    assert e164(written) is None


@given(st.text(max_size=40))
def test_any_text_is_a_number_in_one_form_or_none(written: str):
    found = e164(written)
    assert found is None or e164(found) == found


@pytest.mark.parametrize("kept", ["+99912345678", "+1", "+", "", "5678", "+0000"])
def test_whatever_was_kept_is_masked_without_a_fault(kept: str):
    assert masked(kept).endswith("****" + kept[-4:])


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("138 0013 8000", "+8613800138000"),
        ("010-62345678", "+861062345678"),
        ("(0571) 8765 4321", "+8657187654321"),
        ("+86 21 62345678", "+862162345678"),
        ("62345678", None),
        ("400-820-8820", None),
        ("+852 6123 4567", None),
        ("95588", None),
    ],
)
def test_a_landline_of_mainland_china_is_a_number_at_home(written: str, kept: str | None):
    assert e164_at_home(written) == kept
