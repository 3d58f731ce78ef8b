"""What the staff do with requests: note that an invoice was made, or say why none will be."""

from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, func, select

from domain.invoices.errors import (
    InvoiceAmountDiffers,
    InvoiceNotOpen,
    InvoiceUnavailable,
    RedLetterMade,
    RedLetterUnavailable,
)
from domain.invoices.events import InvoiceIssued, InvoiceRejected
from domain.invoices.models import InvoiceRefund, InvoiceRequest
from domain.invoices.money import gone_back
from domain.invoices.refunding import count, left_of
from domain.invoices.requesting import SavedInvoice
from domain.invoices.rules import InvoiceContent, MadeInvoice
from domain.invoices.sealing import opened_content, sealed_document
from domain.invoices.words import InvoiceStatus, RefundEffect
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput
from domain.kernel.outbox import Event, Fact, promise_all
from domain.kernel.problems import TAKEN
from domain.kernel.sealing import Vault
from domain.orders.models import Order
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

INVOICE = "invoice"
"""The kind of a request in public ids and in the audit trail."""
RED_LETTER = "red_letter"
"""The kind of a red-letter invoice that is owed or made."""


@dataclass(frozen=True, slots=True)
class Issue:
    """An invoice that was made for a request, what for, and where its file is."""

    invoice_id: UUID
    made: MadeInvoice
    amount_fen: int
    document: str | None


class SavedRedLetter(msgspec.Struct, frozen=True):
    """A red-letter invoice that was noted, and the request that it belongs to."""

    red_letter_id: UUID
    invoice_id: UUID


async def issue(session: WriteSession, vault: Vault, wish: Issue, *, by: By) -> SavedInvoice:
    """Note that an invoice was made; its member is told.

    It has to be made for what is left by now, or for what was left before the latest refunds: then
    red-letter invoices of those are owed. Refuses: InvoiceUnavailable, InvoiceNotOpen,
    InvoiceAmountDiffers, InvalidInput for a number that another invoice has.
    """
    invoice = await _open_one(session, wish.invoice_id)
    refunds = await gone_back(session, invoice.order_id)
    counted = await count(session, invoice, refunds, at=by.at, random=by.random)
    await _require_free(session, wish.made)
    _require_amount(invoice, counted, wish.amount_fen)
    invoice.status, invoice.amount_fen = InvoiceStatus.ISSUED, wish.amount_fen
    invoice.number, invoice.code = wish.made.number, wish.made.code
    invoice.issued_on = wish.made.issued_on
    invoice.ended_at, invoice.ended_by = by.at, by.staff.key
    if wish.document is not None:
        invoice.document = sealed_document(vault, invoice.id, wish.document, random=by.random)
    await session.flush()
    after = {"number": invoice.number, "amount_fen": invoice.amount_fen}
    reason = f"发票号码 {invoice.number}"
    change = Change("invoice.issue", INVOICE, invoice.id, None, after, reason)
    await record(session, by.staff, change, at=by.at, random=by.random)
    number = await _order_number(session, invoice)
    event = InvoiceIssued(invoice.member_id, invoice.order_id, number, wish.amount_fen)
    await _tell(session, invoice, event, by)
    return SavedInvoice(invoice.id, invoice.order_id)


async def reject(session: WriteSession, invoice_id: UUID, *, reason: str, by: By) -> SavedInvoice:
    """Say why no invoice will be made, which its member reads.

    Refuses: InvalidInput, InvoiceUnavailable, InvoiceNotOpen.
    """
    if problems := list(problems_of_reason(reason)):
        raise InvalidInput(problems)
    invoice = await _open_one(session, invoice_id)
    invoice.status, invoice.reason = InvoiceStatus.REJECTED, reason.strip()
    invoice.ended_at, invoice.ended_by = by.at, by.staff.key
    await session.flush()
    before, after = {"status": InvoiceStatus.REQUESTED}, {"status": InvoiceStatus.REJECTED}
    change = Change("invoice.reject", INVOICE, invoice.id, before, after, reason.strip())
    await record(session, by.staff, change, at=by.at, random=by.random)
    number = await _order_number(session, invoice)
    await _tell(session, invoice, InvoiceRejected(invoice.member_id, invoice.order_id, number), by)
    return SavedInvoice(invoice.id, invoice.order_id)


async def issue_red_letter(
    session: WriteSession, red_letter_id: UUID, made: MadeInvoice, *, by: By
) -> SavedRedLetter:
    """Note that the red-letter invoice of a refund was made.

    Refuses: RedLetterUnavailable, RedLetterMade, InvalidInput for a number that another one has.
    """
    owed = await session.get(
        InvoiceRefund, red_letter_id, with_for_update=True, populate_existing=True
    )
    if owed is None or owed.effect is RefundEffect.DEDUCTED:
        raise RedLetterUnavailable
    if owed.effect is RefundEffect.RED_LETTERED:
        raise RedLetterMade
    await _require_free(session, made)
    owed.effect, owed.number, owed.code = RefundEffect.RED_LETTERED, made.number, made.code
    owed.issued_on, owed.made_at, owed.made_by = made.issued_on, by.at, by.staff.key
    await session.flush()
    after = {"number": made.number, "amount_fen": owed.fen}
    reason = f"红字发票号码 {made.number}"
    change = Change("invoice.red_letter", INVOICE, owed.invoice_id, None, after, reason)
    await record(session, by.staff, change, at=by.at, random=by.random)
    return SavedRedLetter(owed.id, owed.invoice_id)


async def reveal(
    session: WriteSession, vault: Vault, invoice_id: UUID, *, reason: str, by: By
) -> InvoiceContent:
    """Tell whom an invoice is for, whole, and write into the trail that it was told.

    Refuses: InvalidInput, InvoiceUnavailable, also where it was erased.
    """
    if problems := list(problems_of_reason(reason)):
        raise InvalidInput(problems)
    sealed = await session.scalar(
        select(InvoiceRequest.sealed).where(InvoiceRequest.id == invoice_id)
    )
    if sealed is None:
        raise InvoiceUnavailable
    change = Change("invoice.reveal", INVOICE, invoice_id, None, None, reason)
    await record(session, by.staff, change, at=by.at, random=by.random)
    return opened_content(vault, invoice_id, sealed)


def _require_amount(invoice: InvoiceRequest, counted: list[InvoiceRefund], amount_fen: int) -> None:
    """See what the invoice was made for; the refunds that it does not heed are owed."""
    for heeded in range(len(counted), -1, -1):
        if amount_fen > 0 and left_of(invoice, counted[:heeded]) == amount_fen:
            for refund in counted[heeded:]:
                refund.effect = RefundEffect.DUE
            return
    raise InvoiceAmountDiffers(left_of(invoice, counted))


async def _require_free(session: WriteSession, made: MadeInvoice) -> None:
    """See that no other invoice has the number. Refuses: InvalidInput."""

    def has(of: type[InvoiceRequest] | type[InvoiceRefund]) -> ColumnElement[bool]:
        return (of.number == made.number) & (func.coalesce(of.code, "") == (made.code or ""))

    blue = select(InvoiceRequest.id).where(has(InvoiceRequest))
    red = select(InvoiceRefund.id).where(has(InvoiceRefund))
    if await session.scalar(blue.union_all(red)) is not None:
        raise InvalidInput([TAKEN.at("number", value=made.number)])


async def _open_one(session: WriteSession, invoice_id: UUID) -> InvoiceRequest:
    found = await session.get(
        InvoiceRequest, invoice_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if found is None:
        raise InvoiceUnavailable
    if found.status is not InvoiceStatus.REQUESTED:
        raise InvoiceNotOpen
    return found


async def _order_number(session: WriteSession, invoice: InvoiceRequest) -> str:
    numbers = select(Order.number).where(Order.id == invoice.order_id)
    return (await session.scalars(numbers)).one()


async def _tell(session: WriteSession, invoice: InvoiceRequest, event: Event, by: By) -> None:
    await promise_all(session, [Fact(invoice.id, 1, event)], at=by.at, random=by.random)
