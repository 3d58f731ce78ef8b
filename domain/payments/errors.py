"""What payments refuse."""

from dataclasses import dataclass

from domain.kernel.errors import Refused


@dataclass(eq=False)
class PaymentUnavailable(Refused):
    """There is no way to pay here: none is set up, or none that knows this member."""
