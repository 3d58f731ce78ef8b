"""What members do: ask for the invoice of an order that they have paid for, and call it off."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import select

from domain.invoices.errors import (
    InvoiceNotOpen,
    InvoiceRequested,
    InvoiceUnavailable,
    OrderNotInvoiceable,
    TooManyInvoiceRequests,
)
from domain.invoices.models import InvoiceRequest
from domain.invoices.money import gone_back, lock_money, paid_for
from domain.invoices.refunding import count, left_of
from domain.invoices.rules import MOST_REQUESTS, WrittenTitle, judged_title
from domain.invoices.sealing import sealed_content
from domain.invoices.words import InvoiceStatus
from domain.kernel.db import WriteSession
from domain.kernel.ids import new_id
from domain.kernel.sealing import Vault
from domain.orders.errors import OrderUnavailable
from domain.orders.models import Order

_LIVE = frozenset({InvoiceStatus.REQUESTED, InvoiceStatus.ISSUED})


@dataclass(frozen=True, slots=True)
class InvoiceWish:
    """An order of a member's, and whom its invoice is to be made out to."""

    member_id: UUID
    order_id: UUID
    written: WrittenTitle


class SavedInvoice(msgspec.Struct, frozen=True):
    """A request that was made or changed, and the order that it is of."""

    invoice_id: UUID
    order_id: UUID


async def request(
    session: WriteSession, vault: Vault, wish: InvoiceWish, *, at: datetime, random: Random
) -> SavedInvoice:
    """Ask for the invoice of an order, over what was paid and has not gone back.

    Refuses: InvalidInput with every problem, OrderUnavailable, OrderNotInvoiceable,
    InvoiceRequested, TooManyInvoiceRequests.
    """
    content = judged_title(wish.written)
    order_id = wish.order_id
    await _require_theirs(session, order_id, wish.member_id)
    # Two who ask at once take turns here as well, and so does a refund that is just succeeding.
    await lock_money(session, order_id)
    before = list(
        await session.scalars(
            select(InvoiceRequest.status).where(InvoiceRequest.order_id == order_id)
        )
    )
    if _LIVE & set(before):
        raise InvoiceRequested(order_id)
    if len(before) >= MOST_REQUESTS:
        raise TooManyInvoiceRequests(MOST_REQUESTS)
    paid_fen, refunds = await paid_for(session, order_id), await gone_back(session, order_id)
    if paid_fen <= sum(each.fen for each in refunds):
        raise OrderNotInvoiceable(order_id)
    invoice_id = new_id(at, random)
    invoice = InvoiceRequest(
        id=invoice_id,
        order_id=order_id,
        member_id=wish.member_id,
        title_kind=wish.written.kind,
        sealed=sealed_content(vault, invoice_id, content, random=random),
        status=InvoiceStatus.REQUESTED,
        paid_fen=paid_fen,
        requested_at=at,
    )
    session.add(invoice)
    await session.flush()
    counted = await count(session, invoice, refunds, at=at, random=random)
    assert left_of(invoice, counted) > 0
    return SavedInvoice(invoice_id, order_id)


async def cancel(
    session: WriteSession, invoice_id: UUID, member_id: UUID, *, at: datetime
) -> SavedInvoice:
    """Call off a request that is open. Refuses: InvoiceUnavailable, InvoiceNotOpen."""
    invoice = await session.get(
        InvoiceRequest, invoice_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if invoice is None or invoice.member_id != member_id:
        raise InvoiceUnavailable
    if invoice.status is not InvoiceStatus.REQUESTED:
        raise InvoiceNotOpen
    invoice.status = InvoiceStatus.CANCELLED
    invoice.ended_at, invoice.ended_by = at, f"member:{member_id.hex}"
    await session.flush()
    return SavedInvoice(invoice_id, invoice.order_id)


async def _require_theirs(session: WriteSession, order_id: UUID, member_id: UUID) -> None:
    owner = await session.scalar(select(Order.member_id).where(Order.id == order_id))
    if owner != member_id:
        raise OrderUnavailable
