"""What a gateway says of a whole day once it is over: its bills, read line by line."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class BillKind(StrEnum):
    """What a bill tells of a day, which is one of the gateway's own time zone."""

    TRADES = "trades"
    """Payments that succeeded and refunds that were accepted, by the mall's own numbers."""
    FUNDS = "funds"
    """What moved in the merchant's account, by the gateway's numbers; there it may stand frozen
    for weeks before it moves."""


class LineKind(StrEnum):
    """What a line of a bill is of."""

    PAYMENT = "payment"
    REFUND = "refund"
    OTHER = "other"
    """Fees, withdrawals and whatever else only the gateway knows of."""


class LineState(StrEnum):
    """How it stood when the bill was made. A bill is never mended: PROCESSING stays so in it."""

    SUCCEEDED = "succeeded"
    PROCESSING = "processing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line. ``number`` is the mall's own among TRADES, the gateway's among FUNDS.

    ``reference`` is another number that the gateway knows it by. The amount of OTHER is negative
    where money went; the fee is in thousandths of a fen, negative where it came back.
    """

    kind: LineKind
    number: str
    reference: str
    at: datetime
    amount_fen: int
    fee_millifen: int
    state: LineState


class Bill(Protocol):
    """A bill as it came, its digest verified."""

    @property
    def digest(self) -> str:
        """Of the whole content, by which it is known again."""
        ...

    def lines(self) -> Iterator[BillLine]:
        """Read it once more, line by line.

        Raises `BillUnusable` at any moment, and at the end where its sums are not those of its
        lines: nothing of it is good before it has ended.
        """
        ...


class BillNotReady(Exception):
    """The gateway has not made the bill yet; later it will have."""


class BillUnusable(Exception):
    """The bill cannot be read or believed; ``reason`` is a word. Another one may be better."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
