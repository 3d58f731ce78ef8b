"""What orders and products earn their member in points, by what is paid and by the catalogue."""

from collections.abc import Collection, Sequence
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, ColumnElement, any_, bindparam, select
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.orm import aliased

from domain.catalog.models import Category, Product, Variant
from domain.catalog.views.products import can_be_seen
from domain.kernel.db import HotRead, HotWrite, ReadPool
from domain.kernel.hot_pool import Sender
from domain.members.words import Channel
from domain.orders.models import Order, OrderLine
from domain.orders.pricing.values import Price
from domain.points.earning.programme import Bonus, Edition
from domain.points.earning.rules import Circumstances, Earning, EarningLine, plan_of
from domain.points.earning.views import editions, in_force_now, number_in_force

PARENT = aliased(Category)
"""The category above a product's own, to be joined for `category_columns`."""
_NUMBER, _LINE = 4, 5
"""Where a row of `_lines_of_orders` has the number of the rules, and where its line begins."""


class VariantPoints(msgspec.Struct, frozen=True):
    """What one unit of a variant earns at its list price."""

    variant_id: UUID
    points: int


class ProductPoints(msgspec.Struct, frozen=True):
    """What one unit of each variant of a product earns, and by which bonuses, in the brand's order.

    A product that is on offer has a variant.
    """

    product_id: UUID
    variants: tuple[VariantPoints, ...]
    bonuses: tuple[Bonus, ...]


class OrderToEarn(msgspec.Struct, frozen=True):
    """An order as earning sees it, with the rules and the circumstances of when it was placed.

    `plan_of` works out from it, with what its member was granted by then, what it earns.
    """

    order_id: UUID
    member_id: UUID
    lines: tuple[EarningLine, ...]
    edition: Edition
    circumstances: Circumstances


def category_columns() -> tuple[ColumnElement[Any], ...]:
    """A product's category and those above it, of which there are two at most."""
    return Category.id.expression, Category.parent_id.expression, PARENT.parent_id.expression


def categories_in(row: Any) -> tuple[UUID, ...]:
    """The categories of a row that ends with `category_columns`, the nearest first."""
    return tuple(key for key in row[-3:] if key is not None)


def earning_of(
    price: Price,
    categories: Sequence[tuple[UUID, ...]],
    edition: Edition,
    circumstances: Circumstances,
) -> Earning:
    """What an order of that price earns: on what is paid for its lines, without the freight.

    ``categories`` are those of each line's product, the nearest first.
    """
    lines = [
        EarningLine(line.goods.number, line.goods.product_id, above, line.payable_fen)
        for line, above in zip(price.lines, categories, strict=True)
    ]
    return plan_of(lines, edition, circumstances)


async def orders_to_earn(session: Sender, order_ids: Collection[UUID]) -> list[OrderToEarn]:
    """The orders by id, each line with what was to be paid for it; two statements, however many.

    Each has the version of the rules that was in force when it was placed, for good. The
    categories are those that the products have now.
    """
    rows = await _lines_of_orders().rows(session, ids=sorted(order_ids))
    known = await editions(session, {row[_NUMBER] for row in rows})
    found: list[OrderToEarn] = []
    for order_id, of_order in groupby(rows, key=itemgetter(0)):
        lines = list(of_order)
        member_id, channel, placed_at, number = lines[0][1:_LINE]
        circumstances = Circumstances(placed_at, Channel(channel))
        earning = tuple(
            EarningLine(row[_LINE], row[_LINE + 1], categories_in(row), row[_LINE + 2])
            for row in lines
        )
        found.append(OrderToEarn(order_id, member_id, earning, known[number], circumstances))
    return found


async def points_of_products(
    reads: ReadPool, keys: Sequence[UUID], circumstances: Circumstances
) -> dict[UUID, ProductPoints]:
    """What those of the products earn that can be seen; two statements, however many."""
    edition = await in_force_now(reads, at=circumstances.at)
    rows = await _variants().rows(reads, keys=list(keys), now=circumstances.at)
    return {
        key: _points_of(key, list(variants), edition, circumstances)
        for key, variants in groupby(rows, key=itemgetter(0))
    }


def _points_of(
    key: UUID, variants: Sequence[Any], edition: Edition, circumstances: Circumstances
) -> ProductPoints:
    plans = [
        plan_of([EarningLine(1, key, categories_in(row), row[2])], edition, circumstances)
        for row in variants
    ]
    points = tuple(
        VariantPoints(row[1], plan.granted) for row, plan in zip(variants, plans, strict=True)
    )
    bonuses = dict.fromkeys(bonus for plan in plans for bonus in plan.bonuses)
    return ProductPoints(key, points, tuple(bonuses))


@cache
def _lines_of_orders() -> HotWrite:
    statement = (
        select(
            Order.id,
            Order.member_id,
            Order.channel,
            Order.placed_at,
            number_in_force(Order.placed_at.expression),
            OrderLine.number,
            OrderLine.product_id,
            OrderLine.payable_fen,
            *category_columns(),
        )
        .select_from(Order)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Product, Product.id == OrderLine.product_id)
        .join(Category, Category.id == Product.category_id)
        .outerjoin(PARENT, PARENT.id == Category.parent_id)
        .where(Order.id == any_(bindparam("ids", type_=ARRAY(UuidColumn))))
    )
    return HotWrite(statement.order_by(Order.id, OrderLine.number))


@cache
def _variants() -> HotRead:
    statement = (
        select(Product.id, Variant.id, Variant.price_fen, *category_columns())
        .select_from(Product)
        .join(Category, Category.id == Product.category_id)
        .outerjoin(PARENT, PARENT.id == Category.parent_id)
        .join(Variant, Variant.product_id == Product.id)
        .where(
            Product.id == any_(bindparam("keys", type_=ARRAY(UuidColumn))),
            can_be_seen(Product),
            Category.is_visible,
            Variant.position.is_not(None),
        )
    )
    return HotRead(statement.order_by(Product.id, Variant.position))
