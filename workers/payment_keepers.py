"""Who acts on what payments tell."""

from collections.abc import Sequence

from domain.kernel.db import WriteSession
from domain.kernel.logs import logger
from domain.kernel.outbox import DueFact
from domain.payments.events import PaymentRefunded
from workers.tools import Tools

_LOG = logger(__name__)


async def note_refunded(_session: WriteSession, facts: Sequence[DueFact], _tools: Tools) -> None:
    """Write into the log that money has gone back."""
    for fact in facts:
        assert isinstance(fact.event, PaymentRefunded)
        _LOG.info(
            "payment.refunded",
            refund_id=str(fact.aggregate_id),
            order_id=str(fact.event.order_id),
            amount_fen=fact.event.amount_fen,
            reason=fact.event.reason,
        )
