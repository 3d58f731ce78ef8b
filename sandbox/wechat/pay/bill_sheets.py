"""The bills of a day as WeChat Pay writes them: CSV with a backtick before each value, in yuan.

The fee of 0.6 % is taken off payments, rounded to the fen, and comes back with a refund. All money
is in the account at once: nothing of it stands frozen.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from domain.kernel.clock import SHOP_ZONE
from sandbox.wechat.pay.bill_tricks import BillTricks
from sandbox.wechat.pay.orders import Order, Orders
from sandbox.wechat.pay.refunds import Refund, RefundStatus

_RATE = Decimal("0.006")
_FEN = Decimal(100)
_NOON = timedelta(hours=12)
_TRADE_COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,"
    "货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,"
    "商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
_TRADE_SUMS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)
_FUND_COLUMNS = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)
_FUND_SUMS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"


@dataclass(frozen=True, slots=True)
class Books:
    """What a bill is written from."""

    orders: Orders
    tricks: BillTricks
    app_id: str
    merchant_id: str


@dataclass(frozen=True, slots=True)
class _Trade:
    at: datetime
    number: str
    transaction_id: str
    openid: str
    description: str
    attach: str
    total: int
    refund: Refund | None
    amount: int
    """What was paid, or is to go back."""

    @property
    def fee(self) -> int:
        """The fee in fen, negative where it comes back."""
        fee = int((self.amount * _RATE).quantize(Decimal(1), ROUND_HALF_UP))
        return -fee if self.refund else fee


def trade_sheet(books: Books, day: date) -> str | None:
    """The payments that succeeded and the refunds that were accepted on a day; None for none."""
    trades = [each for each in _trades(books) if _day(each.at) == day]
    if not trades:
        return None
    rows = [_trade_row(books, each) for each in trades]
    paid = sum(each.amount for each in trades if not each.refund)
    back = sum(each.amount for each in trades if each.refund)
    fee = sum(each.fee for each in trades)
    sums = (
        str(len(trades)),
        _yuan(paid),
        _yuan(back),
        "0.00",
        _fee(fee),
        _yuan(paid),
        _yuan(back),
    )
    return _written(_TRADE_COLUMNS, rows, _TRADE_SUMS, sums)


def fund_sheet(books: Books, day: date) -> str | None:
    """What moved in the account on a day; None for nothing."""
    moved = [move for each in _trades(books) for move in _moves(each) if _day(move[0]) == day]
    if not moved:
        return None
    rows: list[Sequence[str]] = []
    balance = 0
    for at, number, business, fen, voucher in moved:
        balance += fen
        rows.append(
            (
                _time(at),
                number,
                f"{number[:20]}{len(rows):08}",
                business,
                business,
                "收入" if fen >= 0 else "支出",
                _yuan(abs(fen)),
                _yuan(balance),
                "system",
                "",
                voucher,
            )
        )
    came = [fen for _, _, _, fen, _ in moved if fen >= 0]
    went = [-fen for _, _, _, fen, _ in moved if fen < 0]
    sums = (str(len(moved)), str(len(came)), _yuan(sum(came)), str(len(went)), _yuan(sum(went)))
    return _written(_FUND_COLUMNS, rows, _FUND_SUMS, sums)


def _trades(books: Books) -> Iterator[_Trade]:
    tricks = books.tricks
    for order in books.orders:
        if order.paid_at is None or order.transaction_id is None:
            continue
        if order.out_trade_no not in tricks.without:
            yield _trade(order, order.paid_at, None, tricks)
        for refund in order.refunds:
            if refund.out_refund_no not in tricks.without:
                yield _trade(order, refund.created_at, refund, tricks)
    for row in tricks.extra:
        noon = datetime.combine(date.fromisoformat(row.day), datetime.min.time(), SHOP_ZONE) + _NOON
        number = row.out_trade_no
        known = f"4200000000{abs(row.total):018}"
        yield _Trade(noon, number, known, "o", "未知", "", row.total, None, row.total)


def _trade(order: Order, at: datetime, refund: Refund | None, tricks: BillTricks) -> _Trade:
    number = refund.out_refund_no if refund else order.out_trade_no
    amount = refund.amount if refund else order.total
    return _Trade(
        at,
        order.out_trade_no,
        order.transaction_id or "",
        order.openid,
        order.description,
        order.attach,
        order.total,
        refund,
        tricks.amounts.get(number, amount),
    )


def _moves(trade: _Trade) -> Iterator[tuple[datetime, str, str, int, str]]:
    """What a trade moves: when, by which number, as what, how much, and for whom."""
    refund = trade.refund
    if refund is None:
        yield trade.at, trade.transaction_id, "交易", trade.amount, trade.number
        if trade.fee:
            yield trade.at, trade.transaction_id, "扣除交易手续费", -trade.fee, trade.number
    elif refund.status is RefundStatus.SUCCESS and refund.succeeded_at:
        fen = -(trade.amount + trade.fee)
        yield refund.succeeded_at, refund.refund_id, "退款", fen, refund.out_refund_no


def _trade_row(books: Books, trade: _Trade) -> Sequence[str]:
    refund, amount = trade.refund, _yuan(trade.amount)
    status = refund.status if refund else None
    if status in {RefundStatus.CLOSED, RefundStatus.ABNORMAL}:
        told = "FAIL"
    else:
        told = str(status) if status else ""
    return (
        _time(trade.at),
        books.app_id,
        books.merchant_id,
        "0",
        "",
        trade.transaction_id,
        trade.number,
        trade.openid,
        "JSAPI",
        "REFUND" if refund else "SUCCESS",
        "OTHERS",
        "CNY",
        "0.00" if refund else amount,
        "0.00",
        refund.refund_id if refund else "0",
        refund.out_refund_no if refund else "0",
        amount if refund else "0.00",
        "0.00",
        "ORIGINAL" if refund else "",
        told,
        trade.description,
        trade.attach,
        _fee(trade.fee),
        "0.60%",
        "0.00" if refund else amount,
        amount if refund else "0.00",
        "",
    )


def _written(columns: str, rows: Iterable[Sequence[str]], sums: str, told: Sequence[str]) -> str:
    """The sheet; the vendor begins it with a mark of its letters, and ends lines as Windows."""
    lines = [columns, *(_marked(row) for row in rows), sums, _marked(told)]
    return "\ufeff" + "".join(f"{line}\r\n" for line in lines)


def _marked(values: Sequence[str]) -> str:
    return ",".join(f"`{value}" for value in values)


def _yuan(fen: int) -> str:
    return f"{fen / _FEN:.2f}"


def _fee(fen: int) -> str:
    return f"{fen / _FEN:.5f}"


def _time(at: datetime) -> str:
    return f"{at.astimezone(SHOP_ZONE):%Y-%m-%d %H:%M:%S}"


def _day(at: datetime) -> date:
    return at.astimezone(SHOP_ZONE).date()
