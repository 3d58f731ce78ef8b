"""Who paid is erased from attempts that are over, and nothing else of them changes."""

from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from domain.kernel.db import Database
from domain.orders.words import OrderStatus
from domain.payments.models import PaymentAttempt
from domain.payments.ports import GatewayState
from domain.payments.words import AttemptStatus, NoticeOutcome
from tests.domain.orders.buying import a_shop
from tests.domain.payments.purchases import all_is_accounted_for, an_order
from tests.domain.payments.tills import MemoryGateway, a_till, attempts, prepaid, statuses


async def changed(database: Database, **values: Any) -> None:
    """Change all attempts."""
    async with database.writes.begin() as session:
        await session.execute(update(PaymentAttempt).values(**values))


async def test_the_payer_of_an_attempt_that_is_over_can_be_erased(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    number = await prepaid(database, member, order, gateway)
    openid = f"openid-{member.hex}"
    till = a_till(database, gateway)
    with pytest.raises(DBAPIError, match="frozen"):
        await changed(database, payer=None, request=None)
    payment = gateway.pay(number)
    gateway.payments[number] = gateway.payment(number, order.payable_fen, GatewayState.NOT_PAID)
    await till.release(order.order_id)
    # One alone would leave the same in the other.
    for alone in ({"payer": None}, {"request": None}, {"payer": None, "request": b"other"}):
        with pytest.raises(DBAPIError, match="frozen"):
            await changed(database, **alone)

    await changed(database, payer=None, request=None)

    (attempt,) = await attempts(database)
    assert attempt.status is AttemptStatus.CLOSED
    assert (attempt.payer, attempt.request) == (None, None)
    assert openid not in repr(vars(attempt))
    with pytest.raises(DBAPIError, match="frozen"):
        await changed(database, payer=openid, request=b"again")
    # Money that comes all the same finds its order.
    assert await till.applied(payment) is NoticeOutcome.APPLIED
    assert await statuses(database) == [OrderStatus.PAID]
    await all_is_accounted_for(database)
