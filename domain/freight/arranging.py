"""The use case of freight: putting other rules in the place of those in force."""

from uuid import UUID

import msgspec
from sqlalchemy import func, insert, select

from domain.freight.errors import FreightChanged
from domain.freight.models import FreightVersion
from domain.freight.rules import Rules, problems_of
from domain.freight.views import in_force
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.epochs import Subject, next_epoch
from domain.kernel.errors import InvalidInput
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

FREIGHT_ID = UUID("0192f000-0000-7000-8000-0000000000f7")
"""What the audit rows of the one arrangement are about."""
_TURN = 0x4652_4754


class FreightArranged(msgspec.Struct, frozen=True):
    """The version that is in force after rules were arranged."""

    number: int


async def arrange(
    session: WriteSession, rules: Rules, number: int, *, reason: str, by: By
) -> FreightArranged:
    """Put other rules in the place of version ``number``, 0 where none was arranged yet.

    Operators take turns; orders that are being placed never wait, and keep the version that they
    have read. Rules that say what is in force already make no version. Refuses: FreightChanged,
    InvalidInput.
    """
    turn = func.pg_advisory_xact_lock(_TURN)
    await session.execute(select(turn, next_epoch(Subject.FREIGHT)))
    before = await in_force(session)
    if before.number != number:
        raise FreightChanged(number=before.number)
    problems = [*problems_of(rules), *problems_of_reason(reason)]
    if problems:
        raise InvalidInput(problems)
    if rules == before.rules:
        return FreightArranged(before.number)
    row = {
        "number": number + 1,
        "rules": rules,
        "actor": by.staff.key,
        "actor_name": by.staff.name,
        "reason": reason,
        "arranged_at": by.at,
    }
    await session.execute(insert(FreightVersion).values(row))
    change = Change(
        "freight.arrange",
        "freight",
        FREIGHT_ID,
        {"number": before.number, "rules": before.rules},
        {"number": number + 1, "rules": rules},
        reason,
    )
    await record(session, by.staff, change, at=by.at, random=by.random)
    return FreightArranged(number + 1)
