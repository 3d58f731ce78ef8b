"""The codes that members show who are to get points: their id, sealed, for some minutes."""

import base64
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import msgspec

from domain.kernel.sealing import Unsealable, Vault

LIFE = timedelta(minutes=5)
"""How long a code holds."""
_PURPOSE = "points-receive-code"
_ID_BYTES = 16
_MOMENT_BYTES = 8
_LONGEST = 200


class ReceiveCode(msgspec.Struct, frozen=True, gc=False):
    """A code, and until when it holds."""

    code: str
    expires_at: datetime


def new_code(vault: Vault, member_id: UUID, *, at: datetime, random: Random) -> ReceiveCode:
    """The code of a member who is to get points."""
    until = int((at + LIFE).timestamp())
    text = member_id.bytes + until.to_bytes(_MOMENT_BYTES, "big")
    sealed = vault.seal(text, purpose=_PURPOSE, owner="", random=random)
    code = base64.urlsafe_b64encode(sealed).decode().rstrip("=")
    return ReceiveCode(code, datetime.fromtimestamp(until, UTC))


def member_of(code: str, vault: Vault, *, at: datetime) -> UUID | None:
    """Whose code it is; None where it is none, or holds no longer."""
    if len(code) > _LONGEST:
        return None
    try:
        sealed = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
        text = vault.open(sealed, purpose=_PURPOSE, owner="")
    except (Unsealable, ValueError):
        return None
    until = int.from_bytes(text[_ID_BYTES:], "big")
    is_good = at < datetime.fromtimestamp(until, UTC)
    return UUID(bytes=text[:_ID_BYTES]) if is_good else None
