"""What comes back of an order, to the fen: pure arithmetic on what is frozen in its lines (R3).

What is refunded before, or reserved by a refund that is under way, goes in as figures; what comes
out is a plan, which says of each line what comes back of it. The preview and the refund are the
same function of the same figures.
"""

from collections.abc import Sequence

import msgspec

from domain.kernel.allocation import cumulative_share, largest_remainder
from domain.orders.refunding.errors import AmountNotRefundable, UnitsNotRefundable


class Before(msgspec.Struct, frozen=True, gc=False):
    """What of a line is refunded, or reserved by a refund that is under way.

    ``sent_units`` of the units had been sent, ``fault_units`` went back on the shop's fault.
    """

    units: int = 0
    sent_units: int = 0
    fault_units: int = 0
    by_units_fen: int = 0
    by_amount_fen: int = 0
    freight_fen: int = 0
    by_units_points: int = 0
    by_amount_points: int = 0

    @property
    def goods_fen(self) -> int:
        """What of the line's own money is refunded or reserved."""
        return self.by_units_fen + self.by_amount_fen

    @property
    def points(self) -> int:
        """Which of the points that it was paid with are."""
        return self.by_units_points + self.by_amount_points


class PaidLine(msgspec.Struct, frozen=True):
    """A line as it was paid, with its share of the freight, and what of it went before.

    ``paid_fen`` is its price after the allocations; ``sent_units`` are in parcels; ``points`` are
    those that it was paid with besides.
    """

    number: int
    units: int
    paid_fen: int
    freight_fen: int
    sent_units: int = 0
    before: Before = Before()
    points: int = 0

    @property
    def left_fen(self) -> int:
        """What can still come back for its goods."""
        return self.paid_fen - self.before.goods_fen

    @property
    def left_sent(self) -> int:
        """Units that the member has and that were not refunded."""
        return self.sent_units - self.before.sent_units

    @property
    def left_unsent(self) -> int:
        """Units that were neither sent nor refunded."""
        return self.units - self.sent_units - (self.before.units - self.before.sent_units)


class PaidOrder(msgspec.Struct, frozen=True):
    """The lines of an order that was paid, each with what of it went before."""

    lines: tuple[PaidLine, ...]

    @property
    def is_anything_sent(self) -> bool:
        """Whether any parcel left."""
        return any(line.sent_units for line in self.lines)

    @property
    def paid_fen(self) -> int:
        """What was paid, goods and freight."""
        return sum(line.paid_fen + line.freight_fen for line in self.lines)

    @property
    def refunded_fen(self) -> int:
        """What is refunded of it or reserved."""
        return sum(line.before.goods_fen + line.before.freight_fen for line in self.lines)


class UnitsBack(msgspec.Struct, frozen=True):
    """A wish to have units of a line refunded, ``sent_units`` of them ones that were sent."""

    line_number: int
    units: int
    sent_units: int = 0


class AmountBack(msgspec.Struct, frozen=True):
    """A wish to have an amount of a line refunded, where the goods stay."""

    line_number: int
    fen: int


class RefundLine(msgspec.Struct, frozen=True):
    """What comes back of one line, money and points. Units are 0 where it is refunded by amount."""

    number: int
    units: int
    sent_units: int
    goods_fen: int
    freight_fen: int
    points: int = 0


class RefundPlan(msgspec.Struct, frozen=True):
    """What comes back, to the fen. ``is_shops_fault`` brings the freight of its units with it."""

    lines: tuple[RefundLine, ...]
    is_shops_fault: bool = False

    @property
    def goods_fen(self) -> int:
        """What comes back for goods."""
        return sum(line.goods_fen for line in self.lines)

    @property
    def freight_fen(self) -> int:
        """What comes back of the freight."""
        return sum(line.freight_fen for line in self.lines)

    @property
    def points(self) -> int:
        """Spent points that come back."""
        return sum(line.points for line in self.lines)

    @property
    def total_fen(self) -> int:
        """What comes back altogether, in money."""
        return self.goods_fen + self.freight_fen


def freight_shares(freight_fen: int, paid: Sequence[int], units: Sequence[int]) -> list[int]:
    """What each line bears of the freight: by what was paid for it, or by units if all is free."""
    return largest_remainder(freight_fen, paid if any(paid) else units)


def by_units(
    order: PaidOrder, wishes: Sequence[UnitsBack], *, is_shops_fault: bool = False
) -> RefundPlan:
    """What comes back for units of lines, each line given once. Refuses: UnitsNotRefundable.

    Of a line's money the cumulative split over all its units, as far as amounts that went back
    before have left it. The freight comes back for units that go back on the shop's fault, and
    all that is left of it where nothing was sent and no unit stays.
    """
    lines = {line.number: line for line in order.lines}
    wanted = {wish.line_number: wish for wish in wishes}
    if len(wanted) < len(wishes):
        raise ValueError("a line is refunded once at a time")
    for wish in wishes:
        if wish.units <= 0:
            raise UnitsNotRefundable(wish.line_number, 0, wish.units)
        check_units(lines.get(wish.line_number), wish.line_number, wish.units, wish.sent_units)
    is_whole = not order.is_anything_sent and all(
        line.before.units + _units_of(wanted, line) == line.units for line in order.lines
    )
    planned = [
        _units_back(line, wanted.get(line.number), is_whole=is_whole, is_fault=is_shops_fault)
        for line in order.lines
        if is_whole or line.number in wanted
    ]
    # A line that has gone before has only freight left to give, or nothing.
    return RefundPlan(
        tuple(each for each in planned if each.units or each.freight_fen), is_shops_fault
    )


def by_amount(order: PaidOrder, wishes: Sequence[AmountBack]) -> RefundPlan:
    """What comes back where goods stay: just that, of each line once.

    Refuses: AmountNotRefundable, for nothing as well.
    """
    lines = {line.number: line for line in order.lines}
    if len({wish.line_number for wish in wishes}) < len(wishes):
        raise ValueError("a line is refunded once at a time")
    for wish in wishes:
        line = lines.get(wish.line_number)
        left = 0 if line is None else line.left_fen
        if not 0 < wish.fen <= left:
            raise AmountNotRefundable(wish.line_number, left, wish.fen)
    return RefundPlan(
        tuple(
            RefundLine(
                wish.line_number,
                0,
                0,
                wish.fen,
                0,
                points_due(lines[wish.line_number], units=0, goods_fen=wish.fen),
            )
            for wish in wishes
        )
    )


def points_due(line: PaidLine, *, units: int, goods_fen: int) -> int:
    """Which spent points come back of a line with so much of its money, or so many of its units.

    They follow the units that go back, and the money where the goods stay (R1 Refund, R3): each
    by its own cumulative split, as far as the other has left any. All are back once all of the
    line's units, or of its money, are.
    """
    before = line.before
    left = line.points - before.points
    is_last = line.paid_fen > 0 and before.goods_fen + goods_fen == line.paid_fen
    if is_last or before.units + units == line.units:
        return left
    if units:
        due = cumulative_share(line.points, before.units + units, line.units)
        return max(0, min(due - before.by_units_points, left))
    if goods_fen == 0:
        return 0
    due = cumulative_share(line.points, before.by_amount_fen + goods_fen, line.paid_fen)
    return max(0, min(due - before.by_amount_points, left))


def freight_due(order: PaidOrder, plan: RefundPlan, line: RefundLine) -> int:
    """How much of a line's freight a plan of another moment may give back by now, at the most.

    All that is left of it where nothing was sent and the plan leaves no unit. Else the part of its
    units, the next whole fen up, where they go back on the shop's fault, and nothing otherwise.
    """
    lines = {each.number: each for each in order.lines}
    paid = lines.get(line.number)
    if paid is None:
        return 0
    left = paid.freight_fen - paid.before.freight_fen
    units = {each.number: each.units for each in plan.lines}
    if not order.is_anything_sent and all(
        each.before.units + units.get(number, 0) == each.units for number, each in lines.items()
    ):
        return left
    if not plan.is_shops_fault:
        return 0
    before = paid.before
    due = cumulative_share(paid.freight_fen, before.fault_units + line.units, paid.units)
    # By how much a cumulative split grows with some units depends on those before them.
    part = -(-paid.freight_fen * line.units // paid.units)
    return min(left, max(due - before.freight_fen, part))


def has_its_freight(order: PaidOrder, plan: RefundPlan) -> bool:
    """Whether all freight that a plan gives back is due by what was sent and refunded so far."""
    return all(each.freight_fen <= freight_due(order, plan, each) for each in plan.lines)


def all_that_is_left(order: PaidOrder) -> tuple[UnitsBack, ...]:
    """All units that were not refunded yet, as a wish."""
    return tuple(
        UnitsBack(line.number, line.left_sent + line.left_unsent, line.left_sent)
        for line in order.lines
        if line.before.units < line.units
    )


def _units_of(wanted: dict[int, UnitsBack], line: PaidLine) -> int:
    wish = wanted.get(line.number)
    return 0 if wish is None else wish.units


def check_units(line: PaidLine | None, number: int, units: int, sent_units: int) -> None:
    """See that so many units of a line are left to be refunded. Refuses: UnitsNotRefundable."""
    left_sent, left_unsent = (0, 0) if line is None else (line.left_sent, line.left_unsent)
    if not 0 <= sent_units <= left_sent:
        raise UnitsNotRefundable(number, left_sent, sent_units)
    if not 0 <= units - sent_units <= left_unsent:
        raise UnitsNotRefundable(number, left_unsent, units - sent_units)


def _units_back(
    line: PaidLine, wish: UnitsBack | None, *, is_whole: bool, is_fault: bool
) -> RefundLine:
    before, units = line.before, 0 if wish is None else wish.units
    # Held against what went by units alone: what went by amount only limits it.
    target = cumulative_share(line.paid_fen, before.units + units, line.units)
    goods = max(0, min(target - before.by_units_fen, line.left_fen))
    freight = 0
    if is_whole:
        freight = line.freight_fen - before.freight_fen
    elif is_fault:
        due = cumulative_share(line.freight_fen, before.fault_units + units, line.units)
        freight = max(0, due - before.freight_fen)
    goods = goods if units else 0
    points = points_due(line, units=units, goods_fen=goods)
    sent_units = 0 if wish is None else wish.sent_units
    return RefundLine(line.number, units, sent_units, goods, freight, points)
