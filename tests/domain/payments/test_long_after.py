"""Money that comes from a second to a day after its order was closed (reliability 4.3).

A dozen cases in the suite; `--soak` runs a hundred.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, auto
from itertools import cycle, islice, product
from pathlib import Path
from random import Random
from uuid import UUID

from sqlalchemy import select, update

from domain.catalog.models import Product, Variant
from domain.kernel.db import Database
from domain.kernel.outside import OutsideUnavailable
from domain.messages.models import InboxMessage
from domain.messages.words import MessageKind
from domain.orders.placing.values import Placed
from domain.orders.words import CloseReason, OrderStatus
from domain.payments.clearing import unapplied
from domain.payments.ports import GatewayState, RefundState
from domain.payments.words import NoticeOutcome
from tests import make, make_orders
from tests.domain.orders.buying import Shop, buy
from tests.domain.payments.purchases import EXPIRED, LATER, a_payer, an_order, let_go
from tests.domain.payments.tills import Clock, MemoryGateway, a_till, prepaid
from tests.make import NOON
from tests.settled import Settled, settled
from workers.orders import close_due_orders
from workers.payments import ask_payments, refund_payments
from workers.relay import relay_outbox
from workers.tools import SweepContext, Tools

A_SECOND, A_DAY = 1.0, 24 * 60 * 60.0
BACK_WITHIN = timedelta(minutes=5)
WHOLE = 31_600


class Meanwhile(Enum):
    """What has happened to the goods."""

    NOTHING = auto()
    SOLD = auto()
    LIMITED = auto()


class Trouble(Enum):
    """How the gateway behaves where money goes back."""

    NONE = auto()
    AWAY = auto()
    LOST = auto()
    SLOW = auto()
    GIVEN_UP = auto()


@dataclass(frozen=True)
class Case:
    """An order that is closed, and paid so many seconds after that."""

    reason: CloseReason
    meanwhile: Meanwhile
    trouble: Trouble
    seconds: float

    @property
    def is_honoured(self) -> bool:
        """Whether its member gets the goods after all."""
        is_staffs = self.reason is CloseReason.CANCELLED_BY_STAFF
        return self.meanwhile is Meanwhile.NOTHING and not is_staffs


def cases(number: int, random: Random) -> list[Case]:
    """Each reason with each thing that may happen, and delays from a second to a day."""
    reasons = (
        CloseReason.NOT_PAID_IN_TIME,
        CloseReason.CANCELLED_BY_MEMBER,
        CloseReason.CANCELLED_BY_STAFF,
    )
    delays = [A_SECOND, A_DAY, *(A_DAY ** random.random() for _ in range(number - 2))]
    kinds = islice(cycle(product(reasons, Meanwhile)), number)
    troubles = islice(cycle(Trouble), number)
    return [
        Case(reason, meanwhile, trouble, seconds)
        for (reason, meanwhile), trouble, seconds in zip(kinds, troubles, delays, strict=True)
    ]


class Bank(MemoryGateway):
    """A gateway that has one trouble with the next refund."""

    def get_into(self, trouble: Trouble) -> None:
        """Have this trouble once."""
        self.before = self.after = lambda _: None
        self.refund_state = RefundState.SUCCEEDED
        if trouble is Trouble.AWAY:
            self.before = self._unavailable
        elif trouble is Trouble.LOST:
            self.after = self._unavailable
        elif trouble in {Trouble.SLOW, Trouble.GIVEN_UP}:
            self.refund_state = RefundState.PROCESSING
            self.after = self._under_way
            self._then = {
                Trouble.SLOW: RefundState.SUCCEEDED,
                Trouble.GIVEN_UP: RefundState.CLOSED,
            }[trouble]

    def _unavailable(self, call: str) -> None:
        if call == "refund":
            self.get_into(Trouble.NONE)
            raise OutsideUnavailable("trouble", may_have_happened=True)

    def _under_way(self, call: str) -> None:
        """What was begun is said to be under way, and is over when it is asked about."""
        if call != "refund":
            return
        self.refund_state, self.after = RefundState.SUCCEEDED, lambda _: None

        def over(asked: str) -> None:
            if asked == "query_refund":
                last = next(reversed(self.refunds))
                self.refunds[last] = replace(self.refunds[last], state=self._then)
                self.before = lambda _: None

        self.before = over


@dataclass
class Hall:
    """The mall's sweeps, by a clock that is moved."""

    database: Database
    bank: Bank
    clock: Clock
    tools: Tools
    place_id: UUID

    async def sweep(self) -> None:
        """Let a worker do what is due."""
        context: SweepContext = {"tools": self.tools}
        await ask_payments(context)
        await close_due_orders(context)
        await refund_payments(context)
        await relay_outbox(context)

    async def close(self, member_id: UUID, order: Placed, reason: CloseReason) -> None:
        """Close an order at its gateway and here."""
        if reason is CloseReason.NOT_PAID_IN_TIME:
            self.clock.now = EXPIRED
            await self.sweep()
            return
        self.clock.now = LATER
        await a_till(self.database, self.bank, self.clock).release(order.order_id, member_id)
        await let_go(self.database, order, reason)

    async def back_or_kept(self, number: str) -> Settled:
        """Go on until the money is an order's or back, and see that this is soon."""
        ends_at = self.clock.now + BACK_WITHIN
        while True:
            await self.sweep()
            async with self.database.writes() as session:
                left = (await unapplied(session)).fen
            if left == 0:
                return (await settled(self.database))[number]
            self.clock.now += timedelta(seconds=15)
            assert self.clock.now <= ends_at


async def paid_long_after(hall: Hall, case: Case) -> None:
    """Play one case."""
    database, bank, clock = hall.database, hall.bank, hall.clock
    clock.now = NOON
    async with database.writes.begin() as session:
        variants = await make_orders.goods(session, units=2, place_id=hall.place_id)
    shop = Shop(hall.place_id, variants)
    member_id, order = await an_order(database, shop)
    await prepaid(database, member_id, order, bank)
    number = f"{order.number}-1"
    await hall.close(member_id, order, case.reason)
    await happen(database, shop, case.meanwhile)
    clock.now += timedelta(seconds=case.seconds)
    bank.get_into(case.trouble)
    bank.payments[number] = replace(bank.payments[number], state=GatewayState.NOT_PAID)
    payment, till = bank.pay(number), a_till(database, bank, clock)

    told = await asyncio.gather(*(till.applied(payment) for _ in range(2)))

    assert sorted(told) == [NoticeOutcome.APPLIED, NoticeOutcome.REPEATED]
    end = await hall.back_or_kept(number)
    status = OrderStatus.PAID if case.is_honoured else OrderStatus.CLOSED
    back = 0 if case.is_honoured else WHOLE
    assert (end.status, end.came_in_fen, end.went_back_fen) == (status, WHOLE, back)
    last = MessageKind.ORDER_PAID if case.is_honoured else MessageKind.PAYMENT_REFUNDED
    assert await inbox(database, member_id) == {MessageKind.ORDER_CLOSED: 1, last: 1}


async def happen(database: Database, shop: Shop, what: Meanwhile) -> None:
    """Let somebody else have one of two units, or the shop limit them to one for each member."""
    (variant_id,) = shop.variants
    if what is Meanwhile.SOLD:
        await buy(database, await a_payer(database), variant_id, 1)
    if what is Meanwhile.LIMITED:
        own = select(Variant.product_id).where(Variant.id == variant_id).scalar_subquery()
        async with database.writes.begin() as session:
            limited = update(Product).where(Product.id == own).values(member_limit=1)
            await session.execute(limited)


async def inbox(database: Database, member_id: UUID) -> Counter[MessageKind]:
    """What a member was told."""
    theirs = select(InboxMessage.kind).where(InboxMessage.member_id == member_id)
    async with database.writes() as session:
        return Counter(await session.scalars(theirs))


async def test_money_that_comes_long_after_its_order_was_closed_is_honoured_or_goes_back_whole(
    database: Database, tmp_path: Path, *, is_soak: bool
):
    bank, clock = Bank(), Clock()
    tools = Tools(database, clock, make.media_folder(tmp_path), Random(9), bank)
    async with database.writes.begin() as session:
        hall = Hall(database, bank, clock, tools, await make.place(session))
    played = cases(100 if is_soak else 12, Random(24))
    for case in played:
        await paid_long_after(hall, case)

    found = Counter(each.status for each in (await settled(database)).values())
    honoured = sum(each.is_honoured for each in played)
    assert found == {OrderStatus.PAID: honoured, OrderStatus.CLOSED: len(played) - honoured}
    assert len(bank.refunds) > len(played) - honoured, "none was given up and begun anew"
