"""Deciding which placements become orders: in memory, in the order of asking, under all locks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from domain.addresses.views import DeliveryAddress
from domain.freight.views import Arrangement
from domain.kernel.errors import Refused
from domain.kernel.ids import new_id
from domain.members.errors import MemberBlocked
from domain.orders.basket import Basket, Destination
from domain.orders.errors import Change, ChangeKind, OutOfStock, OverMemberLimit, QuoteChanged
from domain.orders.facts import LineFacts
from domain.orders.numbers import order_number
from domain.orders.placing.values import Decided, Placed, Placement
from domain.orders.pricing.values import Price
from domain.orders.seen import LONGEST_VALIDITY, Seen, SeenLine
from domain.orders.spending import price_with_points, source_of
from domain.orders.words import DeliveryMethod
from domain.points.rules.books import Book
from domain.points.rules.holding import hold, refusal_of
from domain.points.rules.terms import USUAL_TERMS, PointsTerms, Use
from domain.stock.holding import LockedLevels, of_order
from domain.stock.rules import Reason

PAYMENT_WINDOW = timedelta(minutes=30)
"""How long an order waits for its payment (reliability 4.3)."""


@dataclass(slots=True)
class Surroundings:
    """What a batch of placements has locked and read.

    ``addresses`` are by member and id; ``pick_up_places`` are the stores that hand orders out;
    ``blocked`` says of members why they are; ``books`` are the points of those who use some.
    """

    levels: LockedLevels
    lines: Mapping[UUID, LineFacts]
    addresses: Mapping[tuple[UUID, UUID], DeliveryAddress]
    arrangement: Arrangement
    pick_up_places: frozenset[UUID]
    blocked: Mapping[UUID, str]
    books: Mapping[UUID, Book] = field(default_factory=dict[UUID, Book])
    terms: PointsTerms = USUAL_TERMS
    ordered_lines: set[UUID] = field(default_factory=set[UUID])
    """Lines that an earlier placement of the batch has ordered."""
    ordered_units: defaultdict[tuple[UUID, UUID], int] = field(
        default_factory=lambda: defaultdict[tuple[UUID, UUID], int](int)
    )
    """Units that earlier placements of the batch have ordered, by member and product."""


def decide(
    placement: Placement, given: Surroundings, *, at: datetime, random: Random
) -> Decided | Refused:
    """Make an order of a placement and hold its units, or say why not and change nothing."""
    blocked = given.blocked.get(placement.member_id)
    if blocked is not None:
        return MemberBlocked(blocked)
    changes = _changes_of_lines(placement, given, at)
    destination = _destination(placement, given)
    if isinstance(destination, Change):
        changes.append(destination)
    if changes or isinstance(destination, Change):
        return QuoteChanged(changes)
    lines = [given.lines[seen.line_id] for seen in placement.seen.lines]
    basket = Basket(lines, destination, given.arrangement)
    if not basket.is_delivered_there:
        return QuoteChanged([Change(ChangeKind.ADDRESS)])
    priced = price_with_points(basket, placement.seen.points, given.terms, at=at)
    changes = _changes_of_points(placement.seen, priced.use)
    changes = changes or _changes_of_price(placement.seen, priced.price)
    if changes:
        return QuoteChanged(changes)
    return (
        _over_limit(basket, given)
        or _without_points(placement, given, at)
        or _held(placement, basket, priced.price, given, at, random)
    )


def _changes_of_lines(placement: Placement, given: Surroundings, at: datetime) -> list[Change]:
    seen = placement.seen
    changes: list[Change] = []
    if at - seen.made_at > LONGEST_VALIDITY:
        changes.append(Change(ChangeKind.EXPIRED))
    for line in seen.lines:
        now = given.lines.get(line.line_id)
        if (
            now is None
            or now.member_id != placement.member_id
            or line.line_id in given.ordered_lines
        ):
            changes.append(Change(ChangeKind.LINE_GONE, line.line_id))
        else:
            changes += _changes_of_line(line, now, seen.delivery)
    return changes


def _changes_of_line(seen: SeenLine, now: LineFacts, delivery: DeliveryMethod) -> list[Change]:
    """What is different of a line; where it cannot be had, its price does not matter."""
    if now.units != seen.units or now.variant_id != seen.variant_id:
        return [Change(ChangeKind.UNITS, seen.line_id)]
    if now.personalisation_key != seen.personalisation_key:
        return [Change(ChangeKind.PERSONALISATION, seen.line_id)]
    if not now.is_orderable or not now.goes_by(delivery):
        return [Change(ChangeKind.UNAVAILABLE, seen.line_id)]
    before = seen.unit_fen + seen.personalisation_unit_fen
    unit_fen = now.unit_fen + now.personalisation_unit_fen
    if before != unit_fen:
        return [Change(ChangeKind.PRICE, seen.line_id, before, unit_fen)]
    return []


def _destination(placement: Placement, given: Surroundings) -> Destination | Change:
    seen = placement.seen
    if seen.delivery is DeliveryMethod.PICK_UP:
        if seen.place_id not in given.pick_up_places:
            return Change(ChangeKind.PICK_UP)
        return Destination(seen.delivery, seen.place_id)
    if seen.delivery is DeliveryMethod.VIRTUAL:
        return Destination(seen.delivery, seen.place_id)
    address = seen.address_id and given.addresses.get((placement.member_id, seen.address_id))
    if not address or address.revision != seen.address_revision:
        return Change(ChangeKind.ADDRESS)
    return Destination(seen.delivery, seen.place_id, address)


def _changes_of_price(seen: Seen, price: Price) -> list[Change]:
    """What differs although no line does: the freight, what a line costs after reductions."""
    changes = [
        Change(ChangeKind.TOTAL, line.line_id, line.payable_fen, now.payable_fen)
        for line, now in zip(seen.lines, price.lines, strict=True)
        if line.payable_fen != now.payable_fen
    ]
    if seen.freight_fen != price.freight.payable_fen:
        changes.append(
            Change(ChangeKind.FREIGHT, None, seen.freight_fen, price.freight.payable_fen)
        )
    if not changes and seen.payable_fen != price.payable_fen:
        changes.append(Change(ChangeKind.TOTAL, None, seen.payable_fen, price.payable_fen))
    return changes


def _changes_of_points(seen: Seen, use: Use) -> list[Change]:
    """Points that do not pay any more what they would have paid."""
    return [] if use.points == seen.points else [Change(ChangeKind.POINTS)]


def _without_points(placement: Placement, given: Surroundings, at: datetime) -> Refused | None:
    """Why the points that were seen cannot be held, where any were."""
    points = placement.seen.points
    return refusal_of(given.books[placement.member_id], points, at=at) if points else None


def _over_limit(basket: Basket, given: Surroundings) -> OverMemberLimit | None:
    ordered: defaultdict[UUID, int] = defaultdict(int)
    for line in basket.lines:
        if line.member_limit is None:
            continue
        before = line.bought + given.ordered_units[line.member_id, line.product_id]
        left = line.member_limit - before - ordered[line.product_id]
        if line.units > left:
            return OverMemberLimit(line.line_id, line.product_id, line.member_limit, max(left, 0))
        ordered[line.product_id] += line.units
    return None


def _held(
    placement: Placement,
    basket: Basket,
    price: Price,
    given: Surroundings,
    at: datetime,
    random: Random,
) -> Decided | OutOfStock:
    """Hold units and points, all or none, and take the lines out of reach of what comes after."""
    order_id = new_id(at, random)
    units = [(line.variant_id, line.units) for line in basket.lines]
    place_id = basket.destination.place_id
    movements = of_order(order_id, place_id, units, Reason.HELD)
    short = given.levels.move(movements, actor=placement.actor)
    if short is not None:
        line = next(each for each in basket.lines if each.variant_id == short.variant_id)
        available = given.levels.available(short.level)
        return OutOfStock(line.line_id, line.variant_id, available, short.units)
    for line in basket.lines:
        given.ordered_lines.add(line.line_id)
        given.ordered_units[line.member_id, line.product_id] += line.units
    points = placement.seen.points
    if points:
        book = given.books[placement.member_id]
        hold(book, new_id(at, random), points, source=source_of(order_id), at=at)
    placed = Placed(order_id, order_number(at, random), price.payable_fen, at + PAYMENT_WINDOW)
    return Decided(placement, placed, basket, price, at, points)


def lines_wanted(placements: Sequence[Placement]) -> list[UUID]:
    """The lines of all placements, each once."""
    return sorted({line.line_id for each in placements for line in each.seen.lines})
