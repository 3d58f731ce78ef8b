"""What was sold on some days: three statements, whatever was."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, TypeVar

from asyncpg import Record
from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    Text,
    bindparam,
    case,
    cast,
    distinct,
    exists,
    func,
    literal_column,
    select,
)

from domain.catalog.views.structs import PRODUCT
from domain.kernel.clock import SHOP_ZONE
from domain.kernel.days import Days
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.money import Fen
from domain.members.words import Channel
from domain.orders.models import Order, OrderHistory, OrderLine
from domain.orders.words import OrderStatus
from domain.payments.clearing import APPLIED
from domain.payments.models import ClearingEntry, PaymentAttempt
from domain.payments.words import ClearingAccount
from domain.reports.structs import (
    ChannelSales,
    DaySales,
    PlaceKey,
    PlaceSales,
    ProductSales,
    SalesFigures,
    SalesReport,
)
from domain.stores.models import Place
from domain.stores.views import PLACE

MOST_DAYS = 31
MOST_PRODUCTS = 100
"""Products that a report names, those that brought most; the table has all of them."""
_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Cell:
    """Figures of one day, place and channel."""

    day: date
    place: PlaceKey
    channel: Channel
    figures: Counter[str]


async def sales_report(
    reads: ReadPool, days: Days, language: Language, *, download_path: str
) -> SalesReport:
    """What was sold on the days."""
    cells = await cells_of(reads, days, language)
    products = await _products_of_all(reads, days, language)
    named, others = products[:MOST_PRODUCTS], products[MOST_PRODUCTS:]
    by_day = grouped(cells, lambda cell: cell.day)
    by_place = grouped(cells, lambda cell: cell.place)
    by_channel = grouped(cells, lambda cell: cell.channel)
    return SalesReport(
        first_day=days.first.isoformat(),
        last_day=days.last.isoformat(),
        total=figures_of(cells),
        days=[DaySales(day.isoformat(), by_day.get(day, SalesFigures())) for day in days],
        places=[
            PlaceSales(public_id(PLACE, place.key), place.code, place.title, by_place[place])
            for place in sorted(by_place, key=lambda place: place.code)
        ],
        channels=[ChannelSales(each, by_channel[each]) for each in Channel if each in by_channel],
        products=named,
        other_products=len(others),
        other_units=sum(each.units for each in others),
        other_paid_fen=Fen(sum(each.paid_fen for each in others)),
        download_path=download_path,
    )


async def cells_of(reads: ReadPool, days: Days, language: Language) -> list[Cell]:
    """All figures of the days, by day, place and channel."""
    moved = await moved_orders(language).rows(reads, begins=days.begins, ends=days.ends)
    returned = await returned_money(language).rows(reads, begins=days.begins, ends=days.ends)
    return [_cell(row, _SOLD[row["kind"]]) for row in moved] + [
        _cell(row, _BACK) for row in returned
    ]


async def products_by_day(reads: ReadPool, days: Days, language: Language) -> list[ProductSales]:
    """What was paid for of each product on each day, those that brought most first."""
    rows = await sold_products(language, by_day=True).rows(
        reads, begins=days.begins, ends=days.ends
    )
    return [_product(row, row["day"].isoformat()) for row in rows]


def grouped(cells: Iterable[Cell], by: Callable[[Cell], _Key]) -> dict[_Key, SalesFigures]:
    """Figures by what a cell is of."""
    groups: dict[_Key, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(by(cell), []).append(cell)
    return {key: figures_of(group) for key, group in groups.items()}


def figures_of(cells: Iterable[Cell]) -> SalesFigures:
    """The sum of cells."""
    total: Counter[str] = Counter()
    for cell in cells:
        total.update(cell.figures)
    amounts = {name: Fen(total[name]) for name in total if name.endswith("_fen")}
    counts = {name: total[name] for name in total if not name.endswith("_fen")}
    return SalesFigures(**counts, **amounts)


async def _products_of_all(
    reads: ReadPool, days: Days, language: Language
) -> Sequence[ProductSales]:
    rows = await sold_products(language, by_day=False).rows(
        reads, begins=days.begins, ends=days.ends
    )
    return [_product(row, None) for row in rows]


_SOLD: Mapping[str, Mapping[str, str]] = {
    "placed": {"placed_orders": "orders", "placed_fen": "fen"},
    "paid": {
        "paid_orders": "orders",
        "paid_units": "units",
        "paid_fen": "fen",
        "freight_fen": "freight_fen",
    },
    "closed": {"closed_orders": "orders"},
}
_BACK = {"refunds": "refunds", "refunded_fen": "fen"}
"""Which figure each column of a row is."""


def _cell(row: Record, names: Mapping[str, str]) -> Cell:
    place = PlaceKey(row["place_id"], row["code"], row["title"])
    figures = Counter({name: int(row[column]) for name, column in names.items()})
    return Cell(row["day"], place, Channel(row["channel"]), figures)


def _product(row: Record, day: str | None) -> ProductSales:
    return ProductSales(
        public_id(PRODUCT, row["product_id"]),
        row["title"],
        row["orders"],
        int(row["units"]),
        Fen(int(row["fen"])),
        day,
    )


_MOMENT = DateTime(timezone=True)
BEGINS: Any = bindparam("begins", type_=_MOMENT)
ENDS: Any = bindparam("ends", type_=_MOMENT)


def day_at(moment: Any) -> Any:
    """The day of business that a moment is of."""
    zone = literal_column(f"'{SHOP_ZONE.tzname(None)}'", Text)
    return cast(func.timezone(zone, moment), Date)


def _word(word: str) -> Any:
    return literal_column(f"'{word}'", Text)


def _title(language: Language) -> Any:
    return Place.title_zh if language is Language.ZH else Place.title_en


def _whole(column: Any) -> Any:
    return cast(func.sum(column), BigInteger)


@cache
def moved_orders(language: Language) -> HotRead:
    """Moves of orders, by the index of their moments."""
    move, order = OrderHistory, Order
    is_unpaid = move.from_status == _word(OrderStatus.PENDING_PAYMENT)
    kind = case(
        (move.from_status.is_(None), _word("placed")),
        (move.to_status == _word(OrderStatus.PAID), _word("paid")),
        (is_unpaid & (move.to_status == _word(OrderStatus.CLOSED)), _word("closed")),
    )
    day = day_at(move.at)
    by = day, order.place_id, Place.code, _title(language), order.channel, kind
    freight = order.freight_list_fen - order.freight_discount_fen
    return HotRead(
        select(
            day.label("day"),
            order.place_id,
            Place.code,
            _title(language).label("title"),
            order.channel,
            kind.label("kind"),
            func.count().label("orders"),
            _whole(order.units).label("units"),
            _whole(order.payable_fen).label("fen"),
            _whole(freight).label("freight_fen"),
        )
        .join(order, order.id == move.order_id)
        .join(Place, Place.id == order.place_id)
        .where(move.at >= BEGINS, move.at < ENDS, kind.is_not(None))
        .group_by(*by)
    )


@cache
def returned_money(language: Language) -> HotRead:
    """Money that had been orders' and went back, by the index of the clearing's moments."""
    entry, attempt, order = ClearingEntry, PaymentAttempt, Order
    day = day_at(entry.recorded_at)
    applied = ClearingEntry.__table__.alias("applied")
    was_orders = exists().where(
        applied.c.attempt_id == entry.attempt_id, applied.c.source == _word(APPLIED.source)
    )
    return HotRead(
        select(
            day.label("day"),
            order.place_id,
            Place.code,
            _title(language).label("title"),
            order.channel,
            func.count().label("refunds"),
            _whole(entry.amount_fen).label("fen"),
        )
        .join(attempt, attempt.id == entry.attempt_id)
        .join(order, order.id == attempt.order_id)
        .join(Place, Place.id == order.place_id)
        .where(
            entry.recorded_at >= BEGINS,
            entry.recorded_at < ENDS,
            entry.to_account == _word(ClearingAccount.GATEWAY),
            was_orders,
        )
        .group_by(day, order.place_id, Place.code, _title(language), order.channel)
    )


@cache
def sold_products(language: Language, *, by_day: bool) -> HotRead:
    """Lines of the orders that were paid."""
    move, line = OrderHistory, OrderLine
    title = line.product_title_zh if language is Language.ZH else line.product_title_en
    day, fen = day_at(move.at), _whole(line.payable_fen)
    of_day = [day.label("day")] if by_day else []
    statement = (
        select(
            *of_day,
            line.product_id,
            # What it was called last, as far as letters tell: titles are those of each order.
            func.max(title).label("title"),
            func.count(distinct(line.order_id)).label("orders"),
            _whole(line.units).label("units"),
            fen.label("fen"),
        )
        .select_from(move)
        .join(line, line.order_id == move.order_id)
        .where(move.at >= BEGINS, move.at < ENDS, move.to_status == _word(OrderStatus.PAID))
        .group_by(*([day] if by_day else []), line.product_id)
    )
    return HotRead(statement.order_by(*([day] if by_day else []), fen.desc(), line.product_id))
