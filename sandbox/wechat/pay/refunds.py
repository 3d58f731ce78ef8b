"""Money on its way back to a payer, as WeChat Pay keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RefundStatus(StrEnum):
    """How a refund stands."""

    PROCESSING = "PROCESSING"
    SUCCESS = "SUCCESS"
    CLOSED = "CLOSED"
    """There were no funds for it: nothing has moved, and a new number is needed."""
    ABNORMAL = "ABNORMAL"
    """The payer's card cannot take it; the merchant has to decide."""


@dataclass(slots=True)
class Refund:
    """A refund of an order, in full or in part."""

    out_refund_no: str
    out_trade_no: str
    refund_id: str
    particulars: Mapping[str, object]
    """What the merchant sent, to compare with what it sends again."""
    amount: int
    notify_url: str | None
    signed_by: str
    """The serial of the key that the merchant asked to be answered with."""
    created_at: datetime
    status: RefundStatus = RefundStatus.PROCESSING
    succeeded_at: datetime | None = None
