"""What is told of refunds with an order, whatever they give back."""

from domain.kernel.db import Database
from domain.orders.models import OrderLine
from domain.orders.refunding.rules import UnitsBack
from tests.api.client import Api
from tests.api.orders.parcels import bought, own, paid
from tests.domain.members.people import rows
from tests.domain.orders.buying import a_shop
from tests.domain.orders.refunding.given import refunded


async def test_a_refund_of_no_money_is_told_too(api: Api, database: Database):
    shop = await a_shop(database, prices_fen=(0, 15800))
    order = await bought(database, 1, 1, shop=shop)
    await paid(database, order.order_id)
    assert (await own(api, database, order))["refunds"] == []
    (free,) = [each.number for each in await rows(database, OrderLine) if not each.list_fen]
    await refunded(database, order.order_id, UnitsBack(free, 1))
    seen = await own(api, database, order)
    assert seen["refunded"] == 0
    (refund,) = seen["refunds"]
    assert (refund["status"], refund["amount"]) == ("SUCCEEDED", 0)
