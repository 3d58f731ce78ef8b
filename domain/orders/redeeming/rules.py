"""What an offer says, and what keeps it from saying so: pure judgement."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Sentence
from domain.kernel.problems import OUT_OF_RANGE
from domain.points.earning.checking import ENDS_BEFORE_START

MOST_POINTS = 100_000_000
"""What a unit costs at most, so that an order of any size stays within whole numbers."""
MOST_ALLOCATED = 1_000_000
NOT_CHEAPER = ProblemKind(
    "not_below_list_price",
    Sentence(
        zh="现金部分必须低于商品售价 {price} 分。",
        en="The cash must be less than the list price of {price} fen.",
    ),
)
BELOW_TAKEN = ProblemKind(
    "below_what_is_taken",
    Sentence(
        zh="不能少于已兑换的 {taken} 件。", en="Must not be below the {taken} that are taken."
    ),
)


class OfferTerms(msgspec.Struct, frozen=True, kw_only=True):
    """An offer as operators say it; ``points`` and ``cash_fen`` are of one unit.

    It is open from ``opens_at`` until before ``closes_at``, for ever where that is None.
    """

    points: int
    cash_fen: int
    allocated: int
    member_limit: int | None
    opens_at: datetime
    closes_at: datetime | None
    is_hidden: bool


def problems_of(terms: OfferTerms, *, price_fen: int, taken: int = 0) -> Iterator[Problem]:
    """All that keeps terms from standing for a variant of that price, of which some are taken."""
    if not 1 <= terms.points <= MOST_POINTS:
        yield OUT_OF_RANGE.at("points", least=1, most=MOST_POINTS)
    if terms.cash_fen < 0 or terms.cash_fen >= price_fen:
        yield NOT_CHEAPER.at("cash", price=price_fen)
    if not 1 <= terms.allocated <= MOST_ALLOCATED:
        yield OUT_OF_RANGE.at("allocated", least=1, most=MOST_ALLOCATED)
    elif terms.allocated < taken:
        yield BELOW_TAKEN.at("allocated", taken=taken)
    if terms.member_limit is not None and not 1 <= terms.member_limit <= MOST_ALLOCATED:
        yield OUT_OF_RANGE.at("memberLimit", least=1, most=MOST_ALLOCATED)
    if terms.closes_at is not None and terms.closes_at <= terms.opens_at:
        yield ENDS_BEFORE_START.at("closesAt")
