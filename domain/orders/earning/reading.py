"""What earning needs of paid orders: their lines, and the rules of when they were placed."""

from collections.abc import Collection
from functools import cache
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from sqlalchemy import ARRAY, any_, bindparam, select
from sqlalchemy import Uuid as UuidColumn

from domain.catalog.models import Category, Product
from domain.kernel.db import HotWrite
from domain.kernel.hot_pool import Sender
from domain.members.words import Channel
from domain.orders.earning.categories import PARENT, categories_in, category_columns
from domain.orders.models import Order, OrderLine
from domain.points.earning.orders import PaidOrder
from domain.points.earning.rules import Circumstances, EarningLine
from domain.points.earning.views import editions, number_in_force

_NUMBER, _LINE = 6, 7
"""Where a row has the number of the rules, and where its line begins."""


async def paid_orders(session: Sender, order_ids: Collection[UUID]) -> list[PaidOrder]:
    """Those of the orders that were paid, by id; two statements, however many.

    Each has the version of the rules that was in force when it was placed, for good. The
    categories are those that the products have now.
    """
    rows = await _lines().rows(session, ids=sorted(order_ids))
    known = await editions(session, {row[_NUMBER] for row in rows})
    found: list[PaidOrder] = []
    for order_id, of_order in groupby(rows, key=itemgetter(0)):
        lines = list(of_order)
        member_id, channel, placed_at, paid_at, received_at, number = lines[0][1:_LINE]
        earning = tuple(
            EarningLine(row[_LINE], row[_LINE + 1], categories_in(row), row[_LINE + 2])
            for row in lines
        )
        found.append(
            PaidOrder(
                id=order_id,
                member_id=member_id,
                lines=earning,
                edition=known[number],
                circumstances=Circumstances(placed_at, Channel(channel)),
                paid_at=paid_at,
                received_at=received_at,
            )
        )
    return found


@cache
def _lines() -> HotWrite:
    statement = (
        select(
            Order.id,
            Order.member_id,
            Order.channel,
            Order.placed_at,
            Order.paid_at,
            Order.received_at,
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
        .where(
            Order.id == any_(bindparam("ids", type_=ARRAY(UuidColumn))),
            Order.paid_at.is_not(None),
        )
    )
    return HotWrite(statement.order_by(Order.id, OrderLine.number))
