"""A mall whose orders are paid at the fake WeChat Pay, and how its parcels are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.kernel.ids import key_of
from domain.orders.views.structs import ORDER
from domain.payments.models import PaymentAttempt
from domain.shipping_duty.audit import INVARIANTS
from domain.shipping_duty.models import ShippingDuty
from sandbox.wechat.calls import Call
from sandbox.wechat.shipping.endpoints import UPLOAD
from sandbox.wechat.shipping.records import Shipping
from tests import make
from tests.api.client import AS_STAFF
from tests.api.orders.parcels import Lines, wish
from tests.api.orders.test_placing import Buyer
from tests.api.payments.malls import PayingMall, number_of
from tests.domain.orders.buying import Shop
from tests.domain.payments.tills import Clock
from workers.relay import relay_outbox
from workers.shipping_duty import tell_shipping


@dataclass
class Depot:
    """The mall, its clock, and what WeChat knows of its parcels."""

    mall: PayingMall
    clock: Clock

    async def paid(self, shop: Shop, units: int = 2) -> "Sold":
        """An order that is paid, and that the mall knows of."""
        buyer = await self.mall.a_buyer()
        order_id = await self.mall.order(buyer, shop, units)
        number = number_of(await self.mall.begin(buyer, order_id))
        self.mall.pay.pay(number)
        await self.mall.pay.settled()
        await self.relay()
        return Sold(self, buyer, order_id, number)

    async def work(self) -> None:
        """Let a worker act on what has happened, and tell what is due."""
        await self.relay()
        await tell_shipping(self.mall.sweeps)

    async def relay(self) -> None:
        """Let a worker act on what has happened."""
        await relay_outbox(self.mall.sweeps)

    def uploads(self) -> Sequence[Call]:
        """What WeChat was told, the first one first."""
        return self.mall.wechat.calls(UPLOAD)

    async def told(self, document: str, **given: object) -> Any:
        """What a document of the staff answers."""
        answer = await self.mall.api.run(f"playground/{document}", AS_STAFF, **given)
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))

    async def listed(self, **given: object) -> list[dict[str, Any]]:
        """The duties that the staff are told of."""
        page = await self.told("ShippingDuties", **given)
        return [edge["node"] for edge in page["edges"]]

    async def see_to(self, document: str, duty_id: str, **more: object) -> Any:
        """What seeing to a duty answers."""
        given = {"requestId": str(make.an_id()), "dutyId": duty_id, "reason": "已核对", **more}
        return await self.told(document, input=given)


@dataclass(frozen=True)
class Sold:
    """An order that is paid."""

    depot: Depot
    buyer: Buyer
    order_id: str
    number: str

    @property
    def shipping(self) -> Shipping:
        """What WeChat knows of it."""
        return self.depot.mall.wechat.world.shippings.of(self.number)

    @property
    def frozen_there(self) -> int:
        """What WeChat keeps of its money."""
        order = self.depot.mall.pay.order(self.number)
        return self.depot.mall.wechat.world.shippings.frozen(order)

    async def ship(self, number: str, *, lines: Lines | None = None, **more: object) -> None:
        """Send a parcel of it, and let a worker tell that."""
        given = wish(self.order_id, number, lines=lines, **more)
        answer = await self.depot.told("ShipOrder", input=given)
        assert answer["__typename"] == "OrderShipped", answer

    async def correct(self, ordinal: int, number: str, carrier: str = "SF") -> None:
        """Put right who brings a parcel."""
        given = {
            "requestId": str(make.an_id()),
            "orderId": self.order_id,
            "ordinal": ordinal,
            "carrier": carrier,
            "trackingNumber": number,
            "reason": "单号录错",
        }
        answer = await self.depot.told("CorrectShipment", input=given)
        assert answer["__typename"] == "ShipmentCorrected", answer

    async def duty(self) -> ShippingDuty:
        """Its duty as it stands."""
        key = key_of(self.order_id, ORDER)
        async with self.depot.mall.database.writes() as session:
            found = select(ShippingDuty).join(
                PaymentAttempt, PaymentAttempt.id == ShippingDuty.attempt_id
            )
            return (await session.scalars(found.where(PaymentAttempt.order_id == key))).one()


async def broken(database: Database) -> set[str]:
    """The invariants of duties that some row breaks."""
    async with database.writes() as session:
        return {
            each.name for each in INVARIANTS if [row async for row in violations(session, each)]
        }
