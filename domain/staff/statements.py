"""Statements that several use cases of the staff share: tries that are charged, rows locked."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, null, or_, select, update

from domain.kernel.db import WriteSession
from domain.staff.lock_out import steps_of_locks
from domain.staff.models import StaffMember


class StaffBlocked(Exception):
    """The member of the staff is blocked; ``reason`` is what they are told."""

    def __init__(self, reason: str) -> None:
        super().__init__("a member of the staff is blocked")
        self.reason = reason


async def charged(
    session: WriteSession, who: ColumnElement[bool], *, at: datetime
) -> StaffMember | None:
    """Count a try to sign in as failed, before it is looked at; the row, locked from now on.

    One conditional update, so that of a thousand tries at once no more go on than of a thousand
    one after the other. None, and nothing counted, for nobody and for somebody locked out.
    """
    failures = StaffMember.password_failures + 1
    until = StaffMember.password_locked_until
    charging = (
        update(StaffMember)
        .where(who, or_(until.is_(None), until <= at))
        .values(password_failures=failures, password_locked_until=_locked_until(failures, at))
        .returning(StaffMember)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return await session.scalar(charging)


async def locked(session: WriteSession, staff_id: UUID) -> StaffMember:
    """A member of the staff as they are now, locked."""
    found = await session.scalars(
        select(StaffMember)
        .where(StaffMember.id == staff_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.one()


async def welcome_staff(session: WriteSession, staff_id: UUID) -> StaffMember:
    """As `locked`, for what only staff in good standing may do. Raises `StaffBlocked`."""
    staff = await locked(session, staff_id)
    if staff.block_reason is not None:
        raise StaffBlocked(staff.block_reason)
    return staff


def _locked_until(failures: ColumnElement[int], at: datetime) -> ColumnElement[Any]:
    """`lock_after` in SQL, made from it."""
    longest_first = sorted(steps_of_locks(), reverse=True)
    return case(*((failures >= count, at + lock) for count, lock in longest_first), else_=null())
