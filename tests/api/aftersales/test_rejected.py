"""Texts of paid orders that were rejected: who is told, and which lines the staff find, and how."""

import json
from random import Random
from typing import cast
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from domain.aftersales.rejected import rejected_texts
from domain.aftersales.rules import LineWish
from domain.kernel.actors import By, Role, Staff
from domain.kernel.db import Database, ReadPool
from domain.kernel.paging import Place
from domain.orders.models import PersonalisationReview
from domain.orders.reviews import decide
from domain.orders.words import ReviewStatus
from tests.api.aftersales.test_on_behalf import an_engraved_order, bodies, relayed, staff
from tests.api.client import Api
from tests.api.orders.many import fill_orders
from tests.api.orders.test_reading_few import rows_read
from tests.api.pads.test_lying_pick_ups import Recording
from tests.domain.aftersales.cases import WAITING, Counter, broken, units, wish
from tests.domain.members.people import rows
from tests.make import NOON, an_id

ORDERS = 3_000
_REJECT = """
INSERT INTO personalisation_reviews (order_id, line_number, status, text_digest, decided_at,
    decided_by, reason, owed_place_id)
SELECT id, 1, 'rejected', 'x', now(), 'x', 'x', CASE WHEN units = 1 THEN place_id END FROM orders
"""
"""Of all orders a line was rejected once; of every other one money is owed still."""


async def rejected(counter: Counter) -> None:
    """Let somebody say that the texts cannot be made."""
    by = By(Staff(an_id(), "小林", Role.OPERATOR), NOON, Random(1))
    async with counter.database.writes.begin() as session:
        decision = ReviewStatus.REJECTED
        await decide(session, counter.sold.order_id, 1, decision, reason="含有他人商标", by=by)


async def found(counter: Counter) -> list[int]:
    """How many units are left of what the staff find."""
    reads = counter.database.reads
    page = await rejected_texts(reads, None, first=9, after=None)
    return [each.units_left for each in page.items]


async def marked(database: Database) -> list[bool]:
    """Of which reviews the mark stands."""
    return [each.owed_place_id is not None for each in await rows(database, PersonalisationReview)]


async def test_money_is_owed_at_a_place_that_there_is(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    counter = await an_engraved_order(database, owner)
    await rejected(counter)
    assert await marked(database) == [True]
    nowhere = update(PersonalisationReview).values(owed_place_id=an_id())
    with pytest.raises(IntegrityError, match="owed_place_id"):
        async with database.writes.begin() as session:
            await session.execute(nowhere)


async def test_who_is_told_reads_which_product_it_is(
    api: Api, database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    counter = await an_engraved_order(database, owner)
    title = await owner.fetchval("SELECT product_title_en FROM order_lines")
    await rejected(counter)
    await relayed(counter)
    (body,) = [each for each in await bodies(api, counter) if "商标" in each]
    assert f"“{title}” will not be made; you can ask for your money back." in body


async def test_of_what_is_refunded_already_nobody_is_promised_money(
    api: Api, database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    counter = await an_engraved_order(database, owner)
    await owner.execute("UPDATE order_lines SET personalisation = '[]'::jsonb")
    await counter.open(wish(units(1, 2)))
    await rejected(counter)
    await relayed(counter)
    assert not [each for each in await bodies(api, counter) if "商标" in each]
    assert (await found(counter), await marked(database)) == ([], [False])


async def test_a_line_stays_until_its_units_or_its_money_are_given_back(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    counter = await an_engraved_order(database, owner)
    counter.terms = WAITING
    await rejected(counter)
    assert await found(counter) == [2]
    # What waits for an answer is in a case, and comes again where that is refused.
    case_id = await counter.open(wish(units(1, 2)))
    assert (await found(counter), await marked(database)) == ([], [True])
    await counter.refuse(case_id)
    assert await found(counter) == [2]
    some = await counter.open(wish(units(1, 1)))
    await counter.approve(some)
    assert (await found(counter), await marked(database)) == ([1], [True])
    last = await counter.open(wish(LineWish(1, fen=15800)))
    assert await found(counter) == []
    await counter.approve(last)
    assert (await found(counter), await marked(database)) == ([], [False])
    await counter.paid_back(some)
    await counter.paid_back(last)
    assert await broken(database) == {}


async def test_a_line_whose_money_went_back_by_amount_is_listed_no_more(
    api: Api, database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    counter = await an_engraved_order(database, owner)
    counter.terms = WAITING
    await rejected(counter)
    assert len((await staff(api, "RejectedTexts"))["edges"]) == 1
    case_id = await counter.open(wish(LineWish(1, fen=31600)))
    await counter.approve(case_id)
    assert (await staff(api, "RejectedTexts"))["edges"] == []
    assert await marked(database) == [False]


async def test_a_page_reads_few_rows_however_many_were_rejected_and_are_owed(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    many = await fill_orders(owner, ORDERS)
    await owner.execute(_REJECT)
    await owner.execute("ANALYZE personalisation_reviews, case_claims, places")
    # As docs/production/postgresql.conf says; at the price of disks a table of 3,000 is read whole.
    await owner.execute("SET random_page_cost = 1.1")
    middle = await owner.fetchval("SELECT id FROM orders ORDER BY id OFFSET $1", ORDERS // 2)
    assert isinstance(middle, UUID)
    read: dict[str, int] = {}
    for mode in ("force_custom_plan", "force_generic_plan"):
        await owner.execute(f"SET plan_cache_mode = {mode}")
        for places in (None, many.places, many.places[1:]):
            for after in (None, Place(1, middle)):
                asked = Recording()
                await rejected_texts(cast("ReadPool", asked), places, first=20, after=after)
                explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {asked.sql}"
                (plan,) = json.loads(await owner.fetchval(explain, *asked.arguments))
                for table in ("personalisation_reviews", "orders", "order_lines", "case_claims"):
                    key = f"{mode} {places} {after} {table}"
                    read[key] = rows_read(plan["Plan"], table)
    await owner.execute("RESET plan_cache_mode")
    await owner.execute("RESET random_page_cost")
    # A page and one more of each place.
    assert max(read.values()) <= 2 * 21, read
    assert min(value for key, value in read.items() if "reviews" in key) > 0
