"""Notices: what gateways tell by themselves, taken in once and remembered."""

from datetime import datetime
from random import Random

from domain.kernel.db import WriteSession
from domain.kernel.forgetting import forget_oldest
from domain.kernel.hot_pool import Sender
from domain.orders.refunding.terms import USUAL_REFUND_TERMS, RefundTerms
from domain.payments.applying import apply
from domain.payments.models import NOTICE_RETENTION, PaymentNotice
from domain.payments.noting import NoticeRow, write_notice
from domain.payments.ports import GatewayPayment, GatewayRefund, GatewayState, Notice
from domain.payments.refunding import apply_refund
from domain.payments.words import NoticeOutcome, PaymentProvider

_PAID = (GatewayState.PAID, GatewayState.REFUNDED)


async def take_payment_notice(
    session: Sender,
    provider: PaymentProvider,
    notice: Notice,
    payment: GatewayPayment | None,
    *,
    at: datetime,
    random: Random,
) -> NoticeOutcome:
    """Take in what a gateway has told of a payment, verified, in the transaction of its effects.

    ``payment`` is None where it told of something else. Told again it changes nothing, and the row
    says what came of it last. Raises `domain.orders.paying.OrderMoved`, after which the caller's
    transaction has to begin again.
    """
    outcome = NoticeOutcome.IGNORED
    row = NoticeRow(provider, notice.id, notice.event_type, payment and payment.number, at)
    if payment is not None and payment.state in _PAID:
        outcome = await apply(session, payment, at=at, random=random, notice=row)
    if outcome is not NoticeOutcome.APPLIED:
        await write_notice(session, row, outcome)
    return outcome


async def take_refund_notice(
    session: WriteSession,
    provider: PaymentProvider,
    notice: Notice,
    refund: GatewayRefund,
    *,
    at: datetime,
    random: Random,
    terms: RefundTerms = USUAL_REFUND_TERMS,
) -> NoticeOutcome:
    """Take in what a gateway has told of a refund. Otherwise as `take_payment_notice`."""
    outcome = await apply_refund(session, refund, at=at, random=random, terms=terms)
    row = NoticeRow(provider, notice.id, notice.event_type, refund.number, at)
    await write_notice(session, row, outcome)
    return outcome


async def forget_old_notices(session: WriteSession, *, at: datetime, most: int) -> int:
    """Forget the oldest notices past their retention; says how many."""
    is_past = PaymentNotice.received_at < at - NOTICE_RETENTION
    return await forget_oldest(
        session, PaymentNotice, is_past, by=PaymentNotice.received_at, most=most
    )
