"""Which texts may be engraved: local rules, each told by its field and all of them at once."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog.content import Alphabet, PersonalisationField
from domain.kernel.language import Bilingual
from domain.orders.cart.denied import CHINESE, LATIN, is_denied
from domain.orders.cart.models import EngravedText
from domain.orders.cart.personalisation import (
    digest_of,
    fits,
    problems_of,
    tidied,
    tidy,
    unit_price_fen,
)

TITLE = Bilingual("刻字", "Engraving")
ALPHABETS = st.sampled_from(Alphabet)
TEXTS = st.text(max_size=30)


def a_field(
    code: str = "name",
    alphabet: Alphabet = Alphabet.ANY,
    *,
    most: int = 10,
    price_fen: int = 500,
    is_required: bool = False,
) -> PersonalisationField:
    return PersonalisationField(code, TITLE, most, alphabet, price_fen, is_required)


def wrong(text: str, alphabet: Alphabet = Alphabet.ANY, *, most: int = 10) -> list[str]:
    """The codes of what is wrong with one text."""
    fields = [a_field(alphabet=alphabet, most=most)]
    return [each.code for each in problems_of(fields, [EngravedText("name", text)])]


@pytest.mark.parametrize(
    ("alphabet", "text"),
    [
        (Alphabet.ANY, "生日快乐 ♥ 2026"),
        (Alphabet.ANY, "给妈妈的礼物"),
        (Alphabet.LATIN, "Zoë 88"),
        (Alphabet.LATIN, "\uff2c\uff49\uff4e"),
        (Alphabet.CHINESE, "林小满"),
        (Alphabet.CHINESE, "𠮷"),
        (Alphabet.DIGITS, "0526"),
        (Alphabet.DIGITS, "\uff10\uff15"),
        (Alphabet.ANY, "Cassandra"),
        (Alphabet.ANY, "Scunthorpe"),
        (Alphabet.ANY, "   "),
    ],
)
def test_what_can_be_engraved_is_kept(alphabet: Alphabet, text: str):
    assert wrong(text, alphabet, most=12) == []


@pytest.mark.parametrize(
    ("alphabet", "text", "code"),
    [
        (Alphabet.LATIN, "林", "wrong_alphabet"),
        (Alphabet.LATIN, "A♥", "wrong_alphabet"),
        (Alphabet.LATIN, "\u0430", "wrong_alphabet"),  # Cyrillic, looks like a
        (Alphabet.LATIN, "\u0661", "wrong_alphabet"),
        (Alphabet.CHINESE, "林A", "wrong_alphabet"),
        (Alphabet.CHINESE, "林 满", "wrong_alphabet"),
        (Alphabet.DIGITS, "1 2", "wrong_alphabet"),
        (Alphabet.DIGITS, "\u0661", "wrong_alphabet"),
        (Alphabet.ANY, "a\u1680b", "wrong_alphabet"),
        (Alphabet.ANY, "a\nb", "invisible"),
        (Alphabet.ANY, "a\u202eb", "invisible"),
        (Alphabet.ANY, "a\u200bb", "invisible"),
        (Alphabet.ANY, "a\u2066b", "invisible"),
        (Alphabet.ANY, "a\u00adb", "invisible"),
        (Alphabet.ANY, "a\u3164b", "invisible"),
        (Alphabet.ANY, "a\ufe0fb", "invisible"),
        (Alphabet.ANY, "a\U000e0041b", "invisible"),
        (Alphabet.ANY, "\ud800", "invisible"),
        (Alphabet.ANY, "\u200b", "invisible"),
        (Alphabet.ANY, "12345678901", "too_long"),
        (Alphabet.ANY, "\ufdfa", "too_long"),  # one character that is eighteen
        (Alphabet.ANY, "F u c k", "denied"),
        (Alphabet.ANY, "oh shit!", "denied"),
        (Alphabet.ANY, "ｎａｚｉ", "denied"),
        (Alphabet.ANY, "你去 死吧", "denied"),
    ],
)
def test_what_cannot_be_engraved_is_refused(alphabet: Alphabet, text: str, code: str):
    assert wrong(text, alphabet) == [code]


def test_everything_that_is_wrong_is_told_at_once():
    fields = [a_field("name", is_required=True), a_field("date", Alphabet.DIGITS, most=4)]
    given_texts = [
        EngravedText("date", "2026年"),
        EngravedText("colour", "red"),
        EngravedText("date", "1"),
        EngravedText("date", "2"),
    ]
    told = [(each.path, each.code) for each in problems_of(fields, given_texts)]
    assert told == [
        ("personalisation.0.text", "wrong_alphabet"),
        ("personalisation.0.text", "too_long"),
        ("personalisation.1.code", "not_found"),
        ("personalisation.2.code", "repeated"),
        ("personalisation.3.code", "repeated"),
        ("personalisation", "field_missing"),
    ]
    many = [EngravedText(str(number), "x") for number in range(6)]
    assert [each.code for each in problems_of(fields, many)] == ["too_many"]


def test_a_required_field_with_nothing_but_spaces_is_missing():
    fields = [a_field(is_required=True)]
    assert [each.code for each in problems_of(fields, [EngravedText("name", " ")])] == [
        "field_missing"
    ]


def test_texts_are_kept_in_the_order_of_the_fields_and_empty_ones_are_not():
    fields = [a_field("a"), a_field("b"), a_field("c")]
    kept = tidied(
        fields, [EngravedText("c", " x "), EngravedText("a", "Ａ"), EngravedText("b", "")]
    )
    assert kept == (EngravedText("a", "A"), EngravedText("c", "x"))
    assert unit_price_fen(fields, kept) == 1000
    assert digest_of(kept) == digest_of(reversed(kept)) != digest_of(kept[:1])
    assert digest_of([]) == ""


def test_what_was_kept_fits_until_the_fields_change():
    kept = (EngravedText("name", "林小满"),)
    assert fits([a_field()], kept)
    assert not fits([], kept)
    assert not fits([a_field(most=2)], kept)
    assert not fits([a_field(alphabet=Alphabet.LATIN)], kept)
    assert not fits([a_field(), a_field("date", is_required=True)], kept)
    assert fits([a_field(), a_field("date")], kept)


def test_each_denied_word_is_found_and_in_a_name_it_is_not():
    for word in CHINESE | LATIN:
        assert is_denied(word.upper())
        assert is_denied(f"x {word}!")
    assert is_denied("F\u00fcck")
    for name in ("Shitake", "Bastardo", "Rapeseed", "消毒"):
        assert not is_denied(name)


@given(TEXTS)
def test_tidying_twice_is_tidying_once(text: str):
    assert tidy(tidy(text)) == tidy(text)


@given(TEXTS, ALPHABETS, st.integers(1, 30))
def test_what_is_kept_fits_and_is_seen_and_is_short_enough(
    text: str, alphabet: Alphabet, most: int
):
    fields = [a_field(alphabet=alphabet, most=most)]
    given_texts = [EngravedText("name", text)]
    if any(problems_of(fields, given_texts)):
        return
    kept = tidied(fields, given_texts)
    assert fits(fields, kept)
    for each in kept:
        assert 1 <= len(each.text) <= most
        assert each.text == unicodedata.normalize("NFKC", each.text).strip()
        assert not {unicodedata.category(letter) for letter in each.text} & {"Cc", "Cf", "Cn", "Cs"}
        assert each.text.replace(" ", "x").split() == [each.text.replace(" ", "x")]


@given(st.sampled_from("\u200b\u200d\u202e\u2067\ufeff\x00\x1b\u180e"), TEXTS, TEXTS, ALPHABETS)
def test_an_invisible_character_is_never_kept(
    hidden: str, before: str, after: str, alphabet: Alphabet
):
    text = f"a{before}{hidden}{after}a"
    assert "invisible" in wrong(text, alphabet, most=50)


@given(st.text(alphabet="0123456789", min_size=1, max_size=10))
def test_digits_are_of_every_alphabet_but_the_chinese(text: str):
    for alphabet in (Alphabet.ANY, Alphabet.LATIN, Alphabet.DIGITS):
        assert wrong(text, alphabet) == []
    assert wrong(text, Alphabet.CHINESE) == ["wrong_alphabet"]
