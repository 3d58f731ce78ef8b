"""Use cases of the staff: writing what they changed into the audit trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import insert

from domain.kernel.actors import Staff
from domain.kernel.db import WriteSession
from domain.kernel.ids import new_id
from domain.staff.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Change:
    """What was changed and why; None before for what was made, None after for what is gone.

    ``before`` and ``after`` hold the values that changed, as JSON can carry them (ids, moments
    and structs too). ``reason`` is the staff member's own words and not blank.
    """

    action: str
    subject_kind: str
    subject_id: UUID
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None
    reason: str


async def record(
    session: WriteSession, staff: Staff, change: Change, *, at: datetime, random: Random
) -> None:
    """Write one change into the audit trail, in the transaction of the change."""
    await record_all(session, staff, [change], at=at, random=random)


async def record_all(
    session: WriteSession, staff: Staff, changes: Sequence[Change], *, at: datetime, random: Random
) -> None:
    """Write many changes into the audit trail, in one statement and in their order."""
    if not changes:
        return
    # Ids of one millisecond differ only by chance; sorted, they keep the order of the changes.
    ids = sorted(new_id(at, random) for _ in changes)
    await session.execute(
        insert(AuditEntry),
        [
            {
                "id": entry_id,
                "at": at,
                "actor": staff.key,
                "actor_name": staff.name,
                "pad_id": staff.pad.id if staff.pad else None,
                "store_id": staff.pad.store_id if staff.pad else None,
                "action": change.action,
                "subject_kind": change.subject_kind,
                "subject_id": change.subject_id,
                "before": msgspec.to_builtins(change.before),
                "after": msgspec.to_builtins(change.after),
                "reason": change.reason,
            }
            for entry_id, change in zip(ids, changes, strict=True)
        ],
    )
