"""Statements that several use cases of the staff share: turns, rows under a lock, stores."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.actors import Role, Staff
from domain.kernel.db import WriteSession
from domain.kernel.errors import Forbidden, Unauthenticated
from domain.staff.errors import LastOwner, StaffUnavailable
from domain.staff.models import RecoveryCode, StaffMember, StaffStore

_OWNERS_TURN = 0x4F57_4E45_5253


async def take_owners_turn(session: WriteSession, acting: Staff) -> None:
    """Wait until no other owner changes accounts, until this transaction ends.

    To be called before any row is locked. Whoever acts is looked at again: another owner may have
    kept them out meanwhile. Fault: FORBIDDEN. An engineer's command and the development token have
    no account to look at.
    """
    await session.execute(select(func.pg_advisory_xact_lock(_OWNERS_TURN)))
    own = select(StaffMember.role, StaffMember.blocked_at).where(StaffMember.id == acting.id)
    row = (await session.execute(own)).one_or_none()
    if row is not None and (row.role is not Role.OWNER or row.blocked_at is not None):
        raise Forbidden


async def locked_staff(session: WriteSession, staff_id: UUID) -> StaffMember:
    """A member of the staff as they are now, locked. Refuses: StaffUnavailable."""
    found = await _locked(session, staff_id)
    if found is None:
        raise StaffUnavailable
    return found


async def own_staff(session: WriteSession, staff_id: UUID) -> StaffMember:
    """Whoever is signed in, locked. Fault: UNAUTHENTICATED where they are gone or kept out."""
    found = await _locked(session, staff_id)
    if found is None or found.blocked_at is not None:
        raise Unauthenticated
    return found


class StaffBlocked(Exception):
    """The member of the staff is blocked; ``reason`` is what they are told."""

    def __init__(self, reason: str) -> None:
        super().__init__("a member of the staff is blocked")
        self.reason = reason


async def welcome_staff(session: WriteSession, staff_id: UUID) -> StaffMember:
    """As `locked_staff`, for what only staff in good standing may do. Raises `StaffBlocked`."""
    staff = await locked_staff(session, staff_id)
    if staff.block_reason is not None:
        raise StaffBlocked(staff.block_reason)
    return staff


async def require_another_owner(session: WriteSession, than: UUID) -> None:
    """See that an owner is left who can sign in, in the owners' turn. Refuses: LastOwner."""
    another = exists().where(
        StaffMember.role == Role.OWNER,
        StaffMember.id != than,
        StaffMember.blocked_at.is_(None),
        StaffMember.password_hash.is_not(None),
    )
    if not await session.scalar(select(another)):
        raise LastOwner


async def stores_of(session: WriteSession, staff_id: UUID) -> list[UUID]:
    """The stores that somebody works in, ascending."""
    own = select(StaffStore.store_id).where(StaffStore.staff_id == staff_id)
    return list(await session.scalars(own.order_by(StaffStore.store_id)))


async def put_stores(session: WriteSession, staff_id: UUID, store_ids: Iterable[UUID]) -> None:
    """Let somebody work in these stores and in no other."""
    wanted = sorted(store_ids)
    await session.execute(
        delete(StaffStore).where(
            StaffStore.staff_id == staff_id, StaffStore.store_id.not_in(wanted)
        )
    )
    if wanted:
        rows = [{"staff_id": staff_id, "store_id": store_id} for store_id in wanted]
        await session.execute(insert(StaffStore).values(rows).on_conflict_do_nothing())


async def forget_authenticator(session: WriteSession, staff: StaffMember) -> None:
    """Take the authenticator of a locked account away, with the codes that stand in for it."""
    staff.totp_sealed = staff.totp_confirmed_at = staff.totp_last_step = None
    await session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))


async def _locked(session: WriteSession, staff_id: UUID) -> StaffMember | None:
    return await session.scalar(
        select(StaffMember)
        .where(StaffMember.id == staff_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
