"""What rows of WeChat Pay's bills mean, and what their sums have to be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from domain.kernel.clock import SHOP_ZONE
from domain.payments.bills import BillLine, BillUnusable, LineKind, LineState

_YUAN = re.compile(r"-?[0-9]{1,10}(\.[0-9]{1,5})?")
_NUMBER = re.compile(r"[!-~]{1,64}")
_COUNT = re.compile(r"[0-9]{1,12}")
_DECIMALS = 5
_MILLIFEN = 1000
_TIME = "%Y-%m-%d %H:%M:%S"
_REFUND_STATES = {
    "SUCCESS": LineState.SUCCEEDED,
    "PROCESSING": LineState.PROCESSING,
    "FAIL": LineState.FAILED,
    "CHANGE": LineState.FAILED,
}
_PAYMENT, _REFUND = "交易", "退款"
"""The kinds of business that move money of an order."""
_CAME, _WENT = "收入", "支出"

Row = Mapping[str, str]


@dataclass(slots=True)
class Sums:
    """What the rows of a bill come to."""

    rows: int = 0
    came_rows: int = 0
    came_fen: int = 0
    went_fen: int = 0
    fee_millifen: int = 0

    def add(self, line: BillLine) -> None:
        """Count one more."""
        came = line.kind is LineKind.PAYMENT or (
            line.kind is LineKind.OTHER and line.amount_fen >= 0
        )
        self.rows += 1
        self.came_rows += came
        self.fee_millifen += line.fee_millifen
        if came:
            self.came_fen += line.amount_fen
        else:
            self.went_fen += abs(line.amount_fen)


def trade(row: Row) -> BillLine:
    """A row of the bill of trades."""
    status, at, fee = _told(row, "交易状态"), _moment(row, "交易时间"), _yuan(row, "手续费")
    if status == "REFUND":
        state = _REFUND_STATES.get(_told(row, "退款状态"))
        if state is None:
            raise BillUnusable("state")
        number, reference = _number(row, "商户退款单号"), _number(row, "微信退款单号")
        refunded = _fen(row, "申请退款金额")
        return BillLine(LineKind.REFUND, number, reference, at, refunded, fee, state)
    # One that was taken back at the counter has no money left in it.
    kind = LineKind.PAYMENT if status == "SUCCESS" else LineKind.OTHER
    return BillLine(
        kind,
        _number(row, "商户订单号"),
        _number(row, "微信订单号"),
        at,
        _fen(row, "订单金额"),
        fee,
        LineState.SUCCEEDED,
    )


def fund(row: Row) -> BillLine:
    """A row of the bill of funds."""
    business, way, fen = _told(row, "业务类型"), _told(row, "收支类型"), _fen(row, "收支金额(元)")
    if way not in {_CAME, _WENT}:
        raise BillUnusable("way")
    kind = {(_PAYMENT, _CAME): LineKind.PAYMENT, (_REFUND, _WENT): LineKind.REFUND}.get(
        (business, way), LineKind.OTHER
    )
    if kind is LineKind.OTHER and way == _WENT:
        fen = -fen
    return BillLine(
        kind,
        _number(row, "微信支付业务单号"),
        _number(row, "资金流水单号"),
        _moment(row, "记账时间"),
        fen,
        0,
        LineState.SUCCEEDED,
    )


def check_trades(row: Row, sums: Sums) -> None:
    """Raise `BillUnusable` unless the sums of trades are those of the rows."""
    told = (
        _count(row, "总交易单数"),
        _fen(row, "订单总金额"),
        _fen(row, "申请退款总金额"),
        _yuan(row, "手续费总金额"),
    )
    if told != (sums.rows, sums.came_fen, sums.went_fen, sums.fee_millifen):
        raise BillUnusable("sums")


def check_funds(row: Row, sums: Sums) -> None:
    """Raise `BillUnusable` unless the sums of funds are those of the rows."""
    told = (
        _count(row, "资金流水总笔数"),
        _count(row, "收入笔数"),
        _fen(row, "收入金额"),
        _count(row, "支出笔数"),
        _fen(row, "支出金额"),
    )
    went_rows = sums.rows - sums.came_rows
    if told != (sums.rows, sums.came_rows, sums.came_fen, went_rows, sums.went_fen):
        raise BillUnusable("sums")


def _told(row: Row, column: str) -> str:
    value = row.get(column)
    if value is None:
        raise BillUnusable("columns")
    return value.strip()


def _matching(row: Row, column: str, pattern: re.Pattern[str], word: str) -> str:
    value = _told(row, column)
    if not pattern.fullmatch(value):
        raise BillUnusable(word)
    return value


def _number(row: Row, column: str) -> str:
    return _matching(row, column, _NUMBER, "number")


def _count(row: Row, column: str) -> int:
    return int(_matching(row, column, _COUNT, "count"))


def _yuan(row: Row, column: str) -> int:
    """An amount in thousandths of a fen."""
    return int(Decimal(_matching(row, column, _YUAN, "amount")).scaleb(_DECIMALS))


def _fen(row: Row, column: str) -> int:
    fen, rest = divmod(_yuan(row, column), _MILLIFEN)
    if rest or fen < 0:
        raise BillUnusable("amount")
    return fen


def _moment(row: Row, column: str) -> datetime:
    try:
        return datetime.strptime(_told(row, column), _TIME).replace(tzinfo=SHOP_ZONE)
    except ValueError:
        raise BillUnusable("time") from None
