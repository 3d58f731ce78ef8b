"""Orders that are paid and sent, and a WeChat in memory that is told of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from domain.kernel.audit import violations
from domain.kernel.clock import Clock as AnyClock
from domain.kernel.db import Database
from domain.kernel.errors import Refused
from domain.kernel.outbox import OutboxRow
from domain.orders.shipping.rules import Parcel, ParcelLine, Shipping
from domain.orders.shipping.sending import ship
from domain.orders.words import Carrier
from domain.payments.models import PaymentAttempt
from domain.shipping_duty.audit import INVARIANTS
from domain.shipping_duty.beginning import begin, parcels_changed
from domain.shipping_duty.exchanges import Teller
from domain.shipping_duty.models import ShippingDuty
from domain.shipping_duty.ports import Parcels, PaymentKey, Standing
from domain.shipping_duty.words import PlatformState
from tests.domain.orders.buying import RANDOM, Shop
from tests.domain.payments.purchases import an_order
from tests.domain.payments.tills import Clock, MemoryGateway, a_till, prepaid
from tests.make import NOON


@dataclass
class MemoryWeChat:
    """Remembers what it was told. ``before`` and ``after`` are called with the name of a call."""

    told: list[Parcels] = field(default_factory=list[Parcels])
    reports: list[datetime] = field(default_factory=list[datetime])
    calls: list[str] = field(default_factory=list[str])
    state: PlatformState | None = None
    before: Callable[[str], None] = lambda call: None
    after: Callable[[str], None] = lambda call: None

    async def upload(self, parcels: Parcels) -> None:
        """Take it."""
        self._called("upload")
        self.told.append(parcels)
        self.after("upload")

    async def ask(self, key: PaymentKey) -> Standing:
        """What was told last of it."""
        self._called("ask")
        own = [each for each in self.told if each.key.number == key.number]
        if not own:
            return Standing(
                self.state or PlatformState.TO_SHIP, is_finished=False, parcels=frozenset()
            )
        content = own[-1].content
        named = [(each.company or "", each.tracking_number or "") for each in content.parcels]
        state = self.state or (PlatformState.SHIPPED if content.is_whole else PlatformState.TO_SHIP)
        return Standing(state, is_finished=content.is_whole, parcels=frozenset(named))

    async def report_late(self, key: PaymentKey, *, until: datetime) -> None:
        """Take the day."""
        self._called("report")
        self.reports.append(until)
        self.after("report")

    def _called(self, call: str) -> None:
        self.calls.append(call)
        self.before(call)


async def a_paid_order(database: Database, shop: Shop) -> UUID:
    """An order of two units that is paid at WeChat Pay, and its duty."""
    gateway = MemoryGateway()
    member, order = await an_order(database, shop)
    till = a_till(database, gateway)
    await till.applied(gateway.pay(await prepaid(database, member, order, gateway)))
    async with database.writes.begin() as session:
        await begin(session, [order.order_id], at=NOON)
    return order.order_id


async def sent(
    database: Database,
    order_id: UUID,
    number: str = "YT10203040",
    *,
    units: int | None = None,
    carrier: Carrier = Carrier.YTO,
) -> None:
    """Send a parcel of an order, of so many units or of all that is left; it is to be told."""
    lines = None if units is None else (ParcelLine(1, units),)
    wish = Shipping(order_id, Parcel(carrier, number, lines), "staff:test")
    async with database.writes.begin() as session:
        (outcome,) = await ship(
            session, [wish], NOON, receipt_after=timedelta(days=10), random=RANDOM
        )
        assert not isinstance(outcome, Refused), outcome
        await parcels_changed(session, [order_id], at=NOON)


async def relayed(database: Database) -> None:
    """Take every fact for one that has taken effect."""
    async with database.writes.begin() as session:
        await session.execute(update(OutboxRow).values(done_at=NOON))


def a_teller(database: Database, wechat: MemoryWeChat, clock: AnyClock | None = None) -> Teller:
    """Who tells WeChat."""
    return Teller(database.writes.begin, wechat, clock or Clock())


async def worked(teller: Teller) -> int:
    """Do all that is due once; says of how many WeChat was called."""
    _, turns = await teller.take(10)
    for turn in turns:
        await teller.do(turn)
    return len(turns)


async def duty_of(database: Database, order_id: UUID) -> ShippingDuty:
    """The duty of an order as it stands."""
    async with database.writes() as session:
        found = select(ShippingDuty).where(ShippingDuty.order_id == order_id)
        return (await session.scalars(found)).one()


async def attempt_of(database: Database, order_id: UUID) -> PaymentAttempt:
    """What the order was paid by."""
    async with database.writes() as session:
        found = select(PaymentAttempt).where(PaymentAttempt.order_id == order_id)
        return (await session.scalars(found)).one()


async def broken(database: Database) -> set[str]:
    """The invariants that some row breaks."""
    async with database.writes() as session:
        return {
            each.name for each in INVARIANTS if [row async for row in violations(session, each)]
        }
