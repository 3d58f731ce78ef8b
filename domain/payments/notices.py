"""Notices: what gateways tell by themselves, taken in once and remembered."""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import literal_column, or_

from domain.kernel.db import HotWrite, WriteSession
from domain.kernel.forgetting import forget_oldest
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


async def take_notice(
    session: WriteSession,
    provider: PaymentProvider,
    notice: Notice,
    *,
    at: datetime,
    random: Random,
    receipt_after: timedelta = RECEIPT_AFTER,
) -> NoticeOutcome:
    """Take in what a gateway has told, verified, in the transaction of its effects.

    Told again it changes nothing, and the row says what came of it last. Raises
    `domain.orders.paying.OrderMoved`, after which the caller's transaction has to begin again.
    """
    outcome = await _outcome(
        session, notice.about, at=at, random=random, receipt_after=receipt_after
    )
    number = notice.about.number if notice.about else None
    row = (provider, notice.id, notice.event_type, number, outcome, at)
    await _WRITE.run(session, **_NOTICES.bound([row]))
    return outcome


async def _outcome(
    session: WriteSession,
    about: GatewayPayment | GatewayRefund | None,
    *,
    at: datetime,
    random: Random,
    receipt_after: timedelta,
) -> NoticeOutcome:
    if isinstance(about, GatewayRefund):
        return await apply_refund(session, about, at=at, random=random, receipt_after=receipt_after)
    if about is None or about.state not in _PAID:
        return NoticeOutcome.IGNORED
    return await apply(session, about, at=at, random=random)


async def forget_old_notices(session: WriteSession, *, at: datetime, most: int) -> int:
    """Forget the oldest notices past their retention; says how many."""
    is_past = PaymentNotice.received_at < at - NOTICE_RETENTION
    return await forget_oldest(
        session, PaymentNotice, is_past, by=PaymentNotice.received_at, most=most
    )
