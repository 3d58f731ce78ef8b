"""Money as whole fen (R0): no floats, no fractions, nothing lost."""

from dataclasses import dataclass
from typing import NewType

Fen = NewType("Fen", int)
"""Whole fen as a bare number, for structs that are read and never calculated with."""

LARGEST_FEN = 2**53 - 1
"""The largest amount: beyond it a JavaScript client would round."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount of whole fen; adding it to anything that is not money does not type-check."""

    fen: int

    def __post_init__(self) -> None:
        if abs(self.fen) > LARGEST_FEN:
            raise ValueError(f"{self.fen} fen is more than a client can hold")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.fen + other.fen)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.fen - other.fen)

    def __str__(self) -> str:
        """Write the amount in yuan, as people read it: ``¥1,299.00``."""
        yuan, fen = divmod(abs(self.fen), 100)
        return f"{'-' if self.fen < 0 else ''}¥{yuan:,}.{fen:02d}"
