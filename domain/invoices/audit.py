"""What must be true of invoices beyond what their tables enforce by themselves."""

from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, select

from domain.invoices.models import InvoiceRefund, InvoiceRequest
from domain.invoices.words import InvoiceStatus, RefundEffect
from domain.kernel.audit import Invariant
from domain.kernel.outbox import OutboxRow
from domain.payments.clearing import APPLIED
from domain.payments.models import ClearingEntry, PaymentAttempt, PaymentRefund
from domain.payments.words import IS_BACK


def _sum(column: Any) -> ColumnElement[Any]:
    return func.coalesce(func.sum(column), 0)


_paid = (
    select(PaymentAttempt.order_id, _sum(ClearingEntry.amount_fen).label("fen"))
    .join(ClearingEntry, ClearingEntry.attempt_id == PaymentAttempt.id)
    .where(ClearingEntry.source == APPLIED.source)
    .group_by(PaymentAttempt.order_id)
    .subquery("paid")
)
_counted = (
    select(
        InvoiceRefund.invoice_id,
        _sum(InvoiceRefund.fen).label("fen"),
        _sum(
            case((InvoiceRefund.effect == RefundEffect.DEDUCTED, InvoiceRefund.fen), else_=0)
        ).label("deducted"),
        _sum(
            case((InvoiceRefund.effect != RefundEffect.DEDUCTED, InvoiceRefund.fen), else_=0)
        ).label("red"),
    )
    .group_by(InvoiceRefund.invoice_id)
    .subquery("counted")
)
_is_issued = InvoiceRequest.status == InvoiceStatus.ISSUED


def _had(figures: Any, name: str) -> ColumnElement[Any]:
    return func.coalesce(figures.c[name], 0)


def _goes_back_truly() -> ColumnElement[bool]:
    """A refund that succeeded, of the money of the invoice's own order, and of that amount."""
    return exists().where(
        PaymentRefund.id == InvoiceRefund.refund_id,
        PaymentRefund.status.in_(IS_BACK),
        PaymentRefund.amount_fen == InvoiceRefund.fen,
        PaymentAttempt.id == PaymentRefund.attempt_id,
        PaymentAttempt.order_id == InvoiceRequest.order_id,
        ClearingEntry.attempt_id == PaymentAttempt.id,
        ClearingEntry.source == APPLIED.source,
    )


INVARIANTS = (
    Invariant(
        "invoices.are_of_what_was_paid",
        "What an invoice says was paid for its order has come in for it.",
        select(InvoiceRequest.id, InvoiceRequest.paid_fen, _paid.c.fen)
        .outerjoin(_paid, _paid.c.order_id == InvoiceRequest.order_id)
        .where(InvoiceRequest.paid_fen != _had(_paid, "fen")),
    ),
    Invariant(
        "invoices.are_made_for_what_was_left",
        "An invoice was made for what was paid less what had gone back by then.",
        select(InvoiceRequest.id, InvoiceRequest.amount_fen, _counted.c.deducted)
        .outerjoin(_counted, _counted.c.invoice_id == InvoiceRequest.id)
        .where(
            _is_issued,
            InvoiceRequest.amount_fen != InvoiceRequest.paid_fen - _had(_counted, "deducted"),
        ),
    ),
    Invariant(
        "invoices.no_more_is_red_lettered_than_was_made",
        "What is red-lettered of an invoice, or is to be, is no more than it was made for.",
        select(InvoiceRequest.id, InvoiceRequest.amount_fen, _counted.c.red)
        .join(_counted, _counted.c.invoice_id == InvoiceRequest.id)
        .where(_is_issued, InvoiceRequest.amount_fen < _counted.c.red),
    ),
    Invariant(
        "invoices.something_is_left_of_open_requests",
        "A request is open only while something of what was paid has not gone back.",
        select(InvoiceRequest.id, InvoiceRequest.paid_fen)
        .join(_counted, _counted.c.invoice_id == InvoiceRequest.id)
        .where(
            InvoiceRequest.status == InvoiceStatus.REQUESTED,
            InvoiceRequest.paid_fen <= _counted.c.fen,
        ),
    ),
    Invariant(
        "invoices.every_refund_is_counted",
        "What was made less what is red-lettered is no more than what was paid less what has gone "
        "back: each refund is counted, once its fact was acted on.",
        select(InvoiceRequest.id, PaymentRefund.id, PaymentRefund.amount_fen)
        .join(PaymentAttempt, PaymentAttempt.order_id == InvoiceRequest.order_id)
        .join(PaymentRefund, PaymentRefund.attempt_id == PaymentAttempt.id)
        .where(
            InvoiceRequest.status.in_((InvoiceStatus.REQUESTED, InvoiceStatus.ISSUED)),
            PaymentRefund.status.in_(IS_BACK),
            exists().where(
                ClearingEntry.attempt_id == PaymentAttempt.id,
                ClearingEntry.source == APPLIED.source,
            ),
            ~exists().where(
                InvoiceRefund.invoice_id == InvoiceRequest.id,
                InvoiceRefund.refund_id == PaymentRefund.id,
            ),
            ~exists().where(
                OutboxRow.aggregate_id == PaymentRefund.id,
                OutboxRow.done_at.is_(None),
                OutboxRow.failed_at.is_(None),
            ),
        ),
    ),
    Invariant(
        "invoices.refunds_are_of_their_order",
        "What an invoice counts as gone back has gone back, of the money of its order.",
        select(InvoiceRefund.id, InvoiceRefund.fen)
        .join(InvoiceRequest, InvoiceRequest.id == InvoiceRefund.invoice_id)
        .where(~_goes_back_truly()),
    ),
)
