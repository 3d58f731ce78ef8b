"""The files of WeChat Pay's bills: packed CSV, read row by row in bounded memory.

A header, rows, a header of sums, and the sums. Each value follows a backtick, so that no table
program takes it for a number; amounts are in yuan. Columns are found by their names.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from domain.gateways.wechat_pay.bill_values import Sums, check_funds, check_trades, fund, trade
from domain.payments.bills import BillKind, BillLine, BillUnusable

MOST_BYTES = 1024 * 1024 * 1024
"""Of a file as it is unpacked."""
MOST_ROW_BYTES = 16 * 1024
_CHUNK = 64 * 1024
_GZIP = 31
"""What zlib calls the form of gzip."""
_MARK = "`"
_BETWEEN = ",`"
_FREE = "商品名称"
"""The column that holds any words, commas too."""

Row = Mapping[str, str]
_Read = Callable[[Row], BillLine]
_Check = Callable[[Row, Sums], None]
_KINDS: Mapping[BillKind, tuple[_Read, _Check]] = {
    BillKind.TRADES: (trade, check_trades),
    BillKind.FUNDS: (fund, check_funds),
}


@dataclass(frozen=True, slots=True)
class BillFile:
    """A bill whose digest is verified; only what is packed is held."""

    kind: BillKind
    day: date
    packed: bytes = field(repr=False)
    digest: str

    def lines(self) -> Iterator[BillLine]:
        """Read it row by row; `BillUnusable` where it is not whole or its sums are not right."""
        read, check = _KINDS[self.kind]
        rows = _rows(_unpacked(self.packed))
        columns, sums = next(rows, "").split(","), Sums()
        for row in rows:
            if not row.startswith(_MARK):
                check(_named(row.split(","), next(rows, "")), sums)
                break
            line = read(_named(columns, row))
            sums.add(line)
            yield line
        else:
            raise BillUnusable("cut")
        if next(rows, None) is not None:
            raise BillUnusable("more")


def require_digest(packed: bytes, digest: str) -> None:
    """Raise `BillUnusable` unless what is packed has this SHA-1."""
    # WeChat Pay has chosen it; it guards against a file that was cut or mixed up on its way.
    found = hashlib.sha1(usedforsecurity=False)
    for chunk in _unpacked(packed):
        found.update(chunk)
    if found.hexdigest() != digest:
        raise BillUnusable("digest")


def _unpacked(packed: bytes) -> Iterator[bytes]:
    decoder, size = zlib.decompressobj(_GZIP), 0
    try:
        for start in range(0, len(packed), _CHUNK):
            rest = packed[start : start + _CHUNK]
            while rest:
                chunk = decoder.decompress(rest, _CHUNK)
                size += len(chunk)
                if size > MOST_BYTES:
                    raise BillUnusable("too_large")
                yield chunk
                rest = decoder.unconsumed_tail
        yield decoder.flush()
    except zlib.error:
        raise BillUnusable("gzip") from None
    if not decoder.eof or decoder.unused_data:
        raise BillUnusable("gzip")


def _rows(chunks: Iterator[bytes]) -> Iterator[str]:
    """The rows, without what ends them; what is empty is none."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for row in whole:
            yield from _row(row)
        if len(rest) > MOST_ROW_BYTES:
            raise BillUnusable("row")
    yield from _row(rest)


def _row(row: bytes) -> Iterator[str]:
    if len(row) > MOST_ROW_BYTES:
        raise BillUnusable("row")
    try:
        told = row.decode().removeprefix("\ufeff").strip()
    except UnicodeDecodeError:
        raise BillUnusable("letters") from None
    if told:
        yield told


def _named(columns: Sequence[str], row: str) -> Row:
    """The values of a row by the names of their columns."""
    values = row.removeprefix(_MARK).split(_BETWEEN)
    surplus = len(values) - len(columns)
    if surplus > 0 and _FREE in columns:
        # The words of a product may look like the end of a value.
        at = columns.index(_FREE)
        values[at : at + surplus + 1] = [_BETWEEN.join(values[at : at + surplus + 1])]
    if not row.startswith(_MARK) or len(values) != len(columns):
        raise BillUnusable("columns")
    return dict(zip(columns, values, strict=True))
