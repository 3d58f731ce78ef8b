"""Versions of the freight rules: one after the other, each seen by quotes and by placing alike."""

import asyncio
from collections import Counter
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from domain.freight.arranging import FreightArranged, arrange
from domain.freight.errors import FreightChanged
from domain.freight.rules import BEFORE_ANY, FreightRule, Rules
from domain.freight.views import Arrangement, Arrangements, in_force, in_force_now, newest_mark
from domain.kernel.actors import By, Role, Staff
from domain.kernel.db import Database
from domain.kernel.language import Bilingual
from domain.stores.models import Place, PlaceKind
from domain.stores.views import (
    PickUpStore,
    all_pick_up_stores,
    known_pick_up_stores,
    pick_up_stores_now,
)
from tests import make
from tests.api.client import statements_run
from tests.make import NOON

OPERATOR = Staff(make.an_id(), "小满", Role.OPERATOR)
RANDOM = Random(19)


def rules(first_fen: int) -> Rules:
    return (FreightRule(title=Bilingual("全国", "Everywhere"), first_fen=first_fen),)


async def arranged(database: Database, wanted: Rules, number: int) -> FreightArranged:
    async with database.writes.begin() as session:
        by = By(OPERATOR, NOON, RANDOM)
        return await arrange(session, wanted, number, reason="换季", by=by)


async def test_a_quote_and_the_placing_of_its_order_read_the_same_version(database: Database):
    expected = [Arrangement(0, BEFORE_ANY), Arrangement(1, rules(800)), Arrangement(2, rules(900))]
    for number, arrangement in enumerate(expected):
        if number:
            await arranged(database, arrangement.rules, number - 1)
        async with database.writes() as session:
            assert await in_force(session) == arrangement
        assert await in_force_now(database.reads) == arrangement


async def test_of_operators_who_arrange_at_once_one_is_heard_and_the_others_are_told(
    database: Database,
):
    outcomes = await asyncio.gather(
        *(arranged(database, rules(100 * number), 0) for number in range(1, 5)),
        return_exceptions=True,
    )
    told = [each.number for each in outcomes if isinstance(each, FreightChanged)]
    assert Counter(type(each) for each in outcomes) == {FreightArranged: 1, FreightChanged: 3}
    assert told == [1, 1, 1]
    assert (await in_force_now(database.reads)).number == 1


async def test_reading_what_is_in_force_costs_one_statement(
    database: Database, count_statements: Counter[str]
):
    await arranged(database, rules(800), 0)
    count_statements.clear()
    async with database.writes() as session:
        await in_force(session)
    assert count_statements == {"SELECT": 1}
    before = statements_run()
    await in_force_now(database.reads)
    assert statements_run() - before == 1


async def test_what_a_version_says_is_read_once_and_the_next_one_is_seen_at_once(
    database: Database, count_statements: Counter[str]
):
    known = Arrangements()
    async with database.writes() as session:
        assert await known.marked(session, None) == Arrangement(0, BEFORE_ANY)
    for number, wanted in enumerate([rules(800), rules(900)], start=1):
        await arranged(database, wanted, number - 1)
        async with database.writes() as session:
            mark = await session.scalar(newest_mark())
            count_statements.clear()
            for _ in range(3):
                assert await known.marked(session, mark) == Arrangement(number, wanted)
        assert count_statements == {"SELECT": 1}


async def a_store(database: Database, code: str, *, offers_pick_up: bool) -> UUID:
    async with database.writes.begin() as session:
        store = Place(
            id=make.an_id(),
            code=code,
            kind=PlaceKind.STORE,
            title_zh="静安店",
            title_en="Jing'an",
            offers_pick_up=offers_pick_up,
            address_zh="南京西路 1266 号",
            address_en="1266 West Nanjing Road",
            opening_hours_zh="每日 10:00–22:00",
            opening_hours_en="Every day, 10:00–22:00",
        )
        session.add(store)
    return store.id


async def test_only_stores_that_hand_orders_out_are_told_to_quotes_and_to_placing(
    database: Database,
):
    late = await a_store(database, "ST-2", offers_pick_up=True)
    first = await a_store(database, "ST-1", offers_pick_up=True)
    closed = await a_store(database, "ST-0", offers_pick_up=False)
    ids = [late, first, closed, make.an_id()]
    async with database.writes() as session:
        assert await known_pick_up_stores(session, ids) == {first, late}
        assert await known_pick_up_stores(session, [first, closed]) == {first}
        assert await known_pick_up_stores(session, []) == set()
    found = await pick_up_stores_now(database.reads, ids)
    assert set(found) == {first, late}
    assert found[first] == PickUpStore(
        first,
        "ST-1",
        Bilingual("静安店", "Jing'an"),
        Bilingual("南京西路 1266 号", "1266 West Nanjing Road"),
        Bilingual("每日 10:00–22:00", "Every day, 10:00–22:00"),
    )
    assert [each.key for each in await all_pick_up_stores(database.reads)] == [first, late]


@pytest.mark.parametrize("lacking", ["address_en", "opening_hours_zh"])
async def test_the_table_itself_keeps_pick_up_to_stores_that_say_where_they_are(
    database: Database, lacking: str
):
    store = await a_store(database, "ST-1", offers_pick_up=True)
    for change in ({lacking: ""}, {"kind": PlaceKind.WAREHOUSE}):
        async with database.writes() as session:
            with pytest.raises(IntegrityError):
                await session.execute(update(Place).where(Place.id == store).values(**change))
