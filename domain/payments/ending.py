"""Ending attempts: nobody can pay at the gateway any more, so what is held may be let go of."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid as UuidColumn
from sqlalchemy import bindparam, exists, false, func, literal_column, not_, select, update
from sqlalchemy.orm import aliased

from domain.kernel.db import HotRead, HotWrite, ReadPool, WriteSession
from domain.kernel.hot_pool import Sender
from domain.orders.models import Order, OrderDeadline, OrderPayment
from domain.orders.paying import lock_order
from domain.payments.attempts import OPEN, Attempt
from domain.payments.models import PaymentAttempt
from domain.payments.rules import LEASE, ask_attempt_at
from domain.payments.words import AttemptStatus, PaymentProvider

_OPEN: list[Any] = [literal_column(f"'{each}'") for each in OPEN]


@dataclass(frozen=True, slots=True)
class DueAttempt:
    """An attempt to ask about; ``is_over`` says that its order is past its deadline."""

    attempt: Attempt
    is_over: bool


_COLUMNS = (
    PaymentAttempt.id,
    PaymentAttempt.order_id,
    PaymentAttempt.number,
    PaymentAttempt.provider,
    PaymentAttempt.merchant_id,
    PaymentAttempt.amount_fen,
    PaymentAttempt.request,
    PaymentAttempt.status,
    PaymentAttempt.created_at,
    PaymentAttempt.expires_at,
    PaymentAttempt.prepay_id,
    PaymentAttempt.prepaid_at,
)


_SELECTED = select(*_COLUMNS).where(
    PaymentAttempt.id == bindparam("this_attempt", type_=UuidColumn)
)


async def attempt_by_id(session: WriteSession, attempt_id: UUID) -> Attempt:
    """The attempt as it is now, without a lock."""
    (row,) = await _by_id().rows(session, this_attempt=attempt_id)
    return Attempt(*row)


async def attempt_read(reads: ReadPool, attempt_id: UUID) -> Attempt:
    """The attempt as it is now, without a transaction."""
    (row,) = await _read().rows(reads, this_attempt=attempt_id)
    as_text = Attempt(*row)
    return replace(
        as_text,
        provider=PaymentProvider(as_text.provider),
        status=AttemptStatus(as_text.status),
    )


async def open_attempt_of(
    session: WriteSession, order_id: UUID, member_id: UUID | None = None
) -> Attempt | None:
    """The attempt by which an order may still be paid, without a lock; of that member's alone."""
    given = {"this_order": order_id, "this_member": member_id}
    found = await session.execute(_open_of(is_of_member=member_id is not None), given)
    row = found.one_or_none()
    return None if row is None else Attempt(*row)


async def ask_soon(session: WriteSession, attempt_id: UUID, *, at: datetime) -> None:
    """See that a worker asks about an attempt that is being ended, should nobody note its end."""
    await _soon().run(session, this_attempt=attempt_id, moment=at + LEASE)


async def take_due_attempts(session: WriteSession, *, at: datetime, most: int) -> list[DueAttempt]:
    """Take attempts that their gateway is to be spoken to about, the longest due first.

    When to do so again is set at once, so whoever falls silent keeps no other from it.
    """
    attempt = PaymentAttempt
    due = (
        select(attempt.id, attempt.created_at, attempt.asked, OrderDeadline.due_at)
        .outerjoin(OrderDeadline, OrderDeadline.order_id == attempt.order_id)
        .where(attempt.status.in_(_OPEN), attempt.ask_at <= at)
        .order_by(attempt.ask_at, attempt.id)
        .limit(most)
        .with_for_update(skip_locked=True, of=attempt)
    )
    taken: list[DueAttempt] = []
    rows: Any = (await session.execute(due)).all()
    for attempt_id, created_at, asked, due_at in rows:
        is_over = due_at is None or due_at <= at
        again = (
            update(attempt)
            .where(attempt.id == attempt_id)
            .values(ask_at=_next(created_at, asked + 1, due_at, at), asked=asked + 1)
            .returning(*_COLUMNS)
            .execution_options(synchronize_session=False)
        )
        taken.append(DueAttempt(Attempt(*(await session.execute(again)).one()), is_over))
    return taken


def _next(created_at: datetime, asked: int, due_at: datetime | None, at: datetime) -> datetime:
    """By the plan and at the order's deadline; past that again and again until it is over."""
    if due_at is None or due_at <= at:
        return at + LEASE
    return min(max(ask_attempt_at(created_at, asked), at + LEASE), due_at)


async def note_prepaid(session: Sender, attempt_id: UUID, prepay_id: str, *, at: datetime) -> bool:
    """Note that the gateway waits for the payer; False where the attempt is over already."""
    noted = await _prepaid().rows(session, this_attempt=attempt_id, prepay=prepay_id, moment=at)
    return bool(noted)


async def note_closed(session: WriteSession, attempt: Attempt) -> None:
    """Note that nobody can pay an attempt any more; the order may be let go of then."""
    await lock_order(session, attempt.order_id)
    given = {"this_attempt": attempt.id, "this_order": attempt.order_id}
    closed = await session.execute(_close(), given)
    if closed.one_or_none() is not None:
        await session.execute(_let_go(), given)


@cache
def _by_id() -> HotWrite:
    return HotWrite(_SELECTED)


@cache
def _read() -> HotRead:
    return HotRead(_SELECTED)


@cache
def _open_of(*, is_of_member: bool) -> Any:
    is_of = PaymentAttempt.order_id == bindparam("this_order", type_=UuidColumn)
    found = select(*_COLUMNS).where(is_of, PaymentAttempt.status.in_(_OPEN))
    if not is_of_member:
        return found
    owner = bindparam("this_member", type_=UuidColumn)
    return found.join(Order, Order.id == PaymentAttempt.order_id).where(Order.member_id == owner)


@cache
def _soon() -> HotWrite:
    attempt = PaymentAttempt
    soon = bindparam("moment", type_=attempt.created_at.type)
    return HotWrite(
        update(attempt)
        .where(attempt.id == bindparam("this_attempt", type_=UuidColumn), attempt.status.in_(_OPEN))
        .values(ask_at=func.least(attempt.ask_at, soon))
    )


@cache
def _prepaid() -> HotWrite:
    """Only while its order waits for it: paid by another attempt meanwhile, it is to be closed."""
    attempt, payment = PaymentAttempt, OrderPayment
    is_its = (payment.order_id == attempt.order_id) & (payment.purpose == attempt.purpose)
    return HotWrite(
        update(attempt)
        .where(
            attempt.id == bindparam("this_attempt", type_=UuidColumn),
            attempt.status.in_(_OPEN),
            exists().where(is_its, payment.is_at_gateway),
        )
        .values(
            status=literal_column(f"'{AttemptStatus.PREPAID}'"),
            prepay_id=bindparam("prepay", type_=attempt.prepay_id.type),
            prepaid_at=bindparam("moment", type_=attempt.prepaid_at.type),
        )
        .returning(attempt.id)
    )


@cache
def _close() -> Any:
    attempt = PaymentAttempt
    return (
        update(attempt)
        .where(attempt.id == bindparam("this_attempt", type_=UuidColumn), attempt.status.in_(_OPEN))
        .values(status=literal_column(f"'{AttemptStatus.CLOSED}'"), ask_at=None)
        .returning(attempt.id)
        .execution_options(synchronize_session=False)
    )


@cache
def _let_go() -> Any:
    """Under the order's lock: no other attempt at the same payment is open."""
    other = aliased(PaymentAttempt)
    is_other = (other.order_id == OrderPayment.order_id) & (other.purpose == OrderPayment.purpose)
    return (
        update(OrderPayment)
        .where(
            OrderPayment.order_id == bindparam("this_order", type_=UuidColumn),
            not_(exists().where(is_other, other.status.in_(_OPEN))),
        )
        .values(is_at_gateway=false())
        .execution_options(synchronize_session=False)
    )
