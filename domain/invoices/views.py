"""What members and the staff see of invoices: two statements, whatever the page."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import ARRAY, BigInteger, Select, any_, bindparam, literal_column, select
from sqlalchemy import Uuid as UuidColumn

from domain.invoices.deciding import INVOICE, RED_LETTER
from domain.invoices.models import InvoiceRefund, InvoiceRequest
from domain.invoices.rules import MOST_REQUESTS, InvoiceContent, masked_email, masked_title
from domain.invoices.sealing import opened_content, opened_document
from domain.invoices.structs import InvoiceView, Reading, RedLetterView
from domain.invoices.timeline import entries
from domain.invoices.words import InvoiceStatus, RefundEffect, TitleKind
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.money import Fen
from domain.kernel.paging import Page, page_of
from domain.orders.models import Order
from domain.orders.views.finding import FIRST_ID
from domain.orders.views.structs import ORDER
from domain.payments.models import PaymentRefund


async def invoices_of(
    reads: ReadPool, reading: Reading, order_id: UUID, member_id: UUID
) -> list[InvoiceView] | None:
    """A member's requests for the invoice of an order, the latest first.

    None where they have no such order.
    """
    rows = await _of_order().rows(reads, order_id=order_id, member_id=member_id)
    if not rows:
        return None
    return await _whole(reads, reading, [row for row in rows if row["id"] is not None])


async def invoices(
    reads: ReadPool,
    reading: Reading,
    *,
    status: InvoiceStatus | None,
    red_letter_due: bool,
    first: int,
    after: UUID | None,
) -> Page[InvoiceView]:
    """Take the ``first`` requests behind ``after``, those asked for first in front."""
    found = _list(has_status=status is not None, red_letter_due=red_letter_due)
    rows = await found.rows(reads, wanted=status, after=after or FIRST_ID, limit=first + 1)
    page = page_of(rows, first)
    return Page(await _whole(reads, reading, page.items), page.has_next)


async def invoice(reads: ReadPool, reading: Reading, invoice_id: UUID) -> InvoiceView | None:
    """One request; None where there is none."""
    rows = await _by_id().rows(reads, id=invoice_id)
    found = await _whole(reads, reading, rows)
    return found[0] if found else None


async def _whole(reads: ReadPool, reading: Reading, rows: Sequence[Record]) -> list[InvoiceView]:
    refunds: dict[UUID, list[Record]] = defaultdict(list)
    if rows:
        for row in await _refunds().rows(reads, ids=[row["id"] for row in rows]):
            refunds[row["invoice_id"]].append(row)
    found = [_invoice(reading, row, refunds[row["id"]]) for row in rows]
    return [
        msgspec.structs.replace(each, timeline=entries(each, reading.language)) for each in found
    ]


def _invoice(reading: Reading, row: Record, refunds: Sequence[Record]) -> InvoiceView:
    content, document = _content(reading, row), row["document"]
    gone = sum(each["fen"] for each in refunds if each["effect"] == RefundEffect.DEDUCTED)
    made_for = row["amount_fen"]
    return InvoiceView(
        id=public_id(INVOICE, row["id"]),
        order_id=public_id(ORDER, row["order_id"]),
        order_number=row["order_number"],
        status=InvoiceStatus(row["status"]),
        title_kind=TitleKind(row["title_kind"]),
        title=content and content.title,
        tax_number=content and content.tax_number,
        email=content and content.email,
        paid_fen=Fen(row["paid_fen"]),
        amount_fen=Fen(row["paid_fen"] - gone if made_for is None else made_for),
        requested_at=row["requested_at"],
        ended_at=row["ended_at"],
        reason=row["reason"],
        number=row["number"],
        code=row["code"],
        issued_on=_day(row["issued_on"]),
        document_url=opened_document(reading.vault, row["id"], document) if document else None,
        red_letters=[
            _red_letter(each) for each in refunds if each["effect"] != RefundEffect.DEDUCTED
        ],
        timeline=(),
        key=row["id"],
    )


def _content(reading: Reading, row: Record) -> InvoiceContent | None:
    """Whom it is for; None where that was erased."""
    if row["sealed"] is None:
        return None
    content = opened_content(reading.vault, row["id"], row["sealed"])
    if not reading.is_masked:
        return content
    title = masked_title(TitleKind(row["title_kind"]), content.title)
    return InvoiceContent(title, content.tax_number, masked_email(content.email))


def _red_letter(row: Record) -> RedLetterView:
    return RedLetterView(
        id=public_id(RED_LETTER, row["id"]),
        refund_number=row["refund_number"],
        amount_fen=Fen(row["fen"]),
        is_made=row["made_at"] is not None,
        owed_since=row["recorded_at"],
        number=row["number"],
        code=row["code"],
        issued_on=_day(row["issued_on"]),
        made_at=row["made_at"],
    )


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


_REQUEST, _REFUND = InvoiceRequest, InvoiceRefund


def _requests() -> Select[*tuple[Any, ...]]:
    columns = _REQUEST.__table__.columns
    return select(*columns, Order.number.label("order_number")).join(
        Order, Order.id == _REQUEST.order_id
    )


@cache
def _by_id() -> HotRead:
    return HotRead(_requests().where(_REQUEST.id == bindparam("id", type_=UuidColumn)))


@cache
def _of_order() -> HotRead:
    """A row without a request where the order has none."""
    columns = _REQUEST.__table__.columns
    statement = (
        select(*columns, Order.number.label("order_number"))
        .select_from(Order)
        .outerjoin(_REQUEST, _REQUEST.order_id == Order.id)
        .where(
            Order.id == bindparam("order_id", type_=UuidColumn),
            Order.member_id == bindparam("member_id", type_=UuidColumn),
        )
    )
    latest = statement.order_by(_REQUEST.id.desc())
    return HotRead(latest.limit(literal_column(str(MOST_REQUESTS))))


@cache
def _list(*, has_status: bool, red_letter_due: bool) -> HotRead:
    statement = _requests().where(_REQUEST.id > bindparam("after", type_=UuidColumn))
    if has_status:
        wanted = bindparam("wanted", type_=_REQUEST.status.type)
        statement = statement.where(_REQUEST.status == wanted)
    if red_letter_due:
        # As the index of just these has it.
        is_due = _REFUND.effect == literal_column(f"'{RefundEffect.DUE}'")
        statement = statement.where(_REQUEST.id.in_(select(_REFUND.invoice_id).where(is_due)))
    in_order = statement.order_by(_REQUEST.id)
    return HotRead(in_order.limit(bindparam("limit", type_=BigInteger)))


@cache
def _refunds() -> HotRead:
    ids: Any = bindparam("ids", type_=ARRAY(UuidColumn))
    statement = (
        select(*_REFUND.__table__.columns, PaymentRefund.number.label("refund_number"))
        .join(PaymentRefund, PaymentRefund.id == _REFUND.refund_id)
        .where(_REFUND.invoice_id == any_(ids))
    )
    return HotRead(statement.order_by(_REFUND.invoice_id, _REFUND.position))
