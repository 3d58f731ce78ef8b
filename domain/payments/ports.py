"""What payments need of a gateway that takes money, whichever it is.

Besides the errors of `domain.kernel.outside`, of which `OutsideUnavailable.may_have_happened` says
that the gateway may have done it all the same. None of the calls is made inside a transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from random import Random
from typing import Protocol

from domain.payments.bills import Bill, BillKind
from domain.payments.words import PaymentProvider

CURRENCY = "CNY"
"""What all amounts are in."""
MOST_NOTICE_BYTES = 64 * 1024
"""More than a gateway posts at once; nobody reads more of a body."""


class GatewayState(StrEnum):
    """What a gateway says of a payment. NOT_PAID may still be paid, until it is CLOSED."""

    NOT_PAID = "not_paid"
    PAID = "paid"
    CLOSED = "closed"
    REFUNDED = "refunded"
    """It was paid, and some of it or all went back."""


class RefundState(StrEnum):
    """What a gateway says of a refund. CLOSED has moved nothing and needs a new number."""

    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CLOSED = "closed"
    ABNORMAL = "abnormal"
    """The payer's account cannot take it: a person has to decide."""


@dataclass(frozen=True, slots=True)
class PrepayWish:
    """What a payer is to be asked for. ``payer`` is their openid under the gateway's app."""

    number: str
    amount_fen: int
    description: str
    payer: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class GatewayPayment:
    """A payment as a gateway tells it; what it is of is there once it is paid."""

    number: str
    state: GatewayState
    merchant_id: str
    app_id: str
    transaction_id: str | None = None
    amount_fen: int | None = None
    currency: str | None = None
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundWish:
    """What is to go back of a payment; ``number`` stays the same for as long as it is tried."""

    number: str
    payment_number: str
    amount_fen: int
    paid_fen: int
    reason: str


@dataclass(frozen=True, slots=True)
class GatewayRefund:
    """A refund as a gateway tells it; ``payer_fen`` is what the payer gets of it."""

    number: str
    payment_number: str
    state: RefundState
    gateway_id: str
    amount_fen: int
    payer_fen: int
    succeeded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What a gateway has told by itself, verified; ``about`` is None of a kind nobody knows."""

    id: str
    event_type: str
    created_at: datetime
    about: GatewayPayment | GatewayRefund | None


class UnknownPayment(Exception):
    """The gateway has no payment, or no refund, of this number."""


class AlreadyPaid(Exception):
    """The payment cannot be begun or closed any more, because it is paid."""


class AlreadyClosed(Exception):
    """The payment cannot be begun any more, because it was closed."""


class NumberTaken(Exception):
    """The number was used for a payment of other particulars."""


class UntrustedNotice(Exception):
    """A notice, or an answer, that the gateway has not signed as it should; ``reason`` is a word.

    Some are sent on purpose, to see that they are refused.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PaymentGateway(Protocol):
    """Takes money for one merchant and one app."""

    provider: PaymentProvider
    merchant_id: str
    app_id: str

    def prepay_request(self, wish: PrepayWish) -> bytes:
        """What `prepay` will send, to be kept: the same number may only be sent the same bytes."""
        ...

    async def prepay(self, request: bytes) -> str:
        """Make the payment known to the gateway; returns its prepay id, good for two hours.

        The same request again answers with an id that is good. Raises `AlreadyPaid`,
        `AlreadyClosed`, `NumberTaken`.
        """
        ...

    def client_parameters(self, prepay_id: str, *, at: datetime, random: Random) -> dict[str, str]:
        """What the client hands to its payment sheet, signed at this moment."""
        ...

    async def query(self, number: str) -> GatewayPayment:
        """How a payment stands. Raises `UnknownPayment`."""
        ...

    async def close(self, number: str) -> None:
        """Make sure that it cannot be paid any more; it may be closed already.

        Raises `AlreadyPaid`; `UnknownPayment` where it was never made known: that alone does not
        say that a request on its way will not make it known.
        """
        ...

    async def refund(self, wish: RefundWish) -> GatewayRefund:
        """Begin to give money back, or tell how that stands: the same number never pays twice.

        Raises `UnknownPayment`.
        """
        ...

    async def query_refund(self, number: str) -> GatewayRefund:
        """How a refund stands. Raises `UnknownPayment`."""
        ...

    async def read_notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Notice:
        """Verify and open what was posted; ``body`` is exactly what came, ``at`` real time.

        Raises `UntrustedNotice`, and `OutsideUnavailable` where the key that signed it cannot be
        had now.
        """
        ...

    async def bill(self, kind: BillKind, day: date) -> Bill | None:
        """What it says of a day that is over, in whole; None where it says that nothing happened.

        Raises `BillNotReady`, and `BillUnusable` where it is not what the gateway has signed for.
        """
        ...
