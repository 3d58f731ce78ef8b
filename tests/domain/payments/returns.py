"""Orders that are paid, and what is refunded of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select

from domain.kernel.db import Database
from domain.kernel.errors import Refused
from domain.orders.models import Order
from domain.orders.placing.values import Placed
from domain.orders.refunding.reserving import Cause
from domain.orders.refunding.rules import AmountBack, PaidOrder, UnitsBack, by_amount, by_units
from domain.orders.refunding.standing import lock_refundable, paid_order
from domain.orders.shipping.rules import Parcel, ParcelLine, Shipping
from domain.orders.shipping.sending import Shipped, ship
from domain.orders.words import Carrier
from domain.payments.returning import BegunRefund, begin_refund
from domain.payments.rules import BETWEEN_REFUNDS
from tests.domain.orders import buying
from tests.domain.orders.buying import Shop
from tests.domain.payments.purchases import LATER, a_payer, run_refunds
from tests.domain.payments.tills import Clock, MemoryGateway, a_till, prepaid

RANDOM = Random(13)


@dataclass
class Sold:
    """An order that is paid, its gateway, and a clock that goes on with each refund."""

    database: Database
    order_id: UUID
    member_id: UUID
    number: str
    gateway: MemoryGateway
    clock: Clock = field(default_factory=lambda: Clock(LATER))

    async def paid(self) -> PaidOrder:
        """What can come back of it."""
        found = await paid_order(self.database.reads, self.order_id)
        assert found is not None
        return found

    async def back(
        self, *wishes: UnitsBack | AmountBack, source: str = "", is_shops_fault: bool = False
    ) -> BegunRefund:
        """Begin a refund of units, or else of amounts."""
        async with self.database.writes.begin() as session:
            order = await lock_refundable(session, self.order_id)
            units = [each for each in wishes if isinstance(each, UnitsBack)]
            amounts = [each for each in wishes if isinstance(each, AmountBack)]
            plan = (
                by_amount(order.paid, amounts)
                if amounts
                else by_units(order.paid, units, is_shops_fault=is_shops_fault)
            )
            cause = Cause(source or f"test:{RANDOM.random()}", "staff:test")
            return await begin_refund(session, order, plan, cause, at=self.clock.now, random=RANDOM)

    async def run(self) -> int:
        """Let a sweep speak to the gateway, so much later that it may; says of how many."""
        self.clock.now += BETWEEN_REFUNDS + timedelta(seconds=1)
        return await run_refunds(self.database, self.gateway, self.clock)

    async def order(self) -> Order:
        """Its row."""
        async with self.database.writes() as session:
            return (await session.scalars(select(Order).where(Order.id == self.order_id))).one()


async def sold(
    database: Database,
    shop: Shop,
    *units: int,
    is_free: bool = False,
    member_id: UUID | None = None,
) -> Sold:
    """An order of so many units of each variant, paid by a gateway; by a new member by default."""
    member, gateway = member_id or await a_payer(database), MemoryGateway()
    for variant_id, some in zip(shop.variants, units, strict=True):
        await buying.in_cart(database, member, variant_id, some)
    seen = await buying.seen(database, member)
    (order,) = await buying.placed(database, [buying.placement(member, seen)])
    assert isinstance(order, Placed), order
    number = ""
    if not is_free:
        number = await prepaid(database, member, order, gateway)
        await a_till(database, gateway).applied(gateway.pay(number))
    return Sold(database, order.order_id, member, number, gateway)


async def sent(
    database: Database,
    order_id: UUID,
    lines: Sequence[tuple[int, int]] | None = None,
    *,
    number: str = "SF1020304050",
    at: datetime = LATER,
) -> Shipped | Refused:
    """Send a parcel of an order; of all that is left without lines."""
    contents = None if lines is None else tuple(ParcelLine(*each) for each in lines)
    wish = Shipping(order_id, Parcel(Carrier.SF, number, contents), "staff:test")
    async with database.writes.begin() as session:
        (outcome,) = await ship(
            session, [wish], at, receipt_after=timedelta(days=10), random=RANDOM
        )
    return outcome
