"""Phone numbers as people write them, as they are kept, and as they are shown: pure values."""

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

_HOME_REGION = "CN"
_LONGEST = 32
_AS_WRITTEN = re.compile(r"\+?[0-9 ()./-]+")
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_LANDLINE = frozenset({PhoneNumberType.FIXED_LINE})
_STARS = "****"
_LAST = 4
_FIRST_AT_HOME = 3
_HOME_PREFIX = "+86"


def e164(written: str) -> str | None:
    """The mobile number as E.164, ``+8613800138000``; None where it is none.

    A number without a country is one of mainland China.
    """
    number = _parsed(written)
    if number is None or phonenumbers.number_type(number) not in _MOBILE:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def e164_at_home(written: str) -> str | None:
    """The mobile or landline of mainland China as E.164; None where it is none.

    A landline has its area code: ``010-62345678``.
    """
    number = _parsed(written)
    if number is None or phonenumbers.region_code_for_number(number) != _HOME_REGION:
        return None
    if phonenumbers.number_type(number) not in _MOBILE | _LANDLINE:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def calling_code(number: str) -> int:
    """The calling code of an E.164 number, such as 86 or 852; 0 where no country has it."""
    try:
        return phonenumbers.parse(number).country_code or 0
    except NumberParseException:
        return 0


def masked(number: str) -> str:
    """An E.164 number as its owner recognises it: ``138****5678``, ``+852****5678`` abroad.

    Of a number that no country has, as one may be that was kept long ago: ``****5678``.
    """
    return _beginning(number) + masked_but(last_digits(number))


def masked_but(digits: str) -> str:
    """A number of which only these last digits are shown: ``****5678``."""
    return _STARS + digits


def last_digits(number: str) -> str:
    """The last four digits of an E.164 number."""
    return number[-_LAST:]


def _parsed(written: str) -> PhoneNumber | None:
    """The valid number of any kind; None where it is none."""
    text = unicodedata.normalize("NFKC", written).strip()
    if len(text) > _LONGEST or not _AS_WRITTEN.fullmatch(text):
        return None
    try:
        number = phonenumbers.parse(text, _HOME_REGION)
    except NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _beginning(number: str) -> str:
    if number.startswith(_HOME_PREFIX):
        return number.removeprefix(_HOME_PREFIX)[:_FIRST_AT_HOME]
    country = calling_code(number)
    return f"+{country}" if country else ""
