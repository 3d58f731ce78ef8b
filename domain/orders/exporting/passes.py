"""Passes to files of exports: addresses that hold for a while, and need no sign-in."""

import base64
import hmac
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.kernel.sealing import Vault

LIFE = timedelta(minutes=15)
"""How long an address holds."""
_PURPOSE = "order-export-pass"
_PASS = re.compile(r"([0-9]{1,11})\.([A-Za-z0-9_-]+)")


def new_pass(vault: Vault, export_id: UUID, *, at: datetime) -> str:
    """What opens the file of an export for whoever has it, for `LIFE`."""
    until = int((at + LIFE).timestamp())
    return f"{until}.{_signature(vault, export_id, until)}"


def is_pass(given: str, vault: Vault, export_id: UUID, *, at: datetime) -> bool:
    """Whether it opens that file at that moment."""
    found = _PASS.fullmatch(given)
    if found is None:
        return False
    until = int(found[1])
    is_right = hmac.compare_digest(found[2], _signature(vault, export_id, until))
    return is_right and at < datetime.fromtimestamp(until, UTC)


def _signature(vault: Vault, export_id: UUID, until: int) -> str:
    digest = vault.index(f"{export_id.hex}:{until}", purpose=_PURPOSE)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
