"""What orders and products earn their member in points, by what is paid and by the catalogue."""

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, any_, bindparam, select
from sqlalchemy import Uuid as UuidColumn

from domain.catalog.models import Category, Product, Variant
from domain.catalog.views.products import can_be_seen
from domain.kernel.db import HotRead, ReadPool
from domain.orders.earning.categories import PARENT, categories_in, category_columns
from domain.orders.pricing.values import Price
from domain.points.earning.programme import Bonus, Edition
from domain.points.earning.recording import totals_now
from domain.points.earning.rules import (
    NOTHING_YET,
    Circumstances,
    Earning,
    EarningLine,
    periods_at,
    plan_of,
)
from domain.points.earning.views import in_force_now


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


async def earning_of(
    reads: ReadPool,
    price: Price,
    categories: Sequence[tuple[UUID, ...]],
    *,
    edition: Edition,
    circumstances: Circumstances,
    member_id: UUID,
) -> Earning:
    """What a member's order of that price earns: on what is paid for its lines, not the freight.

    ``categories`` are those of each line's product, the nearest first. One statement where a cap
    asks for what the member was granted before, and none otherwise.
    """
    lines = [
        EarningLine(line.goods.number, line.goods.product_id, above, line.payable_fen)
        for line, above in zip(price.lines, categories, strict=True)
    ]
    caps, totals = edition.programme.caps, NOTHING_YET
    if caps.look_back or caps.balance is not None:
        totals = await totals_now(reads, member_id, periods_at(circumstances.at))
    return plan_of(lines, edition, circumstances, totals=totals)


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
