"""The closed lists of words that duties are described by; each is as lasting as its rows."""

from enum import StrEnum


class DutyStatus(StrEnum):
    """How far a duty has come."""

    WAITING_FOR_SHIPMENT = "waiting_for_shipment"
    """There is nothing to tell, or not yet more than was told."""
    DUE = "due"
    """There is something to tell, and it is tried again and again."""
    ACCEPTED = "accepted"
    """All that was sent was told."""
    CORRECTED = "corrected"
    """All was told, and the one correction is used."""
    FAILED = "failed"
    """WeChat does not take it: somebody has to look."""
    HANDLED_ELSEWHERE = "handled_elsewhere"
    """Somebody has told it by hand, and says so."""
    EXEMPT = "exempt"
    """All of the money went back: there is nothing to tell any more."""


class PlatformState(StrEnum):
    """How WeChat says that a payment stands."""

    TO_SHIP = "to_ship"
    SHIPPED = "shipped"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    REFUNDED = "refunded"
    SETTLING = "settling"


class ReportStatus(StrEnum):
    """How far the special report of a late shipment has come."""

    DUE = "due"
    ACCEPTED = "accepted"
    FAILED = "failed"


class LogisticsType(StrEnum):
    """How goods reach their member, as WeChat tells them apart."""

    EXPRESS = "express"
    VIRTUAL = "virtual"
    PICK_UP = "pick_up"


class Attention(StrEnum):
    """Why a person has to look at a duty. It is nowhere kept: it follows from row and moment."""

    STUCK = "stuck"
    """WeChat does not take what it is told, or was not told for many tries."""
    OVERDUE = "overdue"
    """Its time is over, and not all was told."""


class Age(StrEnum):
    """How long ago something was paid."""

    TWO_DAYS = "two_days"
    FIFTEEN_DAYS = "fifteen_days"
    OLDER = "older"
