"""An order that costs nothing: it takes the same road as any other, without a gateway."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from uuid import UUID

from domain.kernel.db import WriteSession
from domain.orders.paying import lock_order
from domain.payments.applying import apply
from domain.payments.attempts import Attempt
from domain.payments.beginning import NO_COUNTER, NOBODY, Begun, PaymentWish, begin
from domain.payments.ending import attempt_by_id
from domain.payments.ports import CURRENCY, GatewayPayment, GatewayState
from domain.points.posting import lock as lock_accounts


async def settle_free(
    session: WriteSession, order_ids: Sequence[UUID], *, at: datetime, random: Random
) -> None:
    """Pay orders that there is nothing to pay of, but for those that are paid or over."""
    locked = [await lock_order(session, order_id) for order_id in sorted(order_ids)]
    orders = [order for order in locked if order is not None]
    # The accounts of those whom points pay wholly: all orders first, then all accounts (0.15).
    await lock_accounts(session, {order.member_id for order in orders if order.points_used})
    wishes = [PaymentWish(order.id, order.member_id) for order in orders]
    for begun in await begin(session, wishes, at, counter=NO_COUNTER, random=random):
        if isinstance(begun, Begun) and begun.attempt_id is not None:
            attempt = await attempt_by_id(session, begun.attempt_id)
            await apply(session, free_payment(attempt), at=at, random=random)


def free_payment(attempt: Attempt) -> GatewayPayment:
    """What a gateway would say of an attempt that there is nothing to pay of."""
    return GatewayPayment(
        number=attempt.number,
        state=GatewayState.PAID,
        merchant_id=NOBODY,
        app_id=NOBODY,
        amount_fen=0,
        currency=CURRENCY,
    )
