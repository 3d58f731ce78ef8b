"""The closed lists of words that bill days and differences are described by."""

from enum import StrEnum


class BillStatus(StrEnum):
    """How far the bill of a day has come."""

    WAITING = "waiting"
    """The gateway is to be asked for it, again and again."""
    TAKEN = "taken"
    """It is here, and was compared; perhaps nothing happened on that day."""
    LOST = "lost"
    """It was not had for as long as the gateway keeps it."""


class DifferenceKind(StrEnum):
    """What is not the same on both sides."""

    MISSING_AT_GATEWAY = "missing_at_gateway"
    MISSING_HERE = "missing_here"
    AMOUNT_DIFFERS = "amount_differs"
    STATE_DIFFERS = "state_differs"
    """One side has it as done, and the other one has not."""


class Resolution(StrEnum):
    """What ended a difference."""

    EXPLAINED = "explained"
    """Both sides tell the same by now."""
    BY_STAFF = "by_staff"
