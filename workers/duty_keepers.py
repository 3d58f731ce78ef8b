"""What the facts of orders and payments begin, change and end of shipping duties.

Each begins what has not begun: an older worker, in the middle of a deployment, begins none.
"""

from collections.abc import Sequence

from domain.kernel.db import WriteSession
from domain.kernel.outbox import DueFact
from domain.orders.events import OrderRefunded, ShipmentCorrected
from domain.payments.events import PaymentRefunded
from domain.shipping_duty.beginning import begin, money_returned, parcels_changed, received
from workers.tools import Tools


async def begin_duties(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
    """Let the payments of each paid order be duties."""
    await begin(session, [fact.aggregate_id for fact in facts], at=tools.clock())


async def tell_again(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
    """Let what was sent of an order, or put right, be told."""
    orders = [
        fact.event.order_id
        if isinstance(fact.event, ShipmentCorrected | OrderRefunded)
        else fact.aggregate_id
        for fact in facts
    ]
    at = tools.clock()
    await begin(session, orders, at=at)
    await parcels_changed(session, orders, at=at)


async def hasten_duties(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
    """Ask WeChat soon whether who has received an order has confirmed there too."""
    orders, at = [fact.aggregate_id for fact in facts], tools.clock()
    await begin(session, orders, at=at)
    await received(session, orders, at=at)


async def end_duties(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
    """Count what went back of a payment; with all of it its duty is over."""
    orders = [fact.event.order_id for fact in facts if isinstance(fact.event, PaymentRefunded)]
    await begin(session, orders, at=tools.clock())
    await money_returned(session, orders)
