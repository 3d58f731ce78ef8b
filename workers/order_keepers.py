"""Who acts on what orders tell: today the log and the figures, later whoever has to know."""

from collections.abc import Sequence

from domain.kernel.db import WriteSession
from domain.kernel.logs import logger
from domain.kernel.metrics import ORDERS_CLOSED, ORDERS_PLACED
from domain.kernel.outbox import DueFact
from domain.orders.events import OrderClosed, OrderPlaced
from workers.tools import Tools

_LOG = logger(__name__)


async def note_placed(_session: WriteSession, facts: Sequence[DueFact], _tools: Tools) -> None:
    """Write each new order into the log, and count it."""
    for fact in facts:
        assert isinstance(fact.event, OrderPlaced)
        ORDERS_PLACED.inc()
        _LOG.info(
            "order.placed",
            order_id=str(fact.aggregate_id),
            payable_fen=fact.event.payable_fen,
            units=fact.event.units,
        )


async def note_closed(_session: WriteSession, facts: Sequence[DueFact], _tools: Tools) -> None:
    """Write each closed order into the log, and count it by its reason."""
    for fact in facts:
        assert isinstance(fact.event, OrderClosed)
        ORDERS_CLOSED.labels(fact.event.reason).inc()
        _LOG.info("order.closed", order_id=str(fact.aggregate_id), reason=fact.event.reason)
