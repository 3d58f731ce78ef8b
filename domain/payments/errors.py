"""What payments refuse."""

from dataclasses import dataclass

from domain.kernel.errors import Refused
from domain.payments.words import RefundStatus


@dataclass(eq=False)
class PaymentUnavailable(Refused):
    """There is no way to pay here: none is set up, or none that knows this member."""


@dataclass(eq=False)
class RefundUnavailable(Refused):
    """There is no refund of such a number."""


@dataclass(eq=False)
class RefundNotAbnormal(Refused):
    """The gateway can still give the money back, or somebody has paid it otherwise."""

    number: str
    status: RefundStatus


@dataclass(eq=False)
class RefundSucceeded(Refused):
    """The gateway has given the money back: nobody has to pay it by other means."""

    number: str
