"""Books of both sides: attempts and refunds written as they end, and bills in memory."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from domain.kernel.db import Database, WriteSession
from domain.kernel.ids import new_id
from domain.orders.words import PaymentPurpose
from domain.payments.bills import BillKind, BillLine, BillUnusable, LineKind, LineState
from domain.payments.models import PaymentAttempt, PaymentRefund
from domain.payments.words import AttemptStatus, PaymentProvider, RefundReason, RefundStatus
from domain.reconciliation.exchanges import Reconciler
from domain.reconciliation.models import BillDay, Difference
from tests import make
from tests.domain.orders.buying import a_buyer, a_shop, buy
from tests.domain.payments.tills import APP, MERCHANT, Clock, MemoryGateway

DAY = date(2026, 11, 20)
MIDDAY = datetime.fromisoformat("2026-11-20T12:00:00+08:00")
MORNING = datetime.fromisoformat("2026-11-21T10:30:00+08:00")
"""When the bill of the day is due."""
_RANDOM = Random(19)


@dataclass
class MemoryBill:
    """A bill of these lines, which may end in an error."""

    told: Sequence[BillLine]
    digest: str = "0" * 40
    is_whole: bool = True

    def lines(self) -> Iterator[BillLine]:
        """Read it once more."""
        yield from self.told
        if not self.is_whole:
            raise BillUnusable("sums")


@dataclass
class Books:
    """Our side, and what reconciles it with a gateway in memory."""

    database: Database
    order_id: UUID
    gateway: MemoryGateway
    clock: Clock
    count: int = 0

    @property
    def desk(self) -> Reconciler:
        """What takes bills in."""
        begin: Any = self.database.writes.begin
        return Reconciler(begin, self.gateway, self.clock, Random(3))

    async def paid(
        self, number: str, fen: int = 100, *, at: datetime = MIDDAY, is_paid: bool = True
    ) -> UUID:
        """An attempt of ours that is paid, or closed."""
        self.count += 1
        key = make.an_id()
        status = AttemptStatus.PAID if is_paid else AttemptStatus.CLOSED
        row = insert(PaymentAttempt).values(
            id=key,
            order_id=self.order_id,
            ordinal=1000 + self.count,
            purpose=PaymentPurpose.FULL,
            number=number,
            provider=PaymentProvider.WECHAT_PAY,
            merchant_id=MERCHANT,
            app_id=APP,
            amount_fen=fen,
            status=status,
            created_at=at - timedelta(minutes=1),
            expires_at=at + timedelta(minutes=9),
            transaction_id=f"T{number}" if is_paid else None,
            paid_at=at if is_paid else None,
        )
        async with self.begin() as session:
            await session.execute(row)
        return key

    async def returned(
        self,
        attempt_id: UUID,
        number: str,
        fen: int = 100,
        *,
        at: datetime = MIDDAY,
        ended_at: datetime | None = MIDDAY,
        status: RefundStatus = RefundStatus.SUCCEEDED,
        late_success_at: datetime | None = None,
    ) -> None:
        """A refund of ours."""
        self.count += 1
        is_otherwise = status is RefundStatus.PAID_OTHERWISE
        is_over = is_otherwise or status in {RefundStatus.SUCCEEDED, RefundStatus.CLOSED}
        row = insert(PaymentRefund).values(
            id=new_id(at, _RANDOM),
            attempt_id=attempt_id,
            ordinal=self.count,
            number=number,
            reason=RefundReason.LATE_PAYMENT,
            amount_fen=fen,
            status=status,
            created_at=at,
            gateway_id=f"G{number}",
            payer_fen=fen if is_otherwise or status is RefundStatus.SUCCEEDED else None,
            finished_at=ended_at if is_over else None,
            paid_reference="transfer" if is_otherwise else None,
            late_success_at=late_success_at,
        )
        async with self.begin() as session:
            await session.execute(row)

    def tell(self, *lines: BillLine, day: date = DAY, bill: BillKind = BillKind.TRADES) -> None:
        """Let the gateway have a bill."""
        self.gateway.bills[bill, day] = MemoryBill(lines)

    async def run(self) -> list[str | None]:
        """Take in whatever is due, and say how each went."""
        desk = self.desk
        await desk.plan()
        outcomes = list[str | None]()
        while (due := await desk.next_due()) is not None:
            outcomes.append(await desk.take(due))
        return outcomes

    async def differences(self, *, open_only: bool = True) -> list[Difference]:
        """What differs, by number."""
        async with self.database.writes() as session:
            rows = await session.scalars(select(Difference).order_by(Difference.number))
            return [each for each in rows if not open_only or each.resolved_at is None]

    async def told(self) -> list[tuple[str, str]]:
        """The open differences, by number and kind."""
        return [(each.number, each.kind.value) for each in await self.differences()]

    async def days(self) -> list[BillDay]:
        """The bill days, the earliest first."""
        async with self.database.writes() as session:
            return list(await session.scalars(select(BillDay).order_by(BillDay.day, BillDay.bill)))

    def begin(self) -> AbstractAsyncContextManager[WriteSession]:
        """A transaction."""
        return self.database.writes.begin()


async def some_books(database: Database, at: datetime = MORNING) -> Books:
    """Books without anything in them, at the moment the bill of the day is due."""
    shop = await a_shop(database)
    order = await buy(database, await a_buyer(database), shop.variants[0])
    return Books(database, order.order_id, MemoryGateway(), Clock(at))


def payment(number: str, fen: int = 100, *, at: datetime = MIDDAY) -> BillLine:
    """A payment in a bill of trades."""
    return BillLine(LineKind.PAYMENT, number, f"T{number}", at, fen, 600, LineState.SUCCEEDED)


def refund(
    number: str, fen: int = 100, state: LineState = LineState.SUCCEEDED, *, at: datetime = MIDDAY
) -> BillLine:
    """A refund in a bill of trades."""
    return BillLine(LineKind.REFUND, number, f"G{number}", at, fen, -600, state)
