"""A table of parcels: the columns that it may have."""

from enum import StrEnum

from domain.kernel import csv_tables
from domain.kernel.csv_tables import Row


class Column(StrEnum):
    """The columns that a table may have."""

    ORDER_NUMBER = "order_number"
    CARRIER = "carrier"
    TRACKING_NUMBER = "tracking_number"
    SKU = "sku"
    UNITS = "units"


REQUIRED = (Column.ORDER_NUMBER, Column.CARRIER, Column.TRACKING_NUMBER)


def read_table(content: bytes) -> list[Row]:
    """The rows of a table of parcels; raises `TableRefused`."""
    return csv_tables.read_table(content, frozenset(Column), REQUIRED)
