"""Money, ids, languages and pages: values that hold for any input."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.ids import key_of, new_id, public_id
from domain.kernel.language import Language, Sentence
from domain.kernel.money import LARGEST_FEN, Money
from domain.kernel.paging import page_of

amounts = st.integers(-(10**12), 10**12)


@given(amounts, amounts)
def test_money_adds_and_takes_away_exactly(one: int, other: int):
    assert Money(one) + Money(other) - Money(other) == Money(one)
    assert (Money(one) < Money(other)) == (one < other)


@given(amounts)
def test_money_is_written_in_yuan_and_loses_nothing(fen: int):
    written = str(Money(fen))
    assert int(written.replace("¥", "").replace(",", "").replace(".", "")) == fen


@pytest.mark.parametrize(
    ("fen", "written"),
    [
        (0, "¥0.00"),
        (5, "¥0.05"),
        (129900, "¥1,299.00"),
        (-1, "-¥0.01"),
        (100000000, "¥1,000,000.00"),
    ],
)
def test_money_reads_as_people_write_it(fen: int, written: str):
    assert str(Money(fen)) == written


def test_money_that_a_client_could_not_hold_is_refused():
    assert Money(LARGEST_FEN).fen == 2**53 - 1
    for fen in (LARGEST_FEN + 1, -LARGEST_FEN - 1):
        with pytest.raises(ValueError, match="more than a client can hold"):
            Money(fen)


moments = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments, moments, st.integers(0, 2**32))
def test_ids_are_in_order_of_their_age(one: datetime, other: datetime, seed: int):
    random = Random(seed)
    first, second = new_id(min(one, other), random), new_id(max(one, other), random)
    if abs(one - other) >= timedelta(milliseconds=1):
        assert first < second
    for made in (first, second):
        assert made.version == 7
        assert made.variant == "specified in RFC 4122"


def test_ids_of_one_millisecond_differ():
    random = Random(1)
    at = datetime(2026, 11, 11, tzinfo=UTC)
    assert len({new_id(at, random) for _ in range(10_000)}) == 10_000


@given(st.uuids(), st.sampled_from(["product", "variant", "stock_entry"]))
def test_a_public_id_is_its_kind_and_key_and_fits_no_other_kind(key: UUID, kind: str):
    public = public_id(kind, key)
    assert key_of(public, kind) == key
    assert key_of(public, "category") is None


@given(st.text())
def test_a_text_that_is_no_public_id_has_no_key(text: str):
    assert key_of(text, "product") is None
    assert key_of(f"product_{text}", "product") is None or len(text) == 32


def test_a_sentence_is_told_in_either_language():
    sentence = Sentence(zh="还差 {missing} 元", en="{missing} yuan more")
    assert sentence.told_in(Language.ZH, {"missing": "18.00"}) == "还差 18.00 元"
    assert sentence.told_in(Language.EN, {"missing": "18.00"}) == "18.00 yuan more"


@given(st.lists(st.integers(), max_size=30), st.integers(1, 29))
def test_a_page_knows_whether_there_is_more(rows: list[int], first: int):
    page = page_of(rows[: first + 1], first)
    assert page.items == rows[:first]
    assert page.has_next == (len(rows) > first)
