"""What seeing to differences refuses, besides `InvalidInput`."""

from dataclasses import dataclass

from domain.kernel.errors import Refused


@dataclass(eq=False)
class DifferenceUnavailable(Refused):
    """There is no such difference."""


@dataclass(eq=False)
class DifferenceResolved(Refused):
    """It is not open any more."""
