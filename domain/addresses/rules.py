"""What an address may say: pure judgement, every problem at once."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from domain.addresses.regions import Division, division
from domain.kernel.errors import InvalidInput, Problem, ProblemKind
from domain.kernel.language import Sentence
from domain.kernel.problems import MISSING, TOO_LONG
from domain.members.phone_numbers import e164_at_home
from domain.members.rules import NOT_A_NAME, spoils_a_line, tidy_name

MOST_ADDRESSES = 50
LONGEST_RECIPIENT = 40
LONGEST_DETAIL = 120
LONGEST_LABEL = 10

_POSTCODE = re.compile("[0-9]{6}")

NOT_A_REGION = ProblemKind(
    "not_a_region",
    Sentence(
        zh="请选择到区县；不设区县的城市请选择到市。",
        en="Please choose a district, or a city that has no districts.",
    ),
)
NOT_REACHABLE = ProblemKind(
    "not_reachable",
    Sentence(
        zh="请输入有效的手机号码或带区号的固定电话。",
        en="Please give a valid mobile number, or a landline with its area code.",
    ),
)
NOT_A_POSTCODE = ProblemKind(
    "not_a_postcode", Sentence(zh="邮政编码为六位数字。", en="A postcode has six digits.")
)


class WrittenAddress(msgspec.Struct, frozen=True):
    """An address as somebody writes it; the postcode and the label may be left out.

    ``region_code`` is that of the district, or of the city where it has no districts.
    """

    recipient: str
    phone: str
    region_code: str
    detail: str
    postcode: str | None
    label: str | None


class AddressContent(msgspec.Struct, frozen=True):
    """What is sealed of an address: whom to give it to, at which number and at which door.

    ``phone`` is E.164, of a mobile or a landline of mainland China.
    """

    recipient: str
    phone: str
    detail: str
    postcode: str | None
    label: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """The number and the division that an address has already, and so may go on having.

    Numbers cease to be in use, and divisions go: whoever changes something else need not care.
    """

    phone: str
    region_code: str


def judged(
    written: WrittenAddress, known: Known | None = None
) -> tuple[AddressContent, Division | None]:
    """What is kept of an address; the division is None where it stays the ``known`` one.

    Refuses: InvalidInput, with every problem.
    """
    content = AddressContent(
        recipient=tidy_name(written.recipient),
        phone=_phone(written.phone, known) or "",
        detail=tidy_name(written.detail),
        postcode=_optional(written.postcode),
        label=_optional(written.label),
    )
    stays = known is not None and written.region_code == known.region_code
    found = None if stays else division(written.region_code)
    problems = [*_problems(content)]
    if not stays and found is None:
        problems.append(NOT_A_REGION.at("regionCode"))
    if problems:
        raise InvalidInput(problems)
    return content, found


def _problems(content: AddressContent) -> Iterator[Problem]:
    yield from _problems_of_line("recipient", content.recipient, LONGEST_RECIPIENT)
    if not content.phone:
        yield NOT_REACHABLE.at("phone")
    yield from _problems_of_line("detail", content.detail, LONGEST_DETAIL)
    if content.postcode is not None and not _POSTCODE.fullmatch(content.postcode):
        yield NOT_A_POSTCODE.at("postcode")
    if content.label is not None:
        yield from _problems_of_line("label", content.label, LONGEST_LABEL)


def _phone(written: str, known: Known | None) -> str | None:
    if known is not None and written == known.phone:
        return written
    return e164_at_home(written)


def _problems_of_line(path: str, line: str, most: int) -> Iterator[Problem]:
    if any(spoils_a_line(character) for character in line):
        yield NOT_A_NAME.at(path)
    elif not any(unicodedata.category(character) != "Cf" for character in line):
        yield MISSING.at(path)
    elif len(line) > most:
        yield TOO_LONG.at(path, most=most)


def _optional(line: str | None) -> str | None:
    """A line that may be left out; nothing but spaces is nothing."""
    return (tidy_name(line) or None) if line is not None else None
