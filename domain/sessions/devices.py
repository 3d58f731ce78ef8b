"""Use cases of the device grant (RFC 8628): a device asks, somebody decides, it has a session."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.db import WriteSession
from domain.kernel.forgetting import forget_oldest
from domain.kernel.sealing import Vault
from domain.sessions.actions import Owner, start_session
from domain.sessions.clients import digest_of, new_secret
from domain.sessions.models import Client, DeviceCode, Pad, Session
from domain.sessions.rules import (
    DEVICE_CODE_LIFE,
    DEVICE_CODE_RETENTION,
    MOST_POLL_SECONDS,
    PAD_SCOPE,
    POLL_JITTER,
    POLL_SECONDS,
    SLOWER_SECONDS,
    DeviceCodeStatus,
)

_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so no words; nothing that is taken for a digit (RFC 8628 6.1)."""
_HALF = 4
_NOT_A_LETTER = re.compile(r"[\s\-‐-―－]+")
_LONGEST_TYPED = 40


@dataclass(frozen=True, slots=True)
class Codes:
    """The two codes of one question: the device keeps the long one and shows the short one."""

    device_code: str
    user_code: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nobody has decided yet; the device asks again after so many seconds."""

    seconds: int
    is_too_early: bool


@dataclass(frozen=True, slots=True)
class Denied:
    """Somebody said no, or the pad was revoked before it had asked again."""


@dataclass(frozen=True, slots=True)
class Expired:
    """Nobody decided in time, or the device did not ask again in time."""


async def ask(
    session: WriteSession,
    vault: Vault,
    client_id: str,
    *,
    device: str,
    address: str,
    at: datetime,
    random: Random,
) -> Codes:
    """Note that a device asks to be let in. Only digests of its codes are kept.

    ``random`` must be a source that nobody can guess.
    """
    while True:
        codes = Codes(new_secret(random), _new_user_code(random))
        asking = insert(DeviceCode).values(
            digest=digest_of(codes.device_code),
            user_code_index=_index(vault, codes.user_code),
            client_id=client_id,
            device=device,
            address=address,
            status=DeviceCodeStatus.PENDING,
            issued_at=at,
            expires_at=at + DEVICE_CODE_LIFE,
            interval_seconds=POLL_SECONDS,
            early_polls=0,
        )
        # Once in millions of times another device shows the same letters.
        added = asking.on_conflict_do_nothing().returning(DeviceCode.digest)
        if await session.scalar(added) is not None:
            return codes


async def poll(
    session: WriteSession, device_code: str, by: Client, *, at: datetime, random: Random
) -> Session | Waiting | Denied | Expired | None:
    """Answer a device's question with what was decided; None for a code that opens nothing.

    After a yes it is used up by the session that is begun here: the row is locked, so of several
    questions at once one gets it. A device that does not hear that answer starts over, for the
    code may be somebody else's by now. One that asks too early asks less often from then on. All
    this has to be committed, on a refusal too.
    """
    asked = await session.scalar(
        select(DeviceCode)
        .where(DeviceCode.digest == digest_of(device_code), DeviceCode.client_id == by.id)
        .with_for_update()
    )
    if asked is None or asked.status is DeviceCodeStatus.CONSUMED:
        return None
    if asked.expires_at <= at:
        return Expired()
    if asked.status is DeviceCodeStatus.DENIED:
        return Denied()
    if asked.status is DeviceCodeStatus.PENDING:
        return await _waiting(session, asked, at=at)
    return await _begin(session, asked, at=at, random=random)


async def pending(
    session: WriteSession, vault: Vault, user_code: str, *, at: datetime
) -> DeviceCode | None:
    """The question whose code somebody typed, locked; None unless it waits to be decided.

    Whether a code is unknown, decided or expired is told to nobody.
    """
    typed = _typed(user_code)
    if typed is None:
        return None
    return await session.scalar(
        select(DeviceCode)
        .where(
            DeviceCode.user_code_index == _index(vault, typed),
            DeviceCode.status == DeviceCodeStatus.PENDING,
            DeviceCode.expires_at > at,
        )
        .with_for_update()
    )


async def deny(session: WriteSession, asked: DeviceCode, by: UUID, *, at: datetime) -> None:
    """Say no to a device that waits; who did is kept as long as the code.

    The audit trail has no entry of it: what asked has no id there, for it never became a pad.
    """
    await _decide(session, asked, by, DeviceCodeStatus.DENIED, pad_id=None, at=at)


async def note_approval(
    session: WriteSession, asked: DeviceCode, by: UUID, pad: Pad, *, at: datetime
) -> None:
    """Note that a device which waits is this pad from now on."""
    await _decide(session, asked, by, DeviceCodeStatus.APPROVED, pad_id=pad.id, at=at)


def shown(user_code: str) -> str:
    """A code that somebody typed as their device shows it; as it was typed where it is none."""
    return _typed(user_code) or user_code[:_LONGEST_TYPED]


async def forget_old_device_codes(session: WriteSession, *, at: datetime, most: int) -> int:
    """Forget the oldest codes past their retention, ``most`` at a time; says how many."""
    when = DeviceCode.expires_at
    is_past = when < at - DEVICE_CODE_RETENTION
    return await forget_oldest(session, DeviceCode, is_past, by=when, most=most)


async def _waiting(session: WriteSession, asked: DeviceCode, *, at: datetime) -> Waiting:
    pause = timedelta(seconds=asked.interval_seconds) - POLL_JITTER
    is_too_early = asked.last_polled_at is not None and at < asked.last_polled_at + pause
    if is_too_early:
        asked.early_polls += 1
        asked.interval_seconds = min(asked.interval_seconds + SLOWER_SECONDS, MOST_POLL_SECONDS)
    asked.last_polled_at = at
    await session.flush()
    return Waiting(asked.interval_seconds, is_too_early)


async def _begin(
    session: WriteSession, asked: DeviceCode, *, at: datetime, random: Random
) -> Session | Denied:
    # Locked against its revocation, which then finds the session that begins here.
    pad = await session.scalar(select(Pad).where(Pad.id == asked.pad_id).with_for_update(read=True))
    if pad is None or pad.revoked_at is not None:
        return Denied()
    owner, scopes = Owner(pad_id=pad.id), [PAD_SCOPE]
    begun = await start_session(
        session, asked.client_id, owner, scopes=scopes, at=at, random=random
    )
    asked.status = DeviceCodeStatus.CONSUMED
    asked.session_id = begun.id
    await session.flush()
    return begun


async def _decide(
    session: WriteSession,
    asked: DeviceCode,
    by: UUID,
    status: DeviceCodeStatus,
    *,
    pad_id: UUID | None,
    at: datetime,
) -> None:
    decided = {"status": status, "decided_by": by, "decided_at": at, "pad_id": pad_id}
    await session.execute(
        update(DeviceCode).where(DeviceCode.digest == asked.digest).values(**decided)
    )


def _new_user_code(random: Random) -> str:
    halves = ("".join(random.choices(_LETTERS, k=_HALF)) for _ in range(2))
    return "-".join(halves)


def _typed(user_code: str) -> str | None:
    """A code in the form that was made, however it was typed; None for what can be none."""
    letters = _NOT_A_LETTER.sub("", user_code[:_LONGEST_TYPED]).upper()
    if len(letters) != 2 * _HALF or not set(letters) <= set(_LETTERS):
        return None
    return f"{letters[:_HALF]}-{letters[_HALF:]}"


def _index(vault: Vault, user_code: str) -> bytes:
    return vault.index(user_code, purpose="user_code")
