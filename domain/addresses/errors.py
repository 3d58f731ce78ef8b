"""What the mall refuses about addresses, besides an input that is no address (`InvalidInput`)."""

from dataclasses import dataclass

from domain.kernel.errors import Refused


@dataclass(eq=False)
class AddressUnavailable(Refused):
    """The member has no such address."""


@dataclass(eq=False)
class AddressChanged(Refused):
    """The address was changed since it was read; it is now at this revision."""

    revision: int


@dataclass(eq=False)
class TooManyAddresses(Refused):
    """The member has as many addresses as one may have."""

    most: int
