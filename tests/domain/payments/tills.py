"""A gateway in memory that does what it is told to, and a till that takes money through it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.kernel.db import Database
from domain.kernel.errors import Refused
from domain.members.models import MemberIdentity
from domain.members.words import Provider
from domain.orders.models import Order
from domain.orders.placing.values import Placed
from domain.payments.beginning import Begun, Counter, PaymentWish, begin
from domain.payments.bills import Bill, BillKind
from domain.payments.exchanges import Till
from domain.payments.models import PaymentAttempt
from domain.payments.ports import (
    AlreadyClosed,
    AlreadyPaid,
    GatewayPayment,
    GatewayRefund,
    GatewayState,
    Notice,
    PrepayWish,
    RefundState,
    RefundWish,
    UnknownPayment,
)
from domain.payments.words import PaymentProvider
from tests.make import NOON, an_id

APP = "wx0000000000000001"
MERCHANT = "1900000001"
RANDOM = Random(5)


@dataclass
class MemoryGateway:
    """Remembers what it was asked for. ``before`` is called with the name of each call."""

    provider: PaymentProvider = PaymentProvider.WECHAT_PAY
    merchant_id: str = MERCHANT
    app_id: str = APP
    payments: dict[str, GatewayPayment] = field(default_factory=dict[str, GatewayPayment])
    refunds: dict[str, GatewayRefund] = field(default_factory=dict[str, GatewayRefund])
    bills: dict[tuple[BillKind, date], Bill] = field(
        default_factory=dict[tuple[BillKind, date], Bill]
    )
    sent: list[bytes] = field(default_factory=list[bytes])
    calls: list[str] = field(default_factory=list[str])
    before: Callable[[str], None] = lambda call: None
    after: Callable[[str], None] = lambda call: None
    refund_state: RefundState = RefundState.SUCCEEDED

    def prepay_request(self, wish: PrepayWish) -> bytes:
        """The number and the amount, and whatever else must stay the same."""
        return f"{wish.number} {wish.amount_fen} {wish.payer} {wish.expires_at}".encode()

    async def prepay(self, request: bytes) -> str:
        """Wait for the payer."""
        self._called("prepay")
        self.sent.append(request)
        number, fen, *_ = request.decode().split()
        known = self.payments.get(number)
        if known is not None and known.state is GatewayState.PAID:
            raise AlreadyPaid
        if known is not None and known.state is GatewayState.CLOSED:
            raise AlreadyClosed
        self.payments[number] = self.payment(number, int(fen), GatewayState.NOT_PAID)
        self.after("prepay")
        return f"prepay-{number}"

    def payment(self, number: str, fen: int, state: GatewayState) -> GatewayPayment:
        """A payment as this gateway tells it."""
        is_paid = state is GatewayState.PAID
        return GatewayPayment(
            number,
            state,
            self.merchant_id,
            self.app_id,
            f"transaction-{number}" if is_paid else None,
            fen,
            "CNY",
            NOON + timedelta(minutes=1) if is_paid else None,
        )

    def pay(self, number: str) -> GatewayPayment:
        """The payer pays."""
        known = self.payments[number]
        assert known.state is GatewayState.NOT_PAID, known
        assert known.amount_fen is not None
        self.payments[number] = self.payment(number, known.amount_fen, GatewayState.PAID)
        return self.payments[number]

    def client_parameters(self, prepay_id: str, *, at: datetime, random: Random) -> dict[str, str]:
        """Not signed."""
        return {"package": f"prepay_id={prepay_id}", "timeStamp": f"{at.timestamp():.0f}"}

    async def query(self, number: str) -> GatewayPayment:
        """How it stands."""
        self._called("query")
        if number not in self.payments:
            raise UnknownPayment
        return self.payments[number]

    async def close(self, number: str) -> None:
        """Close it."""
        self._called("close")
        if number not in self.payments:
            raise UnknownPayment
        if self.payments[number].state is GatewayState.PAID:
            raise AlreadyPaid
        self.payments[number] = replace(self.payments[number], state=GatewayState.CLOSED)
        self.after("close")

    async def refund(self, wish: RefundWish) -> GatewayRefund:
        """Give it back, once for each number."""
        self._called("refund")
        if wish.number not in self.refunds:
            self.refunds[wish.number] = GatewayRefund(
                wish.number,
                wish.payment_number,
                self.refund_state,
                f"gateway-{wish.number}",
                wish.amount_fen,
                wish.amount_fen,
            )
        self.after("refund")
        return self.refunds[wish.number]

    async def query_refund(self, number: str) -> GatewayRefund:
        """How it stands."""
        self._called("query_refund")
        if number not in self.refunds:
            raise UnknownPayment
        return self.refunds[number]

    async def bill(self, kind: BillKind, day: date) -> Bill | None:
        """Nothing happened, unless it is told otherwise."""
        self._called(f"bill:{kind}")
        return self.bills.get((kind, day))

    async def read_notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Notice:
        """Nothing is posted in these tests."""
        raise AssertionError(headers, body, at)

    def _called(self, call: str) -> None:
        self.calls.append(call)
        self.before(call)


@dataclass
class Clock:
    """A moment that tests move."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        """The moment."""
        return self.now


def a_till(database: Database, gateway: MemoryGateway | None, clock: Clock | None = None) -> Till:
    """A till on the database."""
    return Till(
        writing=database.writes.begin,
        taking=database.hot.begin,
        noting=database.hot.alone,
        reads=database.reads,
        gateway=gateway,
        clock=clock or Clock(),
        random=RANDOM,
    )


async def known_at_wechat(database: Database, member_id: UUID) -> None:
    """Give a member an openid."""
    async with database.writes.begin() as session:
        session.add(
            MemberIdentity(
                id=an_id(),
                member_id=member_id,
                provider=Provider.WECHAT_MINI_PROGRAM,
                app_id=APP,
                subject=f"openid-{member_id.hex}",
                created_at=NOON,
                last_seen_at=NOON,
            )
        )


async def begun(
    database: Database,
    member_id: UUID,
    order: Placed,
    gateway: MemoryGateway | None,
    at: datetime = NOON,
) -> Begun | Refused:
    """Begin to pay for an order in one transaction."""
    counter = Counter(gateway, "山茶")
    async with database.writes.begin() as session:
        wishes = [PaymentWish(order.order_id, member_id)]
        (outcome,) = await begin(session, wishes, at, counter=counter, random=RANDOM)
    return outcome


async def prepaid(
    database: Database, member_id: UUID, order: Placed, gateway: MemoryGateway
) -> str:
    """The number of an attempt that the gateway waits for."""
    outcome = await begun(database, member_id, order, gateway)
    assert isinstance(outcome, Begun), outcome
    assert outcome.attempt_id is not None
    await a_till(database, gateway).payable(outcome.attempt_id)
    return [each.number for each in await attempts(database) if each.order_id == order.order_id][-1]


async def attempts(database: Database) -> list[PaymentAttempt]:
    """All attempts, in order."""
    async with database.writes() as session:
        ordered = select(PaymentAttempt).order_by(PaymentAttempt.order_id, PaymentAttempt.ordinal)
        return list(await session.scalars(ordered))


async def statuses(database: Database) -> list[Any]:
    """The status of each order, in the order of their ids."""
    async with database.writes() as session:
        return list(await session.scalars(select(Order.status).order_by(Order.id)))
