"""Fetching the file of an export: by whom, and on the record."""

from uuid import UUID

from sqlalchemy import select

from domain.kernel.actors import BOOKKEEPERS, By, Staff
from domain.kernel.db import WriteSession
from domain.orders.exporting.actions import EXPORT
from domain.orders.exporting.models import OrderExport
from domain.staff.actions import Change, record
from domain.staff.models import StaffMember


async def bookkeeper(session: WriteSession, staff_id: UUID) -> Staff | None:
    """Somebody who may have exports at this moment; None for everybody else."""
    found = await session.scalar(select(StaffMember).where(StaffMember.id == staff_id))
    if found is None or found.blocked_at is not None or found.role not in BOOKKEEPERS:
        return None
    return Staff(found.id, found.name, found.role)


async def record_fetch(session: WriteSession, export_id: UUID, *, size_bytes: int, by: By) -> None:
    """Write down who takes the file, for the reason for which the export was asked for."""
    asked = select(OrderExport.reason).where(OrderExport.id == export_id)
    reason = (await session.scalars(asked)).one()
    change = Change(
        "orders.export_fetch", EXPORT, export_id, None, {"size_bytes": size_bytes}, reason=reason
    )
    await record(session, by.staff, change, at=by.at, random=by.random)
