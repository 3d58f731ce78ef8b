"""Who acts on what orders tell: the log, the figures, and their members who are told."""

from collections.abc import Sequence
from uuid import UUID

from domain.kernel.db import WriteSession
from domain.kernel.logs import logger
from domain.kernel.metrics import (
    ORDERS_CLOSED,
    ORDERS_PAID,
    ORDERS_PLACED,
    ORDERS_RECEIVED,
    PARCELS_SHIPPED,
)
from domain.kernel.outbox import DueFact
from domain.messages import news
from domain.messages.words import CaseNews, ClosedBecause, PaidFor
from domain.orders.events import (
    OrderClosed,
    OrderPaid,
    OrderPlaced,
    OrderReceived,
    OrderRefunded,
    OrderShipped,
    TextsRejected,
)
from domain.orders.numbered import numbers_of
from domain.orders.words import CloseReason, DeliveryMethod
from domain.payments.free import settle_free
from workers.case_keepers import settle_cases
from workers.messages import tell_members
from workers.tools import Tools

_LOG = logger(__name__)
_TOLD_REASONS = {
    CloseReason.CANCELLED_BY_MEMBER: ClosedBecause.CANCELLED_BY_MEMBER,
    CloseReason.CANCELLED_BY_STAFF: ClosedBecause.CANCELLED_BY_STAFF,
    CloseReason.NOT_PAID_IN_TIME: ClosedBecause.NOT_PAID_IN_TIME,
    CloseReason.PERSONALISATION_REJECTED: ClosedBecause.PERSONALISATION_REJECTED,
    CloseReason.REFUNDED: ClosedBecause.REFUNDED,
}


async def note_placed(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
    """Write each new order into the log, and count it; what costs nothing is paid at once."""
    free: list[UUID] = []
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
            free.append(fact.aggregate_id)
    if free:
        await settle_free(session, free, at=tools.clock(), random=tools.random)


async def note_paid(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
    """Tell the member of each paid order, write it into the log, and count it."""
    told: list[news.News] = []
    for fact in facts:
        assert isinstance(fact.event, OrderPaid)
        is_virtual = fact.event.delivery is DeliveryMethod.VIRTUAL
        told.append(
            news.order_paid(
                fact.event.member_id,
                fact.aggregate_id,
                fact.event.number,
                fact.event.amount_fen,
                f"{fact.type}:{fact.aggregate_id.hex}",
                paid_for=PaidFor.VIRTUAL_GOODS if is_virtual else None,
            )
        )
        ORDERS_PAID.labels("late" if fact.event.is_late else "in time").inc()
        _LOG.info(
            "order.paid",
            order_id=str(fact.aggregate_id),
            amount_fen=fact.event.amount_fen,
            is_late=fact.event.is_late,
        )
    await tell_members(session, told, tools)


async def note_shipped(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
    """Tell the member of each parcel that was sent, write it into the log, and count it."""
    told: list[news.News] = []
    for fact in facts:
        event = fact.event
        assert isinstance(event, OrderShipped)
        source = f"{fact.type}:{fact.aggregate_id.hex}:{event.ordinal}"
        told.append(
            news.order_shipped(
                event.member_id,
                fact.aggregate_id,
                event.number,
                event.ordinal,
                source,
                is_whole=event.is_whole,
            )
        )
        PARCELS_SHIPPED.inc()
        _LOG.info(
            "order.shipped",
            order_id=str(fact.aggregate_id),
            parcel=event.ordinal,
            is_whole=event.is_whole,
        )
    await tell_members(session, told, tools)


async def tell_texts_rejected(
    session: WriteSession, facts: Sequence[DueFact], tools: Tools
) -> None:
    """Tell members of paid orders that texts of theirs will not be engraved, and why."""
    told: list[news.News] = []
    for fact in facts:
        event = fact.event
        assert isinstance(event, TextsRejected)
        told.append(
            news.case_moved(
                event.member_id,
                event.order_id,
                event.number,
                CaseNews.TEXTS_REJECTED,
                f"{fact.type}:{fact.aggregate_id.hex}",
                note=event.reason,
                product=event.product,
            )
        )
        _LOG.info("order.texts_rejected", order_id=str(event.order_id))
    await tell_members(session, told, tools)


async def note_received(_session: WriteSession, facts: Sequence[DueFact], _tools: Tools) -> None:
    """Write each received order into the log, and count it by who said so."""
    for fact in facts:
        assert isinstance(fact.event, OrderReceived)
        is_automatic = fact.event.is_automatic
        ORDERS_RECEIVED.labels("worker" if is_automatic else "member").inc()
        _LOG.info("order.received", order_id=str(fact.aggregate_id), is_automatic=is_automatic)


async def note_closed(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
    """Tell the member of each closed order, write it into the log, and count it by its reason.

    Not where money went back with it: that is told, and one message is enough.
    """
    numbers = await numbers_of(session, [fact.aggregate_id for fact in facts])
    told: list[news.News] = []
    for fact in facts:
        assert isinstance(fact.event, OrderClosed)
        order_id, reason = fact.aggregate_id, fact.event.reason
        ORDERS_CLOSED.labels(reason).inc()
        _LOG.info("order.closed", order_id=str(order_id), reason=reason)
        if order_id in numbers and not fact.event.is_told_by_money:
            source = f"{fact.type}:{order_id.hex}"
            told.append(
                news.order_closed(
                    fact.event.member_id,
                    order_id,
                    numbers[order_id],
                    _TOLD_REASONS[reason],
                    source,
                )
            )
    await tell_members(session, told, tools)


async def note_order_refunded(
    session: WriteSession, facts: Sequence[DueFact], tools: Tools
) -> None:
    """Write each refund of an order into the log, and end the case that it is of."""
    sources = [each.event.source for each in facts if isinstance(each.event, OrderRefunded)]
    await settle_cases(session, sources, tools)
    for fact in facts:
        assert isinstance(fact.event, OrderRefunded)
        _LOG.info(
            "order.refunded",
            refund_id=str(fact.aggregate_id),
            order_id=str(fact.event.order_id),
            goods_fen=fact.event.goods_fen,
            freight_fen=fact.event.freight_fen,
            is_whole=fact.event.is_whole,
        )
