"""Beginning to pay: an attempt for each order, written before its gateway hears of it.

Set-wise, as placing is. An order has one attempt at a time that can be paid; who asks again gets
the same one, and what is sent to the gateway for it is the same bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from random import Random
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, any_, bindparam, func, literal_column, select, update
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.orm import aliased

from domain.kernel.db import HotWrite
from domain.kernel.errors import Refused
from domain.kernel.hot_pool import Sender
from domain.kernel.ids import new_id
from domain.kernel.row_sets import RowSet
from domain.members.models import MemberIdentity
from domain.members.words import Provider
from domain.orders.errors import OrderNotOpen, OrderUnavailable
from domain.orders.models import Order, OrderPayment
from domain.orders.words import PAID_FOR, OrderStatus, PaymentPurpose
from domain.payments.attempts import OPEN, Attempt, FreshAttempts
from domain.payments.errors import PaymentUnavailable
from domain.payments.models import PaymentAttempt
from domain.payments.ports import PaymentGateway, PrepayWish
from domain.payments.rules import BEFORE_THE_DEADLINE, ask_attempt_at, attempt_number
from domain.payments.words import AttemptStatus, PaymentProvider

NOBODY = "nobody"
"""Merchant, app and payer of an attempt that there is nothing to pay of."""
_COLUMNS = (
    "id order_id ordinal purpose number provider merchant_id app_id payer amount_fen request "
    "status created_at expires_at ask_at"
)
_ATTEMPTS = RowSet("attempt", PaymentAttempt, _COLUMNS)
_OF_ORDER = 7
"""So many columns of `_lock` are `_Order`'s own; those of `_Surroundings` come after them."""
_IDS = bindparam("ids", type_=ARRAY(UuidColumn))


class PaymentWish(msgspec.Struct, frozen=True):
    """A member's wish to pay for an order of theirs."""

    order_id: UUID
    member_id: UUID


class Begun(msgspec.Struct, frozen=True):
    """An order that can be paid by an attempt; ``attempt_id`` is None where it is paid already.

    ``is_superseded`` says that the attempt is one that has to end at its gateway before another
    can begin: somebody else's account was to pay it, or its time is over.
    """

    order_id: UUID
    order_number: str
    amount_fen: int
    pay_by: datetime
    attempt_id: UUID | None
    is_superseded: bool = False


@dataclass(frozen=True, slots=True)
class Counter:
    """Where attempts are begun: a gateway, if there is one, and what payers read of the shop.

    Those that were begun just now lie in ``fresh`` for whoever takes them to the gateway.
    """

    gateway: PaymentGateway | None
    shop_name: str
    fresh: FreshAttempts = field(default_factory=FreshAttempts, compare=False)


NO_COUNTER = Counter(None, "")
"""For what costs nothing."""


@dataclass(frozen=True, slots=True)
class _Order:
    """An order under lock."""

    id: UUID
    number: str
    member_id: UUID
    status: OrderStatus
    payable_fen: int
    due_at: datetime
    is_at_gateway: bool

    def has_moved(self, around: "_Surroundings") -> bool:
        """Whether what was seen around it is of before its lock was had.

        An order that waits to be paid is at a gateway as long as an attempt of it is open. Where
        one was begun and ended meanwhile, or ended and another begun, this cannot tell: then what
        is written meets the one number that an attempt has, or the till finds that it is closed,
        and in both cases the caller comes again.
        """
        is_waiting = self.status is OrderStatus.PENDING_PAYMENT
        return is_waiting and self.is_at_gateway != (around.attempt_id is not None)


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What there is around an order: its member's name at WeChat, and its attempts."""

    openid: str | None
    ordinal: int
    attempt_id: UUID | None
    payer: str | None
    expires_at: datetime | None


async def begin(
    session: Sender,
    wishes: Sequence[PaymentWish],
    at: datetime,
    *,
    counter: Counter,
    random: Random,
) -> list[Begun | Refused]:
    """Write an attempt for each order, or find the one that there is; two statements.

    One more looks again at orders of which somebody else has begun or ended an attempt while their
    locks were waited for.

    Refuses: OrderUnavailable for none, or somebody else's; OrderNotOpen for one that is closed or
    past its time; PaymentUnavailable where there is no gateway, or it does not know the member.
    """
    ids = sorted({each.order_id for each in wishes})
    app_id = counter.gateway.app_id if counter.gateway else ""
    found = await _lock().rows(session, ids=ids, app_id=app_id)
    orders = {row[0]: _Order(*row[:_OF_ORDER]) for row in found}
    around = {row[0]: _Surroundings(*row[_OF_ORDER:]) for row in found}
    moved = [each for each in orders.values() if each.has_moved(around[each.id])]
    if moved:
        found = await _around().rows(session, ids=[each.id for each in moved], app_id=app_id)
        around |= {order_id: _Surroundings(*values) for order_id, *values in found}
    new: dict[UUID, tuple[Any, ...]] = {}
    outcomes = [_decided(each, orders, around, new, at, counter, random) for each in wishes]
    if new:
        rows = _ATTEMPTS.bound(new.values())
        await _write().run(session, ids=sorted(new), **rows)
    return outcomes


def _decided(
    wish: PaymentWish,
    orders: Mapping[UUID, _Order],
    around: Mapping[UUID, _Surroundings],
    new: dict[UUID, tuple[Any, ...]],
    at: datetime,
    counter: Counter,
    random: Random,
) -> Begun | Refused:
    order = orders.get(wish.order_id)
    if order is None or order.member_id != wish.member_id:
        return OrderUnavailable()
    # What costs nothing has no time to be paid in: it waits for nobody but us.
    is_over = order.payable_fen > 0 and at >= order.due_at
    if order.status is not OrderStatus.PENDING_PAYMENT or is_over:
        is_paid = order.status in PAID_FOR
        return _begun(order, None) if is_paid else OrderNotOpen(order.id)
    found = around[order.id]
    payer = NOBODY if order.payable_fen == 0 else found.openid
    if payer is None or (order.payable_fen and counter.gateway is None):
        return PaymentUnavailable()
    if found.attempt_id is not None and found.expires_at is not None:
        is_superseded = found.payer != payer or found.expires_at <= at
        return _begun(order, found.attempt_id, is_superseded=is_superseded)
    if order.id not in new:
        new[order.id] = row = _row(order, found.ordinal + 1, payer, at, counter, random)
        if counter.gateway is not None:
            counter.fresh.keep(_fresh(row))
    return _begun(order, new[order.id][0])


def _begun(order: _Order, attempt_id: UUID | None, *, is_superseded: bool = False) -> Begun:
    return Begun(order.id, order.number, order.payable_fen, order.due_at, attempt_id, is_superseded)


def _row(
    order: _Order, ordinal: int, payer: str, at: datetime, counter: Counter, random: Random
) -> tuple[Any, ...]:
    """The row of a new attempt, in the order of `_ATTEMPTS`."""
    number = attempt_number(order.number, ordinal)
    # In an order's last minutes its gateway is given one all the same: it takes no less.
    expires_at = max(order.due_at - BEFORE_THE_DEADLINE, at + BEFORE_THE_DEADLINE)
    gateway = counter.gateway if order.payable_fen else None
    if gateway is None:
        whose, request = (PaymentProvider.FREE, NOBODY, NOBODY), b""
    else:
        whose = (gateway.provider, gateway.merchant_id, gateway.app_id)
        description = f"{counter.shop_name} {order.number}"
        wish = PrepayWish(number, order.payable_fen, description, payer, expires_at)
        request = gateway.prepay_request(wish)
    return (
        new_id(at, random),
        order.id,
        ordinal,
        PaymentPurpose.FULL,
        number,
        *whose,
        payer,
        order.payable_fen,
        request,
        AttemptStatus.CREATED,
        at,
        expires_at,
        min(ask_attempt_at(at, 0), order.due_at),
    )


def _fresh(row: tuple[Any, ...]) -> Attempt:
    """The new attempt of a row, as its gateway is spoken to about it."""
    of_row: dict[str, Any] = dict(zip(_COLUMNS.split(), row, strict=True))
    # What the row does not have is what its gateway has not said yet.
    given: dict[str, Any] = {name: of_row.get(name) for name in _OF_ATTEMPT}
    return Attempt(**given)


_OF_ATTEMPT = [each.name for each in fields(Attempt)]
_IS_OPEN = PaymentAttempt.status.in_([literal_column(f"'{each}'") for each in OPEN])


@cache
def _lock() -> HotWrite:
    """Orders under lock, with what there was around them when the statement began."""
    columns = (
        Order.id,
        Order.number,
        Order.member_id,
        Order.status,
        Order.payable_fen,
        OrderPayment.due_at,
        OrderPayment.is_at_gateway,
    )
    return HotWrite(
        select(*columns, *_beside())
        .join(OrderPayment, OrderPayment.order_id == Order.id)
        .outerjoin(PaymentAttempt, (PaymentAttempt.order_id == Order.id) & _IS_OPEN)
        .where(Order.id == any_(_IDS))
        .order_by(Order.id)
        .with_for_update(key_share=True, of=(Order, OrderPayment))
    )


@cache
def _around() -> HotWrite:
    """What there is around orders that are locked, as it is once they are."""
    return HotWrite(
        select(Order.id, *_beside())
        .outerjoin(PaymentAttempt, (PaymentAttempt.order_id == Order.id) & _IS_OPEN)
        .where(Order.id == any_(_IDS))
    )


def _beside() -> tuple[Any, ...]:
    """The columns of `_Surroundings`."""
    identity, attempt = MemberIdentity, PaymentAttempt
    openid = (
        select(identity.subject)
        .where(
            identity.member_id == Order.member_id,
            identity.provider == literal_column(f"'{Provider.WECHAT_MINI_PROGRAM}'"),
            identity.app_id == bindparam("app_id", type_=identity.app_id.type),
        )
        .order_by(identity.last_seen_at.desc())
        .limit(literal_column("1"))
        .correlate(Order)
        .scalar_subquery()
    )
    another = aliased(attempt)
    ordinal = (
        select(func.coalesce(func.max(another.ordinal), literal_column("0")))
        .where(another.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )
    return openid, ordinal, attempt.id, attempt.payer, attempt.expires_at


@cache
def _write() -> HotWrite:
    at_gateway = (
        update(OrderPayment).where(OrderPayment.order_id == any_(_IDS)).values(is_at_gateway=True)
    )
    return HotWrite(_ATTEMPTS.insert().add_cte(at_gateway.cte("sent_to_gateways")))
