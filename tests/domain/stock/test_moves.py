"""Moving stock: conserved in any history, each movement once, and never more than there is."""

import asyncio
from collections import Counter
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from domain.kernel.db import Database, WriteSession
from domain.stock import actions
from domain.stock.actions import Movement
from domain.stock.errors import StockShort
from domain.stock.models import StockEntry, StockLevel
from domain.stock.rules import Figures, Reason, moved
from tests import make
from tests.make import NOON

steps = st.lists(st.tuples(st.sampled_from(Reason), st.integers(1, 9)), max_size=40)


@given(steps)
def test_units_are_conserved_in_any_history(history: list[tuple[Reason, int]]):
    figures, supplied = Figures(), 0
    for reason, units in history:
        after = moved(figures, reason, units)
        if after.is_possible:
            figures = after
            supplied += units * {"received": 1, "adjusted": 1, "written_off": -1}.get(reason, 0)
        assert figures.on_hand + figures.sold == figures.supplied == supplied
        assert 0 <= figures.held <= figures.on_hand


@pytest.mark.parametrize("reason", [each for each in Reason if each is not Reason.ADJUSTED])
@pytest.mark.parametrize("units", [0, -1])
def test_units_that_are_none_cannot_move(reason: Reason, units: int):
    with pytest.raises(ValueError, match="units cannot be"):
        moved(Figures(5, 2, 1, 6), reason, units)


async def test_a_life_of_a_level_from_delivery_to_return(database: Database):
    variant, place = await a_level(database)
    life = [
        (Reason.RECEIVED, 10, "delivery:1", Figures(10, 0, 0, 10)),
        (Reason.HELD, 3, "order:1", Figures(10, 3, 0, 10)),
        (Reason.SOLD, 2, "order:1", Figures(8, 1, 2, 10)),
        (Reason.RELEASED, 1, "order:1", Figures(8, 0, 2, 10)),
        (Reason.TAKEN_BACK, 1, "return:1", Figures(9, 0, 1, 10)),
        (Reason.WRITTEN_OFF, 4, "broken:1", Figures(5, 0, 1, 6)),
        (Reason.ADJUSTED, -2, "count:1", Figures(3, 0, 1, 4)),
    ]
    for reason, units, source, expected in life:
        (entry,) = await move(database, Movement(variant, place, reason, units, source))
        assert entry.after == expected
        assert await figures_of(database, variant) == expected
    async with database.writes() as session:
        entries = list(await session.scalars(select(StockEntry).order_by(StockEntry.number)))
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5, 6, 7]
    assert {entry.actor for entry in entries} == {"test"}


async def test_a_repeat_changes_nothing_and_other_units_are_a_mistake(database: Database):
    variant, place = await a_level(database)
    delivery = Movement(variant, place, Reason.RECEIVED, 10, "delivery:1")
    assert len(await move(database, delivery, delivery)) == 1
    assert await move(database, delivery) == []
    assert await figures_of(database, variant) == Figures(10, 0, 0, 10)
    with pytest.raises(ValueError, match="delivery:1 moved 10 units, not 9"):
        await move(database, Movement(variant, place, Reason.RECEIVED, 9, "delivery:1"))


async def test_all_movements_are_made_or_none(database: Database):
    async with database.writes.begin() as session:
        place = await make.place(session)
        first, second = await make.variants(session, 2)
    await move(database, Movement(first, place, Reason.RECEIVED, 5, "delivery:1"))
    with pytest.raises(StockShort) as caught:
        await move(
            database,
            Movement(first, place, Reason.HELD, 5, "order:1"),
            Movement(second, place, Reason.HELD, 1, "order:1"),
        )
    assert (caught.value.variant_id, caught.value.available, caught.value.wanted) == (second, 0, 1)
    assert await figures_of(database, first) == Figures(5, 0, 0, 5)


@pytest.mark.parametrize(
    ("reason", "available"),
    [(Reason.HELD, 6), (Reason.RELEASED, 4), (Reason.SOLD, 4), (Reason.TAKEN_BACK, 0)],
)
async def test_a_refusal_says_what_could_have_been_had(
    database: Database, reason: Reason, available: int
):
    variant, place = await a_level(database)
    await move(database, Movement(variant, place, Reason.RECEIVED, 10, "delivery:1"))
    await move(database, Movement(variant, place, Reason.HELD, 4, "order:1"))
    with pytest.raises(StockShort) as caught:
        await move(database, Movement(variant, place, reason, 11, "order:2"))
    assert (caught.value.available, caught.value.wanted) == (available, 11)


@pytest.mark.parametrize("levels", [1, 40])
async def test_a_move_costs_five_statements_however_many_levels_it_has(
    database: Database, levels: int, count_statements: "Counter[str]"
):
    async with database.writes.begin() as session:
        place = await make.place(session)
        variants = await make.variants(session, levels)
    count_statements.clear()
    await move(
        database, *(Movement(each, place, Reason.RECEIVED, 5, "delivery:1") for each in variants)
    )
    assert count_statements.total() == 5


async def test_the_largest_move_fits_and_a_larger_one_is_refused(database: Database):
    async with database.writes.begin() as session:
        places = [await make.place(session, code=f"P-{each}") for each in range(20)]
        variants = await make.variants(session, 100)
    largest = [
        Movement(variant, place, Reason.RECEIVED, 1, "delivery:1")
        for variant in variants
        for place in places
    ]
    assert len(largest) == actions.MOST_MOVEMENTS
    assert len(await move(database, *largest)) == actions.MOST_MOVEMENTS
    with pytest.raises(ValueError, match="at most 2000"):
        await move(database, *largest, largest[0])


async def test_a_crowd_holds_every_unit_and_not_one_more(database: Database):
    """And takes several levels at once, in orders of their own, without a deadlock."""
    async with database.writes.begin() as session:
        place = await make.place(session)
        variants = await make.variants(session, 3)
    for each in variants:
        await move(database, Movement(each, place, Reason.RECEIVED, 7, "delivery:1"))
    random = Random(1)

    async def try_to_hold(buyer: int) -> str:
        wanted = random.sample(variants, 3)
        try:
            await move(
                database,
                *(Movement(each, place, Reason.HELD, 1, f"order:{buyer}") for each in wanted),
            )
        except StockShort:
            return "short"
        return "held"

    outcomes = Counter(await asyncio.gather(*map(try_to_hold, range(30))))
    assert outcomes == {"held": 7, "short": 23}
    for each in variants:
        assert await figures_of(database, each) == Figures(7, 7, 0, 7)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE stock_entries SET units = 99",
        "DELETE FROM stock_entries",
        "TRUNCATE stock_entries",
    ],
)
async def test_the_ledger_refuses_to_be_changed(database: Database, change: str):
    variant, place = await a_level(database)
    await move(database, Movement(variant, place, Reason.RECEIVED, 10, "delivery:1"))
    async with database.writes() as session:
        with pytest.raises(DBAPIError, match="permission denied for table stock_entries"):
            await session.execute(text(change))


@pytest.mark.parametrize(
    "change",
    ["on_hand = on_hand + 1", "sold = sold + 1", "held = 11", "held = -1", "supplied = 0"],
)
async def test_a_level_cannot_gain_or_lose_a_unit_by_itself(database: Database, change: str):
    variant, place = await a_level(database)
    await move(database, Movement(variant, place, Reason.RECEIVED, 10, "delivery:1"))
    async with database.writes() as session:
        with pytest.raises(IntegrityError):
            await session.execute(text(f"UPDATE stock_levels SET {change}"))


async def a_level(database: Database) -> tuple[UUID, UUID]:
    """A variant and a place."""
    async with database.writes.begin() as session:
        place = await make.place(session)
        (variant,) = await make.variants(session, 1)
    return variant, place


async def move(database: Database, *movements: Movement) -> list[actions.Entry]:
    """Move in a transaction of its own."""
    async with database.writes.begin() as session:
        return await actions.move(session, movements, actor="test", at=NOON)


async def figures_of(database: Database, variant: UUID) -> Figures:
    """What the level of a variant says."""
    async with database.writes() as session:
        level = await one_level(session, variant)
    return Figures(level.on_hand, level.held, level.sold, level.supplied)


async def one_level(session: WriteSession, variant: UUID) -> StockLevel:
    return (await session.scalars(select(StockLevel).where(StockLevel.variant_id == variant))).one()
