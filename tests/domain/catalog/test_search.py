"""Searching by parts of words: every substring is found, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog.search import (
    LONGEST_SEARCH,
    MOST_WORDS,
    beginnings_of_words,
    fewest_terms_of_words,
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
        assert is_found([word[start:end]], normalised(text))


@given(st.lists(texts, max_size=4), texts)
def test_what_the_terms_leave_out_is_never_what_is_asked_for(lines: list[str], search: str):
    text = searchable(lines)
    if len(search) <= LONGEST_SEARCH:
        words = words_of(search)
        if all(word in text for word in words):
            assert is_found(words, text)


def is_found(words: list[str], text: str) -> bool:
    """Whether an index that knows the terms of the text finds it for the words."""
    terms, beginnings = set(terms_of(text)), beginnings_of_words(words)
    assert set(fewest_terms_of_words(words)) <= set(terms_of_words(words))
    return set(terms_of_words(words)) <= terms and (not beginnings or bool({*beginnings} & terms))


@pytest.mark.parametrize(
    ("search", "expected", "fewest"),
    [
        ("茶", ["茶"], ["茶"]),
        ("山茶淡", ["山", "茶", "淡", "山茶", "茶淡"], ["山茶", "茶淡"]),
        ("a", ["a"], ["a"]),
        ("YG-1", ["g-1", "yg-"], ["g-1", "yg-"]),
        ("YG-013", ["yg-", "g-0", "-01", "013"], ["yg-", "013"]),
        ("serum", ["ser", "eru", "rum"], ["ser", "rum"]),
        ("山茶abc", ["山", "茶", "abc", "茶a", "山茶"], ["abc", "茶a", "山茶"]),
        ("ＹＧ", ["y", "g"], ["y", "g"]),
        ("", [], []),
    ],
)
def test_a_search_asks_for_the_terms_of_its_words(
    search: str, expected: list[str], fewest: list[str]
):
    assert terms_of_words(words_of(search)) == sorted(expected)
    assert fewest_terms_of_words(words_of(search)) == sorted(fewest)


def test_a_pair_of_letters_is_looked_for_at_the_beginning_of_triples():
    assert beginnings_of_words(["茶", "山茶", "g", "yg-"]) == []
    assert {"yg", "yg-", "yg1"} <= {*beginnings_of_words(["山茶", "yg", "ab"])}
    assert terms_of("yg-1") == ["-", "-1", "1", "g", "g-1", "y", "yg-"]


def test_no_word_is_found_across_two_texts():
    text = searchable(["山茶", "淡香", "山茶"])
    assert text == "山茶\n淡香"
    assert "茶淡" not in terms_of(text)


def test_a_search_that_is_too_long_is_refused():
    assert len(words_of(" ".join("甲乙丙丁戊己庚辛"))) == MOST_WORDS
    for search in ("长" * (LONGEST_SEARCH + 1), " ".join("甲乙丙丁戊己庚辛壬")):
        with pytest.raises(ValueError, match="too long"):
            words_of(search)
