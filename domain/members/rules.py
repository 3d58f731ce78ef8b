"""What a profile may say, and how long codes and texts may be: pure judgement."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Bilingual, Sentence
from domain.kernel.problems import MISSING, OUT_OF_RANGE, TOO_LONG

LONGEST_NAME = 20
LONGEST_BLOCK_REASON = 200
LONGEST_TEXT_TITLE = 120
LONGEST_TEXT_BODY = 20_000

CODE_DIGITS = 6
CODE_LASTS = timedelta(minutes=5)
CODE_RETENTION = timedelta(days=1)
"""How long a code is kept: the day in which it counts. Kept by a sweep."""
RESEND_AFTER = timedelta(seconds=60)
MOST_CODES_A_DAY = 10
"""Codes to one number, of each purpose: nobody spends another purpose's."""
MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class CodeBounds:
    """Where the brand has codes sent, by calling code, and how many in a minute to all numbers."""

    countries: frozenset[int] = frozenset({86, 852, 853, 886})
    most_a_minute: int = 300


_DAYS_OF_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Controls, lone surrogates, private ones, breaks of lines and paragraphs.
_NOT_OF_NAMES = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
# These turn the direction of what stands around a name.
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

NOT_A_NAME = ProblemKind(
    "not_a_name",
    Sentence(zh="不能包含控制字符。", en="Must not contain control characters."),
)
NOT_A_DAY = ProblemKind(
    "not_a_day", Sentence(zh="没有这一天。", en="There is no such day of the year.")
)
NOT_A_PHONE = ProblemKind(
    "not_a_phone",
    Sentence(zh="请输入有效的手机号码。", en="Please give a valid mobile phone number."),
)
NOT_SENT_THERE = ProblemKind(
    "not_sent_there",
    Sentence(
        zh="暂不支持向该国家或地区的手机号发送验证码。",
        en="No codes are sent to mobile phones of this country or region.",
    ),
)
CONSENT_WITHDRAWN = ProblemKind(
    "consent_withdrawn",
    Sentence(
        zh="您已撤回个性化推荐的同意，请先重新同意。",
        en="The consent to personalisation was withdrawn; it has to be granted again first.",
    ),
)


def tidy_name(written: str) -> str:
    """A name as it is kept: composed (NFC), without spaces around it."""
    return unicodedata.normalize("NFC", written).strip()


def problems_of_name(name: str) -> Iterator[Problem]:
    """What is wrong with a tidy name."""
    if any(spoils_a_line(character) for character in name):
        yield NOT_A_NAME.at("name")
    elif not any(unicodedata.category(character) != "Cf" for character in name):
        yield MISSING.at("name")
    elif len(name) > LONGEST_NAME:
        yield TOO_LONG.at("name", most=LONGEST_NAME)


def problems_of_birthday(month: int, day: int) -> Iterator[Problem]:
    """What is wrong with a day of the year; the 29th of February is one."""
    if not 1 <= month <= len(_DAYS_OF_MONTHS):
        yield OUT_OF_RANGE.at("birthday.month", least=1, most=len(_DAYS_OF_MONTHS))
    elif not 1 <= day <= _DAYS_OF_MONTHS[month - 1]:
        yield NOT_A_DAY.at("birthday.day")


def problems_of_block_reason(told: str) -> Iterator[Problem]:
    """What is wrong with the words that a blocked member is told."""
    if not told.strip():
        yield MISSING.at("blockReason")
    elif len(told) > LONGEST_BLOCK_REASON:
        yield TOO_LONG.at("blockReason", most=LONGEST_BLOCK_REASON)


def problems_of_text(title: Bilingual, body: Bilingual) -> Iterator[Problem]:
    """What is wrong with a text that members are asked to agree to."""
    for path, text, most in (
        ("title", title, LONGEST_TEXT_TITLE),
        ("body", body, LONGEST_TEXT_BODY),
    ):
        for language, said in (("zh", text.zh), ("en", text.en)):
            if not said.strip():
                yield MISSING.at(f"{path}.{language}")
            elif len(said) > most:
                yield TOO_LONG.at(f"{path}.{language}", most=most)


def spoils_a_line(character: str) -> bool:
    """Whether a character has no place in a name, or in any text of one line."""
    return character in _TURNING or unicodedata.category(character) in _NOT_OF_NAMES
