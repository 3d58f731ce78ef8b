"""The pipeline of a price (R2): stage by stage, each on what the stage before has left.

Activity prices, then benefits of lines, then of the order, then the freight, its own rule and
what else reduces it, then points as money. Of what does not stand together, what comes first in
the pipeline stays: by class, then by priority, then by source, so that the answer never depends on
the order of asking. Choosing the best among coupons is not decided here: what comes in was chosen.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.kernel.allocation import largest_remainder
from domain.orders.pricing.values import (
    AmountOff,
    Benefit,
    FreightCharge,
    Goods,
    NotApplied,
    Price,
    PricedFreight,
    PricedLine,
    Reduction,
    ThresholdBase,
    WhyNot,
)
from domain.orders.words import DiscountClass

_STAGES = {each: stage for stage, each in enumerate(DiscountClass)}


def price(
    goods: Sequence[Goods], freight: FreightCharge, benefits: Sequence[Benefit], *, at: datetime
) -> Price:
    """Price goods and freight with these benefits at that moment, and explain every fen.

    ValueError for two lines of one number, or two benefits of one source.
    """
    if len({each.source for each in benefits}) != len(benefits):
        raise ValueError("a benefit is there twice")
    running = _Running(goods, freight)
    in_order = sorted(benefits, key=_place)
    running.take([each for each in in_order if not _is_behind_goods(each)], at=at)
    running.free_freight()
    running.take([each for each in in_order if _is_behind_goods(each)], at=at)
    return running.price()


def _is_behind_goods(benefit: Benefit) -> bool:
    """Whether its stage comes when the goods are priced: the freight, and points."""
    return _STAGES[benefit.discount_class] >= _STAGES[DiscountClass.SHIPPING]


def _place(benefit: Benefit) -> tuple[int, int, str]:
    return _STAGES[benefit.discount_class], benefit.priority, benefit.source


def _untimely(benefit: Benefit, at: datetime) -> NotApplied | None:
    if benefit.starts_at is not None and at < benefit.starts_at:
        return _not(benefit, WhyNot.NOT_STARTED)
    if benefit.ends_at is not None and at >= benefit.ends_at:
        return _not(benefit, WhyNot.EXPIRED)
    return None


def _clash(benefit: Benefit, applied: Sequence[Benefit]) -> NotApplied | None:
    """What stands in the way of a benefit, if anything: the first that it does not go with."""
    for other in applied:
        if not _go_together(benefit, other):
            return NotApplied(
                benefit.source, benefit.title, WhyNot.EXCLUSIVE_WITH, other_source=other.source
            )
    return None


def _go_together(one: Benefit, other: Benefit) -> bool:
    if one.is_exclusive or other.is_exclusive:
        return False
    if one.exclusive_group is not None and one.exclusive_group == other.exclusive_group:
        return False
    return other.discount_class in one.combines_with and one.discount_class in other.combines_with


def _not(benefit: Benefit, why: WhyNot) -> NotApplied:
    return NotApplied(benefit.source, benefit.title, why)


class _Running:
    """What is left of each line and of the freight while the stages go by."""

    def __init__(self, goods: Sequence[Goods], freight: FreightCharge) -> None:
        self._goods = sorted(goods, key=lambda line: line.number)
        if len({line.number for line in goods}) != len(goods):
            raise ValueError("two lines have one number")
        self._left = [line.list_fen for line in self._goods]
        self._reductions: list[list[Reduction]] = [[] for _ in goods]
        self._freight = freight
        self._freight_left = freight.fen
        self._freight_reductions: list[Reduction] = []
        self._applied: list[Benefit] = []
        self._not_applied: list[NotApplied] = []

    def take(self, benefits: Sequence[Benefit], *, at: datetime) -> None:
        """Take benefits off in this order, each where it is open and goes with what applies."""
        for benefit in benefits:
            verdict = (
                _untimely(benefit, at) or _clash(benefit, self._applied) or self._apply(benefit)
            )
            if verdict is None:
                self._applied.append(benefit)
            else:
                self._not_applied.append(verdict)

    def free_freight(self) -> None:
        """Take the whole freight off where the goods, as they are left, are worth enough."""
        free = self._freight.free
        if free is None or self._freight.fen == 0:
            return
        missing = free.from_fen - sum(self._left)
        if missing > 0:
            why = NotApplied(free.source, free.title, WhyNot.BELOW_THRESHOLD, missing_fen=missing)
            self._not_applied.append(why)
            return
        kind, fen = DiscountClass.SHIPPING, self._freight_left
        self._freight_reductions.append(Reduction(free.source, kind, free.title, free.funder, fen))
        self._freight_left = 0

    def price(self) -> Price:
        """The price as it stands."""
        lines = tuple(
            PricedLine(line, line.list_fen, tuple(reductions), left)
            for line, reductions, left in zip(
                self._goods, self._reductions, self._left, strict=True
            )
        )
        freight = PricedFreight(
            self._freight.title,
            self._freight.fen,
            tuple(self._freight_reductions),
            self._freight_left,
        )
        return Price(lines, freight, tuple(self._not_applied))

    def _apply(self, benefit: Benefit) -> NotApplied | None:
        """Take a benefit off what it is for; or say why it does nothing."""
        eligible = [i for i, line in enumerate(self._goods) if benefit.scope.has(line)]
        if not eligible:
            return _not(benefit, WhyNot.OUT_OF_SCOPE)
        missing = benefit.threshold_fen - self._measured(benefit, eligible)
        if missing > 0:
            return NotApplied(
                benefit.source, benefit.title, WhyNot.BELOW_THRESHOLD, missing_fen=missing
            )
        if benefit.discount_class is DiscountClass.SHIPPING:
            return self._take_off_freight(benefit)
        return self._take_off_goods(benefit, eligible)

    def _measured(self, benefit: Benefit, eligible: Sequence[int]) -> int:
        if benefit.threshold_base is ThresholdBase.INITIAL:
            return sum(self._goods[i].list_fen for i in eligible)
        return sum(self._left[i] for i in eligible)

    def _take_off_freight(self, benefit: Benefit) -> NotApplied | None:
        fen = _saving(benefit, self._freight_left)
        if fen == 0:
            return _not(benefit, WhyNot.NO_EFFECT)
        self._freight_left -= fen
        self._freight_reductions.append(_reduction(benefit, fen))
        return None

    def _take_off_goods(self, benefit: Benefit, eligible: Sequence[int]) -> NotApplied | None:
        weights = [self._left[i] for i in eligible]
        fen = _saving(benefit, sum(weights))
        if fen == 0:
            return _not(benefit, WhyNot.NO_EFFECT)
        for i, part in zip(eligible, largest_remainder(fen, weights), strict=True):
            if part > 0:
                self._left[i] -= part
                self._reductions[i].append(_reduction(benefit, part))
        return None


def _saving(benefit: Benefit, amount_fen: int) -> int:
    """What a benefit takes off an amount, never more than there is."""
    off = benefit.off
    if isinstance(off, AmountOff):
        return min(off.fen, amount_fen)
    share = amount_fen * off.basis_points // 10_000
    return min(share if off.most_fen is None else min(share, off.most_fen), amount_fen)


def _reduction(benefit: Benefit, fen: int) -> Reduction:
    return Reduction(benefit.source, benefit.discount_class, benefit.title, benefit.funder, fen)
