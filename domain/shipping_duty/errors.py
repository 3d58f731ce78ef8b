"""What seeing to duties refuses, besides `InvalidInput`."""

from dataclasses import dataclass

from domain.kernel.errors import Refused
from domain.shipping_duty.words import DutyStatus


@dataclass(eq=False)
class ShippingDutyUnavailable(Refused):
    """There is no such duty."""


@dataclass(eq=False)
class ShippingDutyNotOpen(Refused):
    """As it stands there is nothing of that kind to do for it."""

    status: DutyStatus
