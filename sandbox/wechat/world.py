"""All that one fake WeChat knows, in the memory of one process."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from domain.kernel.clock import Clock
from sandbox.wechat.access_tokens import AccessTokens
from sandbox.wechat.calls import Calls
from sandbox.wechat.carrier.journeys import Journeys
from sandbox.wechat.codes import Codes, Purpose
from sandbox.wechat.faults import Faults
from sandbox.wechat.inbox import Inbox
from sandbox.wechat.limits import PerMinute
from sandbox.wechat.pay.desk import KeyRing, PayDesk, Sleep
from sandbox.wechat.pay.keys import PayKeys
from sandbox.wechat.people import People, Person
from sandbox.wechat.permits import Permits
from sandbox.wechat.push import PushAddress
from sandbox.wechat.shipping.records import Shippings

USUAL_TOKEN_LENGTH = 157
MOST_LOGINS_A_MINUTE = 100
_SESSION_KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class MiniProgram:
    """The one mini-program that this WeChat serves, as its console says at first."""

    app_id: str
    secret: str
    push: PushAddress | None = None
    templates: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """The fields of each template of messages."""


@dataclass(frozen=True, slots=True)
class TrackingAccount:
    """The one customer of the service that knows where parcels are."""

    customer: str
    key: str = field(repr=False)


@dataclass(slots=True)
class World:
    """What there is, and what time it is there.

    Its parts change between two awaits of the one event loop and so need no locks: a code that is
    used by many at once is used by one of them.
    """

    app: MiniProgram
    clock: Clock
    random: Random
    sms_token: str
    pay_keys: PayKeys | None = None
    """The keys of the merchant that the mini-program is bound to, if it is."""
    tracking: TrackingAccount | None = None
    sleep: Sleep = asyncio.sleep
    pay: PayDesk | None = field(init=False, default=None)
    """The merchant's account at WeChat Pay."""
    is_bound: bool = field(init=False)
    """Whether the app belongs to an Open Platform account; only then are unionids given."""
    push: PushAddress | None = field(init=False)
    """Where events are sent; None where the console names no address."""
    token_length: int = field(init=False)
    """How long access tokens are; a mall has to bear 512 characters."""
    people: People = field(init=False)
    codes: Codes = field(init=False)
    tokens: AccessTokens = field(init=False)
    permits: Permits = field(init=False)
    inbox: Inbox = field(init=False)
    shippings: Shippings = field(init=False)
    journeys: Journeys = field(init=False)
    faults: Faults = field(init=False)
    calls: Calls = field(init=False)
    logins: PerMinute = field(init=False)
    phones_told: int = field(init=False)
    _ring: KeyRing | None = field(init=False)

    def __post_init__(self) -> None:
        self._ring = KeyRing(self.pay_keys) if self.pay_keys else None
        self.reset()

    def reset(self) -> None:
        """Forget everybody and everything but the mini-program, which is as it was at first."""
        self.is_bound = True
        self.push = self.app.push
        self.people = People(self.app.app_id)
        self.codes = Codes()
        self.tokens = AccessTokens()
        self.permits = Permits(self.app.templates)
        self.inbox = Inbox()
        self.shippings = Shippings()
        self.journeys = Journeys()
        self.faults = Faults()
        self.calls = Calls()
        self.token_length = USUAL_TOKEN_LENGTH
        self.logins = PerMinute(MOST_LOGINS_A_MINUTE)
        self.phones_told = 0
        self._open_pay_desk()

    def _open_pay_desk(self) -> None:
        if self.pay:
            self.pay.end()
        if self._ring:
            self.pay = PayDesk(self._ring, self.clock, self.random, self.sleep)

    def login_code(self, person: Person, *, app_id: str | None = None) -> str:
        """Return what ``wx.login`` gives a person, in this mini-program or in another one.

        Whoever signs in begins a new session, and the key of the one before is void.
        """
        person.session_key = base64.b64encode(self.random.randbytes(_SESSION_KEY_BYTES)).decode()
        person.seen_at = self.clock()
        return self._code(Purpose.LOGIN, person, app_id)

    def phone_code(self, person: Person, *, app_id: str | None = None) -> str:
        """Return what the button ``getPhoneNumber`` gives a person who has a number."""
        return self._code(Purpose.PHONE, person, app_id)

    def _code(self, purpose: Purpose, person: Person, app_id: str | None) -> str:
        app_id = app_id or self.app.app_id
        return self.codes.issue(purpose, person, app_id, now=self.clock(), random=self.random)
