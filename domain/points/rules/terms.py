"""What points are worth in the checkout: pure arithmetic on whole fen and points (R1 Spend)."""

from typing import Protocol

import msgspec

_WHOLE = 10_000


class Use(msgspec.Struct, frozen=True, gc=False):
    """Points that an order uses, and the fen that they take off it."""

    points: int = 0
    fen: int = 0


class PointsTerms(msgspec.Struct, frozen=True, gc=False):
    """The shop's terms. ``value`` is that of a point in ten-thousandths of a fen, 0 for none.

    Points pay at most ``share_bp`` basis points of the goods, never any freight, and leave at
    least ``min_cash_fen`` to be paid. Both sides are rounded for the shop, once for each order.
    """

    value: int = 10_000
    share_bp: int = 5_000
    min_cash_fen: int = 1

    def most_fen(self, *, goods_fen: int, payable_fen: int) -> int:
        """What points may take off at the most: goods as they are left, and all there is to pay."""
        if self.value == 0:
            return 0
        share = goods_fen * self.share_bp // _WHOLE
        return max(0, min(share, payable_fen - self.min_cash_fen))

    def worth_fen(self, points: int) -> int:
        """What so many points take off, rounded down."""
        return points * self.value // _WHOLE

    def needed(self, fen: int) -> int:
        """How many points it takes to take so much off, rounded up."""
        return 0 if fen == 0 else -(-fen * _WHOLE // self.value)

    def use(self, points: int, *, goods_fen: int, payable_fen: int) -> Use:
        """What of so many points an order uses: none more than it takes for what they take off."""
        if self.value == 0:
            return Use()
        most_fen = self.most_fen(goods_fen=goods_fen, payable_fen=payable_fen)
        # The most points whose worth, rounded down, is not above that.
        most = ((most_fen + 1) * _WHOLE - 1) // self.value
        fen = self.worth_fen(min(points, most))
        return Use(self.needed(fen), fen)


class TermSettings(Protocol):
    """The settings that say what points are worth."""

    @property
    def points_value(self) -> int: ...
    @property
    def points_share_bp(self) -> int: ...
    @property
    def points_min_cash_fen(self) -> int: ...


def terms_of(settings: TermSettings) -> PointsTerms:
    """The terms of a mall with these settings."""
    return PointsTerms(
        settings.points_value, settings.points_share_bp, settings.points_min_cash_fen
    )


USUAL_TERMS = PointsTerms()
"""Those of a mall that says nothing else."""
