"""Whether there can be a case, and what comes back by it: judged without a database.

The preview and the request are this same function of the same figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from domain.aftersales.errors import CaseNotPossible, UnitsInOtherCases
from domain.aftersales.rules import MOST_CASES, CaseTerms, CaseWish, LineWish, is_shops_fault
from domain.aftersales.words import CaseKind, CaseObstacle
from domain.orders.refunding.rules import (
    AmountBack,
    Before,
    PaidLine,
    PaidOrder,
    RefundLine,
    RefundPlan,
    UnitsBack,
    by_amount,
    by_units,
)
from domain.orders.words import PAID_FOR, OrderStatus, ReviewStatus


class Kept(msgspec.Struct, frozen=True, gc=False):
    """What open cases keep of a line that is no refund yet; ``exchange_units`` move no money.

    Those are units that were bought, and that are or were exchanged; without those that refunds
    have taken from them since, of the units that came for them, or in the place of such.
    """

    before: Before = Before()
    exchange_units: int = 0


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line of an order, as far as a case is about it."""

    number: int
    variant_id: UUID
    product_id: UUID
    unit_fen: int
    is_personalised: bool
    review: ReviewStatus | None
    kept: Kept


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Units of a line that came in exchange by a case, and how many of them cases keep."""

    case_id: UUID
    line_number: int
    variant_id: UUID
    units: int
    kept_units: int
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order and what it is that its member may ask for.

    ``exchanges`` are those that a wish names, as far as they are of the order.
    """

    id: UUID
    member_id: UUID
    number: str
    place_id: UUID
    status: OrderStatus
    is_virtual: bool
    received_at: datetime | None
    cases: int
    lines: tuple[LineFacts, ...]
    exchanges: tuple[Exchanged, ...] = ()

    def exchanged(self, wish: LineWish) -> Exchanged | None:
        """The units that came in exchange and that a wish is about; None where it is of others."""
        if wish.exchange is None:
            return None
        key = UUID(wish.exchange), wish.line_number
        return next((e for e in self.exchanges if (e.case_id, e.line_number) == key), None)

    def line(self, number: int) -> LineFacts | None:
        """The line with this number."""
        return next((line for line in self.lines if line.number == number), None)


def decided(
    order: OrderFacts,
    paid: PaidOrder,
    wish: CaseWish,
    terms: CaseTerms,
    at: datetime,
    *,
    is_exception: bool = False,
) -> RefundPlan:
    """What comes back by a case; of an exchange which units, and no money.

    ``is_exception`` sets the time that there is aside, and what holds for goods that were made for
    the member. Refuses: CaseNotPossible, UnitsInOtherCases, UnitsNotRefundable,
    AmountNotRefundable.
    """
    _check_order(order, wish.kind)
    for line in wish.lines if not is_exception else ():
        _check_time(order, line, terms, at)
        _check_line(order, wish, line)
    left = PaidOrder(tuple(_without_kept(order, line) for line in paid.lines))
    is_fault = is_shops_fault(wish.reason)
    if wish.is_by_amount:
        return by_amount(left, [AmountBack(each.line_number, each.fen or 0) for each in wish.lines])
    backs = [_units_back(order, left, wish, line) for line in wish.lines]
    plan = by_units(left, backs, is_shops_fault=is_fault)
    if wish.kind is CaseKind.EXCHANGE:
        return RefundPlan(
            tuple(
                RefundLine(each.line_number, each.units, each.sent_units, 0, 0) for each in backs
            ),
            is_fault,
        )
    return plan


def in_money(
    order: OrderFacts, paid: PaidOrder, units: Sequence[UnitsBack], *, is_shops_fault: bool
) -> RefundPlan:
    """What comes back for units of an exchange that is open, by what cases keep and gave back.

    Its own units are among the facts as exchanged ones, which move no money.
    """
    left = PaidOrder(tuple(_without_kept(order, line) for line in paid.lines))
    return by_units(left, units, is_shops_fault=is_shops_fault)


def is_of_unsent(plan: RefundPlan) -> bool:
    """Whether all of it is units that were not sent, so that nobody has to look at anything."""
    return all(
        line.sent_units == 0 and (line.units > 0 or line.goods_fen == 0) for line in plan.lines
    )


def _check_order(order: OrderFacts, kind: CaseKind) -> None:
    if order.status not in PAID_FOR:
        raise CaseNotPossible(order.id, CaseObstacle.NOT_PAID)
    if order.is_virtual and kind is not CaseKind.REFUND:
        raise CaseNotPossible(order.id, CaseObstacle.VIRTUAL)
    if order.cases >= MOST_CASES:
        raise CaseNotPossible(order.id, CaseObstacle.TOO_MANY)


def _check_time(order: OrderFacts, line: LineWish, terms: CaseTerms, at: datetime) -> None:
    since, exchanged = order.received_at, order.exchanged(line)
    if since is not None and exchanged is not None:
        # Nobody says that they have received it: it is taken to be there as an order is.
        since = max(since, exchanged.sent_at + terms.receipt_after)
    if since is not None and at > since + terms.window:
        raise CaseNotPossible(order.id, CaseObstacle.TOO_LATE)


def _check_line(order: OrderFacts, wish: CaseWish, line: LineWish) -> None:
    facts = order.line(line.line_number)
    if facts is None:
        # The arithmetic says how many units and how much such a line has: none.
        return
    is_spoilt = facts.review is ReviewStatus.REJECTED or is_shops_fault(wish.reason)
    if facts.is_personalised and not is_spoilt:
        raise CaseNotPossible(order.id, CaseObstacle.PERSONALISED, line.line_number)


def _without_kept(order: OrderFacts, line: PaidLine) -> PaidLine:
    """A line of which what open cases keep has gone, as far as money is concerned."""
    facts = order.line(line.number)
    assert facts is not None
    before, kept = line.before, facts.kept.before
    return msgspec.structs.replace(
        line,
        before=Before(
            units=before.units + kept.units,
            sent_units=before.sent_units + kept.sent_units,
            fault_units=before.fault_units + kept.fault_units,
            by_units_fen=before.by_units_fen + kept.by_units_fen,
            by_amount_fen=before.by_amount_fen + kept.by_amount_fen,
            freight_fen=before.freight_fen + kept.freight_fen,
        ),
    )


def _units_back(order: OrderFacts, left: PaidOrder, wish: CaseWish, line: LineWish) -> UnitsBack:
    """Which units of a line. Only for money back can they be ones that were not sent.

    Those come first, as nobody has to look at anything; but what is wrong with goods is wrong with
    what the member has, so then sent ones do.
    """
    facts, units = order.line(line.line_number), line.units or 0
    paid = next((each for each in left.lines if each.number == line.line_number), None)
    if paid is None or facts is None:
        return UnitsBack(line.line_number, units, units)
    if line.exchange is not None:
        return _came_in_exchange(order.exchanged(line), line, units)
    left_sent = max(0, paid.left_sent - facts.kept.exchange_units)
    left_unsent = paid.left_unsent if wish.kind is CaseKind.REFUND else 0
    if units > left_sent + left_unsent:
        raise UnitsInOtherCases(line.line_number, left_sent + left_unsent, units)
    if is_shops_fault(wish.reason):
        return UnitsBack(line.line_number, units, min(units, left_sent))
    return UnitsBack(line.line_number, units, units - min(units, left_unsent))


def _came_in_exchange(exchanged: Exchanged | None, line: LineWish, units: int) -> UnitsBack:
    """Units that came in exchange: to the arithmetic as good as those that they came for."""
    left = 0 if exchanged is None else exchanged.units - exchanged.kept_units
    if units > left:
        raise UnitsInOtherCases(line.line_number, left, units)
    return UnitsBack(line.line_number, units, units)


def frozen_plan(
    lines: Sequence[tuple[int, int, int, int, int]], *, is_shops_fault: bool
) -> RefundPlan:
    """The plan that a case was opened with, by its lines."""
    return RefundPlan(tuple(RefundLine(*line) for line in lines), is_shops_fault)
