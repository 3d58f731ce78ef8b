"""What refunds of orders refuse, besides `OrderUnavailable`."""

from dataclasses import dataclass
from uuid import UUID

from domain.kernel.errors import Refused


@dataclass(eq=False)
class OrderNotRefundable(Refused):
    """Nothing of the order was paid, or it is closed; nothing goes back."""

    order_id: UUID


@dataclass(eq=False)
class UnitsNotRefundable(Refused):
    """There are not so many units of a line that were not refunded yet; nothing goes back.

    ``left`` counts those that were sent, or those that were not, whichever was asked for.
    """

    line_number: int
    left: int
    wanted: int


@dataclass(eq=False)
class AmountNotRefundable(Refused):
    """Less is left of what was paid for a line; nothing goes back.

    Line 0 is the freight, of which no more is left, or no more comes back while units stay.
    """

    line_number: int
    left_fen: int
    wanted_fen: int


@dataclass(eq=False)
class RefundsExhausted(Refused):
    """The gateway takes no more refunds of the payment: the money has to go another way."""

    order_id: UUID
