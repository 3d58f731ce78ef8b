"""Who publishes the rules of earning in tests."""

from datetime import datetime
from random import Random

from domain.kernel.actors import By, Role, Staff
from domain.kernel.db import Database
from domain.points.earning.programme import Programme
from domain.points.earning.publishing import PointsRulesPublished, publish
from tests import make
from tests.make import NOON

OPERATOR = Staff(make.an_id(), "小满", Role.OPERATOR)
_RANDOM = Random(19)


async def published(
    database: Database,
    programme: Programme,
    newest: int = 0,
    *,
    at: datetime = NOON,
    valid_from: datetime | None = None,
) -> PointsRulesPublished:
    """The next version of the rules, after the newest."""
    async with database.writes.begin() as session:
        by = By(OPERATOR, at, _RANDOM)
        return await publish(
            session, programme, newest, valid_from=valid_from, reason="双十一", by=by
        )
