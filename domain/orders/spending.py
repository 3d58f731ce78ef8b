"""Points as money: what of an order they pay, and the holds of orders that use some (R1 Spend).

A hold begins with the order, is captured with its payment, and is released with its end. Accounts
are locked after orders (architecture 0.15).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from uuid import UUID

import msgspec

from domain.kernel.allocation import largest_remainder
from domain.kernel.hot_pool import Sender
from domain.kernel.ids import new_id
from domain.kernel.language import Bilingual
from domain.orders.basket import Basket, price_of
from domain.orders.pricing.values import AmountOff, Benefit, Price
from domain.orders.words import DiscountClass, Funder
from domain.points.posting import lock, write
from domain.points.rules import holding, refunding
from domain.points.rules.books import Source
from domain.points.rules.refunding import NewLots
from domain.points.rules.terms import PointsTerms, Use
from domain.points.words import SourceKind

_TITLE = Bilingual("积分抵扣", "Points")
_SOURCE = "points"


class PricedWithPoints(msgspec.Struct, frozen=True):
    """A price, what of it points pay, and the price as it was before that."""

    price: Price
    use: Use
    before: Price


def price_with_points(
    basket: Basket, points: int, terms: PointsTerms, *, at: datetime
) -> PricedWithPoints:
    """The price of a basket of which at most so many points pay what they may."""
    before = price_of(basket, (), at=at)
    use = use_of(before, points, terms)
    if use.fen == 0:
        return PricedWithPoints(before, use, before)
    points_off = Benefit(_SOURCE, DiscountClass.POINTS, _TITLE, Funder.MERCHANT, AmountOff(use.fen))
    return PricedWithPoints(price_of(basket, (points_off,), at=at), use, before)


def use_of(price: Price, points: int, terms: PointsTerms) -> Use:
    """What of so many points could pay some of a price that has none in it yet."""
    goods_fen = price.list_fen - price.discount_fen
    return terms.use(points, goods_fen=goods_fen, payable_fen=price.payable_fen)


def points_by_line(price: Price, points: int) -> list[int]:
    """The points that each line was paid with, by what they took off it (R1, LR)."""
    taken = [
        sum(each.fen for each in line.reductions if each.discount_class is DiscountClass.POINTS)
        for line in price.lines
    ]
    return largest_remainder(points, taken)


def source_of(order_id: UUID) -> Source:
    """The fact that an order is, for the ledger of points."""
    return Source(SourceKind.ORDER, order_id)


class Again(msgspec.Struct, frozen=True):
    """Points that a closed order has to have once more, and the id of the hold that has them."""

    hold_id: UUID
    points: int


async def capture(
    session: Sender, member_id: UUID, order_id: UUID, *, at: datetime, again: Again | None = None
) -> bool:
    """Spend what an order that is paid holds; ``again`` where it was released with its end.

    Whether it could be: what is to be held again may be spent otherwise by then.
    """
    source = source_of(order_id)
    books = await lock(session, [member_id], facts=[source])
    book = books[member_id]
    if again is not None:
        if holding.refusal_of(book, again.points, at=at) is not None:
            return False
        holding.hold(book, again.hold_id, again.points, source=source, at=at)
    held = book.hold_of(source)
    # What an order that uses points holds is held: anything else is a bug, and pays nothing.
    assert held is not None
    holding.capture(book, held, at=at)
    await write(session, books.values())
    return True


async def release(
    session: Sender,
    orders: Mapping[UUID, UUID],
    *,
    by_members: Sequence[UUID],
    at: datetime,
) -> None:
    """Give back what orders hold, by order and member, as they end.

    ``by_members`` are the orders whose members wished it: what has ended meanwhile expires then,
    and is good for a while otherwise.
    """
    facts = {source_of(order_id): member_id for order_id, member_id in orders.items()}
    books = await lock(session, orders.values(), facts=facts)
    for order_id, member_id in sorted(orders.items()):
        book = books[member_id]
        held = book.hold_of(source_of(order_id))
        if held is not None:
            holding.release(book, held, is_members_wish=order_id in by_members, at=at)
    await write(session, books.values())


class RefundOfPoints(msgspec.Struct, frozen=True):
    """The refund that gives spent points back, and whether the shop is at fault."""

    id: UUID
    is_shops_fault: bool


async def give_back(
    session: Sender,
    member_id: UUID,
    order_id: UUID,
    points: int,
    *,
    refund: RefundOfPoints,
    at: datetime,
    random: Random,
) -> None:
    """Return spent points of an order to their lots with the money of a refund; once for each."""
    order, source = source_of(order_id), Source(SourceKind.REFUND, refund.id)
    books = await lock(session, [member_id], facts=[order, source])
    held = books[member_id].hold_of(order)
    assert held is not None
    # What an order is paid with is captured; but a release may have paid it that knew no points.
    holding.capture(books[member_id], held, at=at)
    new_lots = NewLots([new_id(at, random) for _ in held.lots])
    refunding.give_back(
        books[member_id], held, points, source=source, new_lots=new_lots,
        is_shops_fault=refund.is_shops_fault, at=at,
    )  # fmt: skip
    await write(session, books.values())
