"""The mall's own scalars."""

import strawberry
from strawberry.types.scalar import ScalarDefinition

from domain.kernel.money import LARGEST_FEN, Fen


def _parse_fen(value: object) -> Fen:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_FEN:
        raise ValueError("Money is a whole number of fen within 2^53.")
    return Fen(value)


MONEY: ScalarDefinition = strawberry.scalar(
    name="Money",
    description="An amount of money in whole fen (a hundredth of a yuan), as a JSON integer.",
    serialize=int,
    parse_value=_parse_fen,
)
