"""Who acts on what orders tell: today the log and the figures, later whoever has to know."""

from collections.abc import Sequence

from domain.kernel.db import WriteSession
from domain.kernel.logs import logger
from domain.kernel.metrics import ORDERS_CLOSED, ORDERS_PAID, ORDERS_PLACED
from domain.kernel.outbox import DueFact
from domain.orders.events import OrderClosed, OrderPaid, OrderPlaced
from domain.payments.free import settle_free
from workers.tools import Tools

_LOG = logger(__name__)


async def note_placed(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
    """Write each new order into the log, and count it; what costs nothing is paid at once."""
    for fact in facts:
        assert isinstance(fact.event, OrderPlaced)
        ORDERS_PLACED.inc()
        _LOG.info(
            "order.placed",
            order_id=str(fact.aggregate_id),
            payable_fen=fact.event.payable_fen,
            units=fact.event.units,
        )
        if fact.event.payable_fen == 0:
            await settle_free(session, fact.aggregate_id, at=tools.clock(), random=tools.random)


async def note_paid(_session: WriteSession, facts: Sequence[DueFact], _tools: Tools) -> None:
    """Write each paid order into the log, and count it."""
    for fact in facts:
        assert isinstance(fact.event, OrderPaid)
        ORDERS_PAID.labels("late" if fact.event.is_late else "in time").inc()
        _LOG.info(
            "order.paid",
            order_id=str(fact.aggregate_id),
            amount_fen=fact.event.amount_fen,
            is_late=fact.event.is_late,
        )


async def note_closed(_session: WriteSession, facts: Sequence[DueFact], _tools: Tools) -> None:
    """Write each closed order into the log, and count it by its reason."""
    for fact in facts:
        assert isinstance(fact.event, OrderClosed)
        ORDERS_CLOSED.labels(fact.event.reason).inc()
        _LOG.info("order.closed", order_id=str(fact.aggregate_id), reason=fact.event.reason)
