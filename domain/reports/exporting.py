"""Reports as tables: one row for each day and what its figures are of."""

from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from domain.kernel.days import Days
from domain.kernel.db import ReadPool
from domain.kernel.language import Language
from domain.kernel.money import Fen
from domain.kernel.sealing import Vault
from domain.kernel.spreadsheets import body, header, yuan
from domain.members.words import Channel
from domain.payments.bills import BillKind
from domain.payments.words import PaymentProvider
from domain.reconciliation.words import BillStatus
from domain.reports.finance import finance_report
from domain.reports.products import products_by_day
from domain.reports.sales import Cell, cells_of, grouped
from domain.reports.structs import BillFigures, DayFinance, ProductSales, SalesFigures

SALES_PASS = "sales-report-pass"  # noqa: S105 - what passes to these files are for
FINANCE_PASS = "finance-report-pass"  # noqa: S105 - likewise
SALES_COLUMNS: dict[str, str] = {
    "day": "日期 Day",
    "kind": "维度 By",
    "code": "编号 Code",
    "title": "名称 Title",
    "placed_orders": "下单数 Orders placed",
    "placed_yuan": "下单金额（元） Placed (CNY)",
    "paid_orders": "付款单数 Orders paid",
    "paid_units": "付款件数 Units paid",
    "paid_yuan": "付款金额（元） Paid (CNY)",
    "freight_yuan": "其中运费（元） Freight in it (CNY)",
    "closed_orders": "未付关闭单数 Orders closed unpaid",
    "refunds": "退款笔数 Refunds",
    "refunded_yuan": "退款金额（元） Refunded (CNY)",
    "refunded_freight_yuan": "其中退运费（元） Freight in it (CNY)",
    "refunded_units": "退款件数 Units refunded",
}
"""Units that came back, and freight, are told of days; by product it is units and price."""
FINANCE_COLUMNS: dict[str, str] = {
    "day": "日期 Day",
    "provider": "渠道 Provider",
    "payments": "收款笔数 Payments",
    "received_yuan": "收款金额（元） Received (CNY)",
    "applied_yuan": "入账订单（元） Applied to orders (CNY)",
    "refunds_begun": "发起退款笔数 Refunds begun",
    "refunds_begun_yuan": "发起退款（元） Refunds begun (CNY)",
    "refunds": "退款笔数 Refunds",
    "refunded_yuan": "退款金额（元） Refunded (CNY)",
    "refunds_otherwise": "其他方式退款笔数 Refunded by other means",
    "refunded_otherwise_yuan": "其他方式退款（元） Refunded by other means (CNY)",
    "paid_otherwise_yuan": "其中实际付给会员（元） Paid to members of it (CNY)",
    "bill_payments": "账单收款笔数 Bill: payments",
    "bill_paid_yuan": "账单收款（元） Bill: paid (CNY)",
    "bill_refunds": "账单退款笔数 Bill: refunds",
    "bill_refunded_yuan": "账单退款（元） Bill: refunded (CNY)",
    "differences": "对账差异 Differences",
    "open_differences": "未处理差异 Open differences",
}
_CHANNELS = {
    Channel.MINI_PROGRAM: "小程序 Mini-program",
    Channel.APP: "应用 App",
    Channel.PAD: "门店平板 Pad",
    Channel.WEB: "网页 Web",
}
_PROVIDERS = {
    PaymentProvider.WECHAT_PAY: "微信支付 WeChat Pay",
    PaymentProvider.FREE: "无需付款 Free",
}
Row = Mapping[str, object]
_Key = TypeVar("_Key", bound=Hashable)
_Item = TypeVar("_Item")


async def sales_table(reads: ReadPool, _vault: Vault, days: Days) -> AsyncIterator[bytes]:
    """The file of what was sold: each day in all, by place, by channel and by product.

    Read whole before its first piece, so that a file that is begun is a whole one.
    """
    cells = _by(await cells_of(reads, days, Language.ZH), lambda cell: cell.day.isoformat())
    products = _by(await products_by_day(reads, days, Language.ZH), lambda each: each.day)
    yield header(SALES_COLUMNS)
    for day in days:
        told = day.isoformat()
        rows = _sales_rows(told, cells.get(told, []), products.get(told, []))
        yield body(SALES_COLUMNS, rows)


async def finance_table(reads: ReadPool, _vault: Vault, days: Days) -> AsyncIterator[bytes]:
    """The file of what money moved: each day by provider, beside the bill of trades.

    Read whole before its first piece.
    """
    report = await finance_report(reads, days, download_path="")
    yield header(FINANCE_COLUMNS)
    for day in report.days:
        yield body(FINANCE_COLUMNS, _finance_rows(day))


def _by(items: Iterable[_Item], key: Callable[[_Item], _Key]) -> dict[_Key, list[_Item]]:
    groups: dict[_Key, list[_Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _sales_rows(day: str, cells: Sequence[Cell], products: Sequence[ProductSales]) -> Iterator[Row]:
    total = grouped(cells, lambda _: None).get(None, SalesFigures())
    back = {
        "refunded_freight_yuan": yuan(sum(each.refunded_freight_fen for each in products)),
        "refunded_units": sum(each.refunded_units for each in products),
    }
    yield _sales_row(day, "合计 Total", "", "", total) | back
    places = grouped(cells, lambda cell: cell.place)
    for place in sorted(places, key=lambda place: place.code):
        yield _sales_row(day, "门店 Place", place.code, place.title, places[place])
    for channel, figures in sorted(grouped(cells, lambda cell: cell.channel).items()):
        yield _sales_row(day, "渠道 Channel", channel.value, _CHANNELS[channel], figures)
    for each in products:
        yield _product_row(day, each)


def _sales_row(
    day: str, kind: str, code: str, title: str, figures: SalesFigures
) -> dict[str, object]:
    return {
        "day": day,
        "kind": kind,
        "code": code,
        "title": title,
        "placed_orders": figures.placed_orders,
        "placed_yuan": yuan(figures.placed_fen),
        "paid_orders": figures.paid_orders,
        "paid_units": figures.paid_units,
        "paid_yuan": yuan(figures.paid_fen),
        "freight_yuan": yuan(figures.freight_fen),
        "closed_orders": figures.closed_orders,
        "refunds": figures.refunds,
        "refunded_yuan": yuan(figures.refunded_fen),
        "refunded_freight_yuan": None,
        "refunded_units": None,
    }


def _product_row(day: str, product: ProductSales) -> Row:
    known = {
        "day": day,
        "kind": "商品 Product",
        "code": product.product_id,
        "title": product.title,
        "paid_orders": product.orders,
        "paid_units": product.units,
        "paid_yuan": yuan(product.paid_fen),
        "refunded_yuan": yuan(product.refunded_fen),
        "refunded_units": product.refunded_units,
    }
    return {name: known.get(name) for name in SALES_COLUMNS}


def _finance_rows(day: DayFinance) -> Iterator[Row]:
    trades = {each.provider: each for each in day.bills if each.bill is BillKind.TRADES}
    moved = {each.provider: each for each in day.providers}
    for provider in sorted({*trades, *moved}):
        money, bill = moved.get(provider), _taken(trades.get(provider))
        yield {
            "day": day.day,
            "provider": _PROVIDERS[provider],
            "payments": money.payments if money else 0,
            "received_yuan": _yuan(money and money.received_fen),
            "applied_yuan": _yuan(money and money.applied_fen),
            "refunds_begun": money.refunds_begun if money else 0,
            "refunds_begun_yuan": _yuan(money and money.refunds_begun_fen),
            "refunds": money.refunds if money else 0,
            "refunded_yuan": _yuan(money and money.refunded_fen),
            "refunds_otherwise": money.refunds_otherwise if money else 0,
            "refunded_otherwise_yuan": _yuan(money and money.refunded_otherwise_fen),
            "paid_otherwise_yuan": _yuan(money and money.paid_otherwise_fen),
            "bill_payments": bill and bill.payments,
            "bill_paid_yuan": yuan(bill.paid_fen) if bill else None,
            "bill_refunds": bill and bill.refunds,
            "bill_refunded_yuan": yuan(bill.refunded_fen) if bill else None,
            "differences": day.differences,
            "open_differences": day.open_differences,
        }


def _taken(bill: BillFigures | None) -> BillFigures | None:
    """A bill that is here: of another one nothing is known, which is not the same as nothing."""
    return bill if bill and bill.status is BillStatus.TAKEN else None


def _yuan(fen: Fen | None) -> str:
    return yuan(fen or 0)
