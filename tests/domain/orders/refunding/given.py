"""Orders of which something is refunded, without a gateway to give the money back."""

from datetime import timedelta
from random import Random
from uuid import UUID

from domain.kernel.db import Database
from domain.orders.refunding.finishing import finish
from domain.orders.refunding.reserving import Cause, reserve
from domain.orders.refunding.rules import UnitsBack, by_units
from domain.orders.refunding.standing import lock_refundable
from domain.orders.refunding.terms import USUAL_REFUND_TERMS, RefundTerms
from tests.make import NOON

_RANDOM = Random(17)
_LATER = NOON + timedelta(hours=1)


async def refunded(
    database: Database,
    order_id: UUID,
    *wishes: UnitsBack,
    is_back: bool = True,
    terms: RefundTerms = USUAL_REFUND_TERMS,
) -> None:
    """Refund units of an order; without ``is_back`` their money is still on its way."""
    async with database.writes.begin() as session:
        order = await lock_refundable(session, order_id)
        plan = by_units(order.paid, wishes, is_shops_fault=True)
        cause = Cause(f"test:{_RANDOM.random()}", "staff:test")
        refund = await reserve(session, order, plan, cause=cause, at=_LATER, random=_RANDOM)
        if is_back:
            await finish(session, order, refund.id, terms=terms, at=_LATER, random=_RANDOM)
