"""Invoices as a table for the books: what was made on some days, red letters apart.

Read page by page while it is sent, so nobody holds more than a page of it, and nothing of it is
kept. Who asks, and who takes it, stands in the audit trail.
"""

from collections.abc import AsyncIterator, Mapping
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import BigInteger, Date, bindparam, select, tuple_
from sqlalchemy import Uuid as UuidColumn

from domain.invoices.models import InvoiceRefund, InvoiceRequest
from domain.invoices.sealing import opened_content
from domain.invoices.words import TitleKind
from domain.kernel.actors import By
from domain.kernel.days import Days, day_of
from domain.kernel.db import HotRead, ReadPool, WriteSession
from domain.kernel.errors import InvalidInput, ProblemKind
from domain.kernel.ids import new_id
from domain.kernel.language import Sentence
from domain.kernel.sealing import Vault
from domain.kernel.spreadsheets import as_text, body, header, moment, yuan
from domain.orders.models import Order
from domain.payments.models import PaymentRefund
from domain.staff.actions import Change, record
from domain.staff.models import AuditEntry
from domain.staff.rules import problems_of_reason

PASS = "invoice-export-pass"  # noqa: S105 - what passes to these files are for
LONGEST_DAYS = 366
ROWS_AT_ONCE = 500
NOT_DAYS = ProblemKind(
    "not_days",
    Sentence(
        zh="请给出起止日期，如 2026-11-01 至 2026-11-30，最多 {most} 天。",
        en="Give a first and a last day, such as 2026-11-01 and 2026-11-30, of at most {most}.",
    ),
)
COLUMNS: dict[str, str] = {
    "kind": "种类 Kind",
    "issued_on": "开票日期 Issued on",
    "number": "发票号码 Number",
    "code": "发票代码 Code",
    "title_kind": "抬头类型 Title kind",
    "title": "抬头 Title",
    "tax_number": "税号 Tax number",
    "order_number": "订单号 Order number",
    "amount_yuan": "开票金额（元） Amount (CNY)",
    "red_yuan": "红冲金额（元） Red-lettered (CNY)",
    "refund_number": "退款单号 Refund number",
    "requested_at": "申请时间 Requested at",
}
"""The columns in their order. Amounts are never negative: a red letter has a column of its own."""
_ASKED, _EXPORT = "invoices.export", "invoice_export"
_KINDS = {TitleKind.PERSONAL: "个人 Person", TitleKind.COMPANY: "企业 Company"}


class Exported(msgspec.Struct, frozen=True):
    """Days whose invoices were asked for as a table."""

    days: str


def judged_days(first: str, last: str) -> Days:
    """The days that are asked for. Refuses: InvalidInput."""
    found = day_of(first), day_of(last)
    if found[0] is None or found[1] is None or found[0] > found[1]:
        raise InvalidInput([NOT_DAYS.at("firstDay", most=LONGEST_DAYS)])
    days = Days(found[0], found[1])
    if days.count > LONGEST_DAYS:
        raise InvalidInput([NOT_DAYS.at("lastDay", most=LONGEST_DAYS)])
    return days


async def ask(session: WriteSession, first: str, last: str, *, reason: str, by: By) -> Exported:
    """Ask for the invoices of some days, with an entry of the trail. Refuses: InvalidInput."""
    if problems := list(problems_of_reason(reason)):
        raise InvalidInput(problems)
    days = judged_days(first, last)
    export_id = new_id(by.at, by.random)
    change = Change(_ASKED, _EXPORT, export_id, None, _told(days), reason)
    await record(session, by.staff, change, at=by.at, random=by.random)
    return Exported(str(days))


async def record_fetch(session: WriteSession, days: Days, by: By) -> None:
    """Write down who takes the file, for the reason for which they asked for it last."""
    entry = AuditEntry
    asked = (
        select(entry.subject_id, entry.reason)
        .where(entry.actor == by.staff.key, entry.action == _ASKED, entry.after == _told(days))
        .order_by(entry.id.desc())
        .limit(1)
    )
    export_id, reason = (await session.execute(asked)).one()
    change = Change("invoices.export_fetch", _EXPORT, export_id, None, _told(days), reason)
    await record(session, by.staff, change, at=by.at, random=by.random)


def _told(days: Days) -> dict[str, object]:
    return {"first": days.first.isoformat(), "last": days.last.isoformat()}


async def table(reads: ReadPool, vault: Vault, days: Days) -> AsyncIterator[bytes]:
    """The file, piece by piece: the invoices in the order of their days, then the red letters."""
    begun = header(COLUMNS)
    for statement, is_red in ((_made(), False), (_red(), True)):
        place = days.first, UUID(int=0)
        while rows := await statement.rows(
            reads, after_day=place[0], after_key=place[1], last=days.last, limit=ROWS_AT_ONCE
        ):
            yield begun + body(COLUMNS, [_row(vault, row, is_red=is_red) for row in rows])
            begun, place = b"", (rows[-1]["issued_on"], rows[-1]["id"])
    if begun:
        yield begun


def _row(vault: Vault, row: Record, *, is_red: bool) -> Mapping[str, object]:
    sealed = row["sealed"]
    content = opened_content(vault, row["invoice_id"], sealed) if sealed else None
    tax_number = content and content.tax_number
    return {
        "kind": "红字 Red letter" if is_red else "蓝字 Invoice",
        "issued_on": row["issued_on"].isoformat(),
        "number": as_text(row["number"]),
        "code": as_text(row["code"]) if row["code"] else None,
        "title_kind": _KINDS[TitleKind(row["title_kind"])],
        "title": content.title if content else "（已删除 erased）",
        "tax_number": as_text(tax_number) if tax_number else None,
        "order_number": as_text(row["order_number"]),
        "amount_yuan": None if is_red else yuan(row["fen"]),
        "red_yuan": yuan(row["fen"]) if is_red else None,
        "refund_number": row["refund_number"] if is_red else None,
        "requested_at": moment(row["requested_at"]),
    }


_REQUEST, _REFUND = InvoiceRequest, InvoiceRefund
_OF_REQUEST = (
    _REQUEST.id.label("invoice_id"),
    _REQUEST.title_kind,
    _REQUEST.sealed,
    _REQUEST.requested_at,
    Order.number.label("order_number"),
)


def _page(statement: Any, of: type[InvoiceRequest] | type[InvoiceRefund]) -> HotRead:
    place: Any = tuple_(
        bindparam("after_day", type_=Date), bindparam("after_key", type_=UuidColumn)
    )
    is_next = tuple_(of.issued_on, of.id) > place
    is_within = of.issued_on <= bindparam("last", type_=Date)
    in_order = statement.where(is_next, is_within).order_by(of.issued_on, of.id)
    return HotRead(in_order.limit(bindparam("limit", type_=BigInteger)))


@cache
def _made() -> HotRead:
    made = _REQUEST.id, _REQUEST.number, _REQUEST.code, _REQUEST.issued_on
    statement = select(*made, _REQUEST.amount_fen.label("fen"), *_OF_REQUEST)
    return _page(statement.join(Order, Order.id == _REQUEST.order_id), _REQUEST)


@cache
def _red() -> HotRead:
    made = _REFUND.id, _REFUND.number, _REFUND.code, _REFUND.issued_on, _REFUND.fen
    number = PaymentRefund.number.label("refund_number")
    statement = (
        select(*made, number, *_OF_REQUEST)
        .join(_REQUEST, _REQUEST.id == _REFUND.invoice_id)
        .join(Order, Order.id == _REQUEST.order_id)
        .join(PaymentRefund, PaymentRefund.id == _REFUND.refund_id)
    )
    return _page(statement, _REFUND)
