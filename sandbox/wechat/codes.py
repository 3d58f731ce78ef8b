"""The codes that a phone hands to the mini-program: for one purpose, once, for five minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from string import ascii_letters, digits

from sandbox.wechat.people import Person
from sandbox.wechat.refusals import Refusal

LIFETIME = timedelta(minutes=5)
_KEPT = timedelta(hours=1)
_CHARACTERS = 32


class Purpose(StrEnum):
    """What a code is good for."""

    LOGIN = "login"
    PHONE = "phone"


@dataclass(slots=True)
class Code:
    """A code that was issued."""

    purpose: Purpose
    person: Person
    app_id: str
    issued_at: datetime
    session_key: str | None
    is_used: bool = False


class Codes:
    """Every code of the last hour."""

    def __init__(self) -> None:
        self._codes: dict[str, Code] = {}

    def issue(
        self, purpose: Purpose, person: Person, app_id: str, *, now: datetime, random: Random
    ) -> str:
        """Return a new code."""
        self._forget_old(now)
        value = "0" + "".join(random.choices(ascii_letters + digits, k=_CHARACTERS - 1))
        self._codes[value] = Code(purpose, person, app_id, now, person.session_key)
        return value

    def find(self, value: str, purpose: Purpose, app_id: str, *, now: datetime) -> Code:
        """Return a code that can still be used; `Refusal` 40029 or 40163 otherwise.

        The purpose and the app have to be those that it was issued for. The platform knows that a
        code was used for as long as it would have been good; after that it knows nothing of it.
        """
        code = self._codes.get(value)
        is_ours = code and code.purpose is purpose and code.app_id == app_id
        if not code or not is_ours or now - code.issued_at >= LIFETIME:
            raise Refusal(40029, "invalid code")
        if code.is_used:
            raise Refusal(40163, "code been used")
        return code

    def _forget_old(self, now: datetime) -> None:
        # Codes stand in the order in which they were issued.
        while self._codes:
            oldest = next(iter(self._codes))
            if now - self._codes[oldest].issued_at < _KEPT:
                return
            del self._codes[oldest]
