"""The words of points: wallets, buckets, why points move, and what business facts move them."""

from collections.abc import Mapping
from enum import StrEnum


class Wallet(StrEnum):
    """What an account is for."""

    SPEND = "spend"
    GROWTH = "growth"


class Bucket(StrEnum):
    """Where points are: in an account, or where they come from and go to.

    DEBT counts what the member owes: a movement from it owes more, one to it pays some back.
    """

    PENDING = "pending"
    AVAILABLE = "available"
    HELD = "held"
    DEBT = "debt"
    ISSUED = "issued"
    SPENT = "spent"
    EXPIRED = "expired"
    REVOKED = "revoked"
    WAIVED = "waived"
    CASH = "cash"
    MOVED = "moved"


class Reason(StrEnum):
    """Why points moved."""

    EARNED = "earned"
    GRANTED = "granted"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    REPAID = "repaid"
    HELD = "held"
    CAPTURED = "captured"
    RELEASED = "released"
    RETURNED = "returned"
    RESTORED = "restored"
    EXPIRED = "expired"
    CLAWED_BACK = "clawed_back"
    OWED = "owed"
    WAIVED = "waived"
    DEDUCTED = "deducted"
    ADJUSTED = "adjusted"
    SENT = "sent"
    RECEIVED = "received"


class SourceKind(StrEnum):
    """What kind of business fact moved points; its id names the fact."""

    ORDER = "order"
    REFUND = "refund"
    LOT = "lot"
    HOLD = "hold"
    ADJUSTMENT = "adjustment"
    TRANSFER = "transfer"
    EVENT = "event"
    CASE = "case"
    REVIEW = "review"


class ClawbackPolicy(StrEnum):
    """What becomes of earned points that a refund takes back and that are not there any more.

    Only pending points are taken, and the rest is waived; or what is available too; or the rest
    is owed; or it is deducted from the money that goes back.
    """

    ONLY_PENDING = "only_pending"
    WITHIN_BALANCE = "within_balance"
    DEBT = "debt"
    DEDUCT_CASH = "deduct_cash"


MOVES: Mapping[Reason, frozenset[tuple[Bucket, Bucket]]] = {
    Reason.EARNED: frozenset({(Bucket.ISSUED, Bucket.PENDING)}),
    Reason.GRANTED: frozenset({(Bucket.ISSUED, Bucket.AVAILABLE)}),
    Reason.SETTLED: frozenset({(Bucket.PENDING, Bucket.AVAILABLE)}),
    Reason.CANCELLED: frozenset({(Bucket.PENDING, Bucket.REVOKED)}),
    Reason.REPAID: frozenset({(Bucket.AVAILABLE, Bucket.DEBT)}),
    Reason.HELD: frozenset({(Bucket.AVAILABLE, Bucket.HELD)}),
    Reason.CAPTURED: frozenset({(Bucket.HELD, Bucket.SPENT)}),
    Reason.RELEASED: frozenset({(Bucket.HELD, Bucket.AVAILABLE)}),
    Reason.RETURNED: frozenset({(Bucket.SPENT, Bucket.AVAILABLE)}),
    Reason.RESTORED: frozenset({(Bucket.SPENT, Bucket.AVAILABLE)}),
    Reason.EXPIRED: frozenset({(Bucket.AVAILABLE, Bucket.EXPIRED)}),
    Reason.CLAWED_BACK: frozenset(
        {(Bucket.PENDING, Bucket.REVOKED), (Bucket.AVAILABLE, Bucket.REVOKED)}
    ),
    Reason.OWED: frozenset({(Bucket.DEBT, Bucket.REVOKED)}),
    Reason.WAIVED: frozenset({(Bucket.WAIVED, Bucket.REVOKED)}),
    Reason.DEDUCTED: frozenset({(Bucket.CASH, Bucket.REVOKED)}),
    Reason.ADJUSTED: frozenset(
        {(Bucket.ISSUED, Bucket.AVAILABLE), (Bucket.AVAILABLE, Bucket.REVOKED)}
    ),
    Reason.SENT: frozenset({(Bucket.AVAILABLE, Bucket.MOVED)}),
    Reason.RECEIVED: frozenset({(Bucket.MOVED, Bucket.AVAILABLE)}),
}
"""From where to where points may move for each reason; the journal's table says the same."""

BRINGING_IN = frozenset(
    {Reason.EARNED, Reason.GRANTED, Reason.ADJUSTED, Reason.RESTORED, Reason.RECEIVED}
)
"""The reasons for which points come into a lot that is new; an adjustment may take some out too."""
