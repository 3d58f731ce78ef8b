"""The words of reconciliation in the schema; types take them from here, described."""

from api.enums import described
from domain.payments.bills import BillKind, LineKind
from domain.reconciliation.words import DifferenceKind, Resolution

__all__ = ["BillKind", "DifferenceKind", "LineKind", "Resolution"]

described(
    BillKind,
    "A bill of the gateway's.",
    TRADES="Payments that succeeded and refunds that were accepted, by our own numbers.",
    FUNDS="What moved in the merchant's account, by the gateway's numbers.",
)
described(
    LineKind,
    "What a line of a bill is of.",
    name="BillLineKind",
    PAYMENT="A payment.",
    REFUND="A refund.",
    OTHER="What only the gateway knows of, such as a fee; it never differs.",
)
described(
    DifferenceKind,
    "What the gateway's bill and our books do not tell alike.",
    name="ReconciliationDifferenceKind",
    MISSING_AT_GATEWAY="It succeeded here, and no bill has it.",
    MISSING_HERE="A bill has it, and nothing here does.",
    AMOUNT_DIFFERS="The amounts are not the same.",
    STATE_DIFFERS="One side has it as done, and the other one has not.",
)
described(
    Resolution,
    "What ended a difference.",
    name="ReconciliationResolution",
    EXPLAINED="Both sides tell the same by now.",
    BY_STAFF="Somebody of the staff has seen to it.",
)
