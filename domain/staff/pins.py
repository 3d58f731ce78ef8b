"""Use cases of PINs: each try is charged before it is looked at, and the right one clears them."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, update

from domain.kernel.actors import STORE_ROLES
from domain.kernel.db import WriteSession
from domain.staff.charging import locked_until
from domain.staff.lock_out import PINS
from domain.staff.models import StaffMember, StaffStore
from domain.staff.rules import AT_ANY_PAD


@dataclass(frozen=True, slots=True)
class PinTry:
    """A try that was charged: whose PIN it has to be, and its hash."""

    staff_id: UUID
    pin_hash: str = field(repr=False)


async def charge_try(
    session: WriteSession, login: str, store_id: UUID, *, at: datetime
) -> PinTry | None:
    """Count a try of a PIN in a store, before it is compared; None where it may not be made.

    Nobody of that login works there, they are blocked, have no PIN, or have to wait: one
    statement finds out, so that the time tells nothing either. Of many tries at once no more are
    let through than one after the other. This has to be committed before the PIN is compared.
    """
    failures = StaffMember.pin_failures + 1
    charging = (
        update(StaffMember)
        .where(
            StaffMember.login == login,
            StaffMember.pin_hash.is_not(None),
            or_(StaffMember.pin_locked_until.is_(None), StaffMember.pin_locked_until <= at),
            _may_sign_in(store_id),
        )
        .values(pin_failures=failures, pin_locked_until=locked_until(PINS, failures, at=at))
        .returning(StaffMember.id, StaffMember.pin_hash)
        .execution_options(synchronize_session=False)
    )
    row = (await session.execute(charging)).one_or_none()
    return PinTry(*row) if row else None


async def clear_tries(session: WriteSession, right: PinTry, store_id: UUID) -> bool:
    """Forget the wrong PINs of somebody whose PIN was right; False where they may not sign in now.

    They were blocked or work elsewhere meanwhile, or have another PIN. Their row is locked, so
    that whoever changes that finds what begins here.
    """
    clearing = (
        update(StaffMember)
        .where(
            StaffMember.id == right.staff_id,
            StaffMember.pin_hash == right.pin_hash,
            _may_sign_in(store_id),
        )
        .values(pin_failures=0, pin_locked_until=None)
        .returning(StaffMember.id)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(clearing) is not None


def _may_sign_in(store_id: UUID) -> ColumnElement[bool]:
    """Whether somebody may sign in at the pads of a store."""
    works_there = exists().where(
        StaffStore.staff_id == StaffMember.id, StaffStore.store_id == store_id
    )
    return and_(
        StaffMember.blocked_at.is_(None),
        or_(
            StaffMember.role.in_(AT_ANY_PAD),
            and_(StaffMember.role.in_(STORE_ROLES), works_there),
        ),
    )
