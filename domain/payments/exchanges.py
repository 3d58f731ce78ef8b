"""What takes turns with a gateway: commit, ask without a transaction, commit what it said (0.22).

Each of these may be cut off anywhere and made again: what was meant stands in the rows, and asking
the same again makes nothing happen twice.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field, replace
from random import Random
from uuid import UUID

from domain.kernel.clock import Clock
from domain.kernel.db import ReadPool, WriteSession
from domain.kernel.failpoints import Failpoint, reached
from domain.kernel.hot_pool import Sender
from domain.kernel.outside import OutsideError, OutsideRejected, OutsideUnavailable
from domain.orders.paying import OrderMoved
from domain.orders.refunding.terms import USUAL_REFUND_TERMS, RefundTerms
from domain.payments.applying import apply
from domain.payments.attempts import Attempt, FreshAttempts
from domain.payments.ending import (
    ask_soon,
    attempt_read,
    note_closed,
    note_prepaid,
    open_attempt_of,
)
from domain.payments.free import free_payment
from domain.payments.notices import take_payment_notice, take_refund_notice
from domain.payments.otherwise import Unfinished, unfinished
from domain.payments.ports import (
    AlreadyClosed,
    AlreadyPaid,
    GatewayPayment,
    GatewayRefund,
    GatewayState,
    Notice,
    NumberTaken,
    PaymentGateway,
    UnknownPayment,
)
from domain.payments.refunding import DueRefund, apply_refund, note_refused
from domain.payments.words import NoticeOutcome, PaymentProvider, RefundStatus

Writing = Callable[[], AbstractAsyncContextManager[WriteSession]]
"""Begins a transaction that is committed when its block ends."""
Sending = Callable[[], AbstractAsyncContextManager[Sender]]
"""The same for what is sent as statements alone, or for one that is committed by itself."""

BEFORE_PREPAY = Failpoint("payments.before_prepay")
PREPAID = Failpoint("payments.prepaid")
CLOSED_THERE = Failpoint("payments.closed_at_gateway")
APPLIED = Failpoint("payments.applied")
BEFORE_REFUND = Failpoint("payments.before_refund")
REFUNDED = Failpoint("payments.refunded_at_gateway")
_ROUNDS = 3


class NoGateway(Exception):
    """An attempt is at a gateway that this process does not speak to: a setting is another one."""


@dataclass(frozen=True, slots=True)
class Till:
    """Where money is taken: how to write and read, the gateway if there is one, time and chance.

    ``noting`` is for one statement by itself. ``terms`` are those of what
    follows from refunds. ``fresh`` is where attempts are that were begun in this process just now.
    """

    writing: Writing
    taking: Sending
    noting: Sending
    reads: ReadPool
    gateway: PaymentGateway | None
    clock: Clock
    random: Random
    terms: RefundTerms = USUAL_REFUND_TERMS
    fresh: FreshAttempts = field(default_factory=FreshAttempts)

    async def payable(self, attempt_id: UUID) -> str | None:
        """The prepay id by which an attempt can be paid now; None where it is over or paid.

        Raises the errors of `domain.kernel.outside`. What may have arrived is sent again as it
        was; an attempt that the gateway does not take is ended there before it is over here.
        """
        fresh = self.fresh.take(attempt_id, self.clock())
        attempt = fresh or await attempt_read(self.reads, attempt_id)
        if not attempt.is_open:
            return None
        if attempt.provider is PaymentProvider.FREE or self.clock() >= attempt.expires_at:
            await self.end(attempt)
            return None
        if attempt.is_prepaid(self.clock()):
            return attempt.prepay_id
        return await self._prepay(attempt)

    async def end_open(self, attempt_id: UUID) -> None:
        """End an attempt unless it is over. Errors: as `release`."""
        attempt = await attempt_read(self.reads, attempt_id)
        if attempt.is_open:
            async with self.writing() as session:
                await ask_soon(session, attempt.id, at=self.clock())
            await self.end(attempt)

    async def _prepay(self, attempt: Attempt) -> str | None:
        gateway, request = self._gateway(attempt), attempt.request
        # It is erased only of attempts that are over.
        assert request is not None
        reached(BEFORE_PREPAY)
        try:
            prepay_id = await gateway.prepay(request)
        except (AlreadyPaid, AlreadyClosed, NumberTaken):
            await self.end(attempt)
            return None
        except OutsideRejected:
            # It says nothing of the same request that somebody else has sent.
            with suppress(OutsideUnavailable):
                await self.end(attempt)
            raise
        reached(PREPAID)
        async with self.noting() as session:
            is_open = await note_prepaid(session, attempt.id, prepay_id, at=self.clock())
        if is_open:
            return prepay_id
        # It was ended while it was on its way: an id that nobody gets is paid by nobody.
        with suppress(AlreadyPaid, UnknownPayment, OutsideError):
            await gateway.close(attempt.number)
        return None

    async def release(self, order_id: UUID, member_id: UUID | None = None) -> None:
        """See that an order cannot be paid any more, or is paid, before it is closed.

        Nothing is done to an order of another member than ``member_id``, where one is given.
        Raises the errors of `domain.kernel.outside` where the gateway does not say; everything
        stays held then.
        """
        async with self.writing() as session:
            attempt = await open_attempt_of(session, order_id, member_id)
            if attempt is not None:
                await ask_soon(session, attempt.id, at=self.clock())
        if attempt is not None:
            await self.end(attempt)

    async def end(self, attempt: Attempt) -> None:
        """Close an attempt at its gateway, or take in that it was paid. Errors: as `release`."""
        if attempt.provider is PaymentProvider.FREE:
            await self.applied(free_payment(attempt))
            return
        gateway = self._gateway(attempt)
        try:
            await gateway.close(attempt.number)
        except AlreadyPaid:
            await self.ask(attempt)
            return
        except OutsideRejected:
            # It may say no because it was paid, in words that nobody here knows.
            if not await self.ask(attempt):
                raise
            return
        except UnknownPayment:
            if not attempt.may_be_unknown(self.clock()):
                raise OutsideUnavailable("on_its_way", may_have_happened=True) from None
        reached(CLOSED_THERE)
        await self._closed(attempt)

    async def ask(self, attempt: Attempt) -> bool:
        """Ask how an attempt stands, and take that in; whether it is over. Errors: as `release`."""
        if attempt.provider is PaymentProvider.FREE:
            await self.applied(free_payment(attempt))
            return True
        try:
            payment = await self._gateway(attempt).query(attempt.number)
        except UnknownPayment:
            return False
        if payment.state is GatewayState.NOT_PAID:
            return False
        if payment.state is not GatewayState.CLOSED:
            await self.applied(payment)
        if payment.state is not GatewayState.PAID:
            # What somebody has given back at the gateway cannot be paid any more either.
            await self._closed(attempt)
        return True

    async def applied(self, payment: GatewayPayment) -> NoticeOutcome:
        """Take in a payment in a transaction of its own."""

        async def take_in() -> NoticeOutcome:
            async with self.taking() as session:
                outcome = await apply(session, payment, at=self.clock(), random=self.random)
                reached(APPLIED)
            return outcome

        return await _settled(take_in)

    async def told(self, provider: PaymentProvider, notice: Notice) -> NoticeOutcome:
        """Take in a notice, verified, in a transaction of its own."""
        about = notice.about
        if isinstance(about, GatewayRefund):
            return await self._refund_told(provider, notice, about)

        async def take_in() -> NoticeOutcome:
            async with self.taking() as session:
                outcome = await take_payment_notice(
                    session, provider, notice, about, at=self.clock(), random=self.random
                )
                reached(APPLIED)
            return outcome

        return await _settled(take_in)

    async def _refund_told(
        self, provider: PaymentProvider, notice: Notice, refund: GatewayRefund
    ) -> NoticeOutcome:
        async with self.writing() as session:
            outcome = await take_refund_notice(
                session,
                provider,
                notice,
                refund,
                at=self.clock(),
                random=self.random,
                terms=self.terms,
            )
            reached(APPLIED)
        return outcome

    async def refund(self, due: DueRefund) -> None:
        """Begin a refund or ask how it stands, and take that in. Errors: as `release`."""
        gateway = self._of_merchant(due.merchant_id)
        reached(BEFORE_REFUND)
        try:
            told = await self._refunded(gateway, due)
        except OutsideRejected:
            async with self.writing() as session:
                await note_refused(session, due)
            raise
        reached(REFUNDED)
        await self._refund_stands(told)

    async def ask_refund(self, number: str) -> Unfinished | None:
        """Ask how a refund stands that is not over, and take that in. Errors: as `release`.

        Says what was asked about; None where it was over before, or there is none.
        """
        async with self.writing() as session:
            asked = await unfinished(session, number, at=self.clock())
        if asked is None:
            return None
        try:
            told = await self._of_merchant(asked.merchant_id).query_refund(number)
        except UnknownPayment:
            return replace(asked, is_unknown=True)
        await self._refund_stands(told)
        return asked

    async def _refund_stands(self, told: GatewayRefund) -> None:
        async with self.writing() as session:
            await apply_refund(
                session,
                told,
                at=self.clock(),
                random=self.random,
                terms=self.terms,
            )

    async def _refunded(self, gateway: PaymentGateway, due: DueRefund) -> GatewayRefund:
        if due.status is not RefundStatus.CREATED:
            return await gateway.query_refund(due.wish.number)
        try:
            return await gateway.refund(due.wish)
        except OutsideRejected as error:
            # It may have been accepted before, in words of another deployment.
            try:
                return await gateway.query_refund(due.wish.number)
            except UnknownPayment:
                raise error from None

    async def _closed(self, attempt: Attempt) -> None:
        async with self.writing() as session:
            await note_closed(session, attempt)

    def _gateway(self, attempt: Attempt) -> PaymentGateway:
        return self._of_merchant(attempt.merchant_id)

    def _of_merchant(self, merchant_id: str) -> PaymentGateway:
        """The gateway, where it is that merchant's: another one's knows nothing of the number."""
        if self.gateway is None or self.gateway.merchant_id != merchant_id:
            raise NoGateway
        return self.gateway


async def _settled(take_in: Callable[[], Awaitable[NoticeOutcome]]) -> NoticeOutcome:
    """Take money in, once more where the order was just being closed."""
    for _ in range(_ROUNDS - 1):
        with suppress(OrderMoved):
            return await take_in()
    return await take_in()
