"""The use case of earning: publishing another programme, for now or for later."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, insert, select

from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, Problem, ProblemKind
from domain.kernel.language import Sentence
from domain.points.earning.checking import problems_of
from domain.points.earning.errors import PointsRulesChanged
from domain.points.earning.models import PointsProgramme
from domain.points.earning.programme import Programme
from domain.points.earning.views import in_force
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

POINTS_RULES_ID = UUID("0192f000-0000-7000-8000-0000000000e8")
"""What the audit rows of the one programme are about."""
IN_THE_PAST = ProblemKind(
    "in_the_past",
    Sentence(zh="不能早于现在。", en="Must not be in the past."),
)
_TURN = 0x504F_494E


class PointsRulesPublished(msgspec.Struct, frozen=True):
    """The version that was made, and from when on it is in force."""

    number: int
    valid_from: datetime


async def publish(
    session: WriteSession,
    programme: Programme,
    newest: int,
    *,
    valid_from: datetime | None,
    reason: str,
    by: By,
) -> PointsRulesPublished:
    """Publish a programme that is in force from a moment on, None for at once.

    ``newest`` is the highest number that the caller knows of, 0 where nothing was published yet.
    Operators take turns; orders wait for nobody. What was scheduled for later stays so, and
    is taken back by publishing another programme for the same moment. Refuses:
    PointsRulesChanged, InvalidInput.
    """
    await session.execute(select(func.pg_advisory_xact_lock(_TURN)))
    number = await session.scalar(select(func.max(PointsProgramme.number))) or 0
    if number != newest:
        raise PointsRulesChanged(number=number)
    problems = [
        *problems_of(programme),
        *_problems_of_moment(valid_from, by.at),
        *problems_of_reason(reason),
    ]
    if problems:
        raise InvalidInput(problems)
    published = PointsRulesPublished(number + 1, valid_from or by.at)
    before = await in_force(session, at=published.valid_from)
    row = _row(published, programme, reason, by)
    await session.execute(insert(PointsProgramme).values(row))
    told = {"number": published.number, "programme": programme, "valid_from": published.valid_from}
    replaced = {"number": before.number, "programme": before.programme}
    subject = "points.publish_rules", "points_rules", POINTS_RULES_ID
    change = Change(*subject, replaced, told, reason)
    await record(session, by.staff, change, at=by.at, random=by.random)
    return published


def _row(
    published: PointsRulesPublished, programme: Programme, reason: str, by: By
) -> dict[str, Any]:
    return {
        "number": published.number,
        "programme": programme,
        "valid_from": published.valid_from,
        "actor": by.staff.key,
        "actor_name": by.staff.name,
        "reason": reason,
        "published_at": by.at,
    }


def _problems_of_moment(valid_from: datetime | None, at: datetime) -> Iterator[Problem]:
    if valid_from is not None and valid_from < at:
        yield IN_THE_PAST.at("validFrom")
