"""Requests that are claimed and answered many at a time."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from domain.kernel import idempotency
from domain.kernel.db import Database
from domain.kernel.errors import Busy, KeyReused, Refused
from domain.kernel.idempotency import RequestAnswer, RequestKey
from domain.kernel.idempotency_sets import begin_all, identity_of, remember_all, remembered_all
from tests.domain.kernel.test_idempotency import (
    INVALID,
    PARCEL,
    UNREACHABLE,
    NotNow,
    Parcel,
    a_key,
)
from tests.make import NOON, an_id


def keys(number: int) -> list[RequestKey]:
    """The keys of so many new requests, in no order."""
    return [replace(a_key(), actor=f"member:{each % 3}") for each in range(number)]


async def test_outcomes_come_back_as_they_were_and_each_step_is_one_statement(
    database: Database, count_statements: Counter[str]
):
    success, unreachable, invalid = asked = keys(3)
    outcomes: dict[RequestKey, Parcel | Refused] = {
        success: PARCEL,
        unreachable: UNREACHABLE,
        invalid: INVALID,
    }
    async with database.writes.begin() as session:
        assert await begin_all(session, asked, at=NOON) == set(asked)
        first = await remember_all(session, outcomes, Parcel)
    async with database.writes.begin() as session:
        assert await begin_all(session, asked, at=NOON) == set()
        again = await remembered_all(session, asked, Parcel)
    for told in (first, again):
        assert told[success] == PARCEL
        for key, refused in ((unreachable, UNREACHABLE), (invalid, INVALID)):
            outcome = told[key]
            assert isinstance(outcome, type(refused))
            assert outcome.particulars == refused.particulars
    assert count_statements == {"INSERT": 2, "UPDATE": 1, "SELECT": 1}


async def test_one_request_and_many_keep_their_answers_alike(database: Database):
    success, refusal = asked = keys(2)
    async with database.writes.begin() as session:
        await begin_all(session, asked, at=NOON)
        await remember_all(session, {success: PARCEL, refusal: UNREACHABLE}, Parcel)
    async with database.writes.begin() as session:
        assert await idempotency.remembered(session, success, Parcel) == PARCEL
        with pytest.raises(type(UNREACHABLE)) as refused:
            await idempotency.remembered(session, refusal, Parcel)
        assert refused.value.particulars == UNREACHABLE.particulars
        ats = set(await session.scalars(select(RequestAnswer.answered_at)))
    assert ats == {NOON}


async def test_a_refusal_of_this_moment_is_told_and_its_repeat_is_new(database: Database):
    success, passing = asked = keys(2)
    refused = NotNow(an_id())
    async with database.writes.begin() as session:
        await begin_all(session, asked, at=NOON)
        told = await remember_all(session, {success: PARCEL, passing: refused}, Parcel)
    assert told == {success: PARCEL, passing: refused}
    async with database.writes.begin() as session:
        assert await begin_all(session, asked, at=NOON) == {passing}


async def test_only_those_are_new_that_nobody_sent_before(database: Database):
    asked = keys(6)
    async with database.writes.begin() as session:
        await begin_all(session, asked[::2], at=NOON - timedelta(days=1))
        await remember_all(session, dict.fromkeys(asked[::2], PARCEL), Parcel)
    async with database.writes.begin() as session:
        assert await begin_all(session, asked, at=NOON) == set(asked[1::2])


async def test_a_repeat_with_another_input_is_reused_and_one_without_an_answer_busy(
    database: Database,
):
    reused, claimed, forgotten = keys(3)
    async with database.writes.begin() as session:
        await begin_all(session, [reused], at=NOON)
        await remember_all(session, {reused: PARCEL}, Parcel)
        await idempotency.claim(session, claimed)
    other = replace(reused, fingerprint=b"2")
    async with database.writes.begin() as session:
        assert await begin_all(session, [other, claimed], at=NOON) == set()
        told = await remembered_all(session, [other, claimed, forgotten], Parcel)
    assert [type(told[key]) for key in (other, claimed, forgotten)] == [KeyReused, Busy, Busy]


async def test_keys_are_claimed_in_one_order_whatever_order_they_come_in(database: Database):
    """Who waits for a key has all before it and none after it: nobody waits in a circle."""
    asked = sorted(keys(3), key=identity_of)
    async with (
        database.writes() as twin,
        database.writes() as session,
        database.writes() as other,
    ):
        assert await begin_all(twin, asked[1:2], at=NOON) == {asked[1]}
        waiting = asyncio.create_task(begin_all(session, asked[::-1], at=NOON))
        while not await other.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            await asyncio.sleep(0.01)
        assert await begin_all(other, asked[2:], at=NOON) == {asked[2]}
        await other.rollback()
        await twin.rollback()
        assert await waiting == set(asked)
