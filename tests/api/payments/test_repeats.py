"""Requests that are sent again once the gateway has done its part."""

import pytest

from api.orders.ordering import open_ordering
from domain.kernel.db import Database
from domain.kernel.idempotency import RequestKey
from domain.orders.closing import Closed, Closing
from domain.orders.errors import PaymentUnderWay
from domain.orders.words import CloseReason
from domain.payments.beginning import Counter
from tests.domain.orders.buying import a_shop
from tests.domain.payments.purchases import an_order
from tests.domain.payments.tills import RANDOM, MemoryGateway, a_till, prepaid
from tests.make import NOON, an_id


async def test_who_was_told_that_somebody_pays_may_send_the_same_request_again(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    await prepaid(database, member, order, gateway)
    closing = Closing(order.order_id, CloseReason.CANCELLED_BY_MEMBER, "member:1", member)
    key = RequestKey("member:1", "cancelOrder", an_id(), b"1")
    counter = Counter(gateway, "山茶")
    async with open_ordering(database.hot, lambda: NOON, RANDOM, counter) as ordering:
        with pytest.raises(PaymentUnderWay):
            await ordering.cancelling.submit(key, closing)
        await a_till(database, gateway).release(order.order_id)
        assert await ordering.cancelling.submit(key, closing) == Closed(order.order_id)
