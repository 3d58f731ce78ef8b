"""Signing keys: made, sealed, and changed with an overlap."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any

import msgspec
from joserfc.jwk import ECKey
from sqlalchemy import delete, func, select, text, update

from domain.kernel.db import WriteSession
from domain.kernel.ids import new_id
from domain.kernel.sealing import Vault
from domain.sessions.models import SigningKey
from domain.sessions.rules import ACCESS_LIFE, KEY_AHEAD, LEEWAY

PURPOSE = "signing key"
_TURN = "SELECT pg_advisory_xact_lock(hashtext('mall.signing_keys'))"


async def ensure(session: WriteSession, vault: Vault, *, at: datetime, random: Random) -> None:
    """Make the first key, where there is none yet; it signs at once."""
    await session.execute(text(_TURN))
    if not await session.scalar(select(func.count()).select_from(SigningKey)):
        session.add(new_key(vault, at=at, signs_from=at, random=random))
        await session.flush()


async def rotate(
    session: WriteSession, vault: Vault, *, at: datetime, random: Random, at_once: bool
) -> str:
    """Make a new key and let the others retire; answers with its id.

    Every process knows the new key before it signs, and what the old ones signed is taken until
    it expires. Where there is no other key it signs at once. ``at_once`` is for a key that was
    stolen: the others are deleted, so everybody has to refresh, and a process that has not looked
    yet refuses the new tokens for a second or two.

    Raises `Unsealable`, where the vault does not open the keys that there are: no process could
    open the new one either.
    """
    await session.execute(text(_TURN))
    others = await every(session)
    if not at_once:
        for key in others:
            opened(vault, key.id, key.sealed)
    signs_from = at if at_once or not others else at + KEY_AHEAD
    retires_at = signs_from + ACCESS_LIFE + LEEWAY
    if at_once:
        await session.execute(delete(SigningKey))
    else:
        await session.execute(delete(SigningKey).where(SigningKey.retires_at < at))
        await session.execute(
            update(SigningKey).where(SigningKey.retires_at.is_(None)).values(retires_at=retires_at)
        )
    made = new_key(vault, at=at, signs_from=signs_from, random=random)
    session.add(made)
    await session.flush()
    return made.id


async def every(session: WriteSession) -> Sequence[SigningKey]:
    """All signing keys, in the order in which they sign."""
    return (await session.scalars(select(SigningKey).order_by(SigningKey.signs_from))).all()


def opened(vault: Vault, key_id: str, sealed: bytes) -> dict[str, Any]:
    """Open the private half of a stored key, a JSON Web Key. Raises `Unsealable`."""
    return msgspec.json.decode(vault.open(sealed, purpose=PURPOSE, owner=key_id))


def new_key(vault: Vault, *, at: datetime, signs_from: datetime, random: Random) -> SigningKey:
    """Make a key whose private half is sealed; ``signs_from`` that moment on."""
    key_id = new_id(at, random).hex
    pair = ECKey.generate_key("P-256", {"kid": key_id, "use": "sig", "alg": "ES256"})
    private = msgspec.json.encode(pair.as_dict(private=True))
    return SigningKey(
        id=key_id,
        sealed=vault.seal(private, purpose=PURPOSE, owner=key_id, random=random),
        public=pair.as_dict(private=False),
        created_at=at,
        signs_from=signs_from,
    )
