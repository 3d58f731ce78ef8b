"""How duties stand at this moment, for the figures that somebody is woken by."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select

from domain.kernel.db import WriteSession
from domain.shipping_duty.models import ShippingDuty
from domain.shipping_duty.rules import STUCK_AFTER
from domain.shipping_duty.words import DutyStatus, ReportStatus

OPEN = (DutyStatus.WAITING_FOR_SHIPMENT, DutyStatus.DUE, DutyStatus.FAILED)
"""Where not all is told that has to be."""


@dataclass(frozen=True, slots=True)
class Figures:
    """By when the oldest was due that is overdue, how many are stuck, and what is frozen."""

    oldest_due_at: datetime | None
    stuck: int
    frozen_fen: int


def word(of: StrEnum) -> Any:
    """A word as it stands in a statement that is compiled once."""
    return cast("Any", literal_column(f"'{of}'"))


def is_open() -> ColumnElement[bool]:
    """Whether not all is told that has to be."""
    return ShippingDuty.status.in_([word(each) for each in OPEN])


def is_stuck() -> ColumnElement[bool]:
    """Whether WeChat does not take what it is told, or was not told for many tries."""
    duty = ShippingDuty
    return or_(
        duty.status == word(DutyStatus.FAILED),
        and_(is_open(), duty.report_status == word(ReportStatus.FAILED)),
        and_(is_open(), duty.tries >= literal_column(str(STUCK_AFTER))),
    )


def is_overdue(at: Any) -> ColumnElement[bool]:
    """Whether its time is over and not all was told."""
    return and_(is_open(), ShippingDuty.due_at < at)


def is_frozen() -> ColumnElement[bool]:
    """Whether WeChat keeps its money, as far as is known."""
    return and_(ShippingDuty.freed_at.is_(None), ShippingDuty.status != word(DutyStatus.EXEMPT))


async def figures(session: WriteSession, *, at: datetime) -> Figures:
    """How duties stand now."""
    duty = ShippingDuty
    oldest = select(func.min(duty.due_at)).where(is_overdue(at)).scalar_subquery()
    stuck = select(func.count()).select_from(duty).where(is_stuck()).scalar_subquery()
    frozen = (
        select(func.coalesce(func.sum(duty.amount_fen - duty.returned_fen), 0))
        .where(is_frozen())
        .scalar_subquery()
    )
    oldest_due_at, count, fen = (await session.execute(select(oldest, stuck, frozen))).one()
    return Figures(oldest_due_at, count, int(fen))
