"""Random histories of orders, payments and refunds over some days, written as rows alone."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from domain.catalog.models import Variant
from domain.kernel.clock import SHOP_ZONE
from domain.kernel.db import Database, WriteSession
from domain.kernel.ids import new_id
from domain.members.words import Channel
from domain.orders.models import Order, OrderHistory
from domain.orders.words import CloseReason, OrderStatus, PaymentPurpose
from domain.payments.clearing import APPLIED, RECEIVED, Movement, refunded, write_entries
from domain.payments.models import PaymentAttempt, PaymentRefund
from domain.payments.words import (
    AttemptStatus,
    PaymentProvider,
    RefundReason,
    RefundStatus,
)
from tests import make, make_orders
from tests.domain.payments.tills import APP, MERCHANT

FIRST = date(2026, 11, 1)
LAST = date(2026, 11, 5)


@dataclass
class History:
    """What was written, besides the rows: places, variants, and how many attempts there are."""

    random: Random
    places: list[UUID] = field(default_factory=list[UUID])
    variants: list[UUID] = field(default_factory=list[UUID])
    attempts: int = 0

    def moment(self, after: datetime | None = None) -> datetime:
        """Some moment of the days around, often just at midnight."""
        begins = datetime(2026, 10, 31, tzinfo=SHOP_ZONE)
        seconds = self.random.choice([0, -1, 1, self.random.randrange(86_400)])
        at = begins + timedelta(days=self.random.randrange(8), seconds=seconds)
        return max(at, after) if after else at


async def a_history(database: Database, random: Random, orders: int) -> History:
    """Orders that are unpaid, closed, paid, paid late in vain, and partly refunded."""
    history = History(random)
    async with database.writes.begin() as session:
        history.places = [await make.place(session, code=f"PL-{n}") for n in range(2)]
        for price in (15_801, 299):
            history.variants += await make_orders.goods(session, prices_fen=(price,), units=None)
        member = await make_orders.a_member(session)
        for _ in range(orders):
            await _an_order(session, history, member)
    return history


async def _an_order(session: WriteSession, history: History, member: UUID) -> None:
    random, placed_at = history.random, history.moment()
    variant = random.choice(history.variants)
    price = (await session.scalars(select(Variant).where(Variant.id == variant))).one().price_fen
    units, freight = random.randint(1, 3), random.choice([0, 800])
    order = await make_orders.an_order(
        session,
        member,
        variant,
        units=units,
        placed_at=placed_at,
        channel=random.choice(list(Channel)),
        freight_list_fen=freight,
        payable_fen=units * price.fen + freight,
    )
    # As it is placed nowhere else: the place without stock.
    await _end(session, history, order)


async def _end(session: WriteSession, history: History, order: Order) -> None:
    random, fate = history.random, history.random.random()
    at = history.moment(order.placed_at)
    if fate < 0.2:
        return
    if fate < 0.4:
        _move(session, order, OrderStatus.CLOSED, at)
        if fate < 0.3:
            late = await _attempt(session, history, order, at, is_applied=False)
            await _back(session, history, late, order.payable_fen, 1, is_applied=False)
        return
    _move(session, order, OrderStatus.PAID, at)
    attempt = await _attempt(session, history, order, at, is_applied=True)
    left = order.payable_fen
    for ordinal in range(1, random.randint(1, 4)):
        fen = random.randint(1, left) if left > 1 else 0
        if fen:
            await _back(session, history, attempt, fen, ordinal, is_applied=True)
            left -= fen


def _move(session: WriteSession, order: Order, status: OrderStatus, at: datetime) -> None:
    is_closed = status is OrderStatus.CLOSED
    order.status, order.history = status, 2
    if is_closed:
        order.closed_at, order.close_reason = at, CloseReason.NOT_PAID_IN_TIME
    else:
        order.paid_at = at
    session.add(
        OrderHistory(
            order_id=order.id,
            number=2,
            from_status=OrderStatus.PENDING_PAYMENT,
            to_status=status,
            reason=order.close_reason,
            actor="test",
            at=at,
        )
    )


async def _attempt(
    session: WriteSession, history: History, order: Order, at: datetime, *, is_applied: bool
) -> PaymentAttempt:
    await session.flush()
    history.attempts += 1
    fen = order.payable_fen
    values: dict[str, Any] = {
        "id": new_id(at, history.random),
        "order_id": order.id,
        "ordinal": 1,
        "purpose": PaymentPurpose.FULL,
        "number": f"{order.number}-1",
        "provider": PaymentProvider.WECHAT_PAY,
        "merchant_id": MERCHANT,
        "app_id": APP,
        "amount_fen": fen,
        "status": AttemptStatus.PAID,
        "created_at": at,
        "expires_at": at,
        "transaction_id": f"T{history.attempts}",
        "paid_at": at,
    }
    await session.execute(insert(PaymentAttempt).values(**values))
    moved: list[Movement] = [RECEIVED, APPLIED] if is_applied else [RECEIVED]
    await write_entries(session, values["id"], moved, fen, at=at, random=history.random)
    return await session.get_one(PaymentAttempt, values["id"])


async def _back(
    session: WriteSession,
    history: History,
    attempt: PaymentAttempt,
    fen: int,
    ordinal: int,
    *,
    is_applied: bool,
) -> None:
    begun_at = history.moment(attempt.created_at)
    done_at = history.moment(begun_at)
    is_done = history.random.random() < 0.8
    await session.execute(
        insert(PaymentRefund).values(
            id=new_id(begun_at, history.random),
            attempt_id=attempt.id,
            ordinal=ordinal,
            number=f"{attempt.number}-R{ordinal}",
            reason=RefundReason.LATE_PAYMENT,
            amount_fen=fen,
            status=RefundStatus.SUCCEEDED if is_done else RefundStatus.PROCESSING,
            created_at=begun_at,
            payer_fen=fen if is_done else None,
            finished_at=done_at if is_done else None,
        )
    )
    if is_done:
        moved = [refunded(ordinal, is_orders=is_applied)]
        await write_entries(session, attempt.id, moved, fen, at=done_at, random=history.random)
    assert is_applied or fen == attempt.amount_fen
