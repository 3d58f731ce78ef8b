"""When a pad was last seen: noted without a statement, written once a minute and for all."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import cast

from sqlalchemy import Update, select
from sqlalchemy.dialects import postgresql

from api.oauth.seen_pads import SeenPads
from domain.kernel.db import Database, WriteSession
from domain.kernel.settings import Settings
from domain.sessions.models import Pad
from domain.sessions.pads import note_seen
from tests import make
from tests.api.client import running_api
from tests.api.pads.desk import PadInHand, Shop, viewer
from tests.make import NOON


async def pads_of(database: Database, shop: Shop, count: int) -> list[Pad]:
    """So many pads that nobody has seen."""
    made = [
        Pad(
            id=make.an_id(),
            name="收银台",
            store_id=shop.store_id,
            approved_by=shop.manager_id,
            approved_at=NOON,
        )
        for _ in range(count)
    ]
    async with database.writes.begin() as session:
        session.add_all(made)
    return made


async def seen_at(database: Database) -> set[float | None]:
    """How many seconds after noon the pads were seen."""
    async with database.writes() as session:
        moments = (await session.scalars(select(Pad.last_seen_at))).all()
    return {(each - NOON).total_seconds() if each else None for each in moments}


async def test_two_that_have_seen_pads_in_another_order_wait_for_each_other_in_one(
    shop: Shop, database: Database
):
    pads = await pads_of(database, shop, 2)
    seen = {pad.id: NOON for pad in pads}
    given: list[list[object]] = []

    class Listening:
        async def execute(self, statement: Update) -> None:
            compiled = statement.compile(dialect=postgresql.dialect())
            given.append([compiled.params["ids"], compiled.params["moments"]])

    for each in (seen, dict(reversed(seen.items()))):
        await note_seen(cast("WriteSession", Listening()), each)
    assert given[0] == given[1] == [sorted(seen), [NOON, NOON]]


async def test_all_that_were_seen_are_written_by_one_statement_and_once_a_minute(
    shop: Shop, database: Database, count_statements: Counter[str]
):
    now = NOON
    pads = await pads_of(database, shop, 7)
    # Two processes see the same pads.
    processes = [SeenPads(database.writes, lambda: now) for _ in range(2)]
    for second, written in ((0, 0.0), (59, 0.0), (60, 60.0), (119, 60.0), (121, 121.0)):
        now = NOON + timedelta(seconds=second)
        count_statements.clear()
        for process in processes:
            for pad in pads:
                process.note(pad.id)
        assert count_statements == {}
        for process in processes:
            await process.write()
        assert count_statements["UPDATE"] == 2
        assert await seen_at(database) == {written}
    count_statements.clear()
    await processes[0].write()
    assert count_statements == {}


async def test_what_could_not_be_written_waits_for_the_next_time(
    shop: Shop, database: Database, impatient: Database
):
    (pad,) = await pads_of(database, shop, 1)
    seen = SeenPads(impatient.writes, lambda: NOON)
    seen.note(pad.id)
    async with database.writes.begin() as session:
        await session.execute(select(Pad.id).with_for_update())
        await seen.write()
    assert await seen_at(database) == {None}
    await seen.write()
    assert await seen_at(database) == {0.0}


async def test_a_process_that_ends_writes_down_what_it_has_seen(shop: Shop, database: Database):
    (pad,) = await pads_of(database, shop, 1)
    seen = SeenPads(database.writes, lambda: NOON)
    async with seen.kept():
        seen.note(pad.id)
        assert await seen_at(database) == {None}
    assert await seen_at(database) == {0.0}


async def test_a_pad_that_asks_is_seen(pad: PadInHand, settings: Settings, database: Database):
    assert await seen_at(database) == {None}
    async with running_api(settings) as process:
        # Until it has looked for the first time who is out, it says that it is busy.
        while "id" not in await viewer(process, pad.access_token):
            await asyncio.sleep(0.05)
    assert None not in await seen_at(database)
