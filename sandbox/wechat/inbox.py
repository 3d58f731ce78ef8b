"""What reached people's phones: short messages and subscribe messages."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

KEPT = 100


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """A short message with a code in it."""

    at: datetime
    phone: str
    code: str
    language: str
    purpose: str


@dataclass(frozen=True, slots=True)
class SubscribeMessage:
    """A message of the mini-program, in the list of service notices."""

    at: datetime
    person: str
    template_id: str
    page: str | None
    values: Mapping[str, str]


@dataclass(slots=True)
class Inbox:
    """The last messages of each kind, oldest first."""

    sms: deque[ShortMessage] = field(default_factory=lambda: deque(maxlen=KEPT))
    subscribe: deque[SubscribeMessage] = field(default_factory=lambda: deque(maxlen=KEPT))
