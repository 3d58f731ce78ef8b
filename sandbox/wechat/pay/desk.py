"""What one fake WeChat Pay knows of its merchant, and how it is set to behave."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from domain.kernel.clock import Clock
from sandbox.wechat.pay.bill_files import BillFiles
from sandbox.wechat.pay.bill_tricks import BillTricks
from sandbox.wechat.pay.keys import PayKeys, private_key
from sandbox.wechat.pay.nonces import Nonces
from sandbox.wechat.pay.notices import Notice
from sandbox.wechat.pay.orders import Orders
from sandbox.wechat.pay.refunds import Refund
from sandbox.wechat.pay.signing import Signer
from sandbox.wechat.pay.tricks import Tricks

Sleep = Callable[[float], Awaitable[None]]
KEPT_DELIVERIES = 2000


class SignedBy(StrEnum):
    """What notices are signed with."""

    AS_ASKED = "as_asked"
    """With the key that the merchant named when it made the order or the refund."""
    PUBLIC_KEY = "public_key"
    CERTIFICATE = "certificate"


@dataclass(slots=True)
class PaySettings:
    """How it behaves where the vendor may be this way or that."""

    factor: float = 1.0
    """How many times faster than the vendor's its waiting is: retries, refunds, their interval."""
    answer_seconds: float = 5.0
    """How long a mall may take to answer a notice; real seconds."""
    signed_by: SignedBy = SignedBy.AS_ASKED
    refund_seconds: float | None = 0.0
    """How long a refund is under way; None where it waits to be finished by hand."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to tell the mall something, and what it answered: None where it did not."""

    at: datetime
    notice_id: str
    event_type: str
    out_trade_no: str
    out_refund_no: str | None
    trick: str | None
    attempt: int
    signed_by: str
    url: str
    status: int | None
    seconds: float
    is_received: bool
    problem: str | None


class KeyRing:
    """The keys of a merchant's account, read once."""

    def __init__(self, keys: PayKeys) -> None:
        self.all = keys
        self.merchant: RSAPublicKey = private_key(keys.merchant_key).public_key()
        certificate = x509.load_pem_x509_certificate(keys.platform_certificate.encode())
        self.platform_serial = f"{certificate.serial_number:X}"
        self.valid_from = certificate.not_valid_before_utc
        self.valid_until = certificate.not_valid_after_utc
        self.by_certificate = Signer(self.platform_serial, private_key(keys.platform_key))
        self.by_public_key = Signer(keys.public_key_id, private_key(keys.public_key))

    def signer(self, serial: str | None) -> Signer | None:
        """Return the key of this serial; the certificate's where none is named."""
        if serial in {None, "", self.platform_serial}:
            return self.by_certificate
        return self.by_public_key if serial == self.by_public_key.serial else None


@dataclass
class PayDesk:
    """The merchant's account, in the memory of one process."""

    ring: KeyRing
    clock: Clock
    random: Random
    sleep: Sleep = asyncio.sleep
    orders: Orders = field(default_factory=Orders)
    nonces: Nonces = field(default_factory=Nonces)
    settings: PaySettings = field(default_factory=PaySettings)
    tricks: Tricks = field(default_factory=Tricks)
    bill_tricks: BillTricks = field(default_factory=BillTricks)
    bill_files: BillFiles = field(default_factory=BillFiles)
    notices: dict[tuple[str, str | None], Notice] = field(
        default_factory=dict[tuple[str, str | None], Notice]
    )
    """The last one about each order and refund, by their numbers."""
    late: list[Notice] = field(default_factory=list[Notice])
    """What is told after the next notice."""
    deliveries: deque[Delivery] = field(default_factory=lambda: deque(maxlen=KEPT_DELIVERIES))

    @cached_property
    def _under_way(self) -> set[asyncio.Task[None]]:
        return set()

    @property
    def keys(self) -> PayKeys:
        """The keys of the account."""
        return self.ring.all

    @property
    def refunds(self) -> list[Refund]:
        """All refunds, order by order."""
        return [refund for order in self.orders for refund in order.refunds]

    def refund_numbered(self, out_refund_no: str) -> Refund | None:
        """Return the refund with this number of the merchant, if there is one."""
        return next((each for each in self.refunds if each.out_refund_no == out_refund_no), None)

    def scaled(self, duration: timedelta) -> timedelta:
        """Return how long the vendor's duration is here."""
        return duration / self.settings.factor

    async def wait(self, seconds: float) -> None:
        """Wait for so many seconds of the vendor's."""
        await self.sleep(seconds / self.settings.factor)

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Do something meanwhile, as long as this account is kept."""
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def settle(self) -> None:
        """Wait until everything that is under way has ended."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def end(self) -> None:
        """Stop everything that is under way."""
        for task in tuple(self._under_way):
            if not task.get_loop().is_closed():
                task.cancel()
