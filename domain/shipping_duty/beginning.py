"""What the facts of orders and payments mean for duties: set-wise, in the callers' transactions.

Each finds by rows how it stands now and not by what its fact says, so their order is no matter.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Table,
    any_,
    bindparam,
    case,
    exists,
    func,
    literal,
    select,
    update,
)
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.db import WriteSession
from domain.orders.models import Order
from domain.orders.words import SENT, OrderStatus
from domain.payments.clearing import APPLIED
from domain.payments.models import ClearingEntry, PaymentAttempt, PaymentRefund
from domain.payments.words import AttemptStatus, PaymentProvider, RefundStatus
from domain.shipping_duty.models import ShippingDuty
from domain.shipping_duty.rules import SHIP_WITHIN
from domain.shipping_duty.words import DutyStatus

MISSED_WITHIN = timedelta(days=3)
"""How long after a payment its duty is looked for: much longer than two releases run at once."""
_IDS = bindparam("order_ids", type_=ARRAY(UuidColumn))
_KEPT_UP = (
    DutyStatus.WAITING_FOR_SHIPMENT,
    DutyStatus.DUE,
    DutyStatus.ACCEPTED,
    DutyStatus.CORRECTED,
    DutyStatus.FAILED,
)
"""Where news of parcels is something to tell."""
_ASKED = (
    DutyStatus.ACCEPTED,
    DutyStatus.CORRECTED,
    DutyStatus.HANDLED_ELSEWHERE,
    DutyStatus.FAILED,
)
"""Where WeChat is asked whether the member has confirmed."""


_LOCKED = (
    select(ShippingDuty.attempt_id)
    .where(ShippingDuty.order_id == any_(_IDS))
    .order_by(ShippingDuty.attempt_id)
    .with_for_update(key_share=True)
    .scalar_subquery()
)
"""Those of the orders, ascending: several workers may change them at once."""


async def begin(session: WriteSession, order_ids: Iterable[UUID], *, at: datetime) -> None:
    """Let the payments of WeChat Pay that orders have be duties, each once.

    What was sent of their orders by then is due, and what went back of them counts.
    """
    duty, attempt = cast("Table", ShippingDuty.__table__), PaymentAttempt
    returned = _returned(attempt.id)
    is_all = returned >= attempt.amount_fen
    status: Any = case(
        (is_all, literal(str(DutyStatus.EXEMPT))),
        (Order.status.in_(SENT), literal(str(DutyStatus.DUE))),
        else_=literal(str(DutyStatus.WAITING_FOR_SHIPMENT)),
    )
    found = (
        select(
            attempt.id,
            attempt.order_id,
            attempt.amount_fen,
            func.least(returned, attempt.amount_fen),
            attempt.paid_at,
            attempt.paid_at + literal(SHIP_WITHIN),
            status,
            case((Order.status.in_(SENT) & ~is_all, literal(at))),
        )
        .join(Order, Order.id == attempt.order_id)
        .where(
            attempt.order_id == any_(_IDS),
            attempt.provider == PaymentProvider.WECHAT_PAY,
            attempt.status == AttemptStatus.PAID,
            attempt.amount_fen > 0,
            _is_applied(attempt.id),
        )
        .order_by(attempt.id)
    )
    names = ["attempt_id", "order_id", "amount_fen", "returned_fen"]
    names += ["paid_at", "due_at", "status", "try_at"]
    begun = insert(duty).from_select(names, found).on_conflict_do_nothing()
    await session.execute(begun, {"order_ids": _sorted(order_ids)})


async def begin_missed(session: WriteSession, *, at: datetime, most: int) -> int:
    """Begin what no keeper has begun for the payments of the last days; says for how many orders.

    That is what an older worker has kept facts of, in the middle of a deployment.
    """
    attempt = PaymentAttempt
    missed = (
        select(attempt.order_id)
        .distinct()
        .where(
            attempt.provider == PaymentProvider.WECHAT_PAY,
            attempt.status == AttemptStatus.PAID,
            attempt.paid_at >= at - MISSED_WITHIN,
            attempt.amount_fen > 0,
            _is_applied(attempt.id),
            ~exists().where(ShippingDuty.attempt_id == attempt.id),
        )
        .limit(most)
    )
    orders = (await session.scalars(missed)).all()
    await begin(session, orders, at=at)
    return len(orders)


async def parcels_changed(
    session: WriteSession, order_ids: Iterable[UUID], *, at: datetime
) -> None:
    """Let what was sent, or put right, be told; what there is to tell is found when it is told.

    Of an order that was refunded altogether nothing is: WeChat would hear that parcels are missing.
    """
    duty = ShippingDuty
    is_open = exists().where(Order.id == duty.order_id, Order.status != OrderStatus.CLOSED)
    changed = (
        update(duty)
        .where(duty.attempt_id.in_(_LOCKED), duty.status.in_(_KEPT_UP), is_open)
        .values(status=DutyStatus.DUE, changes=duty.changes + 1, try_at=at, tries=0, problem=None)
        .execution_options(synchronize_session=False)
    )
    await session.execute(changed, {"order_ids": _sorted(order_ids)})


async def received(session: WriteSession, order_ids: Iterable[UUID], *, at: datetime) -> None:
    """Ask WeChat soon whether the member has confirmed there too."""
    duty = ShippingDuty
    asked = (
        update(duty)
        .where(duty.attempt_id.in_(_LOCKED), duty.status.in_(_ASKED), duty.freed_at.is_(None))
        .values(try_at=func.least(duty.try_at, at))
        .execution_options(synchronize_session=False)
    )
    await session.execute(asked, {"order_ids": _sorted(order_ids)})


async def money_returned(session: WriteSession, order_ids: Iterable[UUID]) -> None:
    """Count what went back; where that is all of it there is nothing to tell or ask any more.

    That goes for money that was free as well: what WeChat was told of it may be due once more.
    """
    duty = ShippingDuty
    returned = _returned(duty.attempt_id)
    is_all = returned >= duty.amount_fen
    is_over = is_all & (duty.status != DutyStatus.HANDLED_ELSEWHERE)
    counted = (
        update(duty)
        .where(duty.attempt_id.in_(_LOCKED))
        .values(
            returned_fen=func.least(returned, duty.amount_fen),
            status=case((is_over, literal(str(DutyStatus.EXEMPT))), else_=duty.status),
            try_at=case((is_all, None), else_=duty.try_at),
            changes=duty.changes + 1,
        )
        .execution_options(synchronize_session=False)
    )
    await session.execute(counted, {"order_ids": _sorted(order_ids)})


def _is_applied(attempt_id: Any) -> ColumnElement[bool]:
    """Whether a payment is one that its order has."""
    return exists().where(
        ClearingEntry.attempt_id == attempt_id, ClearingEntry.source == APPLIED.source
    )


def _returned(attempt_id: Any) -> Any:
    """What went back of a payment."""
    refund = PaymentRefund
    return (
        select(func.coalesce(func.sum(refund.amount_fen), 0))
        .where(refund.attempt_id == attempt_id, refund.status == RefundStatus.SUCCEEDED)
        .scalar_subquery()
    )


def _sorted(order_ids: Iterable[UUID]) -> list[UUID]:
    return sorted(set(order_ids))
