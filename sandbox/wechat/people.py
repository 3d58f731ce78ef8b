"""The people who have WeChat on their phones."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

_OPENID_CHARACTERS = 28
# Longer codes first, where one begins as another does.
_COUNTRY_CODES = (
    "852",
    "853",
    "886",
    "33",
    "44",
    "49",
    "60",
    "61",
    "65",
    "66",
    "81",
    "82",
    "84",
    "86",
    "1",
    "7",
)
_PHONE = re.compile(rf"\+({'|'.join(_COUNTRY_CODES)})([0-9]{{6,12}})")
CHINA = "86"


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A phone number and the country it belongs to."""

    country_code: str
    pure: str

    @classmethod
    def of(cls, e164: str) -> "PhoneNumber":
        """Read ``+8613800138000``; `ValueError` for what is no number of a country known here."""
        if not (found := _PHONE.fullmatch(e164)):
            raise ValueError(f"{e164!r} is no phone number like +8613800138000")
        return cls(found[1], found[2])

    @property
    def e164(self) -> str:
        """The number as it is dialled from anywhere."""
        return f"+{self.country_code}{self.pure}"


@dataclass(slots=True)
class Person:
    """Somebody with WeChat."""

    name: str
    openid: str
    """Who this is to the mini-program; the same for one name, whenever it is made again."""
    unionid: str | None = None
    """Who this is to all apps of the brand's Open Platform account."""
    phone: PhoneNumber | None = None
    is_high_risk: bool = False
    session_key: str | None = None
    """The key of the present session; None before the first ``wx.login``."""
    seen_at: datetime | None = None
    """When this person last opened the mini-program."""


class People:
    """Everybody, by name."""

    def __init__(self, app_id: str) -> None:
        self._app_id = app_id
        self._by_name: dict[str, Person] = {}
        self._by_openid: dict[str, Person] = {}

    def meet(self, name: str) -> Person:
        """Return the person with this name, made if there is none."""
        if not (person := self._by_name.get(name)):
            person = Person(name, openid=openid_of(self._app_id, name))
            self._by_name[name] = self._by_openid[person.openid] = person
        return person

    def named(self, name: str) -> Person | None:
        """Return the person with this name, if there is one."""
        return self._by_name.get(name)

    def with_openid(self, openid: str) -> Person | None:
        """Return who this is to the mini-program, if anybody."""
        return self._by_openid.get(openid)

    def __iter__(self) -> Iterator[Person]:
        return iter(self._by_name.values())


def openid_of(app_id: str, name: str) -> str:
    """Return who the person of this name is to a mini-program."""
    return _identity(app_id, name, mark="o")


def unionid_of(name: str) -> str:
    """Return the unionid that a person of this name has by nature."""
    return _identity("open-platform", name, mark="o")


def _identity(place: str, name: str, *, mark: str) -> str:
    digest = hashlib.sha256(f"{place}\n{name}".encode()).digest()
    return (mark + base64.urlsafe_b64encode(digest).decode())[:_OPENID_CHARACTERS]
