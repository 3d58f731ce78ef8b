"""The files of bills, as WeChat Pay's documentation writes them."""

import gzip
import hashlib
from datetime import date

import pytest

from domain.gateways.wechat_pay.bill_files import MOST_ROW_BYTES, BillFile, require_digest
from domain.payments.bills import BillKind, BillUnusable, LineKind, LineState

DAY = date(2026, 11, 27)
TRADES = """\ufeff交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r
`2026-11-27 23:59:59,`wx2421b1c4370ec43b,`10000100,`0,`,`4200001234202611270000000001,`N20261127-1,`oUpF8u,`JSAPI,`SUCCESS,`OTHERS,`CNY,`128.10,`0.00,`0,`0,`0.00,`0.00,`,`,`白茶, 两盒,`礼盒,`,`0.77000,`0.60%,`128.10,`0.00,`\r
`2026-11-27 08:00:00,`wx2421b1c4370ec43b,`10000100,`0,`,`4200001234202611200000000009,`N20261120-1,`oUpF8u,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`50300001234202611270000000002,`N20261120-1-R1,`0.30,`0.00,`ORIGINAL,`PROCESSING,`白茶,`,`-0.00180,`0.60%,`0.00,`0.30,`\r
总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r
`2,`128.10,`0.30,`0.00,`0.76820,`128.10,`0.30\r
"""  # noqa: E501 - as the vendor writes it
FUNDS = """记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号
`2026-11-27 10:00:00,`4200001234202611270000000001,`1000001,`交易,`交易,`收入,`128.10,`128.10,`system,`,`N20261127-1
`2026-11-27 10:00:00,`4200001234202611270000000001,`1000002,`扣除交易手续费,`扣除交易手续费,`支出,`0.77,`127.33,`system,`结算总金额:128.10 元,`N20261127-1
`2026-11-27 11:00:00,`50300001234202611270000000002,`1000003,`退款,`退款,`支出,`0.30,`127.03,`system,`缺货,`N20261120-1-R1
资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额
`3,`1,`128.10,`2,`1.07
"""  # noqa: E501 - as the vendor writes it


def bill(sheet: str, kind: BillKind = BillKind.TRADES) -> BillFile:
    """A bill as it is downloaded."""
    return BillFile(kind, DAY, gzip.compress(sheet.encode()), digest(sheet))


def digest(sheet: str) -> str:
    """What WeChat Pay tells of it: SHA-1 of the unpacked content."""
    return hashlib.sha1(sheet.encode(), usedforsecurity=False).hexdigest()


def test_trades_are_read_in_fen_with_the_fee_and_the_state_of_refunds():
    paid, back = bill(TRADES).lines()
    assert (paid.kind, paid.number, paid.reference) == (
        LineKind.PAYMENT,
        "N20261127-1",
        "4200001234202611270000000001",
    )
    assert (paid.amount_fen, paid.fee_millifen, paid.state) == (
        12810,
        77000,
        LineState.SUCCEEDED,
    )
    assert paid.at.isoformat() == "2026-11-27T23:59:59+08:00"
    assert (back.kind, back.number, back.reference) == (
        LineKind.REFUND,
        "N20261120-1-R1",
        "50300001234202611270000000002",
    )
    assert (back.amount_fen, back.fee_millifen, back.state) == (30, -180, LineState.PROCESSING)


def test_funds_are_read_by_the_gateways_numbers_and_fees_are_of_no_order():
    lines = list(bill(FUNDS, BillKind.FUNDS).lines())
    assert [(each.kind, each.number[:4], each.amount_fen) for each in lines] == [
        (LineKind.PAYMENT, "4200", 12810),
        (LineKind.OTHER, "4200", -77),
        (LineKind.REFUND, "5030", 30),
    ]


@pytest.mark.parametrize(
    ("kind", "was", "becomes", "reason"),
    [
        (BillKind.TRADES, "`2,`128.10", "`3,`128.10", "sums"),
        (BillKind.TRADES, "0.76820,`128.10", "0.76820,`128.11", "sums"),
        (BillKind.TRADES, "0.76820", "0.76821", "sums"),
        (BillKind.TRADES, ",`128.10,`0.00,`\r", ",`128.105,`0.00,`\r", "amount"),
        (BillKind.TRADES, "`PROCESSING", "`LATER", "state"),
        (BillKind.TRADES, "2026-11-27 08:00:00", "27.11.2026", "time"),
        (BillKind.TRADES, "订单金额,申请", "金额,申请", "columns"),
        (BillKind.TRADES, "总交易单数", "`x", "columns"),
        (BillKind.FUNDS, "`3,`1,", "`3,`2,", "sums"),
        (BillKind.FUNDS, "`支出,`0.77", "`别的,`0.77", "way"),
        (BillKind.FUNDS, "`1.07\n", "`1.07\n`more", "more"),
    ],
)
def test_what_is_not_whole_or_has_other_sums_is_refused(
    kind: BillKind, was: str, becomes: str, reason: str
):
    sheet = {BillKind.TRADES: TRADES, BillKind.FUNDS: FUNDS}[kind]
    assert was in sheet
    with pytest.raises(BillUnusable) as refused:
        list(bill(sheet.replace(was, becomes, 1), kind).lines())
    assert refused.value.reason == reason


def test_a_file_that_was_cut_is_refused_wherever_the_cut_is():
    packed = gzip.compress(TRADES.encode())
    for length in range(0, len(packed), 7):
        with pytest.raises(BillUnusable):
            require_digest(packed[:length], digest(TRADES))
    lines = TRADES.splitlines(keepends=True)
    for count in range(len(lines)):
        with pytest.raises(BillUnusable):
            list(bill("".join(lines[:count])).lines())


def test_the_digest_is_of_the_unpacked_content():
    require_digest(bill(TRADES).packed, digest(TRADES))
    with pytest.raises(BillUnusable, match="digest"):
        require_digest(bill(TRADES).packed, digest(FUNDS))
    with pytest.raises(BillUnusable, match="gzip"):
        require_digest(TRADES.encode(), digest(TRADES))


def test_no_row_is_held_that_is_longer_than_rows_are():
    with pytest.raises(BillUnusable, match="row"):
        list(bill(TRADES.replace("两盒", "两" * MOST_ROW_BYTES)).lines())


def test_words_that_look_like_the_end_of_a_value_stay_in_the_name_of_the_product():
    paid, _ = bill(TRADES.replace("白茶, 两盒", "白茶,`,`两盒")).lines()
    assert (paid.amount_fen, paid.fee_millifen) == (12810, 77000)
