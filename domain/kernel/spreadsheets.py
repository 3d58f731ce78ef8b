"""Tables that spreadsheets in this market open as they are meant.

UTF-8 with a mark, for without it Excel takes a file for GBK; no cell can begin a formula; and what
has more digits than a spreadsheet keeps ends with a tab, so that it is read as text.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import StringIO

from domain.kernel.clock import SHOP_ZONE

MARK = "\ufeff"
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def header(columns: Mapping[str, str]) -> bytes:
    """What a file begins with; ``columns`` are the titles in their order, by name."""
    return (MARK + written([list(columns.values())])).encode()


def body(columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> bytes:
    """Rows as they stand in a file; each has a value for every column, None for nothing."""
    names = list(columns)
    return written(
        [[safe(str(row[name])) if row[name] is not None else "" for name in names] for row in rows]
    ).encode()


def written(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells that are safe."""
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def yuan(fen: int) -> str:
    """An amount of nothing or more that spreadsheets calculate with: ``1299.00``."""
    return f"{fen // 100}.{fen % 100:02d}"


def moment(at: datetime | None) -> str:
    """A moment on the shop's clock."""
    return "" if at is None else f"{at.astimezone(SHOP_ZONE):%Y-%m-%d %H:%M:%S}"


def as_text(digits: str) -> str:
    """Digits that a spreadsheet does not take for an amount."""
    return f"{digits}\t"


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
