"""What refunds do to invoices: each counts once, however often and in which order it is told.

Who asks for an invoice, who makes it and the keeper of the refund's fact may meet: whoever holds
the request's row finds which refunds it has counted already.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from random import Random
from uuid import UUID

from sqlalchemy import select

from domain.invoices.models import InvoiceRefund, InvoiceRequest
from domain.invoices.money import GoneBack, of_orders
from domain.invoices.words import InvoiceStatus, RefundEffect
from domain.kernel.db import WriteSession
from domain.kernel.ids import new_id

SYSTEM = "system:refunds"
"""Who cancels a request of whose amount nothing is left."""


async def take_in_refunds(
    session: WriteSession, refund_ids: Sequence[UUID], *, at: datetime, random: Random
) -> None:
    """Count refunds that have succeeded at the invoices of their orders, where they have any.

    A request that is open is for less, and cancelled where nothing is left; what was made already
    needs a red-letter invoice.
    """
    by_order: dict[UUID, list[GoneBack]] = defaultdict(list)
    for each in await of_orders(session, refund_ids):
        by_order[each.order_id].append(each)
    if not by_order:
        return
    live = (
        select(InvoiceRequest)
        .where(
            InvoiceRequest.order_id.in_(by_order),
            InvoiceRequest.status.in_((InvoiceStatus.REQUESTED, InvoiceStatus.ISSUED)),
        )
        .order_by(InvoiceRequest.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    for invoice in (await session.scalars(live)).all():
        counted = await count(session, invoice, by_order[invoice.order_id], at=at, random=random)
        end_if_nothing_is_left(invoice, counted, at=at)
    await session.flush()


async def count(
    session: WriteSession,
    invoice: InvoiceRequest,
    refunds: Sequence[GoneBack],
    *,
    at: datetime,
    random: Random,
) -> list[InvoiceRefund]:
    """Count those of the refunds that the invoice has not counted; answers with all it has.

    The caller has it locked, or is making it.
    """
    of_invoice = select(InvoiceRefund).where(InvoiceRefund.invoice_id == invoice.id)
    counted = list(await session.scalars(of_invoice.order_by(InvoiceRefund.position)))
    known = {each.refund_id for each in counted}
    is_made = invoice.status is InvoiceStatus.ISSUED
    uncounted = [each for each in refunds if each.refund_id not in known]
    new = [
        InvoiceRefund(
            id=new_id(at, random),
            invoice_id=invoice.id,
            refund_id=each.refund_id,
            position=position,
            fen=each.fen,
            effect=RefundEffect.DUE if is_made else RefundEffect.DEDUCTED,
            recorded_at=at,
        )
        for position, each in enumerate(uncounted, len(counted) + 1)
    ]
    session.add_all(new)
    await session.flush()
    return counted + new


def left_of(invoice: InvoiceRequest, counted: Sequence[InvoiceRefund]) -> int:
    """What a request is for by now."""
    return invoice.paid_fen - sum(each.fen for each in counted)


def end_if_nothing_is_left(
    invoice: InvoiceRequest, counted: Sequence[InvoiceRefund], *, at: datetime
) -> None:
    """Cancel an open request of whose amount all has gone back."""
    if invoice.status is InvoiceStatus.REQUESTED and left_of(invoice, counted) <= 0:
        invoice.status = InvoiceStatus.CANCELLED
        invoice.ended_at, invoice.ended_by = at, SYSTEM
