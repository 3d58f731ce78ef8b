"""Orders and refunds as earning sees them."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from domain.points.earning.programme import Edition
from domain.points.earning.rules import Circumstances, EarningLine
from domain.points.rules.books import Source
from domain.points.words import SourceKind


class PaidOrder(msgspec.Struct, frozen=True):
    """An order as earning sees it, with the rules and the circumstances of when it was placed."""

    id: UUID
    member_id: UUID
    lines: tuple[EarningLine, ...]
    edition: Edition
    circumstances: Circumstances
    paid_at: datetime
    received_at: datetime | None

    @property
    def source(self) -> Source:
        """The fact that it was paid."""
        return Source(SourceKind.ORDER, self.id)

    @property
    def goods_fen(self) -> int:
        """What was paid for its goods."""
        return sum(line.base_fen for line in self.lines)


class Refunded(msgspec.Struct, frozen=True):
    """A refund whose money is back: ``by_line`` is what of each line is by all refunds so far.

    ``goods_fen`` is what this one gave back.
    """

    id: UUID
    by_line: Mapping[int, int]
    goods_fen: int

    @property
    def source(self) -> Source:
        """The fact that its money is back."""
        return Source(SourceKind.REFUND, self.id)
