"""What staff change about their own accounts: the password, the PIN and the authenticator.

A session that was stolen must not be enough for it: each asks for the current password first,
and wrong ones count and lock as at the sign-in. What is wrong is returned and not raised, so that
it stays counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import delete, insert, select

from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, Refused
from domain.kernel.sealing import Vault
from domain.staff import statements
from domain.staff.accounts import STAFF, authenticator
from domain.staff.actions import Change, record
from domain.staff.credentials import (
    TOTP_PURPOSE,
    new_recovery_code,
    problems_of_new_password,
    problems_of_pin,
    recovery_digest,
    totp_step,
)
from domain.staff.errors import (
    AuthenticatorCodeWrong,
    AuthenticatorMissing,
    AuthenticatorOn,
    PasswordLocked,
    PasswordWrong,
)
from domain.staff.lock_out import PASSWORDS
from domain.staff.models import RecoveryCode, StaffMember
from domain.staff.rules import RECOVERY_CODES

AUTHENTICATOR_LIFE = timedelta(minutes=15)
"""How long an authenticator that was begun waits to be confirmed."""
_MOMENT_BYTES = 8
_BY_THEMSELVES = "本人操作 / by themselves"


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of holding a typed password against the hash that was kept at that moment.

    Made outside of the transaction, since it takes long; see `kept_password`.
    """

    kept: str | None = field(repr=False)
    is_right: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """A password or a PIN that somebody chooses, and its hash.

    ``is_same`` says that it is what they have typed as the current password.
    """

    secret: str = field(repr=False)
    hashed: str = field(repr=False)
    is_same: bool = False


class SavedOwn(msgspec.Struct, frozen=True):
    """The account that was written."""

    staff_id: UUID


async def kept_password(session: WriteSession, staff_id: UUID, *, at: datetime) -> str | None:
    """The hash to hold a typed password against; None where it would not count anyway."""
    row = (
        await session.execute(
            select(StaffMember.password_hash, StaffMember.password_locked_until).where(
                StaffMember.id == staff_id
            )
        )
    ).one_or_none()
    if row is None or _is_locked(row.password_locked_until, at):
        return None
    return row.password_hash


async def change_password(
    session: WriteSession, proof: Proof, new: Chosen, *, by: By
) -> SavedOwn | Refused:
    """Take another password in the place of the current one.

    Refuses: InvalidInput; PasswordWrong and PasswordLocked, which are returned.
    """
    staff = await statements.own_staff(session, by.staff.id)
    if problems := [*problems_of_new_password(new.secret, staff.login, is_same=new.is_same)]:
        raise InvalidInput(problems)
    if refused := _refused(staff, proof, at=by.at):
        return refused
    change = (
        {"is_password_temporary": staff.is_password_temporary},
        {"is_password_temporary": False},
    )
    staff.password_hash, staff.is_password_temporary = new.hashed, False
    return await _save(session, staff, "change_password", change, by=by)


async def set_pin(
    session: WriteSession, proof: Proof, new: Chosen, *, by: By
) -> SavedOwn | Refused:
    """Choose the six digits that one signs in with at pads. Refuses: as `change_password`."""
    if problems := [*problems_of_pin(new.secret)]:
        raise InvalidInput(problems)
    staff = await statements.own_staff(session, by.staff.id)
    if refused := _refused(staff, proof, at=by.at):
        return refused
    change = {"has_pin": staff.pin_hash is not None}, {"has_pin": True}
    staff.pin_hash, staff.pin_failures, staff.pin_locked_until = new.hashed, 0, None
    return await _save(session, staff, "set_pin", change, by=by)


async def begin_authenticator(
    session: WriteSession, vault: Vault, proof: Proof, secret: bytes, *, by: By
) -> SavedOwn | Refused:
    """Keep the secret of a new authenticator, which counts once it is confirmed.

    It waits for that for `AUTHENTICATOR_LIFE`: the moment is sealed with it. Beginning again takes
    the place of what was begun. Refuses: AuthenticatorOn; PasswordWrong and PasswordLocked, which
    are returned.
    """
    staff = await statements.own_staff(session, by.staff.id)
    if refused := _refused(staff, proof, at=by.at):
        return refused
    if staff.totp_confirmed_at is not None:
        return AuthenticatorOn()
    begun = int(by.at.timestamp()).to_bytes(_MOMENT_BYTES) + secret
    _seal(staff, vault, begun, random=by.random)
    return await _save(session, staff, "begin_authenticator", (None, None), by=by)


async def confirm_authenticator(
    session: WriteSession, vault: Vault, code: str, recovery: Sequence[str], *, by: By
) -> SavedOwn | Refused:
    """Turn the authenticator on that was begun, by a code that it shows.

    ``recovery`` are the codes of `new_recovery_codes`. A wrong code counts as a wrong password
    does. Refuses: AuthenticatorMissing where none was begun or that was too long ago,
    AuthenticatorOn; AuthenticatorCodeWrong and PasswordLocked, which are returned.
    """
    staff = await statements.own_staff(session, by.staff.id)
    if staff.totp_confirmed_at is not None:
        raise AuthenticatorOn
    secret = _begun(staff, vault, at=by.at)
    if secret is None:
        raise AuthenticatorMissing
    if locked := _locked(staff, at=by.at):
        return locked
    step = totp_step(secret, code, at=by.at, after=None)
    if step is None:
        _count(staff, at=by.at)
        return AuthenticatorCodeWrong()
    before = authenticator(staff)
    _seal(staff, vault, secret, random=by.random)
    staff.totp_confirmed_at, staff.totp_last_step = by.at, step
    await _put_codes(session, staff.id, recovery, at=by.at)
    change = before, authenticator(staff)
    return await _save(session, staff, "confirm_authenticator", change, by=by)


async def renew_recovery_codes(
    session: WriteSession, proof: Proof, recovery: Sequence[str], *, by: By
) -> SavedOwn | Refused:
    """Take new recovery codes in the place of all before.

    Refuses: AuthenticatorMissing; PasswordWrong and PasswordLocked, which are returned.
    """
    staff = await statements.own_staff(session, by.staff.id)
    if refused := _refused(staff, proof, at=by.at):
        return refused
    if staff.totp_confirmed_at is None:
        return AuthenticatorMissing()
    await _put_codes(session, staff.id, recovery, at=by.at)
    return await _save(session, staff, "renew_recovery_codes", (None, None), by=by)


async def remove_authenticator(
    session: WriteSession, proof: Proof, *, by: By
) -> SavedOwn | Refused:
    """Sign in without an authenticator from now on. Refuses: as `renew_recovery_codes`."""
    staff = await statements.own_staff(session, by.staff.id)
    if refused := _refused(staff, proof, at=by.at):
        return refused
    if staff.totp_confirmed_at is None:
        return AuthenticatorMissing()
    before = authenticator(staff)
    await statements.forget_authenticator(session, staff)
    change = before, authenticator(staff)
    return await _save(session, staff, "remove_authenticator", change, by=by)


def new_recovery_codes(random: Random) -> list[str]:
    """Make a set of recovery codes; ``random`` must be a source that nobody can guess."""
    return [new_recovery_code(random) for _ in range(RECOVERY_CODES)]


def _refused(staff: StaffMember, proof: Proof, *, at: datetime) -> Refused | None:
    """Judge the proof of a locked account, and count it.

    Tries that were made at the same time are judged one after the other here, so that none of
    them comes past the lock. A password that was changed meanwhile is not the current one.
    """
    if locked := _locked(staff, at=at):
        return locked
    if proof.is_right and proof.kept == staff.password_hash:
        staff.password_failures, staff.password_locked_until = 0, None
        return None
    _count(staff, at=at)
    return PasswordWrong()


def _locked(staff: StaffMember, *, at: datetime) -> PasswordLocked | None:
    until = staff.password_locked_until
    if until is None or not _is_locked(until, at):
        return None
    return PasswordLocked(ceil((until - at).total_seconds()))


def _count(staff: StaffMember, *, at: datetime) -> None:
    staff.password_failures += 1
    wait = PASSWORDS.after(staff.password_failures)
    staff.password_locked_until = at + wait if wait else None


def _seal(staff: StaffMember, vault: Vault, text: bytes, *, random: Random) -> None:
    staff.totp_sealed = vault.seal(text, purpose=TOTP_PURPOSE, owner=staff.id.hex, random=random)


def _begun(staff: StaffMember, vault: Vault, *, at: datetime) -> bytes | None:
    """The secret of the authenticator that was begun; None where none was, or too long ago."""
    if staff.totp_sealed is None:
        return None
    text = vault.open(staff.totp_sealed, purpose=TOTP_PURPOSE, owner=staff.id.hex)
    age = at.timestamp() - int.from_bytes(text[:_MOMENT_BYTES])
    return text[_MOMENT_BYTES:] if age < AUTHENTICATOR_LIFE.total_seconds() else None


def _is_locked(until: datetime | None, at: datetime) -> bool:
    return until is not None and until > at


async def _put_codes(
    session: WriteSession, staff_id: UUID, recovery: Sequence[str], *, at: datetime
) -> None:
    await session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    await session.execute(
        insert(RecoveryCode),
        [
            {"digest": recovery_digest(code), "staff_id": staff_id, "created_at": at}
            for code in recovery
        ],
    )


async def _save(
    session: WriteSession,
    staff: StaffMember,
    verb: str,
    change: tuple[Mapping[str, object] | None, Mapping[str, object] | None],
    *,
    by: By,
) -> SavedOwn:
    staff.revision += 1
    await session.flush()
    entry = Change(f"{STAFF}.{verb}", STAFF, staff.id, *change, _BY_THEMSELVES)
    await record(session, by.staff, entry, at=by.at, random=by.random)
    return SavedOwn(staff.id)
