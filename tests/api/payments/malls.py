"""A mall that takes money by the fake WeChat Pay, and members who buy in it over HTTP."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from redis.asyncio import Redis

from domain.gateways.outside import open_outside
from domain.kernel.clock import Clock, system_clock
from domain.kernel.db import Database
from domain.kernel.ids import key_of
from domain.kernel.settings import Settings, read_settings
from domain.members.models import MemberIdentity
from domain.orders.models import Order
from domain.orders.views.structs import ORDER
from domain.sessions import clients
from tests import make
from tests.api.client import Api, running_api
from tests.api.orders.desk import by_wechat
from tests.api.orders.test_placing import Buyer
from tests.conftest import MASTER_KEY
from tests.domain.addresses import homes
from tests.domain.members.people import rows
from tests.domain.orders.buying import Shop, in_cart
from tests.wechat import FakeWeChat
from tests.wechat_pay import FakePay
from workers.orders import close_due_orders
from workers.payments import ask_payments, refund_payments
from workers.tools import SweepContext, Tools

NOTIFY = "http://127.0.0.1:9/webhooks/wechat-pay"
"""Where notices are posted to: into the application of this process, whatever the port."""


@dataclass
class PayingMall:
    """The mall, what is paid at, and the sweeps of a worker."""

    api: Api
    pay: FakePay
    wechat: FakeWeChat
    database: Database
    sweeps: SweepContext

    async def a_buyer(self, name: str = "林晓") -> Buyer:
        """A member who has opened the mini-program and has an address."""
        person = self.wechat.person(name)
        shopper = await by_wechat(self.api, self.wechat, person)
        identities = await rows(self.database, MemberIdentity)
        (member_id,) = (each.member_id for each in identities if each.subject == person.openid)
        await homes.add(self.database, member_id)
        return Buyer(self.api, member_id, shopper.headers)

    async def order(self, buyer: Buyer, shop: Shop, units: int = 1) -> str:
        """An order of theirs, by its public id."""
        await in_cart(self.database, buyer.member_id, shop.variants[0], units)
        answer = await buyer.place((await buyer.quote())["token"])
        placed = answer["data"]["placeOrder"]
        assert placed["__typename"] == "OrderPlaced", placed
        return placed["orderId"]

    async def begin(self, buyer: Buyer, order_id: str, request_id: UUID | None = None) -> Any:
        """What `payOrder` answers."""
        given = {"requestId": str(request_id or make.an_id()), "orderId": order_id}
        answer = await self.api.run("miniprogram/OrderPay", buyer.headers, input=given)
        return answer["data"]["payOrder"] if "errors" not in answer else answer

    async def status(self, order_id: str) -> str:
        """How far the order has come."""
        orders = await rows(self.database, Order)
        (status,) = (each.status.name for each in orders if each.id == key_of(order_id, ORDER))
        return status

    async def sweep(self) -> None:
        """Let a worker speak to the gateway and close what is due."""
        await ask_payments(self.sweeps)
        await close_due_orders(self.sweeps)
        await refund_payments(self.sweeps)
        await self.pay.settled()


def number_of(payable: Any) -> str:
    """What the gateway calls the first attempt."""
    return f"{payable['number']}-1"


@asynccontextmanager
async def paying_mall(
    settings: Settings,
    wechat: FakeWeChat,
    database: Database,
    clock: Clock = system_clock,
    **bounds: int,
) -> AsyncGenerator[PayingMall]:
    """A mall whose gateway is the fake WeChat Pay; ``clock`` is the mall's alone.

    ``bounds`` are settings that it has otherwise.
    """
    own = clients.own_clients(wechat_app_id=wechat.app_id, sends_codes=True, playground="")
    async with database.writes.begin() as session:
        await clients.keep_own(session, own, at=system_clock())
    update = {"staff_token": settings.staff_token, **bounds}
    given = with_pay(settings, wechat).model_copy(update=update)
    redis = Redis.from_url(given.required_redis_url())
    async with (
        redis,
        running_api(given, clock=clock) as api,
        open_outside(given, system_clock, redis, Random(2)) as outside,
    ):
        store = make.media_folder(given.media_folder)
        tools = Tools(
            database, clock, store, Random(9), outside.wechat_pay, shipping=outside.shipping
        )
        pay = FakePay(wechat.world, api.http)
        pay.settings.factor = 1e6
        yield PayingMall(api, pay, wechat, database, {"tools": tools})
        await pay.settled()


def with_pay(settings: Settings, wechat: FakeWeChat) -> Settings:
    """The settings of a mall that takes money."""
    pay = wechat.pay.mall_settings(wechat.url, NOTIFY)
    return read_settings(
        {
            "MALL_PROFILE": "development",
            "MALL_HOME": str(settings.home),
            "MALL_PUBLIC_URL": "https://mall.example",
            "MALL_DATABASE_URL": settings.required_database_url(),
            "MALL_REDIS_URL": settings.required_redis_url(),
            "MALL_MASTER_KEYS": MASTER_KEY,
            "MALL_WECHAT_URL": wechat.url,
            "MALL_WECHAT_APP_ID": wechat.app_id,
            "MALL_WECHAT_APP_SECRET": wechat.app_secret,
            "MALL_SMS_URL": wechat.sms_url,
            "MALL_SMS_TOKEN": wechat.sms_token,
            **pay,
        }
    )
