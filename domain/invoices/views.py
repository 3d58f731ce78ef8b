"""What members and the staff see of invoices: two statements, whatever the page."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
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
from domain.invoices.words import InvoiceStatus, RefundEffect, TitleKind
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.money import Fen
from domain.kernel.paging import Page, page_of
from domain.kernel.sealing import Vault
from domain.orders.models import Order
from domain.orders.views.finding import FIRST_ID
from domain.orders.views.structs import ORDER
from domain.payments.models import PaymentRefund


class RedLetterView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A red-letter invoice that is owed or was made; ``refund_number`` is the refund's."""

    id: str
    refund_number: str
    amount_fen: Fen
    is_made: bool
    owed_since: datetime
    number: str | None
    code: str | None
    issued_on: str | None
    made_at: datetime | None


class InvoiceView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A request for an invoice, and the invoice.

    ``amount_fen`` is what it is to be for by now, or was made for. Whom it is for is None where
    that was erased; what lists show of it is masked.
    """

    id: str
    order_id: str
    order_number: str
    status: InvoiceStatus
    title_kind: TitleKind
    title: str | None
    tax_number: str | None
    email: str | None
    paid_fen: Fen
    amount_fen: Fen
    requested_at: datetime
    ended_at: datetime | None
    reason: str | None
    number: str | None
    code: str | None
    issued_on: str | None
    document_url: str | None
    red_letters: Sequence[RedLetterView]
    key: UUID


async def invoices_of(
    reads: ReadPool, vault: Vault, order_id: UUID, member_id: UUID
) -> list[InvoiceView]:
    """A member's requests for the invoice of an order, the latest first, opened for them."""
    rows = await _of_order().rows(reads, order_id=order_id, member_id=member_id)
    return await _whole(reads, vault, rows, is_masked=False)


async def invoices(
    reads: ReadPool,
    vault: Vault,
    *,
    status: InvoiceStatus | None,
    red_letter_due: bool,
    first: int,
    after: UUID | None,
) -> Page[InvoiceView]:
    """Take the ``first`` requests behind ``after``, those asked for first in front, masked."""
    found = _list(has_status=status is not None, red_letter_due=red_letter_due)
    rows = await found.rows(reads, wanted=status, after=after or FIRST_ID, limit=first + 1)
    page = page_of(rows, first)
    return Page(await _whole(reads, vault, page.items, is_masked=True), page.has_next)


async def invoice(reads: ReadPool, vault: Vault, invoice_id: UUID) -> InvoiceView | None:
    """One request, masked; None where there is none."""
    rows = await _by_id().rows(reads, id=invoice_id)
    found = await _whole(reads, vault, rows, is_masked=True)
    return found[0] if found else None


async def _whole(
    reads: ReadPool, vault: Vault, rows: Sequence[Record], *, is_masked: bool
) -> list[InvoiceView]:
    refunds: dict[UUID, list[Record]] = defaultdict(list)
    if rows:
        for row in await _refunds().rows(reads, ids=[row["id"] for row in rows]):
            refunds[row["invoice_id"]].append(row)
    return [_invoice(vault, row, refunds[row["id"]], is_masked=is_masked) for row in rows]


def _invoice(
    vault: Vault, row: Record, refunds: Iterable[Record], *, is_masked: bool
) -> InvoiceView:
    kind, document = TitleKind(row["title_kind"]), row["document"]
    content = _content(vault, row, kind, is_masked=is_masked)
    effects = [(RefundEffect(each["effect"]), each) for each in refunds]
    gone = sum(each["fen"] for effect, each in effects if effect is RefundEffect.DEDUCTED)
    made_for = row["amount_fen"]
    return InvoiceView(
        id=public_id(INVOICE, row["id"]),
        order_id=public_id(ORDER, row["order_id"]),
        order_number=row["order_number"],
        status=InvoiceStatus(row["status"]),
        title_kind=kind,
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
        document_url=opened_document(vault, row["id"], document) if document else None,
        red_letters=[
            _red_letter(each) for effect, each in effects if effect is not RefundEffect.DEDUCTED
        ],
        key=row["id"],
    )


def _content(
    vault: Vault, row: Record, kind: TitleKind, *, is_masked: bool
) -> InvoiceContent | None:
    if row["sealed"] is None:
        return None
    content = opened_content(vault, row["id"], row["sealed"])
    if not is_masked:
        return content
    title, email = masked_title(kind, content.title), masked_email(content.email)
    return InvoiceContent(title, content.tax_number, email)


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
    statement = _requests().where(
        _REQUEST.order_id == bindparam("order_id", type_=UuidColumn),
        _REQUEST.member_id == bindparam("member_id", type_=UuidColumn),
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
