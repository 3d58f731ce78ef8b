"""A member's birthday: a day that exists, or none."""

import pytest
from sqlalchemy.exc import IntegrityError

from domain.kernel.db import Database
from domain.members.models import Member
from tests import make


async def join(database: Database, month: int | None, day: int | None) -> None:
    """Let somebody join with that birthday."""
    async with database.writes() as session:
        session.add(
            Member(
                id=make.an_id(),
                name="小满",
                birth_month=month,
                birth_day=day,
                joined_at=make.NOON,
            )
        )
        await session.flush()


@pytest.mark.parametrize(
    ("month", "day"), [(None, None), (1, 1), (2, 29), (4, 30), (8, 31), (12, 31)]
)
async def test_a_birthday_is_a_day_of_the_year_or_none(
    database: Database, month: int | None, day: int | None
):
    await join(database, month, day)


@pytest.mark.parametrize(
    ("month", "day"),
    [(None, 1), (1, None), (0, 1), (13, 1), (1, 0), (1, 32), (2, 30), (4, 31), (11, 31)],
)
async def test_a_day_that_never_is_is_no_birthday(
    database: Database, month: int | None, day: int | None
):
    with pytest.raises(IntegrityError, match="ck_members_birth"):
        await join(database, month, day)
