"""The closed lists of words that invoices are described by; each is as lasting as its rows."""

from enum import StrEnum


class TitleKind(StrEnum):
    """Whom an invoice is made out to."""

    PERSONAL = "personal"
    COMPANY = "company"


class InvoiceStatus(StrEnum):
    """How far a request for an invoice has come; all but the first are final."""

    REQUESTED = "requested"
    ISSUED = "issued"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    """By its member, or because all of the money went back before it was made."""


class RefundEffect(StrEnum):
    """What a refund has done to an invoice."""

    DEDUCTED = "deducted"
    """It went back before the invoice was made, which is for less by it."""
    DUE = "due"
    """It went back after that: a red-letter invoice of it is owed."""
    RED_LETTERED = "red_lettered"
    """The red-letter invoice was made."""
