"""What a request and an invoice may say."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.invoices.rules import (
    WrittenTitle,
    is_tax_number,
    judged_document,
    judged_invoice,
    judged_title,
    masked_email,
    masked_title,
)
from domain.invoices.words import TitleKind
from domain.kernel.errors import InvalidInput
from tests.make import NOON

LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
RIGHT = ("91310000MA1FL1LU0B", "91350100M000100Y43", "310101123456789", "12345678901234567890")


def problems(call: object, *arguments: object, **more: object) -> list[str]:
    """The paths and codes of what is refused."""
    assert callable(call)
    with pytest.raises(InvalidInput) as refused:
        call(*arguments, **more)
    return [f"{each.path} {each.code}" for each in refused.value.problems]


@pytest.mark.parametrize("number", RIGHT)
def test_tax_numbers_of_each_kind_are_taken(number: str):
    assert is_tax_number(number)


@pytest.mark.parametrize(
    "number",
    [
        "91310000MA1FL1LU0L",
        "91310000MA1FL1LUB0",
        "91350100M000100Y34",
        "9131OOOOMA1FL1LU0B",
        "91310000MA1FL1LU0",
        "31010112345678",
        "",
    ],
)
def test_what_is_mistyped_is_no_tax_number(number: str):
    assert not is_tax_number(number)


@given(st.integers(0, 16), st.sampled_from(LETTERS))
def test_no_wrong_character_of_a_credit_code_goes_by(place: int, letter: str):
    right = RIGHT[1]
    if right[place] != letter:
        assert not is_tax_number(right[:place] + letter + right[place + 1 :])


def test_a_title_is_kept_tidy():
    written = WrittenTitle(TitleKind.COMPANY, " 山茶有限公司 ", "9131 0000 ma1fl1lu0b", " a@b.cn ")
    content = judged_title(written)
    told = content.title, content.tax_number, content.email
    assert told == ("山茶有限公司", "91310000MA1FL1LU0B", "a@b.cn")
    person = judged_title(WrittenTitle(TitleKind.PERSONAL, "林晓", "  ", "a@b.cn"))
    assert person.tax_number is None


def test_every_problem_of_a_title_is_told_at_once():
    assert problems(judged_title, WrittenTitle(TitleKind.COMPANY, " ", None, "nobody")) == [
        "title missing",
        "taxNumber missing",
        "email not_an_email",
    ]
    written = WrittenTitle(TitleKind.PERSONAL, "林" * 101, RIGHT[0], "a@b")
    assert problems(judged_title, written) == [
        "title too_long",
        "taxNumber not_for_persons",
        "email not_an_email",
    ]
    broken = WrittenTitle(TitleKind.COMPANY, "a\nb", "91310000MA1FL1LU0L", "a@b.cn\n")
    assert problems(judged_title, broken) == ["title not_a_name", "taxNumber not_a_tax_number"]


def test_an_invoice_has_a_whole_number_or_a_code_beside_a_short_one():
    made = judged_invoice("25312000000000000001", None, "2026-11-08", at=NOON)
    assert (made.code, made.issued_on) == (None, date(2026, 11, 8))
    assert judged_invoice("12345678", "031002300111", "2026-11-08", at=NOON).code is not None
    tomorrow = (NOON + timedelta(days=1)).date().isoformat()
    for number, code, day, told in (
        ("1234", None, "2026-11-08", "number not_an_invoice_number"),
        ("12345678", None, "2026-11-08", "code not_an_invoice_code"),
        ("12345678", "12", "2026-11-08", "code not_an_invoice_code"),
        ("25312000000000000001", "031002300111", "2026-11-08", "code not_an_invoice_code"),
        ("25312000000000000001", None, "08.11.2026", "issuedOn not_an_invoice_day"),
        ("25312000000000000001", None, tomorrow, "issuedOn not_an_invoice_day"),
        ("25312000000000000001", None, "1999-01-01", "issuedOn not_an_invoice_day"),
    ):
        assert problems(judged_invoice, number, code, day, at=NOON) == [told]


def test_a_file_is_at_an_https_address_or_nowhere():
    assert judged_document("https://tax.example/a.pdf") == "https://tax.example/a.pdf"
    assert judged_document(" ") is None
    for wrong, code in (
        ("http://tax.example/a", "not_a_document_address"),
        ("javascript:alert(1)", "not_a_document_address"),
        ("https://tax.example/" + "a" * 500, "too_long"),
    ):
        assert problems(judged_document, wrong) == [f"documentUrl {code}"]


def test_lists_show_of_a_person_next_to_nothing():
    assert masked_title(TitleKind.PERSONAL, "林晓") == "林**"
    assert masked_title(TitleKind.COMPANY, "山茶有限公司") == "山茶有限公司"
    assert masked_email("lin.xiao@example.cn") == "l***@example.cn"
