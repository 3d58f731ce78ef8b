"""Sentences in both languages."""

import pytest

from domain.kernel.language import Language, Sentence

LEFT = Sentence(zh="只剩 {count} 件。", en="Only {count} left.")


@pytest.mark.parametrize(
    ("language", "told"), [(Language.ZH, "只剩 3 件。"), (Language.EN, "Only 3 left.")]
)
def test_a_sentence_is_told_in_the_language_with_its_particulars(language: Language, told: str):
    assert LEFT.told_in(language, {"count": 3, "unused": 4}) == told


def test_a_particular_is_put_in_as_it_is():
    assert LEFT.told_in(Language.EN, {"count": "{count.__class__}"}) == (
        "Only {count.__class__} left."
    )


def test_a_sentence_without_its_particulars_is_a_bug():
    with pytest.raises(KeyError):
        LEFT.told_in(Language.EN, {})


def test_the_languages_are_named_as_http_names_them():
    assert [str(language) for language in Language] == ["zh-CN", "en"]
