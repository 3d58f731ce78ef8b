"""Members are told of points that expire soon: on three days before, and once in a day."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from domain.kernel.db import Database
from domain.kernel.language import Language
from domain.messages.models import InboxMessage
from domain.messages.words import MessageKind
from tests import make
from tests.api.members.desk import member
from tests.api.points.purse import Purse
from tests.domain.points.world import World, a_world
from tests.make import NOON
from workers import expiring_points
from workers.expiring_points import tell_expiring_points
from workers.tools import Tools

STORE = make.media_folder(Path("/nowhere"))


async def sweep(database: Database, at: datetime = NOON) -> None:
    """Let the sweep come by."""
    await tell_expiring_points({"tools": Tools(database, lambda: at, STORE, Random(1))})


async def told(database: Database) -> list[tuple[Any, ...]]:
    """Who was told of how many points, in the order of members."""
    async with database.writes() as session:
        found = await session.scalars(
            select(InboxMessage).order_by(InboxMessage.member_id, InboxMessage.source)
        )
        return [(each.member_id, each.parameters.points) for each in found]


async def purses(database: Database, members: int) -> tuple[World, list[Purse]]:
    """Members without points, in the order of their ids."""
    world = await a_world(database, members)
    return world, [Purse(world, each) for each in sorted(world.members)]


async def test_those_are_told_whose_points_expire_in_a_month_a_week_or_after_tomorrow(
    database: Database,
):
    days = (1, 2, 6, 7, 8, 29, 30, 31)
    _, each = await purses(database, len(days) + 1)
    for purse, count in zip(each, days, strict=False):
        await purse.grant(10 + count, validity=f"days:{count}")
    await each[-1].grant(5, validity="never")
    await sweep(database)
    expected = [(each[days.index(count)].member_id, 10 + count) for count in (1, 7, 30)]
    assert await told(database) == expected


async def test_a_member_is_told_once_a_day_and_of_the_first_day_alone(database: Database):
    world, (purse,) = await purses(database, 1)
    await purse.grant(3, validity="days:7")
    await purse.grant(4, validity="days:7")
    await purse.grant(9, validity="days:30")
    await asyncio.gather(*(sweep(database) for _ in range(3)))
    await sweep(database, NOON + timedelta(hours=5))
    assert await told(database) == [(purse.member_id, 7)]
    await sweep(database, NOON + timedelta(days=1))
    assert await told(database) == [(purse.member_id, 7)]
    world.at = NOON + timedelta(days=6)
    await sweep(database, world.at)
    assert await told(database) == [(purse.member_id, 7), (purse.member_id, 7)]


async def test_nobody_is_told_of_what_is_spent_or_at_night(database: Database):
    _, (purse, other) = await purses(database, 2)
    order = await purse.order()
    await purse.grant(10, validity="days:7")
    await purse.hold(order, 10)
    await other.grant(6, validity="days:7")
    for hours in (-4, 9, 12):
        await sweep(database, NOON + timedelta(hours=hours))
    assert await told(database) == []
    await sweep(database, NOON + timedelta(hours=-3))
    assert await told(database) == [(other.member_id, 6)]


async def test_any_number_is_told_chunk_by_chunk(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(expiring_points, "_AT_ONCE", 2)
    _, each = await purses(database, 5)
    for purse in each:
        await purse.grant(1, validity="days:30")
    await sweep(database)
    assert await told(database) == [(purse.member_id, 1) for purse in each]


async def test_the_message_is_read_in_both_languages_and_leads_to_the_points(database: Database):
    _, (purse,) = await purses(database, 1)
    await purse.grant(120, validity="days:7")
    await sweep(database)
    bodies: list[str] = []
    for language in Language:
        me = member(database, purse.member_id, language=language)
        (edge,) = (await me.read("Messages"))["edges"]
        message = edge["node"]
        assert (message["kind"], message["orderId"]) == (MessageKind.POINTS_EXPIRING.name, None)
        assert message["page"] == "pages/points/points"
        bodies.append(message["body"])
    assert bodies == [
        "您有 120 积分将于 2026-11-18 23:59 到期，请及时使用。",
        "120 of your points are good until 2026-11-18 23:59, Beijing time.",
    ]
