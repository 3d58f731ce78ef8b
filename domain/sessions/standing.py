"""What each process copies to check tokens without the database: ended sessions, and keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.sealing import Vault
from domain.sessions import models
from domain.sessions.keys import opened
from domain.sessions.rules import ACCESS_LIFE, LEEWAY, EndReason

_ENDED = HotRead(
    select(models.Session.id, models.Session.end_reason, models.Session.end_note).where(
        models.Session.ended_at > bindparam("after", type_=models.Session.ended_at.type)
    )
)
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
    """Why a session is over; ``note`` is what the person is told."""

    reason: EndReason
    note: str | None


@dataclass(frozen=True, slots=True)
class StandingKey:
    """A signing key with its private half opened, and its public one as a JSON Web Key.

    ``retires_at`` is until when what it signed is taken; None where no end is known.
    """

    private: dict[str, Any]
    public: dict[str, Any]
    signs_from: datetime
    retires_at: datetime | None


async def ended_sessions(reads: ReadPool, *, at: datetime) -> dict[UUID, Ended]:
    """The sessions that have ended so lately that an access token of theirs may still be valid."""
    rows = await _ENDED.rows(reads, after=at - ACCESS_LIFE - 2 * LEEWAY)
    return {key: Ended(EndReason(reason), note) for key, reason, note in rows}


async def signing_keys(reads: ReadPool, vault: Vault) -> list[StandingKey]:
    """All signing keys, the one that signs latest at the end. Raises `Unsealable`."""
    rows = await _KEYS.rows(reads)
    return [
        StandingKey(
            opened(vault, key_id, sealed), msgspec.json.decode(public), signs_from, retires_at
        )
        for key_id, sealed, public, signs_from, retires_at in rows
    ]
