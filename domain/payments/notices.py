"""Notices: what gateways tell by themselves, taken in once and remembered."""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import literal_column, or_

from domain.kernel.db import HotWrite, WriteSession
from domain.kernel.forgetting import forget_oldest
from domain.kernel.hot_pool import Sender
from domain.kernel.row_sets import RowSet
from domain.orders.shipping.rules import RECEIPT_AFTER
from domain.payments.applying import apply
from domain.payments.models import NOTICE_RETENTION, PaymentNotice
from domain.payments.ports import GatewayPayment, GatewayRefund, GatewayState, Notice
from domain.payments.refunding import apply_refund
from domain.payments.words import NoticeOutcome, PaymentProvider

_NOTICES = RowSet(
    "notices", PaymentNotice, "provider notice_id event_type number outcome received_at"
)
_INSERT = _NOTICES.insert()
# A notice may be told again once what was in its way is gone: what came of it last is kept. That
# it was told again after it was applied is no news.
_WRITE = HotWrite(
    _INSERT.on_conflict_do_update(
        index_elements=[PaymentNotice.provider, PaymentNotice.notice_id],
        set_={"outcome": _INSERT.excluded.outcome},
        where=or_(
            PaymentNotice.outcome != literal_column(f"'{NoticeOutcome.APPLIED}'"),
            _INSERT.excluded.outcome != literal_column(f"'{NoticeOutcome.REPEATED}'"),
        ),
    )
)
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
    if payment is not None and payment.state in _PAID:
        outcome = await apply(session, payment, at=at, random=random)
    number = payment.number if payment else None
    await _note(session, provider, notice, number, outcome, at)
    return outcome


async def take_refund_notice(
    session: WriteSession,
    provider: PaymentProvider,
    notice: Notice,
    refund: GatewayRefund,
    *,
    at: datetime,
    random: Random,
    receipt_after: timedelta = RECEIPT_AFTER,
) -> NoticeOutcome:
    """Take in what a gateway has told of a refund. Otherwise as `take_payment_notice`."""
    outcome = await apply_refund(session, refund, at=at, random=random, receipt_after=receipt_after)
    await _note(session, provider, notice, refund.number, outcome, at)
    return outcome


async def _note(
    session: Sender,
    provider: PaymentProvider,
    notice: Notice,
    number: str | None,
    outcome: NoticeOutcome,
    at: datetime,
) -> None:
    row = (provider, notice.id, notice.event_type, number, outcome, at)
    await _WRITE.run(session, **_NOTICES.bound([row]))


async def forget_old_notices(session: WriteSession, *, at: datetime, most: int) -> int:
    """Forget the oldest notices past their retention; says how many."""
    is_past = PaymentNotice.received_at < at - NOTICE_RETENTION
    return await forget_oldest(
        session, PaymentNotice, is_past, by=PaymentNotice.received_at, most=most
    )
