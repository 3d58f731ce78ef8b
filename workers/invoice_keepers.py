"""Who acts on what invoices tell: their members, who are told."""

from collections.abc import Sequence

from domain.invoices.events import InvoiceIssued, InvoiceRejected
from domain.kernel.db import WriteSession
from domain.kernel.logs import logger
from domain.kernel.outbox import DueFact
from domain.messages import news
from workers.messages import tell_members
from workers.tools import Tools

_LOG = logger(__name__)


async def note_issued(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
    """Tell each member whose invoice was made, and write it into the log."""
    told: list[news.News] = []
    for fact in facts:
        event = fact.event
        assert isinstance(event, InvoiceIssued)
        source = f"{fact.type}:{fact.aggregate_id.hex}"
        told.append(
            news.invoice_issued(
                event.member_id, event.order_id, event.order_number, event.amount_fen, source
            )
        )
        _LOG.info("invoice.issued", invoice_id=str(fact.aggregate_id), amount_fen=event.amount_fen)
    await tell_members(session, told, tools)


async def note_rejected(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
    """Tell each member whose invoice will not be made, and write it into the log."""
    told: list[news.News] = []
    for fact in facts:
        event = fact.event
        assert isinstance(event, InvoiceRejected)
        source = f"{fact.type}:{fact.aggregate_id.hex}"
        told.append(
            news.invoice_rejected(event.member_id, event.order_id, event.order_number, source)
        )
        _LOG.info("invoice.rejected", invoice_id=str(fact.aggregate_id))
    await tell_members(session, told, tools)
