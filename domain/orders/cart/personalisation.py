"""Which texts may be engraved, by the fields of a product: pure judgement, before anybody is asked.

A text is kept as it would be engraved: in Unicode's compatible form (NFKC, so that wide letters
and digits are the plain ones), without spaces around it. An empty one is none.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

import msgspec

from domain.catalog.content import MOST_PERSONALISATION_FIELDS, Alphabet, PersonalisationField
from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Sentence
from domain.kernel.problems import NOT_FOUND, REPEATED, TOO_LONG, TOO_MANY
from domain.orders.cart.denied import is_denied
from domain.orders.cart.models import EngravedText

FIELD_MISSING = ProblemKind(
    "field_missing", Sentence(zh="请填写“{code}”。", en='"{code}" has to be filled in.')
)
INVISIBLE = ProblemKind(
    "invisible",
    Sentence(zh="不能包含不可见字符。", en="Must not hold invisible characters."),
)
WRONG_ALPHABET = ProblemKind(
    "wrong_alphabet",
    Sentence(
        zh="包含无法刻制的字符，请按要求填写。", en="Holds characters that cannot be engraved here."
    ),
)
DENIED = ProblemKind("denied", Sentence(zh="此内容不能刻制。", en="This cannot be engraved."))

_PATH = "personalisation"
# Controls, what turns or joins its neighbours, surrogates, private and unassigned ones, breaks.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SPACE = " "
# Letters, marks and symbols by their categories that show nothing: fillers, joiners, selectors.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_SELECTORS = (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
_HAN = (
    range(0x3007, 0x3008),
    range(0x3400, 0x4DC0),
    range(0x4E00, 0xA000),
    range(0x20000, 0x33480),
)
_DIGITS = frozenset("0123456789")


def tidied(
    fields: Sequence[PersonalisationField], given: Iterable[EngravedText]
) -> tuple[EngravedText, ...]:
    """The texts as they are kept, in the order of the fields; empty ones and unknown ones are not.

    Only of what has no `problems_of` it is all that was given.
    """
    texts = {each.code: tidy(each.text) for each in given}
    return tuple(
        EngravedText(field.code, texts[field.code]) for field in fields if texts.get(field.code)
    )


def tidy(written: str) -> str:
    """A text as it is kept."""
    return unicodedata.normalize("NFKC", written).strip()


def problems_of(
    fields: Sequence[PersonalisationField], given: Sequence[EngravedText]
) -> Iterator[Problem]:
    """Everything that is wrong with the texts that somebody wants in a product's fields."""
    if len(given) > MOST_PERSONALISATION_FIELDS:
        yield TOO_MANY.at(_PATH, most=MOST_PERSONALISATION_FIELDS)
        return
    known = {field.code: field for field in fields}
    filled: set[str] = set()
    for number, each in enumerate(given):
        field = known.get(each.code)
        if field is None:
            yield NOT_FOUND.at(f"{_PATH}.{number}.code")
        elif each.code in filled:
            yield REPEATED.at(f"{_PATH}.{number}.code", value=each.code)
        elif text := tidy(each.text):
            filled.add(each.code)
            yield from _problems_of_text(field, text, f"{_PATH}.{number}.text")
    for field in fields:
        if field.is_required and field.code not in filled:
            yield FIELD_MISSING.at(_PATH, code=field.code)


def fits(fields: Sequence[PersonalisationField], kept: Sequence[EngravedText]) -> bool:
    """Whether texts that were kept are what the product's fields, as they are now, would keep."""
    if not fields and not kept:
        return True
    return not any(problems_of(fields, kept)) and len(tidied(fields, kept)) == len(kept)


def unit_price_fen(fields: Iterable[PersonalisationField], texts: Iterable[EngravedText]) -> int:
    """What the texts cost for each unit; those without a field cost nothing."""
    codes = {each.code for each in texts}
    if not codes:
        return 0
    return sum(field.price_fen for field in fields if field.code in codes)


def digest_of(texts: Iterable[EngravedText]) -> str:
    """The same for the same texts whatever their order, and empty for none."""
    pairs = sorted((each.code, each.text) for each in texts)
    return sha256(msgspec.json.encode(pairs)).hexdigest() if pairs else ""


def _problems_of_text(field: PersonalisationField, text: str, path: str) -> Iterator[Problem]:
    if any(_shows_nothing(character) for character in text):
        yield INVISIBLE.at(path)
    elif not all(_is_of(field.alphabet, character) for character in text):
        yield WRONG_ALPHABET.at(path)
    if len(text) > field.most_characters:
        yield TOO_LONG.at(path, most=field.most_characters)
    if is_denied(text):
        yield DENIED.at(path)


def _shows_nothing(character: str) -> bool:
    """Whether nobody could see the character, or it changes how its neighbours are seen."""
    point = ord(character)
    return (
        unicodedata.category(character) in _INVISIBLE
        or character in _BLANKS
        or any(point in selectors for selectors in _SELECTORS)
    )


def _is_of(alphabet: Alphabet, character: str) -> bool:
    match alphabet:
        case Alphabet.ANY:
            return character == _SPACE or not character.isspace()
        case Alphabet.LATIN:
            return character == _SPACE or character in _DIGITS or _is_latin(character)
        case Alphabet.CHINESE:
            return any(ord(character) in block for block in _HAN)
        case Alphabet.DIGITS:
            return character in _DIGITS


def _is_latin(character: str) -> bool:
    return character.isalpha() and unicodedata.name(character, "").startswith("LATIN ")
