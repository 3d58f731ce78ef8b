"""What the staff see of duties: one statement for a page, and one for what is frozen."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import (
    BigInteger,
    DateTime,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.money import Fen
from domain.kernel.paging import Page, Place, page_of
from domain.orders.models import Order
from domain.orders.views.structs import ORDER
from domain.orders.words import OrderStatus
from domain.payments.models import PaymentAttempt
from domain.shipping_duty.models import ShippingDuty
from domain.shipping_duty.rules import REPORTED_FROM, SHIP_WITHIN, STUCK_AFTER
from domain.shipping_duty.standing import OPEN, is_frozen, is_open, is_overdue, is_stuck, word
from domain.shipping_duty.words import Age, Attention, DutyStatus, PlatformState, ReportStatus

DUTY = "shippingduty"
"""What the public ids of duties begin with."""
_AT = DateTime(timezone=True)


class DutyView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A duty; ``frozen_fen`` is what WeChat keeps of its payment, as far as is known."""

    id: str
    order_id: str
    order_number: str
    order_status: OrderStatus
    number: str
    status: DutyStatus
    attention: list[Attention]
    frozen_fen: Fen
    paid_at: datetime
    due_at: datetime
    told_parcels: int
    told_at: datetime | None
    tries: int
    try_at: datetime | None
    problem: str | None
    is_corrected: bool
    platform_state: PlatformState | None
    freed_at: datetime | None
    report_status: ReportStatus | None
    report_until: datetime | None
    handled_at: datetime | None
    key: UUID

    @property
    def place(self) -> Place:
        """Where it stands among the others."""
        return Place.at(self.due_at, self.key)


class FrozenView(msgspec.Struct, frozen=True, gc=False):
    """The payments of one state and age whose money WeChat keeps."""

    status: DutyStatus
    age: Age
    payments: int
    frozen_fen: Fen


async def duties(
    reads: ReadPool, *, attention: Attention | None, at: datetime, first: int, after: Place | None
) -> Page[DutyView]:
    """Take the ``first`` duties behind ``after``, the longest due first; those for people only."""
    rows = await _page(attention=attention, after=after is not None).rows(
        reads,
        moment=at,
        after_due_at=after.moment if after else None,
        after_key=after.key if after else None,
        most=first + 1,
    )
    page = page_of(rows, first)
    return Page([_view(row, at) for row in page.items], page.has_next)


async def frozen(reads: ReadPool, *, at: datetime) -> list[FrozenView]:
    """The money that WeChat keeps, by state and by how long ago it was paid."""
    rows = await _frozen().rows(reads, moment=at)
    return [
        FrozenView(
            DutyStatus(row["status"]), Age(row["age"]), row["payments"], Fen(int(row["fen"]))
        )
        for row in rows
    ]


def _view(row: Record, at: datetime) -> DutyView:
    status = DutyStatus(row["status"])
    state, report = row["platform_state"], row["report_status"]
    is_kept = row["freed_at"] is None and status is not DutyStatus.EXEMPT
    return DutyView(
        id=public_id(DUTY, row["attempt_id"]),
        order_id=public_id(ORDER, row["order_id"]),
        order_number=row["order_number"],
        order_status=OrderStatus(row["order_status"]),
        number=row["number"],
        status=status,
        attention=_attention(row, status, at),
        frozen_fen=Fen(row["amount_fen"] - row["returned_fen"] if is_kept else 0),
        paid_at=row["paid_at"],
        due_at=row["due_at"],
        told_parcels=row["told_parcels"] or 0,
        told_at=row["told_at"],
        tries=row["tries"],
        try_at=row["try_at"],
        problem=row["problem"],
        is_corrected=row["corrections"] > 0,
        platform_state=PlatformState(state) if state else None,
        freed_at=row["freed_at"],
        report_status=ReportStatus(report) if report else None,
        report_until=row["report_until"],
        handled_at=row["handled_at"],
        key=row["attempt_id"],
    )


def _attention(row: Record, status: DutyStatus, at: datetime) -> list[Attention]:
    """As `is_stuck` and `is_overdue` say, of a row that is read."""
    found: list[Attention] = []
    is_open = status in OPEN
    is_in_vain = row["tries"] >= STUCK_AFTER or row["report_status"] == ReportStatus.FAILED
    if status is DutyStatus.FAILED or (is_open and is_in_vain):
        found.append(Attention.STUCK)
    if is_open and row["due_at"] < at:
        found.append(Attention.OVERDUE)
    return found


@cache
def _page(*, attention: Attention | None, after: bool) -> HotRead:
    duty, attempt = ShippingDuty, PaymentAttempt
    told = func.jsonb_array_length(func.jsonb_extract_path(duty.told, literal_column("'parcels'")))
    columns = [each for each in duty.__table__.columns if each.name != "told"]
    statement = (
        select(
            *columns,
            told.label("told_parcels"),
            attempt.number,
            Order.number.label("order_number"),
            Order.status.label("order_status"),
        )
        .join(attempt, attempt.id == duty.attempt_id)
        .join(Order, Order.id == duty.order_id)
    )
    moment = bindparam("moment", type_=_AT)
    if attention is not None:
        is_it = {Attention.STUCK: is_stuck(), Attention.OVERDUE: is_overdue(moment)}[attention]
        statement = statement.where(and_(is_open(), is_it))
    if after:
        place: Any = tuple_(
            bindparam("after_due_at", type_=_AT), bindparam("after_key", type_=UuidColumn)
        )
        statement = statement.where(tuple_(duty.due_at, duty.attempt_id) > place)
    in_order = statement.order_by(duty.due_at, duty.attempt_id)
    return HotRead(in_order.limit(bindparam("most", type_=BigInteger)))


@cache
def _frozen() -> HotRead:
    duty, moment = ShippingDuty, bindparam("moment", type_=_AT)
    age = case(
        (duty.paid_at >= moment - _interval(SHIP_WITHIN), word(Age.TWO_DAYS)),
        (duty.paid_at >= moment - _interval(REPORTED_FROM), word(Age.FIFTEEN_DAYS)),
        else_=word(Age.OLDER),
    ).label("age")
    counted = (
        select(
            duty.status,
            age,
            func.count().label("payments"),
            func.sum(duty.amount_fen - duty.returned_fen).label("fen"),
        )
        .where(is_frozen())
        .group_by(duty.status, age)
    ).subquery("counted")
    return HotRead(select(counted).order_by(counted.c.status, counted.c.age))


def _interval(time: timedelta) -> Any:
    return cast("Any", literal_column(f"INTERVAL '{int(time.total_seconds())} seconds'"))
