"""Who acts on what payments tell: the member hears that money has gone back, and an invoice
heeds it.
"""

from collections.abc import Sequence

from domain.invoices.refunding import take_in_refunds
from domain.kernel.db import WriteSession
from domain.kernel.logs import logger
from domain.kernel.outbox import DueFact
from domain.messages import news
from domain.messages.words import RefundedBecause
from domain.payments.events import PaymentRefunded
from domain.payments.words import RefundReason
from workers.messages import tell_members
from workers.tools import Tools

_LOG = logger(__name__)
_TOLD_REASONS = {
    RefundReason.LATE_PAYMENT: RefundedBecause.ORDER_WAS_CLOSED,
    RefundReason.DUPLICATE_PAYMENT: RefundedBecause.PAID_TWICE,
    RefundReason.ORDER_REFUND: RefundedBecause.ORDER_REFUND,
}


async def note_refunded(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
    """Tell each member whose money has gone back, log it, and count it at the order's invoice."""
    told: list[news.News] = []
    for fact in facts:
        assert isinstance(fact.event, PaymentRefunded)
        usual, otherwise_fen = _TOLD_REASONS[fact.event.reason], fact.event.paid_otherwise_fen
        is_otherwise = otherwise_fen is not None
        told.append(
            news.payment_refunded(
                fact.event.member_id,
                fact.event.order_id,
                fact.event.order_number,
                fact.event.amount_fen if otherwise_fen is None else otherwise_fen,
                f"{fact.type}:{fact.aggregate_id.hex}",
                reason=RefundedBecause.PAID_OTHERWISE if is_otherwise else usual,
            )
        )
        _LOG.info(
            "payment.refunded",
            refund_id=str(fact.aggregate_id),
            order_id=str(fact.event.order_id),
            amount_fen=fact.event.amount_fen,
            reason=fact.event.reason,
            paid_otherwise_fen=otherwise_fen,
        )
    await tell_members(session, told, tools)
    refunds = [fact.aggregate_id for fact in facts]
    await take_in_refunds(session, refunds, at=tools.clock(), random=tools.random)
