"""What became of the rows of an import, as a table that spreadsheets open as it is meant."""

import csv
from collections.abc import Sequence
from io import StringIO

from domain.kernel.language import Language
from domain.kernel.spreadsheets import MARK, as_text, safe
from domain.orders.shipping.importing.models import ParcelOutcome
from domain.orders.shipping.importing.table import Column
from domain.orders.shipping.importing.views import ShipmentImportRowView

PASS = "shipment-import-pass"  # noqa: S105 - what passes to these files are for
_HEADER = ("line", *Column, "结果 Outcome", "原因 Why")
_OUTCOMES = {
    ParcelOutcome.SHIPPED: "已发货 Sent",
    ParcelOutcome.READY: "可以发货 Can be sent",
    ParcelOutcome.ALREADY_SHIPPED: "此前已发货 Sent before",
    ParcelOutcome.REFUSED: "有误 Wrong",
    ParcelOutcome.HELD_BACK: "暂缓 Held back",
}


def result_file(rows: Sequence[ShipmentImportRowView]) -> bytes:
    """The rows with what became of them, in both languages."""
    text = StringIO(newline="")
    text.write(MARK)
    writer = csv.writer(text)
    writer.writerow(_HEADER)
    writer.writerows(_cells(row) for row in rows)
    return text.getvalue().encode()


def _cells(row: ShipmentImportRowView) -> list[str]:
    why = "; ".join(
        f"{each.path} {each.told_in(language)}".strip()
        for language in Language
        for each in row.problems
    )
    number = as_text(row.order_number) if row.order_number else ""
    given = number, row.carrier, row.tracking_number, row.sku, row.units
    return [str(row.line), *map(safe, given), _OUTCOMES[row.outcome], safe(why)]
