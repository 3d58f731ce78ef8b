"""An order that costs nothing: it takes the same road as any other, without a gateway."""

from datetime import datetime
from random import Random
from uuid import UUID

from sqlalchemy import select

from domain.kernel.db import WriteSession
from domain.orders.models import Order
from domain.payments.applying import apply
from domain.payments.beginning import NO_COUNTER, NOBODY, Begun, PaymentWish, begin
from domain.payments.ending import Attempt, attempt_by_id
from domain.payments.ports import CURRENCY, GatewayPayment, GatewayState


async def settle_free(
    session: WriteSession, order_id: UUID, *, at: datetime, random: Random
) -> None:
    """Pay an order that there is nothing to pay of, unless that was done or it is over."""
    member_id = await session.scalar(select(Order.member_id).where(Order.id == order_id))
    assert member_id is not None
    wishes = [PaymentWish(order_id, member_id)]
    (begun,) = await begin(session, wishes, at, counter=NO_COUNTER, random=random)
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
