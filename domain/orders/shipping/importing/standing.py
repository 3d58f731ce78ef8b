"""What is left to send of the orders of a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, bindparam, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.csv_tables import Row
from domain.kernel.db import WriteSession
from domain.kernel.errors import Problem
from domain.kernel.problems import NOT_FOUND
from domain.orders.models import Order, OrderLine
from domain.orders.refunding.reserved import reserved_of_orders
from domain.orders.shipping.importing.grouping import ParcelRows, Problems, units_of
from domain.orders.shipping.importing.problems import UNITS_NOT_LEFT
from domain.orders.shipping.importing.table import Column
from domain.orders.shipping.models import Shipment, ShipmentLine
from domain.orders.shipping.rules import ParcelLine
from domain.orders.words import Carrier
from domain.stock.holding import lock_levels

_NUMBERS = bindparam("numbers", type_=ARRAY(Text))
_IDS = bindparam("ids", type_=ARRAY(UuidColumn))
# Neither ever changes.
_LINES = (
    select(
        Order.number,
        Order.id,
        Order.place_id,
        OrderLine.number,
        OrderLine.sku,
        OrderLine.variant_id,
        OrderLine.units,
    )
    .join(OrderLine, OrderLine.order_id == Order.id)
    .where(Order.number == any_(_NUMBERS))
    .order_by(Order.id, OrderLine.number)
)
_LOCK = (
    select(Order.id)
    .where(Order.id == any_(_IDS))
    .order_by(Order.id)
    .with_for_update(key_share=True)
)
_PARCELS = select(
    Shipment.order_id, Shipment.carrier, Shipment.tracking_number, Shipment.ordinal
).where(Shipment.order_id == any_(_IDS))
_SENT = select(ShipmentLine.order_id, ShipmentLine.line_number, ShipmentLine.units).where(
    ShipmentLine.order_id == any_(_IDS)
)
_RESERVED = reserved_of_orders(any_(_IDS))


@dataclass(slots=True)
class Left:
    """What is left of an order, by line and SKU, and which parcels it has."""

    order_id: UUID
    lines: dict[int, tuple[str, int]] = field(default_factory=dict[int, tuple[str, int]])
    parcels: dict[tuple[Carrier | None, str | None], int] = field(
        default_factory=dict[tuple[Carrier | None, str | None], int]
    )

    def take(self, lines: Iterable[ParcelLine] | None) -> None:
        """Note that lines were sent; everything without."""
        sent = {each.line_number: each.units for each in lines} if lines is not None else None
        for number, (sku, units) in self.lines.items():
            gone = units if sent is None else sent.get(number, 0)
            self.lines[number] = sku, units - gone


async def locked_left(session: WriteSession, numbers: Sequence[str]) -> dict[str, Left]:
    """What is left of the orders with these numbers, which are locked with their levels.

    In the order of locks, so that sending one parcel after the other of them waits for nobody.
    """
    by_id, levels = dict[UUID, Left](), set[tuple[UUID, UUID]]()
    found: dict[str, Left] = {}
    for number, order_id, place_id, line, sku, variant_id, units in await session.execute(
        _LINES, {"numbers": numbers}
    ):
        left = found.setdefault(number, Left(order_id))
        left.lines[line] = sku, units
        by_id[order_id] = left
        levels.add((variant_id, place_id))
    if not found:
        return {}
    await lock_levels(session, levels)
    ids = sorted(by_id)
    await session.execute(_LOCK, {"ids": ids})
    for order_id, carrier, tracked, ordinal in await session.execute(_PARCELS, {"ids": ids}):
        by_id[order_id].parcels[carrier, tracked] = ordinal
    for order_id, line, units in await session.execute(_SENT, {"ids": ids}):
        by_id[order_id].take([ParcelLine(line, units)])
    for order_id, line, units in await session.execute(_RESERVED, {"ids": ids}):
        by_id[order_id].take([ParcelLine(line, int(units))])
    return found


def contents_of(parcel: ParcelRows, left: Left) -> tuple[tuple[ParcelLine, ...] | None, Problems]:
    """What goes into a parcel, None for all that is left; and what is wrong with its rows.

    Units of a SKU come from the order's lines that have it, the first one first.
    """
    if parcel.is_all_that_is_left:
        return None, {}
    lines, problems = list[ParcelLine](), Problems()
    for row in parcel.rows:
        found = _lines_of(row, left)
        if isinstance(found, Problem):
            problems[row.line] = [found]
        else:
            lines += found
    return tuple(lines), problems


def _lines_of(row: Row, left: Left) -> list[ParcelLine] | Problem:
    sku, wanted = row.cell(Column.SKU), units_of(row)
    has = [(number, units) for number, (own, units) in left.lines.items() if own == sku]
    if not has:
        return NOT_FOUND.at(Column.SKU)
    in_all = sum(units for _, units in has)
    if in_all == 0 or (wanted or 0) > in_all:
        return UNITS_NOT_LEFT.at(Column.UNITS, left=in_all)
    still, lines = wanted or in_all, list[ParcelLine]()
    for number, units in has:
        if taken := min(units, still):
            lines.append(ParcelLine(number, taken))
            still -= taken
    return lines
