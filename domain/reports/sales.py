"""What was sold on some days: four statements, whatever was."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, TypeVar

from asyncpg import Record
from sqlalchemy import case, exists, func, select

from domain.kernel.days import Days
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.money import Fen
from domain.members.words import Channel
from domain.orders.models import Order, OrderHistory
from domain.orders.words import OrderStatus
from domain.payments.clearing import APPLIED
from domain.payments.models import ClearingEntry, PaymentAttempt
from domain.payments.words import ClearingAccount
from domain.reports.products import products_of_all
from domain.reports.spans import BEGINS, ENDS, day_at, whole, word
from domain.reports.structs import (
    ChannelSales,
    DaySales,
    PlaceKey,
    PlaceSales,
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
    products = await products_of_all(reads, days, language)
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
        other_refunded_units=sum(each.refunded_units for each in others),
        other_refunded_fen=Fen(sum(each.refunded_fen for each in others)),
        refunded_freight_fen=Fen(sum(each.refunded_freight_fen for each in products)),
        download_path=download_path,
    )


async def cells_of(reads: ReadPool, days: Days, language: Language) -> list[Cell]:
    """All figures of the days, by day, place and channel."""
    moved = await moved_orders(language).rows(reads, begins=days.begins, ends=days.ends)
    returned = await returned_money(language).rows(reads, begins=days.begins, ends=days.ends)
    return [_cell(row, _SOLD[row["kind"]]) for row in moved] + [
        _cell(row, _BACK) for row in returned
    ]


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


def _title(language: Language) -> Any:
    return Place.title_zh if language is Language.ZH else Place.title_en


@cache
def moved_orders(language: Language) -> HotRead:
    """Moves of orders, by the index of their moments."""
    move, order = OrderHistory, Order
    is_unpaid = move.from_status == word(OrderStatus.PENDING_PAYMENT)
    kind = case(
        (move.from_status.is_(None), word("placed")),
        (move.to_status == word(OrderStatus.PAID), word("paid")),
        (is_unpaid & (move.to_status == word(OrderStatus.CLOSED)), word("closed")),
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
            whole(order.units).label("units"),
            whole(order.payable_fen).label("fen"),
            whole(freight).label("freight_fen"),
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
        applied.c.attempt_id == entry.attempt_id, applied.c.source == word(APPLIED.source)
    )
    return HotRead(
        select(
            day.label("day"),
            order.place_id,
            Place.code,
            _title(language).label("title"),
            order.channel,
            func.count().label("refunds"),
            whole(entry.amount_fen).label("fen"),
        )
        .join(attempt, attempt.id == entry.attempt_id)
        .join(order, order.id == attempt.order_id)
        .join(Place, Place.id == order.place_id)
        .where(
            entry.recorded_at >= BEGINS,
            entry.recorded_at < ENDS,
            # By the gateway or by other means: whose it was has it back.
            entry.from_account == word(ClearingAccount.ORDERS),
            was_orders,
        )
        .group_by(day, order.place_id, Place.code, _title(language), order.channel)
    )
