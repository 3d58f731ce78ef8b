"""Buyers who pay at the fake WeChat Pay, which goes on while processes of the mall die."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.ids import key_of
from domain.members.models import MemberIdentity
from domain.members.words import Provider
from domain.orders.models import Order
from domain.orders.views.structs import ORDER
from domain.orders.words import OrderStatus
from domain.payments.models import PaymentAttempt
from domain.payments.words import AttemptStatus
from sandbox.wechat.pay.orders import TradeState
from tests import make, make_orders
from tests.cli.mall_process import free_port
from tests.faults.buyers import Buyer, Request, buyers
from tests.faults.rig import Process, Rig, mortal
from tests.wechat import FakeWeChat
from tests.wechat_pay import FakePay

NOWHERE = "nowhere.at_all"
"""A place that nobody comes to."""
_FASTER = 300.0
"""WeChat Pay tells again after 0.05 seconds where it waits for 15, and goes on for minutes."""


@dataclass(frozen=True)
class Standing:
    """How far a payment has come in the mall and at the gateway; None where nothing is there."""

    here: AttemptStatus | None
    there: TradeState | None


@dataclass(frozen=True)
class Purchase:
    """An order of a buyer's."""

    buyer: Buyer
    order_id: str

    @property
    def key(self) -> UUID:
        """The key of the order."""
        key = key_of(self.order_id, ORDER)
        assert key is not None
        return key

    def paying(self) -> Request:
        """The wish to pay."""
        given = {"requestId": str(make.an_id()), "orderId": self.order_id}
        return Request("miniprogram/OrderPay", self.buyer.headers, given)

    def cancelling(self) -> Request:
        """The wish to close the order."""
        return self.buyer.cancelling(self.order_id)


@dataclass
class PayingRig:
    """Processes of a mall that takes money. Its API is always at the one address it is told at."""

    rig: Rig
    wechat: FakeWeChat
    database: Database
    flag: Path
    """Where a file lets the next process die that comes to its place."""
    port: int = field(default_factory=free_port)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        """Let the gateway wait less."""
        self.pay.settings.factor = _FASTER

    @property
    def pay(self) -> FakePay:
        """What people do at WeChat Pay."""
        return self.wechat.pay

    def api(self, place: str = NOWHERE) -> AbstractAsyncContextManager[Process]:
        """A process of the API, ready, that dies at that place; it ends with the block."""
        return self.rig.api(self.port, **self._settings(), **mortal(place, self.flag))

    def worker(self, place: str = NOWHERE) -> AbstractAsyncContextManager[Process]:
        """A process of the workers, just started, that dies there; it ends with the block."""
        return self.rig.worker(**self._settings(), **mortal(place, self.flag))

    async def purchases(
        self, process: Process, carts: Sequence[Sequence[tuple[UUID, int]]]
    ) -> list[Purchase]:
        """An order for each cart of variants and units, each of a buyer whom WeChat knows."""
        made = await buyers(process, self.database, carts)
        async with self.database.writes.begin() as session:
            session.add_all(self._identity(each) for each in made)
        return [Purchase(each, await each.order([process.api])) for each in made]

    async def prepaid(self, process: Process, purchase: Purchase) -> str:
        """What the gateway calls the payment that it waits for from now on."""
        payable = await purchase.paying().answered([process.api])
        assert payable["__typename"] == "OrderPayable", payable
        return f"{payable['number']}-1"

    async def late_payment(self, process: Process, place_id: UUID) -> Purchase:
        """An order that was closed and paid all the same, when its only unit was somebody else's.

        No gateway should take such money.
        """
        async with self.database.writes.begin() as session:
            (scarce,) = await make_orders.goods(
                session, prices_fen=(15_800,), units=1, place_id=place_id
            )
        (purchase,) = await self.purchases(process, [[(scarce, 1)]])
        number = await self.prepaid(process, purchase)
        cancelled = await purchase.cancelling().answered([process.api])
        assert cancelled["__typename"] == "OrderCancelled", cancelled
        await self.purchases(process, [[(scarce, 1)]])
        self.pay.order(number).state = TradeState.NOTPAY
        self.pay.pay(number)
        await self.pay.settled()
        return purchase

    async def standing(self, purchase: Purchase) -> Standing:
        """How far its payment has come."""
        async with self.database.writes() as session:
            order = await session.get_one(Order, purchase.key)
            number = f"{order.number}-1"
            of_number = select(PaymentAttempt.status).where(PaymentAttempt.number == number)
            here = await session.scalar(of_number)
        there = self.pay.desk.orders.numbered(number)
        return Standing(here, there.state if there else None)

    async def is_paid(self, purchase: Purchase) -> bool:
        """Whether the order is paid."""
        async with self.database.writes() as session:
            return (await session.get_one(Order, purchase.key)).status is OrderStatus.PAID

    def _settings(self) -> dict[str, str]:
        """The settings of a mall that takes money; on loopback only one in development may."""
        told_at = f"http://127.0.0.1:{self.port}/webhooks/wechat-pay"
        return {
            "MALL_WECHAT_URL": self.wechat.url,
            "MALL_WECHAT_APP_ID": self.wechat.app_id,
            "MALL_WECHAT_APP_SECRET": self.wechat.app_secret,
            **self.pay.mall_settings(self.wechat.url, told_at),
        }

    def _identity(self, buyer: Buyer) -> MemberIdentity:
        at = system_clock()
        return MemberIdentity(
            id=make.an_id(),
            member_id=buyer.member_id,
            provider=Provider.WECHAT_MINI_PROGRAM,
            app_id=self.wechat.app_id,
            subject=self.wechat.person(f"顾客 {next(self._numbers)}").openid,
            created_at=at,
            last_seen_at=at,
        )
