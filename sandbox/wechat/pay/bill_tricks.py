"""What is wrong with bills when it is asked for, until something else is asked for."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ExtraRow:
    """A payment that only the bill knows of; ``day`` is written as the bill's is."""

    out_trade_no: str
    total: int
    day: str


@dataclass(slots=True)
class BillTricks:
    """What both bills have otherwise than the books; numbers are the merchant's own."""

    without: list[str] = field(default_factory=list[str])
    """Orders and refunds that are not in them."""
    extra: list[ExtraRow] = field(default_factory=list[ExtraRow])
    amounts: dict[str, int] = field(default_factory=dict[str, int])
    """Amounts that are told otherwise, in fen."""
    wrong_hash: bool = False
    is_ready: bool | None = None
    """Whether they are made; by the clock where it is None."""
