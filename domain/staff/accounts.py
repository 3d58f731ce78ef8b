"""Accounts of the staff: made, changed, closed and opened again by an owner."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.actors import By, Role
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, Problem
from domain.kernel.ids import new_id
from domain.kernel.problems import TAKEN
from domain.staff import statements
from domain.staff.actions import Change, record
from domain.staff.errors import OwnAccount, StaffChanged
from domain.staff.models import StaffMember
from domain.staff.rules import (
    problems_of_login,
    problems_of_reason,
    problems_of_staff_block,
    problems_of_staff_name,
    problems_of_stores,
    tidy_login,
    tidy_staff_name,
)
from domain.stores.views import known_stores

STAFF = "staff"
"""The kind of the staff in public ids and in the audit trail."""
_TEMPORARY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are read for one another."""
_TEMPORARY_GROUPS, _TEMPORARY_GROUP = 4, 4


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account that is to be made; the password is a hash of what somebody else chose."""

    login: str
    name: str
    role: Role
    store_ids: Sequence[UUID]
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccountChanges:
    """What is changed of an account; what is None stays as it is."""

    name: str | None = None
    role: Role | None = None
    store_ids: Sequence[UUID] | None = None


class SavedAccount(msgspec.Struct, frozen=True):
    """An account that was written, and whether whoever it is of has to sign in anew."""

    staff_id: UUID
    ends_sessions: bool = False


def temporary_password(random: Random) -> str:
    """Make a password that is told once and changed at the first sign-in: 79 bits.

    ``random`` must be a source that nobody can guess.
    """
    return "-".join(
        "".join(random.choices(_TEMPORARY_LETTERS, k=_TEMPORARY_GROUP))
        for _ in range(_TEMPORARY_GROUPS)
    )


async def create_account(
    session: WriteSession, new: NewAccount, *, reason: str, by: By
) -> SavedAccount:
    """Let somebody work here, with a password that they change first. Refuses: InvalidInput.

    A login that anybody has or had is taken.
    """
    login, name = tidy_login(new.login), tidy_staff_name(new.name)
    await statements.take_owners_turn(session, by.staff)
    problems = [
        *problems_of_login(login),
        *problems_of_staff_name(name),
        *await _problems_of_stores(session, new.role, new.store_ids),
        *problems_of_reason(reason),
    ]
    if problems:
        raise InvalidInput(problems)
    key = new_id(by.at, by.random)
    row = insert(StaffMember).values(
        id=key,
        login=login,
        name=name,
        role=new.role,
        created_at=by.at,
        password_hash=new.password_hash,
        is_password_temporary=True,
    )
    made = row.on_conflict_do_nothing(index_elements=["login"]).returning(StaffMember.id)
    if await session.scalar(made) is None:
        raise InvalidInput([TAKEN.at("login", value=login)])
    await statements.put_stores(session, key, new.store_ids)
    after = {"login": login, **_told(name, new.role, new.store_ids)}
    await _record(session, key, "create", (None, after), reason=reason, by=by)
    return SavedAccount(key)


async def edit_account(
    session: WriteSession,
    staff_id: UUID,
    revision: int,
    changes: AccountChanges,
    *,
    reason: str,
    by: By,
) -> SavedAccount:
    """Change a name, a role and stores; another role or other stores end all their sessions.

    Refuses: StaffUnavailable, StaffChanged, OwnAccount for one's own role or stores, LastOwner,
    InvalidInput.
    """
    await statements.take_owners_turn(session, by.staff)
    staff = await statements.locked_staff(session, staff_id)
    if staff.revision != revision:
        raise StaffChanged(staff.revision)
    had = await statements.stores_of(session, staff_id)
    name = staff.name if changes.name is None else tidy_staff_name(changes.name)
    role = changes.role or staff.role
    store_ids = had if changes.store_ids is None else changes.store_ids
    problems = [
        *problems_of_staff_name(name),
        *await _problems_of_stores(session, role, store_ids),
        *problems_of_reason(reason),
    ]
    if problems:
        raise InvalidInput(problems)
    is_moved = role is not staff.role or sorted(store_ids) != had
    if is_moved and staff_id == by.staff.id:
        raise OwnAccount
    if staff.role is Role.OWNER and role is not Role.OWNER:
        await statements.require_another_owner(session, staff_id)
    before, after = _told(staff.name, staff.role, had), _told(name, role, store_ids)
    if after != before:
        staff.name, staff.role = name, role
        await statements.put_stores(session, staff_id, store_ids)
        await _save(session, staff, "edit", (before, after), reason=reason, by=by)
    return SavedAccount(staff_id, ends_sessions=is_moved)


async def block_account(
    session: WriteSession, staff_id: UUID, *, told: str, reason: str, by: By
) -> SavedAccount:
    """Keep somebody out from now on; ``told`` is what they are told. Their sessions end.

    Blocking again changes what they are told. Refuses: StaffUnavailable, OwnAccount, LastOwner,
    InvalidInput.
    """
    problems = [*problems_of_staff_block(told), *problems_of_reason(reason)]
    staff = await _colleague(session, staff_id, by, problems)
    if staff.role is Role.OWNER:
        await statements.require_another_owner(session, staff_id)
    before = _standing(staff)
    if staff.block_reason != told:
        staff.blocked_at = staff.blocked_at or by.at
        staff.block_reason = told
        await _save(session, staff, "block", (before, _standing(staff)), reason=reason, by=by)
    return SavedAccount(staff_id, ends_sessions=True)


async def unblock_account(
    session: WriteSession, staff_id: UUID, *, reason: str, by: By
) -> SavedAccount:
    """Let somebody in again; who is not blocked stays so. Refuses: as `reset_authenticator`."""
    staff = await _colleague(session, staff_id, by, problems_of_reason(reason))
    before = _standing(staff)
    if staff.blocked_at is not None:
        staff.blocked_at = staff.block_reason = None
        await _save(session, staff, "unblock", (before, _standing(staff)), reason=reason, by=by)
    return SavedAccount(staff_id)


async def reset_password(
    session: WriteSession, staff_id: UUID, password_hash: str, *, reason: str, by: By
) -> SavedAccount:
    """Give somebody another password, which they change first, and unlock them.

    Their PIN is forgotten: whoever knew the password could have chosen it. Their sessions end.
    Refuses: as `reset_authenticator`.
    """
    staff = await _colleague(session, staff_id, by, problems_of_reason(reason))
    before = _password(staff)
    staff.password_hash, staff.is_password_temporary = password_hash, True
    staff.pin_hash = None
    staff.password_failures = staff.pin_failures = 0
    staff.password_locked_until = staff.pin_locked_until = None
    change = before, _password(staff)
    await _save(session, staff, "reset_password", change, reason=reason, by=by)
    return SavedAccount(staff_id, ends_sessions=True)


async def reset_authenticator(
    session: WriteSession, staff_id: UUID, *, reason: str, by: By
) -> SavedAccount:
    """Forget the authenticator of somebody who lost it, and its recovery codes.

    Their sessions end: whoever has the device may be signed in with it. Who has none stays so.
    Refuses: InvalidInput, StaffUnavailable, and OwnAccount: a stolen session would be enough.
    """
    staff = await _colleague(session, staff_id, by, problems_of_reason(reason))
    before = authenticator(staff)
    if staff.totp_sealed is not None:
        await statements.forget_authenticator(session, staff)
        change = before, authenticator(staff)
        await _save(session, staff, "reset_authenticator", change, reason=reason, by=by)
    return SavedAccount(staff_id, ends_sessions=True)


def authenticator(staff: StaffMember) -> dict[str, object]:
    """What the trail says of an authenticator."""
    return {"has_authenticator": staff.totp_confirmed_at is not None}


async def _colleague(
    session: WriteSession, staff_id: UUID, by: By, problems: Iterable[Problem]
) -> StaffMember:
    """Somebody else's account, in the owners' turn.

    Refuses: InvalidInput where there are problems, StaffUnavailable, OwnAccount.
    """
    if found := [*problems]:
        raise InvalidInput(found)
    await statements.take_owners_turn(session, by.staff)
    staff = await statements.locked_staff(session, staff_id)
    if staff_id == by.staff.id:
        raise OwnAccount
    return staff


async def _save(
    session: WriteSession,
    staff: StaffMember,
    verb: str,
    change: tuple[dict[str, object], dict[str, object]],
    *,
    reason: str,
    by: By,
) -> None:
    staff.revision += 1
    await session.flush()
    await _record(session, staff.id, verb, change, reason=reason, by=by)


async def _record(
    session: WriteSession,
    staff_id: UUID,
    verb: str,
    change: tuple[dict[str, object] | None, dict[str, object]],
    *,
    reason: str,
    by: By,
) -> None:
    entry = Change(f"{STAFF}.{verb}", STAFF, staff_id, *change, reason)
    await record(session, by.staff, entry, at=by.at, random=by.random)


async def _problems_of_stores(
    session: WriteSession, role: Role, store_ids: Sequence[UUID]
) -> Iterator[Problem]:
    known = await known_stores(session, store_ids) if store_ids else set[UUID]()
    return problems_of_stores(role, store_ids, known)


def _told(name: str, role: Role, store_ids: Sequence[UUID]) -> dict[str, object]:
    return {"name": name, "role": role, "stores": sorted(store_ids)}


def _standing(staff: StaffMember) -> dict[str, object]:
    return {"blocked_at": staff.blocked_at, "block_reason": staff.block_reason}


def _password(staff: StaffMember) -> dict[str, object]:
    return {
        "is_password_temporary": staff.is_password_temporary,
        "password_failures": staff.password_failures,
        "has_pin": staff.pin_hash is not None,
        "pin_failures": staff.pin_failures,
    }
