"""Passes to files of exports of orders."""

from datetime import datetime
from uuid import UUID

from domain.kernel import passes
from domain.kernel.sealing import Vault

LIFE = passes.LIFE
"""How long an address holds."""
_PURPOSE = "order-export-pass"


def new_pass(vault: Vault, export_id: UUID, staff_id: UUID, *, at: datetime) -> str:
    """What opens the file of an export for a while, in the name of whom it is given to."""
    return passes.new_pass(vault, export_id.hex, staff_id, purpose=_PURPOSE, at=at)


def holder(given: str, vault: Vault, export_id: UUID, *, at: datetime) -> UUID | None:
    """Whom of the staff a pass to that file was given to; None where it opens nothing by now."""
    return passes.holder(given, vault, export_id.hex, purpose=_PURPOSE, at=at)
