"""Passes to pictures of cases: addresses that hold for a while, and need no sign-in."""

import base64
import hmac
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.kernel.sealing import Vault

LIFE = timedelta(hours=1)
"""How long an address holds."""
_PURPOSE = "case-picture-pass"
_PASS = re.compile(r"([0-9]{1,11})\.([A-Za-z0-9_-]+)")


def new_pass(vault: Vault, case_id: UUID, position: int, *, at: datetime) -> str:
    """What opens a picture of a case for `LIFE`."""
    until = int((at + LIFE).timestamp())
    return f"{until}.{_signature(vault, case_id, position, until)}"


def opens(given: str, vault: Vault, case_id: UUID, position: int, *, at: datetime) -> bool:
    """Whether a pass opens that picture at that moment."""
    found = _PASS.fullmatch(given)
    if found is None:
        return False
    until = int(found[1])
    is_right = hmac.compare_digest(found[2], _signature(vault, case_id, position, until))
    return is_right and at < datetime.fromtimestamp(until, UTC)


def _signature(vault: Vault, case_id: UUID, position: int, until: int) -> str:
    digest = vault.index(f"{case_id.hex}:{position}:{until}", purpose=_PURPOSE)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
