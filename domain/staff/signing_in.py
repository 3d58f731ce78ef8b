"""Use cases of signing in with a login: the password, a second factor, and a password of one's own.

Each try is charged before it is looked at (`charging.charged`), and only a whole sign-in takes
the count back to nothing. A hash takes 30 ms and is made between two transactions; what a person
has shown so far is a `HalfSignIn`, which the edge keeps where nobody can forge it.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import func, select, update

from domain.kernel import actors
from domain.kernel.db import WriteSession
from domain.kernel.sealing import Vault
from domain.staff import credentials
from domain.staff.actions import Change, record
from domain.staff.charging import charged
from domain.staff.lock_out import seconds_until
from domain.staff.models import RecoveryCode, StaffMember
from domain.staff.statements import locked_staff, welcome_staff

HALF_LIFE = timedelta(minutes=5)
"""How long a person may take from their password to the last step."""
_FINGERPRINT_BYTES = 16
_SUBJECT = "staff"
_RECOVERED = "以恢复码登录 / signed in by a recovery code"
_CHOSEN = "首次登录，设置自己的密码 / chose a password of their own"


class Step(StrEnum):
    """What a person has to do next to be signed in."""

    CODE = "code"
    """Show a code of their authenticator, or one that takes its place."""
    OWN_PASSWORD = "own_password"  # noqa: S105 - a step and no password
    """Choose a password: the one they have was chosen by somebody else."""
    DONE = "done"


class HalfSignIn(msgspec.Struct, frozen=True):
    """Who has shown what so far, since when; worth nothing any more once the password changes."""

    staff_id: UUID
    step: Step
    password: bytes
    since: datetime

    def is_good(self, *, at: datetime) -> bool:
        """Whether it is young enough to go on with."""
        return timedelta(0) <= at - self.since < HALF_LIFE


@dataclass(frozen=True, slots=True)
class Tried:
    """A try that was charged: whose, and the hash that the password has to fit."""

    staff_id: UUID
    password_hash: str | None
    failures: int


@dataclass(frozen=True, slots=True)
class LockedOut:
    """Nothing was tried and nothing counted: too many tries have failed, and the wait is on."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Wrong:
    """What was shown opens nothing."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """A recovery code was taken, and so many are left."""

    half: HalfSignIn
    left: int


async def try_password(
    session: WriteSession, login: str, *, at: datetime
) -> Tried | LockedOut | None:
    """Charge a try with a password; None for a login that nobody has."""
    who = StaffMember.login == login
    staff = await charged(session, who, at=at)
    if staff is not None:
        return Tried(staff.id, staff.password_hash, staff.password_failures)
    found = select(StaffMember.password_locked_until).where(who)
    until = await session.scalar(found)
    return None if until is None else LockedOut(seconds_until(until, at=at))


async def take_password(session: WriteSession, tried: Tried, *, at: datetime) -> HalfSignIn | Wrong:
    """Go on after a password that is right; the try is no failure.

    Raises `StaffBlocked`.
    """
    staff = await locked_staff(session, tried.staff_id)
    if tried.password_hash is None or staff.password_hash != tried.password_hash:
        return Wrong()
    if staff.password_failures == tried.failures:
        staff.password_locked_until = None
    staff.password_failures = max(0, staff.password_failures - 1)
    await session.flush()
    await welcome_staff(session, staff.id)
    if staff.totp_confirmed_at is not None:
        return _half(staff, Step.CODE, since=at)
    return await _whole(session, staff, since=at)


async def take_code(
    session: WriteSession, half: HalfSignIn, code: str, vault: Vault, *, at: datetime
) -> HalfSignIn | LockedOut | Wrong:
    """Take a code of the authenticator, each once. Raises `StaffBlocked`."""
    staff = await _charged(session, half, at=at)
    if not isinstance(staff, StaffMember):
        return staff
    if staff.totp_sealed is None or staff.totp_confirmed_at is None:
        return Wrong()
    secret = vault.open(staff.totp_sealed, purpose=credentials.TOTP_PURPOSE, owner=staff.id.hex)
    step = credentials.totp_step(secret, code, at=at, after=staff.totp_last_step)
    if step is None:
        return Wrong()
    # The row is locked since the try was charged: who shows the same code meanwhile waits, and
    # then finds its step used.
    staff.totp_last_step = step
    return await _whole(session, staff, since=half.since)


async def take_recovery_code(
    session: WriteSession, half: HalfSignIn, code: str, *, at: datetime, random: Random
) -> Recovered | LockedOut | Wrong:
    """Take a code that stands in for a lost authenticator, once; the audit trail tells it.

    Raises `StaffBlocked`.
    """
    staff = await _charged(session, half, at=at)
    if not isinstance(staff, StaffMember):
        return staff
    using = (
        update(RecoveryCode)
        .where(
            RecoveryCode.digest == credentials.recovery_digest(code),
            RecoveryCode.staff_id == staff.id,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=at)
        .returning(RecoveryCode.staff_id)
        .execution_options(synchronize_session=False)
    )
    if staff.totp_confirmed_at is None or await session.scalar(using) is None:
        return Wrong()
    unused = select(func.count()).where(
        RecoveryCode.staff_id == staff.id, RecoveryCode.used_at.is_(None)
    )
    left = await session.scalar(unused) or 0
    change = Change(
        "staff.recovery_code_used", _SUBJECT, staff.id, None, {"codes_left": left}, _RECOVERED
    )
    await record(session, _actor(staff), change, at=at, random=random)
    return Recovered(await _whole(session, staff, since=half.since), left)


async def choose_password(
    session: WriteSession, half: HalfSignIn, new_hash: str, *, at: datetime, random: Random
) -> HalfSignIn | Wrong:
    """Put one's own password in the place of one that somebody else has chosen.

    Whoever composes it ends what is signed in with the one before. Raises `StaffBlocked`.
    """
    staff = await confirmed(session, half, step=Step.OWN_PASSWORD)
    if staff is None:
        return Wrong()
    staff.password_hash, staff.is_password_temporary = new_hash, False
    staff.revision += 1
    change = Change(
        "staff.choose_password",
        _SUBJECT,
        staff.id,
        {"is_password_temporary": True},
        {"is_password_temporary": False},
        _CHOSEN,
    )
    await record(session, _actor(staff), change, at=at, random=random)
    await session.flush()
    return _half(staff, Step.DONE, since=half.since)


async def confirmed(session: WriteSession, half: HalfSignIn, *, step: Step) -> StaffMember | None:
    """Who has come to that step, locked; None where it is another or the password has changed.

    Raises `StaffBlocked`.
    """
    if half.step is not step:
        return None
    staff = await welcome_staff(session, half.staff_id)
    return staff if _is_of(half, staff) else None


async def _charged(
    session: WriteSession, half: HalfSignIn, *, at: datetime
) -> StaffMember | LockedOut | Wrong:
    """Charge a try with a second factor. Raises `StaffBlocked`."""
    if half.step is not Step.CODE:
        return Wrong()
    staff = await charged(session, StaffMember.id == half.staff_id, at=at)
    if staff is None:
        until = (await locked_staff(session, half.staff_id)).password_locked_until
        return LockedOut(seconds_until(until or at, at=at))
    await welcome_staff(session, staff.id)
    return staff if _is_of(half, staff) else Wrong()


async def _whole(session: WriteSession, staff: StaffMember, *, since: datetime) -> HalfSignIn:
    """Nothing is left to be shown: the failures before are forgotten."""
    staff.password_failures, staff.password_locked_until = 0, None
    await session.flush()
    return _half(staff, Step.OWN_PASSWORD if staff.is_password_temporary else Step.DONE, since)


def _half(staff: StaffMember, step: Step, since: datetime) -> HalfSignIn:
    return HalfSignIn(staff.id, step, _fingerprint(staff), since)


def _is_of(half: HalfSignIn, staff: StaffMember) -> bool:
    return hmac.compare_digest(half.password, _fingerprint(staff))


def _fingerprint(staff: StaffMember) -> bytes:
    """Which password it is, so that nobody goes on with one that was changed meanwhile."""
    return hashlib.sha256((staff.password_hash or "").encode()).digest()[:_FINGERPRINT_BYTES]


def _actor(staff: StaffMember) -> actors.Staff:
    return actors.Staff(staff.id, staff.name, staff.role)
