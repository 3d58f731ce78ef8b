"""Passes to files: addresses that hold for a while, and need no sign-in."""

import base64
import hmac
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.kernel.sealing import Vault

LIFE = timedelta(minutes=15)
"""How long an address holds."""
_PASS = re.compile(r"([0-9]{1,11})\.([0-9a-f]{32})\.([A-Za-z0-9_-]+)")


def new_pass(vault: Vault, subject: str, staff_id: UUID, *, purpose: str, at: datetime) -> str:
    """What opens ``subject`` for `LIFE`, in the name of whom it is given to.

    ``purpose`` says what kind of file it is: a pass for one kind opens nothing of another.
    """
    until = int((at + LIFE).timestamp())
    signature = _signature(vault, subject, staff_id, until, purpose)
    return f"{until}.{staff_id.hex}.{signature}"


def holder(given: str, vault: Vault, subject: str, *, purpose: str, at: datetime) -> UUID | None:
    """Whom of the staff a pass to that subject was given to; None where it opens nothing by now."""
    found = _PASS.fullmatch(given)
    if found is None:
        return None
    until, staff_id = int(found[1]), UUID(found[2])
    signature = _signature(vault, subject, staff_id, until, purpose)
    is_right = hmac.compare_digest(found[3], signature)
    return staff_id if is_right and at < datetime.fromtimestamp(until, UTC) else None


def _signature(vault: Vault, subject: str, staff_id: UUID, until: int, purpose: str) -> str:
    digest = vault.index(f"{subject}:{staff_id.hex}:{until}", purpose=purpose)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
