"""An order that costs nothing: it takes the same road as any other, without a gateway."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from uuid import UUID

from sqlalchemy import select

from domain.kernel.db import WriteSession
from domain.orders.models import Order
from domain.payments.applying import apply
from domain.payments.attempts import Attempt
from domain.payments.beginning import NO_COUNTER, NOBODY, Begun, PaymentWish, begin
from domain.payments.ending import attempt_by_id
from domain.payments.ports import CURRENCY, GatewayPayment, GatewayState


async def settle_free(
    session: WriteSession, order_ids: Sequence[UUID], *, at: datetime, random: Random
) -> None:
    """Pay orders that there is nothing to pay of, but for those that are paid or over."""
    owners = select(Order.id, Order.member_id).where(Order.id.in_(order_ids)).order_by(Order.id)
    wishes = [PaymentWish(*row) for row in await session.execute(owners)]
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
