"""Charging tries to sign in: each counts as failed before it is looked at."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, null, or_, update

from domain.kernel.db import WriteSession
from domain.staff.lock_out import PASSWORDS, LockOut
from domain.staff.models import StaffMember


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
        .values(
            password_failures=failures,
            password_locked_until=locked_until(PASSWORDS, failures, at=at),
        )
        .returning(StaffMember)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return await session.scalar(charging)


def locked_until(
    lock_out: LockOut, failures: ColumnElement[int], *, at: datetime
) -> ColumnElement[Any]:
    """The end of a `LockOut.after` so many failures, in SQL; null where there is none."""
    longest_first = sorted(lock_out.steps(), reverse=True)
    return case(*((failures >= count, at + wait) for count, wait in longest_first), else_=null())
