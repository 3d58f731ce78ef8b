"""Searching by parts of words: every substring is found, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog.search import (
    LONGEST_SEARCH,
    MOST_WORDS,
    normalised,
    searchable,
    terms_of,
    terms_of_words,
    words_of,
)

letters = st.sampled_from("山茶淡香水精华abcXY01-ß ＡＢ")
texts = st.text(letters, max_size=20)


@given(texts, st.data())
def test_every_part_of_a_word_is_found_by_its_terms(text: str, data: st.DataObject):
    words = normalised(text).split()
    if words:
        word = data.draw(st.sampled_from(words))
        start = data.draw(st.integers(0, len(word) - 1))
        end = data.draw(st.integers(start + 1, len(word)))
        assert set(terms_of_words([word[start:end]])) <= set(terms_of(normalised(text)))


@given(st.lists(texts, max_size=4), texts)
def test_what_the_terms_leave_out_is_never_what_is_asked_for(lines: list[str], search: str):
    text = searchable(lines)
    if len(search) <= LONGEST_SEARCH:
        words = words_of(search)
        if all(word in text for word in words):
            assert set(terms_of_words(words)) <= set(terms_of(text))


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("茶", ["茶"]),
        ("山茶淡", ["山茶", "茶淡"]),
        ("a", ["a"]),
        ("YG-1", ["g-1", "yg-"]),
        ("山茶abc", ["abc", "茶a", "山茶"]),
        ("ＹＧ", ["yg"]),
        ("", []),
    ],
)
def test_a_search_asks_for_the_fewest_terms(search: str, expected: list[str]):
    assert terms_of_words(words_of(search)) == sorted(expected)


def test_no_word_is_found_across_two_texts():
    text = searchable(["山茶", "淡香", "山茶"])
    assert text == "山茶\n淡香"
    assert "茶淡" not in terms_of(text)


def test_a_search_that_is_too_long_is_refused():
    assert len(words_of(" ".join("甲乙丙丁戊己庚辛"))) == MOST_WORDS
    for search in ("长" * (LONGEST_SEARCH + 1), " ".join("甲乙丙丁戊己庚辛壬")):
        with pytest.raises(ValueError, match="too long"):
            words_of(search)
