"""From rows to parcels: what belongs together, and what the table alone says is wrong with it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.kernel.csv_tables import NOT_A_NUMBER, Row
from domain.kernel.errors import Problem
from domain.kernel.language import Language
from domain.kernel.problems import MISSING, OUT_OF_RANGE, REPEATED
from domain.orders.numbers import is_order_number
from domain.orders.shipping.carriers import carrier_name
from domain.orders.shipping.importing.problems import (
    NOT_A_CARRIER,
    NOT_AN_ORDER_NUMBER,
    TOO_MANY_PARCELS,
)
from domain.orders.shipping.importing.table import Column
from domain.orders.shipping.rules import (
    MOST_PARCELS,
    MOST_UNITS,
    NOT_A_TRACKING_NUMBER,
    is_tracking_number,
    tracking_number,
)
from domain.orders.words import Carrier

_LONGEST_UNITS = 9
_CARRIERS = {
    name.casefold(): carrier
    for carrier in Carrier
    for name in (carrier, *(carrier_name(carrier, language) for language in Language))
}
"""What people write for each carrier."""

Problems = dict[int, list[Problem]]
"""What is wrong, by row; the path of each is a column, or empty for the row as a whole."""


@dataclass(frozen=True, slots=True)
class ParcelRows:
    """The rows of one parcel, and what the table alone says is wrong with them."""

    carrier: Carrier | None
    tracking_number: str
    rows: tuple[Row, ...]
    problems: Problems

    @property
    def is_all_that_is_left(self) -> bool:
        """Whether it names no units."""
        return len(self.rows) == 1 and not self.rows[0].cell(Column.SKU)


@dataclass(frozen=True, slots=True)
class OrderRows:
    """The parcels of one order, in the order of their first rows."""

    number: str
    parcels: tuple[ParcelRows, ...]

    @property
    def row_count(self) -> int:
        """How many rows they have."""
        return sum(len(each.rows) for each in self.parcels)


def orders_of(rows: Sequence[Row]) -> list[OrderRows]:
    """The orders of a table with their parcels, in the order of their first rows."""
    together: dict[str, dict[tuple[str, str], list[Row]]] = defaultdict(dict)
    for row in rows:
        written = row.cell(Column.CARRIER).casefold()
        parcel = _CARRIERS.get(written, written), _number_of(row)
        together[_order_number(row)].setdefault(parcel, []).append(row)
    return [_order(number, [*parcels.values()]) for number, parcels in together.items()]


def units_of(row: Row) -> int | None:
    """How many units a row names; None for all that are left."""
    return int(row.cell(Column.UNITS)) if row.cell(Column.UNITS) else None


def _order(number: str, parcels: Sequence[Sequence[Row]]) -> OrderRows:
    return OrderRows(
        number, tuple(_parcel(rows, place, number) for place, rows in enumerate(parcels))
    )


def _parcel(rows: Sequence[Row], place: int, number: str) -> ParcelRows:
    problems: Problems = {}
    seen: set[str] = set()
    for row in rows:
        found = [*row.problems, *_of_row(row, number), *_of_units(row, seen, len(rows))]
        if place >= MOST_PARCELS:
            found.append(TOO_MANY_PARCELS.at(Column.ORDER_NUMBER, most=MOST_PARCELS))
        if found:
            problems[row.line] = found
    carrier = _CARRIERS.get(rows[0].cell(Column.CARRIER).casefold())
    return ParcelRows(carrier, _number_of(rows[0]), tuple(rows), problems)


def _of_row(row: Row, number: str) -> Iterator[Problem]:
    if not number:
        yield MISSING.at(Column.ORDER_NUMBER)
    elif not is_order_number(number):
        yield NOT_AN_ORDER_NUMBER.at(Column.ORDER_NUMBER)
    carrier, tracked = row.cell(Column.CARRIER), _number_of(row)
    if not carrier:
        yield MISSING.at(Column.CARRIER)
    elif carrier.casefold() not in _CARRIERS:
        yield NOT_A_CARRIER.at(Column.CARRIER)
    if not tracked:
        yield MISSING.at(Column.TRACKING_NUMBER)
    elif not is_tracking_number(tracked):
        yield NOT_A_TRACKING_NUMBER.at(Column.TRACKING_NUMBER)


def _of_units(row: Row, seen: set[str], rows: int) -> Iterator[Problem]:
    sku, units = row.cell(Column.SKU), row.cell(Column.UNITS)
    if not sku and (units or rows > 1):
        yield MISSING.at(Column.SKU)
    if sku and sku in seen:
        yield REPEATED.at(Column.SKU, value=sku)
    seen.add(sku)
    if units and not (units.isascii() and units.isdecimal() and len(units) <= _LONGEST_UNITS):
        yield NOT_A_NUMBER.at(Column.UNITS)
    elif units and not 1 <= int(units) <= MOST_UNITS:
        yield OUT_OF_RANGE.at(Column.UNITS, least=1, most=MOST_UNITS)


def _order_number(row: Row) -> str:
    """The number; some write an apostrophe before it, so that no spreadsheet changes it."""
    return row.cell(Column.ORDER_NUMBER).lstrip("'")


def _number_of(row: Row) -> str:
    return tracking_number(row.cell(Column.TRACKING_NUMBER).lstrip("'"))
