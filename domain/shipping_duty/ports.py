"""What duties need of the world outside: somebody who tells WeChat what was shipped."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.shipping_duty.rules import Told
from domain.shipping_duty.words import PlatformState


class ShippingProblem(StrEnum):
    """Why WeChat does not take what it is told."""

    UNKNOWN_PAYMENT = "unknown_payment"
    """It does not have the payment, or not yet."""
    ALREADY_TOLD = "already_told"
    """It has all of it, perhaps this very content, and takes no more."""
    NOT_SHIPPABLE = "not_shippable"
    """The payment is in a state in which nothing is shipped, such as refunded."""
    OTHER = "other"


class ShippingRefused(Exception):
    """WeChat took nothing, and would not the next time; ``code`` is its own."""

    def __init__(self, problem: ShippingProblem, code: str) -> None:
        super().__init__(problem, code)
        self.problem = problem
        self.code = code


@dataclass(frozen=True, slots=True)
class PaymentKey:
    """What WeChat knows a payment by."""

    merchant_id: str
    number: str
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True)
class Parcels:
    """What is told of one payment: to whom the goods go, by which way, and what is in them.

    ``contact`` are the last digits of the recipient's number, which SF asks for. WeChat puts what
    it is told in the order of ``upload_at``.
    """

    key: PaymentKey
    payer: str = field(repr=False)
    content: Told
    contact: str | None = field(repr=False)
    upload_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How WeChat says that a payment stands: its state, what it has, and whether that is all.

    ``parcels`` are pairs of a company and a number.
    """

    state: PlatformState
    is_finished: bool
    parcels: frozenset[tuple[str, str]]

    def has(self, content: Told) -> bool:
        """Whether it has all that there is to tell."""
        if content.is_whole and not self.is_finished:
            return False
        named = {(each.company, each.tracking_number) for each in content.parcels if each.company}
        return named <= self.parcels and (self.is_finished or bool(named))


class ShippingInformationPort(Protocol):
    """Tells WeChat what was shipped, and asks it. Nothing is to be called inside a transaction.

    All of these raise `ShippingRefused`, and the other errors of `domain.kernel.outside`; after
    `OutsideUnavailable` with ``may_have_happened`` it may have taken effect.
    """

    async def upload(self, parcels: Parcels) -> None:
        """Tell what was shipped of a payment, whole."""
        ...

    async def ask(self, key: PaymentKey) -> Standing:
        """How a payment stands there."""
        ...

    async def report_late(self, key: PaymentKey, *, until: datetime) -> None:
        """Report that goods are shipped later than usual, as of what is sold ahead."""
        ...
