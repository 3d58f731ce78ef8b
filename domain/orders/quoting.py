"""The quote that a member asks for: what the selected lines cost now, and what is in their way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Integer, literal_column, select, true

from domain.addresses.views import DeliveryAddress, address_of_quote
from domain.freight.views import (
    NOTHING_ARRANGED,
    Arrangement,
    arrangement_of,
    newest_version,
)
from domain.kernel.db import HotRead, ReadPool
from domain.members.words import Channel
from domain.orders.basket import Basket, Destination
from domain.orders.earning.categories import categories_in
from domain.orders.earning.showing import earning_of
from domain.orders.facts import LineFacts, facts_of, lines_of_member
from domain.orders.pricing.values import Price
from domain.orders.seen import Seen, SeenLine
from domain.orders.spending import price_with_points, use_of
from domain.orders.words import DeliveryMethod
from domain.points.earning.programme import NOTHING_PUBLISHED, Edition
from domain.points.earning.rules import Circumstances, Earning
from domain.points.earning.views import edition_in_force, edition_of
from domain.points.rules.terms import USUAL_TERMS, PointsTerms, Use
from domain.points.spendable import points_available
from domain.stores.views import pick_up_stores_now, warehouse


class Obstacle(StrEnum):
    """What keeps a quote from becoming an order."""

    NOTHING_SELECTED = "nothing_selected"
    LINE_GONE = "line_gone"
    UNAVAILABLE = "unavailable"
    OUT_OF_STOCK = "out_of_stock"
    OVER_LIMIT = "over_limit"
    NO_ADDRESS = "no_address"
    NOT_DELIVERED = "not_delivered"
    NO_PICK_UP = "no_pick_up"
    ONLY_VIRTUAL = "only_virtual"
    NOT_VIRTUAL = "not_virtual"


class QuoteProblem(msgspec.Struct, frozen=True):
    """One obstacle, with its line where it is about one, and how many units there could be."""

    obstacle: Obstacle
    line_id: UUID | None = None
    available: int | None = None


class PointsUse(msgspec.Struct, frozen=True):
    """Points in a quote: what the member has, what of them it uses, and the most that it could."""

    available: int
    use: Use
    most: Use


class Quote(msgspec.Struct, frozen=True):
    """What lines cost at a moment.

    ``price`` is there as soon as there is anything to price and the mall delivers there. An order
    can be placed from ``seen``, which is there where nothing is in the way. ``earning`` is there
    with the price: the points that the order earns, as its member stands by now.
    """

    lines: Sequence[LineFacts]
    destination: Destination | None
    price: Price | None
    problems: Sequence[QuoteProblem]
    seen: Seen | None
    earning: Earning | None = None
    points_use: PointsUse | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a quote is asked for: the named lines, or the selected ones for None.

    At most so many ``points`` pay for some of it.

    A delivery goes to the named address, or to the default one for None; a pick-up is at the store;
    what is virtual goes nowhere, and is never in one order with anything else.
    """

    member_id: UUID
    line_ids: tuple[UUID, ...] | None
    delivery: DeliveryMethod
    address_id: UUID | None = None
    store_id: UUID | None = None
    channel: Channel = Channel.MINI_PROGRAM
    points: int = 0


class _Mall(msgspec.Struct, frozen=True):
    """What a quote needs to know of the mall and of its member, and where it delivers to."""

    warehouse_id: UUID | None
    arrangement: Arrangement
    edition: Edition
    points_available: int
    address: DeliveryAddress | None


async def quote(
    reads: ReadPool, wanted: Wanted, *, at: datetime, terms: PointsTerms = USUAL_TERMS
) -> Quote:
    """Price what a member would order, at most as many lines as a cart has; two statements.

    One more finds the store that something is picked up at, and one what the member was granted,
    where the points that it earns are capped by that.
    """
    mall = await _mall_now(reads, wanted, at)
    destination = await _destination(reads, wanted, mall.warehouse_id, mall.address)
    rows = await lines_of_member(named=wanted.line_ids is not None).rows(
        reads,
        member_id=wanted.member_id,
        ids=list(wanted.line_ids or ()),
        place_id=destination.place_id if destination else None,
        now=at,
    )
    basket_lines = facts_of(rows)
    problems = [
        *_missing(wanted, basket_lines),
        *_of_lines(basket_lines, destination, wanted.delivery),
    ]
    if destination is None:
        problems.append(QuoteProblem(_NO_DESTINATION[wanted.delivery]))
        return Quote(basket_lines, None, None, problems, None)
    basket = Basket(basket_lines, destination, mall.arrangement)
    if not basket.is_delivered_there:
        problems.append(QuoteProblem(Obstacle.NOT_DELIVERED))
        return Quote(basket_lines, destination, None, problems, None)
    if not basket_lines:
        return Quote(basket_lines, destination, None, problems, None)
    available = mall.points_available
    priced = price_with_points(basket, min(wanted.points, available), terms, at=at)
    price, use = priced.price, priced.use
    seen = None if problems else seen_of(basket, price, points=use.points, at=at)
    earning = await earning_of(
        reads,
        price,
        [categories_in(row) for row in rows],
        edition=mall.edition,
        circumstances=Circumstances(at, wanted.channel),
        member_id=wanted.member_id,
    )
    points_use = PointsUse(available, use, use_of(priced.before, available, terms))
    return Quote(basket_lines, destination, price, problems, seen, earning, points_use)


def seen_of(basket: Basket, price: Price, *, at: datetime, points: int = 0) -> Seen:
    """What a member sees of a basket's price, of which so many points pay some."""
    address = basket.destination.address
    return Seen(
        made_at=at,
        delivery=basket.destination.delivery,
        place_id=basket.destination.place_id,
        address_id=address.id if address else None,
        address_revision=address.revision if address else None,
        lines=tuple(
            SeenLine(
                line.line_id,
                line.variant_id,
                line.units,
                line.personalisation_key,
                line.unit_fen,
                line.personalisation_unit_fen,
                priced.payable_fen,
            )
            for line, priced in zip(basket.lines, price.lines, strict=True)
        ),
        freight_fen=price.freight.payable_fen,
        payable_fen=price.payable_fen,
        points=points,
    )


_NO_DESTINATION = {
    DeliveryMethod.DELIVERY: Obstacle.NO_ADDRESS,
    DeliveryMethod.PICK_UP: Obstacle.NO_PICK_UP,
    DeliveryMethod.VIRTUAL: Obstacle.UNAVAILABLE,
}


async def _mall_now(reads: ReadPool, wanted: Wanted, at: datetime) -> _Mall:
    """Where what is delivered comes from, what that costs and earns, and where it goes."""
    statement = _mall(
        is_delivered=wanted.delivery is DeliveryMethod.DELIVERY,
        by_id=wanted.address_id is not None,
    )
    given = {"member_id": wanted.member_id, "address_id": wanted.address_id, "now": at}
    ((warehouse_id, number, rules, version, programme, points, *address),) = await statement.rows(
        reads, **given
    )
    has_address = bool(address) and address[0] is not None
    return _Mall(
        warehouse_id,
        NOTHING_ARRANGED if number is None else arrangement_of(number, rules),
        NOTHING_PUBLISHED if version is None else edition_of(version, programme),
        points or 0,
        DeliveryAddress(*address) if has_address else None,
    )


@cache
def _mall(*, is_delivered: bool, by_id: bool) -> HotRead:
    """All of it as one row, also where there is none of it."""
    freight = newest_version().subquery("freight")
    edition = edition_in_force().subquery("edition")
    one = select(literal_column("1", Integer)).subquery("one")
    beside = one.outerjoin(freight, true()).outerjoin(edition, true())
    points = points_available().scalar_subquery()
    columns: list[Any] = [warehouse().scalar_subquery(), *freight.c, *edition.c, points]
    if is_delivered:
        address = address_of_quote(by_id=by_id).subquery("address")
        beside, columns = beside.outerjoin(address, true()), [*columns, *address.c]
    return HotRead(select(*columns).select_from(beside))


async def _destination(
    reads: ReadPool, wanted: Wanted, warehouse_id: UUID | None, address: DeliveryAddress | None
) -> Destination | None:
    if wanted.delivery is DeliveryMethod.PICK_UP:
        return await _store(reads, wanted.store_id)
    if warehouse_id is None:
        return None
    if wanted.delivery is DeliveryMethod.VIRTUAL:
        return Destination(DeliveryMethod.VIRTUAL, warehouse_id)
    return address and Destination(DeliveryMethod.DELIVERY, warehouse_id, address)


async def _store(reads: ReadPool, store_id: UUID | None) -> Destination | None:
    """A store that hands orders out."""
    if store_id is None or store_id not in await pick_up_stores_now(reads, [store_id]):
        return None
    return Destination(DeliveryMethod.PICK_UP, store_id)


def _missing(wanted: Wanted, lines: Sequence[LineFacts]) -> list[QuoteProblem]:
    if wanted.line_ids is None:
        return [] if lines else [QuoteProblem(Obstacle.NOTHING_SELECTED)]
    found = {line.line_id for line in lines}
    gone = [each for each in dict.fromkeys(wanted.line_ids) if each not in found]
    return [QuoteProblem(Obstacle.LINE_GONE, each) for each in gone]


def _of_lines(
    lines: Sequence[LineFacts], destination: Destination | None, delivery: DeliveryMethod
) -> list[QuoteProblem]:
    """What is in the way of each line; several lines of one variant or product share what is left.

    Without a destination nobody knows whose stock is meant, so none is short.
    """
    problems: list[QuoteProblem] = []
    left: dict[UUID, int] = {}
    may_have: dict[UUID, int] = {}
    for line in lines:
        obstacle = _in_the_way(line, delivery)
        if obstacle is not None:
            problems.append(QuoteProblem(obstacle, line.line_id))
            continue
        if line.member_limit is not None:
            allowed = may_have.setdefault(line.product_id, line.member_limit - line.bought)
            may_have[line.product_id] = allowed - line.units
            if line.units > allowed:
                problems.append(QuoteProblem(Obstacle.OVER_LIMIT, line.line_id, max(allowed, 0)))
        if destination is None:
            continue
        there_are = left.setdefault(line.variant_id, line.available or 0)
        left[line.variant_id] = there_are - line.units
        if line.units > there_are:
            problems.append(QuoteProblem(Obstacle.OUT_OF_STOCK, line.line_id, max(there_are, 0)))
    return problems


def _in_the_way(line: LineFacts, delivery: DeliveryMethod) -> Obstacle | None:
    """What keeps a line from being ordered in that way, however many units there are."""
    if not line.is_orderable:
        return Obstacle.UNAVAILABLE
    if line.goes_by(delivery):
        return None
    return Obstacle.ONLY_VIRTUAL if line.is_virtual else Obstacle.NOT_VIRTUAL
