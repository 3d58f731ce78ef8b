"""Half sign-ins between two pages: sealed, good for five minutes and for one browser."""

import base64
import binascii
from datetime import datetime
from random import Random

import msgspec

from domain.kernel.sealing import Unsealable, Vault
from domain.sessions.clients import digest_of
from domain.staff.signing_in import HalfSignIn

_PURPOSE = "half_sign_in"


def sealed(half: HalfSignIn, vault: Vault, secret: str, random: Random) -> str:
    """What a page's form carries, for the browser with the secret; nobody reads or makes it."""
    text = msgspec.json.encode(half)
    owner = digest_of(secret).hex()
    made = vault.seal(text, purpose=_PURPOSE, owner=owner, random=random)
    return base64.urlsafe_b64encode(made).decode()


def opened(carried: str, vault: Vault, secret: str, *, at: datetime) -> HalfSignIn | None:
    """What was carried by this browser and is young enough; None for anything else."""
    try:
        text = vault.open(
            base64.urlsafe_b64decode(carried), purpose=_PURPOSE, owner=digest_of(secret).hex()
        )
    except (Unsealable, binascii.Error, ValueError):
        return None
    half = msgspec.json.decode(text, type=HalfSignIn)
    return half if half.is_good(at=at) else None
