"""What was paid for of each product on some days, and what came back: two statements.

A refund counts on the day on which all its money was back, as it does for its order. Money that
never was an order's (a late or a second payment) is no product's.
"""

from functools import cache
from typing import Any

from asyncpg import Record
from sqlalchemy import distinct, func, select

from domain.catalog.views.structs import PRODUCT
from domain.kernel.days import Days
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.money import Fen
from domain.orders.models import OrderHistory, OrderLine
from domain.orders.refunding.models import OrderRefund, OrderRefundLine
from domain.orders.words import OrderStatus
from domain.reports.spans import BEGINS, ENDS, day_at, whole, word
from domain.reports.structs import ProductSales


async def products_of_all(reads: ReadPool, days: Days, language: Language) -> list[ProductSales]:
    """What was paid for of each product on all the days, those that brought most first."""
    return await _products(reads, days, language, by_day=False)


async def products_by_day(reads: ReadPool, days: Days, language: Language) -> list[ProductSales]:
    """What was paid for of each product on each day, those that brought most first."""
    return await _products(reads, days, language, by_day=True)


async def _products(
    reads: ReadPool, days: Days, language: Language, *, by_day: bool
) -> list[ProductSales]:
    span = {"begins": days.begins, "ends": days.ends}
    sold = {
        _key(row, by_day=by_day): row
        for row in await sold_products(language, by_day=by_day).rows(reads, **span)
    }
    back = {
        _key(row, by_day=by_day): row
        for row in await returned_products(language, by_day=by_day).rows(reads, **span)
    }
    found = [_product(*key, sold.get(key), back.get(key)) for key in {**sold, **back}]
    return sorted(
        found,
        key=lambda each: (each.day or "", -each.paid_fen, -each.refunded_fen, each.product_id),
    )


def _key(row: Record, *, by_day: bool) -> tuple[str | None, str]:
    day = row["day"].isoformat() if by_day else None
    return day, public_id(PRODUCT, row["product_id"])


def _product(
    day: str | None, product_id: str, sold: Record | None, back: Record | None
) -> ProductSales:
    named = sold or back
    assert named is not None
    paid: dict[str, Any] = dict(sold.items()) if sold else {"orders": 0, "units": 0, "fen": 0}
    nothing = {"units": 0, "fen": 0, "freight_fen": 0}
    refunded: dict[str, Any] = dict(back.items()) if back else nothing
    return ProductSales(
        product_id=product_id,
        title=named["title"],
        orders=paid["orders"],
        units=paid["units"],
        paid_fen=Fen(paid["fen"]),
        refunded_units=refunded["units"],
        refunded_fen=Fen(refunded["fen"]),
        refunded_freight_fen=Fen(refunded["freight_fen"]),
        day=day,
    )


def _title(language: Language) -> Any:
    """What it was called last, as far as letters tell: titles are those of each order."""
    is_zh = language is Language.ZH
    return func.max(OrderLine.product_title_zh if is_zh else OrderLine.product_title_en)


@cache
def sold_products(language: Language, *, by_day: bool) -> HotRead:
    """Lines of the orders that were paid."""
    move, line = OrderHistory, OrderLine
    days = [day_at(move.at)] if by_day else []
    return HotRead(
        select(
            *(day.label("day") for day in days),
            line.product_id,
            _title(language).label("title"),
            func.count(distinct(line.order_id)).label("orders"),
            whole(line.units).label("units"),
            whole(line.payable_fen).label("fen"),
        )
        .select_from(move)
        .join(line, line.order_id == move.order_id)
        .where(move.at >= BEGINS, move.at < ENDS, move.to_status == word(OrderStatus.PAID))
        .group_by(*days, line.product_id)
    )


@cache
def returned_products(language: Language, *, by_day: bool) -> HotRead:
    """Lines of refunds whose money was back, by the index of their moments."""
    refund, back, line = OrderRefund, OrderRefundLine, OrderLine
    days = [day_at(refund.finished_at)] if by_day else []
    return HotRead(
        select(
            *(day.label("day") for day in days),
            line.product_id,
            _title(language).label("title"),
            whole(back.units).label("units"),
            whole(back.goods_fen).label("fen"),
            whole(back.freight_fen).label("freight_fen"),
        )
        .select_from(refund)
        .join(back, back.refund_id == refund.id)
        .join(line, (line.order_id == back.order_id) & (line.number == back.line_number))
        .where(refund.finished_at >= BEGINS, refund.finished_at < ENDS)
        .group_by(*days, line.product_id)
    )
