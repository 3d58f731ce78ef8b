"""What the staff do with differences: see to them, once, and say why."""

from uuid import UUID

import msgspec

from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput
from domain.reconciliation.errors import DifferenceResolved, DifferenceUnavailable
from domain.reconciliation.models import Difference
from domain.reconciliation.words import Resolution
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

_SUBJECT = "reconciliation_difference"


class Resolved(msgspec.Struct, frozen=True):
    """A difference that somebody has seen to."""

    id: UUID


async def resolve(session: WriteSession, difference_id: UUID, *, reason: str, by: By) -> Resolved:
    """End a difference, with an audit row. Nothing of the money is changed by it.

    Refuses: InvalidInput, DifferenceUnavailable, DifferenceResolved.
    """
    if problems := list(problems_of_reason(reason)):
        raise InvalidInput(problems)
    found = await session.get(
        Difference, difference_id, with_for_update=True, populate_existing=True
    )
    if found is None:
        raise DifferenceUnavailable
    if found.resolved_at is not None:
        raise DifferenceResolved
    found.resolved_at, found.resolution = by.at, Resolution.BY_STAFF
    found.resolved_by, found.resolved_by_name = by.staff.key, by.staff.name
    found.reason = reason
    change = Change(
        "reconciliation.resolve",
        _SUBJECT,
        found.id,
        {"number": found.number, "kind": found.kind, "resolution": None},
        {"number": found.number, "kind": found.kind, "resolution": Resolution.BY_STAFF},
        reason,
    )
    await record(session, by.staff, change, at=by.at, random=by.random)
    return Resolved(found.id)
