"""What a request for an invoice and an invoice may say: pure judgement, every problem at once."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime

import msgspec

from domain.invoices.words import TitleKind
from domain.kernel.clock import SHOP_ZONE
from domain.kernel.errors import InvalidInput, Problem, ProblemKind
from domain.kernel.language import Sentence
from domain.kernel.problems import MISSING, TOO_LONG
from domain.members.rules import NOT_A_NAME, spoils_a_line, tidy_name

LONGEST_TITLE = 100
LONGEST_EMAIL = 100
LONGEST_ADDRESS = 500
MOST_REQUESTS = 10
"""Requests for one order, whatever became of them."""

_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The characters of a unified social credit code, by their values (GB 32100-2015)."""
_WEIGHTS = tuple(pow(3, place, len(_LETTERS)) for place in range(17))
_CREDIT_CODE = re.compile(f"[{_LETTERS}]{{2}}[0-9]{{6}}[{_LETTERS}]{{10}}")
_OLDER = re.compile("[0-9]{6}[0-9A-Z]{9}|[0-9A-Z]{20}")
"""Registrations with the tax bureau alone: fifteen characters, of some traders twenty."""
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_WHOLE_NUMBER = re.compile("[0-9]{20}")
"""A fully digital invoice: its number says everything."""
_SHORT_NUMBER, _CODE = re.compile("[0-9]{8}"), re.compile("[0-9]{10}|[0-9]{12}")
_ADDRESS = re.compile(r"https://[!-~]+")
_FIRST_DAY = date(2020, 1, 1)

NOT_A_TAX_NUMBER = ProblemKind(
    "not_a_tax_number",
    Sentence(
        zh="税号有误，请核对 18 位统一社会信用代码。",
        en="This is no tax number; please check the eighteen characters.",
    ),
)
NOT_FOR_PERSONS = ProblemKind(
    "not_for_persons",
    Sentence(zh="个人抬头无需税号。", en="A person needs no tax number."),
)
NOT_AN_EMAIL = ProblemKind(
    "not_an_email",
    Sentence(zh="请输入有效的电子邮箱。", en="Please give a valid e-mail address."),
)
NOT_AN_INVOICE_NUMBER = ProblemKind(
    "not_an_invoice_number",
    Sentence(
        zh="发票号码为 20 位数字（数电发票），或 8 位数字并填写发票代码。",
        en="An invoice's number has twenty digits, or eight beside a code.",
    ),
)
NOT_AN_INVOICE_CODE = ProblemKind(
    "not_an_invoice_code",
    Sentence(
        zh="8 位号码须填写 10 或 12 位发票代码，20 位号码没有代码。",
        en="With eight digits belongs a code of ten or twelve, with twenty none.",
    ),
)
NOT_A_DAY = ProblemKind(
    "not_an_invoice_day",
    Sentence(
        zh="请输入不晚于今天的日期，如 2026-11-28。",
        en="Please give a day that is not to come, such as 2026-11-28.",
    ),
)
NOT_AN_ADDRESS = ProblemKind(
    "not_a_document_address",
    Sentence(zh="必须是 https 地址。", en="Must be an https address."),
)


class WrittenTitle(msgspec.Struct, frozen=True):
    """Whom an invoice is to be made out to and sent to, as somebody writes it."""

    kind: TitleKind
    title: str
    tax_number: str | None
    email: str


class InvoiceContent(msgspec.Struct, frozen=True):
    """What is sealed of a request; a company has a tax number, and a person none."""

    title: str
    tax_number: str | None
    email: str


class MadeInvoice(msgspec.Struct, frozen=True):
    """An invoice, or a red-letter one, as the tax bureau's platform has made it.

    ``code`` is None where the number has twenty digits.
    """

    number: str
    code: str | None
    issued_on: date


def judged_title(written: WrittenTitle) -> InvoiceContent:
    """What is kept of a title. Refuses: InvalidInput, with every problem."""
    content = InvoiceContent(
        title=tidy_name(written.title),
        tax_number=_tidy_number(written.tax_number),
        email=written.email.strip(),
    )
    if problems := list(_problems(written.kind, content)):
        raise InvalidInput(problems)
    return content


def is_tax_number(number: str) -> bool:
    """Whether a tidy number is a unified social credit code that checks, or an older number."""
    if _OLDER.fullmatch(number):
        return True
    if not _CREDIT_CODE.fullmatch(number):
        return False
    values = [_LETTERS.index(letter) for letter in number]
    total = sum(value * weight for value, weight in zip(values, _WEIGHTS, strict=False))
    return values[-1] == -total % len(_LETTERS)


def judged_invoice(number: str, code: str | None, issued_on: str, *, at: datetime) -> MadeInvoice:
    """What is kept of an invoice. Refuses: InvalidInput, with every problem."""
    tidy, tidy_code = number.strip(), (code or "").strip() or None
    day = _day(issued_on, at)
    problems = [*_problems_of_number(tidy, tidy_code)]
    if day is None:
        problems.append(NOT_A_DAY.at("issuedOn"))
    if problems:
        raise InvalidInput(problems)
    assert day is not None
    return MadeInvoice(tidy, tidy_code, day)


def judged_document(address: str | None) -> str | None:
    """Where the file of an invoice is, if anywhere. Refuses: InvalidInput."""
    tidy = (address or "").strip()
    if not tidy:
        return None
    if len(tidy) > LONGEST_ADDRESS:
        raise InvalidInput([TOO_LONG.at("documentUrl", most=LONGEST_ADDRESS)])
    if not _ADDRESS.fullmatch(tidy):
        raise InvalidInput([NOT_AN_ADDRESS.at("documentUrl")])
    return tidy


def masked_title(kind: TitleKind, title: str) -> str:
    """A title as it is shown in lists: of a person the first character."""
    return title if kind is TitleKind.COMPANY else f"{title[:1]}**"


def masked_email(email: str) -> str:
    """An e-mail address as it is shown in lists."""
    name, _, host = email.partition("@")
    return f"{name[:1]}***@{host}"


def _problems(kind: TitleKind, content: InvoiceContent) -> Iterator[Problem]:
    if any(spoils_a_line(character) for character in content.title):
        yield NOT_A_NAME.at("title")
    elif not content.title:
        yield MISSING.at("title")
    elif len(content.title) > LONGEST_TITLE:
        yield TOO_LONG.at("title", most=LONGEST_TITLE)
    if kind is TitleKind.PERSONAL and content.tax_number is not None:
        yield NOT_FOR_PERSONS.at("taxNumber")
    elif kind is TitleKind.COMPANY and content.tax_number is None:
        yield MISSING.at("taxNumber")
    elif content.tax_number is not None and not is_tax_number(content.tax_number):
        yield NOT_A_TAX_NUMBER.at("taxNumber")
    if len(content.email) > LONGEST_EMAIL or not _EMAIL.fullmatch(content.email):
        yield NOT_AN_EMAIL.at("email")


def _problems_of_number(number: str, code: str | None) -> Iterator[Problem]:
    is_whole = _WHOLE_NUMBER.fullmatch(number) is not None
    if not is_whole and not _SHORT_NUMBER.fullmatch(number):
        yield NOT_AN_INVOICE_NUMBER.at("number")
    elif is_whole != (code is None) or (code is not None and not _CODE.fullmatch(code)):
        yield NOT_AN_INVOICE_CODE.at("code")


def _tidy_number(written: str | None) -> str | None:
    """A tax number as it is kept, however it was typed; nothing but spaces is nothing."""
    composed = unicodedata.normalize("NFKC", written or "")
    return "".join(composed.split()).upper() or None


def _day(written: str, at: datetime) -> date | None:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return day if _FIRST_DAY <= day <= at.astimezone(SHOP_ZONE).date() else None
