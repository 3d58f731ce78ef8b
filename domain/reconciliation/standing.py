"""How reconciliation stands: what is open since when, and how many days are behind."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from domain.kernel.db import WriteSession
from domain.reconciliation.models import BillDay, Difference
from domain.reconciliation.rules import due_at
from domain.reconciliation.words import BillStatus


@dataclass(frozen=True, slots=True)
class Standing:
    """How many differences are open, since when the oldest, and how old the oldest bill is that
    waits: the days since it was due.
    """

    differences: int
    oldest_found_at: datetime | None
    days_behind: int


async def standing(session: WriteSession, *, at: datetime) -> Standing:
    """How it stands now."""
    open_ = select(func.count(), func.min(Difference.found_at)).where(
        Difference.resolved_at.is_(None)
    )
    differences, oldest = (await session.execute(open_)).one()
    waits = select(func.min(BillDay.day)).where(BillDay.status == BillStatus.WAITING)
    day = await session.scalar(waits)
    behind = 0 if day is None else max((at - due_at(day)).days, 0)
    return Standing(differences, oldest, behind)
