"""The use case of redeeming: an order of an offer, with its units and its points held."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from random import Random
from uuid import UUID

from sqlalchemy import select

from domain.addresses.errors import AddressUnavailable
from domain.addresses.views import delivery_addresses
from domain.freight.views import Arrangements
from domain.kernel.db import HotWrite, WriteSession
from domain.kernel.errors import InvalidInput, ProblemKind
from domain.kernel.ids import new_id
from domain.kernel.language import Bilingual, Sentence
from domain.kernel.problems import MISSING, NOT_FOUND, OUT_OF_RANGE
from domain.members.errors import MemberBlocked
from domain.members.statements import lock_members_for_blocks
from domain.orders.basket import Basket, Destination, price_of
from domain.orders.cart.models import MOST_UNITS
from domain.orders.errors import OutOfStock, OverMemberLimit
from domain.orders.facts import LineFacts, facts_without_cart, goods_of_variant
from domain.orders.numbers import order_number
from domain.orders.placing import rows
from domain.orders.placing.deciding import PAYMENT_WINDOW
from domain.orders.placing.values import Decided, Placed, Placement
from domain.orders.pricing.values import AmountOff, Benefit, Price
from domain.orders.quoting import seen_of
from domain.orders.redeeming import pool
from domain.orders.redeeming.errors import (
    OfferNotOpen,
    OfferPriceChanged,
    OfferSoldOut,
    OfferUnavailable,
)
from domain.orders.redeeming.models import PointsOffer
from domain.orders.redeeming.pool import LockedOffer
from domain.orders.redeeming.values import Redemption
from domain.orders.spending import source_of
from domain.orders.words import DeliveryMethod, DiscountClass, Funder
from domain.points.posting import lock as lock_points
from domain.points.posting import write as write_points
from domain.points.rules.holding import hold
from domain.stock.holding import LockedLevels, lock_levels, of_order
from domain.stock.rules import Reason
from domain.stores.views import known_pick_up_stores, warehouse

NOT_DELIVERED = ProblemKind(
    "not_delivered_there",
    Sentence(zh="该地址暂不支持配送。", en="The mall does not deliver to this address."),
)
NOT_THIS_WAY = ProblemKind(
    "not_this_way",
    Sentence(
        zh="该商品不支持这种配送方式。", en="These goods cannot reach their member in this way."
    ),
)
_TITLE = Bilingual("积分兑换", "Points mall")


@dataclass(frozen=True, slots=True)
class _Locked:
    """What a redemption has locked and read, in this order."""

    levels: LockedLevels
    offer: LockedOffer
    had: int
    line: LineFacts
    basket: Basket


async def redeem(
    session: WriteSession, wish: Redemption, *, at: datetime, random: Random
) -> Placed:
    """Order units of an offer: they and the points are held until it is paid or closed (R1 Spend).

    What there is to pay is the cash and the freight; where that is nothing the order is paid as
    any other that costs nothing. ``random`` is a source that nobody can guess. Locks the level,
    the offer, the member and the account of points, in this order (architecture 0.15). Refuses:
    OfferUnavailable, OfferNotOpen, OfferSoldOut, OfferPriceChanged, OverMemberLimit, OutOfStock,
    AddressUnavailable, MemberBlocked, PointsShort, PointsFrozen, InvalidInput.
    """
    _check(wish)
    locked = await _lock(session, wish, at=at, random=random)
    _check_limits(wish, locked)
    order_id = new_id(at, random)
    _hold_units(locked, order_id, wish)
    points = wish.units * locked.offer.points
    books = await lock_points(session, [wish.member_id])
    book = books[wish.member_id]
    hold(book, new_id(at, random), points, source=source_of(order_id), at=at)
    price = _price(locked, wish.units, at=at)
    placed = Placed(order_id, order_number(at, random), price.payable_fen, at + PAYMENT_WINDOW)
    seen = seen_of(locked.basket, price, at=at, points=points)
    placement = Placement(wish.member_id, wish.actor, wish.channel, seen, wish.note)
    decided = Decided(placement, placed, locked.basket, price, at, points)
    await rows.write(session, [decided], locked.levels, at=at, random=random)
    await pool.take(session, locked.offer, wish.member_id, wish.units)
    await pool.note_redeemed(
        session, order_id, wish.offer_id, member_id=wish.member_id, units=wish.units
    )
    await write_points(session, books.values())
    return placed


def _check(wish: Redemption) -> None:
    if not 1 <= wish.units <= MOST_UNITS:
        raise InvalidInput([OUT_OF_RANGE.at("units", least=1, most=MOST_UNITS)])
    if wish.delivery is DeliveryMethod.DELIVERY and wish.address_id is None:
        raise InvalidInput([MISSING.at("addressId")])
    if wish.delivery is DeliveryMethod.PICK_UP and wish.store_id is None:
        raise InvalidInput([MISSING.at("storeId")])


async def _lock(
    session: WriteSession, wish: Redemption, *, at: datetime, random: Random
) -> _Locked:
    """Lock and read, from the level on; what is read after a lock was settled before."""
    variant_id = await session.scalar(
        select(PointsOffer.variant_id).where(PointsOffer.id == wish.offer_id)
    )
    if variant_id is None:
        raise OfferUnavailable
    place_id = await _place(session, wish)
    levels = await lock_levels(session, [(variant_id, place_id)])
    offer = (await pool.lock_offers(session, [wish.offer_id]))[wish.offer_id]
    _check_offer(offer, wish, at)
    had = await pool.had_by(session, offer.id, wish.member_id)
    blocks = await lock_members_for_blocks(session, [wish.member_id])
    blocked = blocks[wish.member_id]
    if blocked is not None:
        raise MemberBlocked(blocked)
    (row,) = await goods_of_variant().rows(
        session, variant_id=variant_id, member_id=wish.member_id, now=at
    )
    line = facts_without_cart(
        row, new_id(at, random), member_id=wish.member_id, variant_id=variant_id, units=wish.units
    )
    if not line.is_orderable or line.unit_fen <= offer.cash_fen:
        raise OfferUnavailable
    if not line.goes_by(wish.delivery):
        raise InvalidInput([NOT_THIS_WAY.at("delivery")])
    destination = await _destination(session, wish, place_id)
    basket = Basket([line], destination, await Arrangements().marked(session, row[-1]))
    if not basket.is_delivered_there:
        raise InvalidInput([NOT_DELIVERED.at("addressId")])
    return _Locked(levels, offer, had, line, basket)


async def _place(session: WriteSession, wish: Redemption) -> UUID:
    """Whose stock it takes: the store's, or the warehouse's."""
    if wish.delivery is DeliveryMethod.PICK_UP and wish.store_id is not None:
        if wish.store_id not in await known_pick_up_stores(session, [wish.store_id]):
            raise InvalidInput([NOT_FOUND.at("storeId")])
        return wish.store_id
    row = await _warehouse().one_or_none(session)
    if row is None:
        raise OfferUnavailable
    return row[0]


@cache
def _warehouse() -> HotWrite:
    return HotWrite(warehouse())


async def _destination(session: WriteSession, wish: Redemption, place_id: UUID) -> Destination:
    if wish.delivery is not DeliveryMethod.DELIVERY or wish.address_id is None:
        return Destination(wish.delivery, place_id)
    pair = wish.member_id, wish.address_id
    address = (await delivery_addresses(session, [pair])).get(pair)
    if address is None:
        raise AddressUnavailable
    return Destination(wish.delivery, place_id, address)


def _check_offer(offer: LockedOffer, wish: Redemption, at: datetime) -> None:
    """See that an offer is there for everybody, open, and as its member saw it."""
    if offer.is_hidden or offer.withdrawn_at is not None:
        raise OfferUnavailable
    if offer.is_over(at):
        raise OfferNotOpen(None)
    if at < offer.opens_at:
        raise OfferNotOpen(offer.opens_at)
    if (wish.points, wish.cash_fen) != (offer.points, offer.cash_fen):
        raise OfferPriceChanged(offer.points, offer.cash_fen)
    if wish.units > offer.left:
        raise OfferSoldOut(offer.left, wish.units)


def _check_limits(wish: Redemption, locked: _Locked) -> None:
    """See that the member may have so many: of the offer, and of the product, by any order."""
    line = locked.line
    for limit, had in (
        (locked.offer.member_limit, locked.had),
        (line.member_limit, line.bought),
    ):
        if limit is not None and had + wish.units > limit:
            raise OverMemberLimit(None, line.product_id, limit, max(limit - had, 0))


def _hold_units(locked: _Locked, order_id: UUID, wish: Redemption) -> None:
    place_id = locked.basket.destination.place_id
    units = [(locked.line.variant_id, wish.units)]
    movements = of_order(order_id, place_id, units, Reason.HELD)
    short = locked.levels.move(movements, actor=wish.actor)
    if short is not None:
        available = locked.levels.available(short.level)
        raise OutOfStock(None, short.variant_id, available, short.units)


def _price(locked: _Locked, units: int, *, at: datetime) -> Price:
    """The list price, less all that cash does not pay; the freight is nobody's discount."""
    off = units * (locked.line.unit_fen - locked.offer.cash_fen)
    source = f"points_offer:{locked.offer.id.hex}"
    benefit = Benefit(source, DiscountClass.POINTS, _TITLE, Funder.MERCHANT, AmountOff(off))
    return price_of(locked.basket, (benefit,), at=at)
