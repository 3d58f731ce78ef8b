"""The rows of new orders: all of them by one statement, whatever their number.

Foreign keys between them are looked at when the statement ends, so nothing need come first.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import ARRAY, any_, bindparam, delete
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotWrite
from domain.kernel.hot_pool import Sender
from domain.kernel.outbox import Fact, bound_facts, promised
from domain.kernel.row_sets import RowSet
from domain.orders import models
from domain.orders.cart.models import CartLine
from domain.orders.events import OrderPlaced
from domain.orders.models import FREIGHT_LINE, AddressSnapshot
from domain.orders.placing.values import Decided
from domain.orders.pricing.values import Reduction
from domain.orders.spending import points_by_line
from domain.orders.words import OrderStatus, PaymentPurpose, PaymentStatus, ReviewStatus
from domain.stock.holding import LockedLevels, bound_decided, decided_written

_ORDERS = RowSet(
    "placed",
    models.Order,
    "id number member_id channel status delivery place_id address recipient_phone_index "
    "member_note units list_fen discount_fen freight_list_fen freight_discount_fen payable_fen "
    "freight_version placed_at points_used",
)
_LINES = RowSet(
    "line",
    models.OrderLine,
    "order_id number variant_id product_id sku product_title_zh product_title_en variant_title_zh "
    "variant_title_en image_key units unit_fen personalisation personalisation_unit_fen list_fen "
    "payable_fen weight_grams delivery_note_zh delivery_note_en points_used",
)
_ALLOCATIONS = RowSet(
    "allocation",
    models.DiscountAllocation,
    "order_id line_number position source discount_class title_zh title_en funder fen",
)
_REVIEWS = RowSet(
    "review",
    models.PersonalisationReview,
    "order_id line_number status check_trace text_digest",
)
_PAYMENTS = RowSet("payment", models.OrderPayment, "order_id purpose amount_fen status due_at")
_DEADLINES = RowSet("deadline", models.OrderDeadline, "order_id purpose due_at")
_HISTORY = RowSet("history", models.OrderHistory, "order_id number to_status actor at")

_IN_CARTS = bindparam("in_carts", type_=ARRAY(UuidColumn))
_ALL = HotWrite(
    _LINES.insert().add_cte(
        *(
            each.insert().cte(f"{name}_written")
            for name, each in {
                "orders": _ORDERS,
                "allocations": _ALLOCATIONS,
                "reviews": _REVIEWS,
                "payments": _PAYMENTS,
                "deadlines": _DEADLINES,
                "history": _HISTORY,
            }.items()
        ),
        delete(CartLine).where(CartLine.id == any_(_IN_CARTS)).cte("carts_left"),
        promised(),
        *decided_written(),
    )
)


async def write(
    session: Sender,
    orders: Sequence[Decided],
    levels: LockedLevels,
    *,
    at: datetime,
    random: Random,
) -> None:
    """Write the orders with all that belongs to them and the units that they hold, and tell.

    Their lines leave the carts.
    """
    in_carts = [each.line_id for order in orders for each in order.basket.lines]
    facts = bound_facts([_fact(each) for each in orders], at=at, random=random)
    held = bound_decided(levels, at=at)
    given: dict[str, Any] = {"in_carts": sorted(in_carts), **facts, **held}
    for row_set, rows_of in _ROWS:
        given |= row_set.bound(row for order in orders for row in rows_of(order))
    await _ALL.run(session, **given)
    levels.decided.clear()


def _fact(order: Decided) -> Fact:
    placed, units = order.placed, sum(line.units for line in order.basket.lines)
    event = OrderPlaced(order.placement.member_id, placed.payable_fen, units)
    return Fact(placed.order_id, 1, event)


def _order(order: Decided) -> Iterator[tuple[Any, ...]]:
    placement, placed, price = order.placement, order.placed, order.price
    destination = order.basket.destination
    address = destination.address
    yield (
        placed.order_id,
        placed.number,
        placement.member_id,
        placement.channel,
        OrderStatus.PENDING_PAYMENT,
        destination.delivery,
        destination.place_id,
        _snapshot(order),
        address.phone_index if address else None,
        placement.note,
        sum(line.units for line in order.basket.lines),
        price.list_fen,
        price.discount_fen,
        price.freight.list_fen,
        price.freight_discount_fen,
        price.payable_fen,
        order.basket.arrangement.number,
        order.placed_at,
        order.points,
    )


def _snapshot(order: Decided) -> AddressSnapshot | None:
    address = order.basket.destination.address
    if address is None:
        return None
    names = (address.province_name, address.city_name, address.district_name)
    return AddressSnapshot(
        address_id=address.id,
        region_code=address.region_code,
        region_names=tuple(filter(None, names)),
        last_digits=address.last_digits,
        sealed=address.sealed,
    )


def _lines(order: Decided) -> Iterator[tuple[Any, ...]]:
    points = points_by_line(order.price, order.points)
    for line, priced, used in zip(order.basket.lines, order.price.lines, points, strict=True):
        yield (
            order.placed.order_id,
            priced.goods.number,
            line.variant_id,
            line.product_id,
            line.sku,
            line.product_title.zh,
            line.product_title.en,
            line.variant_title.zh,
            line.variant_title.en,
            line.image_key,
            line.units,
            line.unit_fen,
            line.personalisation,
            priced.goods.personalisation_unit_fen,
            priced.list_fen,
            priced.payable_fen,
            line.weight_grams,
            line.delivery_note.zh,
            line.delivery_note.en,
            used,
        )


def _allocations(order: Decided) -> Iterator[tuple[Any, ...]]:
    price = order.price
    reduced: list[tuple[int, Sequence[Reduction]]] = [(FREIGHT_LINE, price.freight.reductions)]
    reduced += [(line.goods.number, line.reductions) for line in price.lines]
    for number, reductions in reduced:
        for position, each in enumerate(reductions, start=1):
            yield (
                order.placed.order_id,
                number,
                position,
                each.source,
                each.discount_class,
                each.title.zh,
                each.title.en,
                each.funder,
                each.fen,
            )


def _reviews(order: Decided) -> Iterator[tuple[Any, ...]]:
    for number, line in enumerate(order.basket.lines, start=1):
        if line.personalisation:
            status = line.review or ReviewStatus.PENDING
            yield (
                order.placed.order_id,
                number,
                status,
                line.check_trace,
                line.personalisation_key,
            )


def _payment(order: Decided) -> Iterator[tuple[Any, ...]]:
    placed = order.placed
    yield (
        placed.order_id,
        PaymentPurpose.FULL,
        placed.payable_fen,
        PaymentStatus.DUE,
        placed.pay_by,
    )


def _deadline(order: Decided) -> Iterator[tuple[Any, ...]]:
    yield order.placed.order_id, PaymentPurpose.FULL, order.placed.pay_by


def _history(order: Decided) -> Iterator[tuple[Any, ...]]:
    yield (
        order.placed.order_id,
        1,
        OrderStatus.PENDING_PAYMENT,
        order.placement.actor,
        order.placed_at,
    )


_ROWS = (
    (_ORDERS, _order),
    (_LINES, _lines),
    (_ALLOCATIONS, _allocations),
    (_REVIEWS, _reviews),
    (_PAYMENTS, _payment),
    (_DEADLINES, _deadline),
    (_HISTORY, _history),
)
