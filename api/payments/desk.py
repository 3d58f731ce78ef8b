"""What a process has for payments: a gateway, and the till that takes turns with it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from uuid import UUID, uuid5

from api.writing import hot_statement, hot_writing, writing
from domain.kernel.batcher import Batcher
from domain.kernel.clock import Clock
from domain.kernel.db import Database
from domain.kernel.errors import Busy
from domain.kernel.idempotency import RequestKey
from domain.kernel.logs import logger
from domain.kernel.outside import OutsideError, OutsideRejected
from domain.orders.refunding.terms import USUAL_REFUND_TERMS, RefundTerms
from domain.payments.attempts import FreshAttempts
from domain.payments.beginning import Begun, PaymentWish
from domain.payments.errors import PaymentUnavailable
from domain.payments.exchanges import NoGateway, Till
from domain.payments.otherwise import Unfinished
from domain.payments.ports import Notice, PaymentGateway
from domain.payments.words import NoticeOutcome

_LOG = logger(__name__)
_ROUNDS = 8
"""An attempt that is over is followed by another one; more than that is somebody else's turn."""


@dataclass(frozen=True, slots=True)
class Payable:
    """An order that its member can pay now, with what the client's payment sheet needs."""

    begun: Begun
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class PaymentDesk:
    """Takes members to the gateway and back. ``real_clock`` is the time that gateways go by."""

    till: Till
    gateway: PaymentGateway | None
    real_clock: Clock
    random: Random

    async def pay(
        self, beginning: Batcher[PaymentWish, Begun], key: RequestKey, wish: PaymentWish
    ) -> Begun | Payable:
        """Let a member pay for an order of theirs; what is paid already is told as `Begun`.

        Refuses: OrderUnavailable, OrderNotOpen, PaymentUnavailable. Fault: `Busy` where the
        gateway does not answer; the same request may be sent again.
        """
        for _ in range(_ROUNDS):
            begun = await beginning.submit(key, wish)
            if begun.attempt_id is None:
                return begun
            prepay_id = await self._prepay_id(begun, begun.attempt_id)
            if prepay_id is not None and self.gateway is not None:
                parameters = self.gateway.client_parameters(
                    prepay_id, at=self.real_clock(), random=self.random
                )
                return Payable(begun, parameters)
            key = _after(key, begun.attempt_id)
        raise Busy

    async def release(self, order_id: UUID, member_id: UUID | None = None) -> None:
        """See that an order cannot be paid any more before it is closed, or is paid.

        Nothing is done to an order of another member than ``member_id``, where one is given.
        Fault: `Busy` where the gateway does not say; everything stays held.
        """
        try:
            async with _gateway_told():
                await self.till.release(order_id, member_id)
        except OutsideRejected as error:
            raise Busy from error

    async def ask_refund(self, number: str) -> Unfinished | None:
        """Ask how a refund stands, and take that in: `Till.ask_refund`.

        Fault: `Busy` where the gateway does not say.
        """
        try:
            async with _gateway_told():
                return await self.till.ask_refund(number)
        except OutsideRejected as error:
            raise Busy from error

    async def take(self, notice: Notice) -> NoticeOutcome:
        """Take in what the gateway has told, verified. Fault: `Busy`."""
        assert self.gateway is not None
        return await self.till.told(self.gateway.provider, notice)

    async def _prepay_id(self, begun: Begun, attempt_id: UUID) -> str | None:
        try:
            async with _gateway_told():
                if begun.is_superseded:
                    await self.till.end_open(attempt_id)
                    return None
                return await self.till.payable(attempt_id)
        except OutsideRejected as error:
            _LOG.warning("payment.rejected", order_number=begun.order_number, reason=error.code)
            raise PaymentUnavailable from error


def payment_desk(
    database: Database,
    gateway: PaymentGateway | None,
    clock: Clock,
    *,
    real_clock: Clock,
    random: Random,
    terms: RefundTerms = USUAL_REFUND_TERMS,
    fresh: FreshAttempts | None = None,
) -> PaymentDesk:
    """The desk of one process; ``fresh`` is where its batcher puts what it begins."""
    till = Till(
        writing=lambda: writing(database.writes),
        taking=lambda: hot_writing(database.hot),
        noting=lambda: hot_statement(database.hot),
        reads=database.reads,
        gateway=gateway,
        clock=clock,
        random=random,
        terms=terms,
        fresh=fresh or FreshAttempts(),
    )
    return PaymentDesk(till, gateway, real_clock, random)


@asynccontextmanager
async def _gateway_told() -> AsyncGenerator[None]:
    """Make `Busy` of a gateway that is away, or that does not know us: members try again."""
    try:
        yield
    except OutsideRejected:
        raise
    except (OutsideError, NoGateway) as error:
        raise Busy from error


def _after(key: RequestKey, attempt_id: UUID) -> RequestKey:
    """The same request, once an attempt of it is over; sent again it goes the same way."""
    return RequestKey(
        key.actor, key.operation, uuid5(key.request_id, attempt_id.hex), key.fingerprint
    )
