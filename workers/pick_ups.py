"""Pick-ups: the sweeps over what can be fetched, and telling who has fetched."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta

from domain.kernel.db import WriteSession
from domain.kernel.logs import logger
from domain.kernel.metrics import ORDERS_RECEIVED, PICK_UPS_OLDEST
from domain.kernel.outbox import DueFact
from domain.messages import news
from domain.orders.events import OrderHandedOver
from domain.orders.picking_up.lying import oldest_ready
from domain.orders.picking_up.readying import Ready, make_ready
from domain.orders.picking_up.reminding import due_reminders
from domain.orders.words import ShipmentKind
from workers.messages import tell_members
from workers.tools import PickUpDesk, SweepContext, Tools

_LOG = logger(__name__)
_LONGEST_SECONDS = 10.0
"""How long a sweep goes on; what is due after that is found by the next one."""
_AT_ONCE = 200
_FIRST, _REMINDER = "order.ready", "order.ready_still"
"""What a member is told of an order's being ready, each once."""


async def ready_pick_ups(ctx: SweepContext) -> None:
    """Give codes to paid orders that wait in stores, chunk by chunk, and tell their members.

    The code and the message are one transaction. Two workers that do the same at once do no harm:
    the second finds the codes there.
    """
    tools, loop = ctx["tools"], asyncio.get_running_loop()
    if tools.pick_ups is None:
        return
    ends_at = loop.time() + _LONGEST_SECONDS
    while loop.time() < ends_at:
        if await _ready_chunk(tools, tools.pick_ups) < _AT_ONCE:
            return


async def _ready_chunk(tools: Tools, desk: PickUpDesk) -> int:
    async with tools.database.writes.begin() as session:
        found = await make_ready(
            session,
            desk.vault,
            desk.lasting,
            at=tools.clock(),
            random=tools.random,
            most=_AT_ONCE,
        )
        await tell_members(session, _told(found.ready, _FIRST), tools)
    for each in found.ready:
        _LOG.info("order.ready", order_id=str(each.order_id))
    return found.due


async def remind_pick_ups(ctx: SweepContext) -> None:
    """Tell members once more of what their store has ready, while there is time to fetch it.

    The note that it was seen to and the message are one transaction, and each is seen to once.
    """
    tools, loop = ctx["tools"], asyncio.get_running_loop()
    ends_at = loop.time() + _LONGEST_SECONDS
    while loop.time() < ends_at:
        async with tools.database.writes.begin() as session:
            taken, waiting = await due_reminders(session, at=tools.clock(), most=_AT_ONCE)
            await tell_members(session, _told(waiting, _REMINDER), tools)
        for each in waiting:
            _LOG.info("order.reminded", order_id=str(each.order_id))
        if taken < _AT_ONCE:
            return


def _told(ready: Iterable[Ready], source: str) -> list[news.News]:
    return [
        news.order_ready(
            each.member_id,
            each.order_id,
            each.number,
            each.fetch_by,
            f"{source}:{each.order_id.hex}",
        )
        for each in ready
    ]


async def watch_pick_ups(ctx: SweepContext) -> None:
    """Show for how long the oldest order lies ready that nobody has fetched."""
    tools = ctx["tools"]
    async with tools.database.writes() as session:
        since = await oldest_ready(session)
    age = tools.clock() - since if since else timedelta(0)
    PICK_UPS_OLDEST.set(max(age.total_seconds(), 0.0))


async def note_handed_over(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
    """Tell the member of each order that was handed over or delivered, log it, and count it."""
    told: list[news.News] = []
    for fact in facts:
        event = fact.event
        assert isinstance(event, OrderHandedOver)
        is_virtual = event.kind is ShipmentKind.VIRTUAL
        source = f"{fact.type}:{fact.aggregate_id.hex}"
        news_of = news.order_delivered if is_virtual else news.order_fetched
        told.append(news_of(event.member_id, fact.aggregate_id, event.number, source))
        ORDERS_RECEIVED.labels("worker" if is_virtual else "store").inc()
        _LOG.info("order.handed_over", order_id=str(fact.aggregate_id), kind=event.kind)
    await tell_members(session, told, tools)
