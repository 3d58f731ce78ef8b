"""What each process copies to check tokens without the database: ended sessions, and keys."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.sealing import Unsealable, Vault
from domain.sessions import models
from domain.sessions.keys import opened
from domain.sessions.rules import EndReason

_ENDED = HotRead(
    select(
        models.Session.id,
        models.Session.end_reason,
        models.Session.end_note,
        models.Session.ended_at,
    ).where(models.Session.ended_at > bindparam("after", type_=models.Session.ended_at.type))
)
_DISABLED = HotRead(select(models.Client.id).where(models.Client.disabled_at.is_not(None)))
_KEYS = HotRead(
    select(
        models.SigningKey.id,
        models.SigningKey.sealed,
        models.SigningKey.public,
        models.SigningKey.signs_from,
        models.SigningKey.retires_at,
    ).order_by(models.SigningKey.signs_from)
)


@dataclass(frozen=True, slots=True)
class Ended:
    """Why a session is over, and since when; ``note`` is what the person is told."""

    reason: EndReason
    note: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class StandingKey:
    """A signing key, both halves as JSON Web Keys.

    ``private`` is None where this process has no master key that opens it: it signs with another
    one meanwhile, and verifies all the same. ``retires_at`` is until when what it signed is taken;
    None where no end is known.
    """

    private: dict[str, Any] | None = field(repr=False)
    public: dict[str, Any]
    signs_from: datetime
    retires_at: datetime | None


async def ended_sessions(reads: ReadPool, *, after: datetime) -> dict[UUID, Ended]:
    """The sessions that have ended after a moment."""
    rows = await _ENDED.rows(reads, after=after)
    return {key: Ended(EndReason(reason), note, at) for key, reason, note, at in rows}


async def disabled_clients(reads: ReadPool) -> frozenset[str]:
    """The clients of whose sessions nothing is taken any more."""
    return frozenset(row[0] for row in await _DISABLED.rows(reads))


async def signing_keys(reads: ReadPool, vault: Vault) -> list[StandingKey]:
    """All signing keys, the one that signs latest at the end."""
    rows = await _KEYS.rows(reads)
    return [
        StandingKey(
            _private(vault, key_id, sealed), msgspec.json.decode(public), signs_from, retires_at
        )
        for key_id, sealed, public, signs_from, retires_at in rows
    ]


def _private(vault: Vault, key_id: str, sealed: bytes) -> dict[str, Any] | None:
    try:
        return opened(vault, key_id, sealed)
    except Unsealable:
        return None
