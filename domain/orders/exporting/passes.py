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
_PASS = re.compile(r"([0-9]{1,11})\.([0-9a-f]{32})\.([A-Za-z0-9_-]+)")


def new_pass(vault: Vault, export_id: UUID, staff_id: UUID, *, at: datetime) -> str:
    """What opens the file of an export for `LIFE`, in the name of whom it is given to."""
    until = int((at + LIFE).timestamp())
    return f"{until}.{staff_id.hex}.{_signature(vault, export_id, staff_id, until)}"


def holder(given: str, vault: Vault, export_id: UUID, *, at: datetime) -> UUID | None:
    """Whom of the staff a pass to that file was given to; None where it opens nothing by now."""
    found = _PASS.fullmatch(given)
    if found is None:
        return None
    until, staff_id = int(found[1]), UUID(found[2])
    is_right = hmac.compare_digest(found[3], _signature(vault, export_id, staff_id, until))
    return staff_id if is_right and at < datetime.fromtimestamp(until, UTC) else None


def _signature(vault: Vault, export_id: UUID, staff_id: UUID, until: int) -> str:
    digest = vault.index(f"{export_id.hex}:{staff_id.hex}:{until}", purpose=_PURPOSE)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
