"""Transactions of the edge: whole or not at all, and BUSY for what passes by itself."""

import asyncio
from collections import Counter

import asyncpg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from api.auth import DEVELOPER
from api.writing import writing
from domain.kernel import db, idempotency
from domain.kernel.db import Database, WriteSession, open_database
from domain.kernel.errors import Busy, Refused
from domain.kernel.idempotency import RequestAnswer
from domain.members.models import Member
from tests import make
from tests.api.contexts import context_of
from tests.api.toy_mutations import Joined

PASSING = ["40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03", "08006", "08003"]
LASTING = ["23505", "22001", "42501", "P0001"]


async def a_member(session: WriteSession) -> Joined:
    """Let somebody join."""
    member = Member(id=make.an_id(), name="小满", joined_at=make.NOON)
    session.add(member)
    await session.flush()
    return Joined(member.id, member.name, member.joined_at)


async def rows(database: Database) -> tuple[int, int]:
    """How many members and answers there are."""
    async with database.writes() as session:
        members = (await session.scalars(select(func.count()).select_from(Member))).one()
        answers = (await session.scalars(select(func.count()).select_from(RequestAnswer))).one()
    return members, answers


async def test_what_was_written_is_there_when_the_block_has_ended(database: Database):
    async with context_of(database).writing() as session:
        await a_member(session)
    assert await rows(database) == (1, 0)


@pytest.mark.parametrize("error", [Refused, RuntimeError, asyncio.CancelledError])
async def test_whatever_is_raised_undoes_the_transaction(
    database: Database, error: type[BaseException]
):
    async def fail() -> None:
        async with writing(database.writes) as session:
            await a_member(session)
            raise error

    with pytest.raises(error):
        await fail()
    assert await rows(database) == (0, 0)


@pytest.mark.parametrize("state", PASSING)
async def test_a_failure_that_passes_is_busy_and_leaves_nothing(database: Database, state: str):
    with pytest.raises(Busy):
        await once_failing_with(database, state)
    assert await rows(database) == (0, 0)


@pytest.mark.parametrize("state", LASTING)
async def test_a_failure_that_lasts_is_a_bug_and_leaves_nothing(database: Database, state: str):
    with pytest.raises((DBAPIError, IntegrityError)):
        await once_failing_with(database, state)
    assert await rows(database) == (0, 0)


async def once_failing_with(database: Database, state: str) -> None:
    """Carry out what PostgreSQL ends with that state, after a write."""

    async def act(session: WriteSession) -> Joined:
        joined = await a_member(session)
        await session.execute(text(f"DO $$ BEGIN RAISE USING ERRCODE = '{state}'; END $$"))
        return joined

    context = context_of(database, actor=DEVELOPER)
    await context.once("join", make.an_id(), {}, act, answer=Joined)


async def test_a_connection_that_dies_before_the_commit_leaves_nothing_and_the_repeat_works(
    database: Database, database_url: str
):
    async def dying(session: WriteSession) -> Joined:
        joined = await a_member(session)
        own = await session.scalar(text("SELECT pg_backend_pid()"))
        killer = await asyncpg.connect(database_url)
        await killer.execute("SELECT pg_terminate_backend($1, 2000)", own)
        await killer.close()
        return joined

    context, request_id = context_of(database, actor=DEVELOPER), make.an_id()
    with pytest.raises(Busy):
        await context.once("join", request_id, {}, dying, answer=Joined)
    assert await rows(database) == (0, 0)
    joined = await context.once("join", request_id, {}, a_member, answer=Joined)
    assert joined.name == "小满"
    assert await rows(database) == (1, 1)


async def test_the_longer_wait_for_a_twin_ends_with_the_wait(database: Database):
    async with database.writes() as session:
        usual = await session.scalar(text("SHOW lock_timeout"))
    assert usual != f"{idempotency.TWIN_WAIT_SECONDS}s"
    found: list[str | None] = []

    async def act(session: WriteSession) -> Joined:
        found.append(await session.scalar(text("SHOW lock_timeout")))
        return await a_member(session)

    context = context_of(database, actor=DEVELOPER)
    await context.once("join", make.an_id(), {}, act, answer=Joined)
    assert found == [usual]


async def test_a_deadlock_is_busy_for_one_of_both(database: Database):
    async with database.writes.begin() as session:
        first, second = await a_member(session), await a_member(session)
    both_hold = asyncio.Barrier(2)

    async def rename(*members: Joined) -> str:
        try:
            async with writing(database.writes) as session:
                for position, member in enumerate(members):
                    await session.execute(
                        text("UPDATE members SET name = 'x' WHERE id = :id"),
                        {"id": member.member_id},
                    )
                    if position == 0:
                        await both_hold.wait()
        except Busy:
            return "busy"
        return "renamed"

    outcomes = await asyncio.gather(rename(first, second), rename(second, first))
    assert "busy" in outcomes
    assert set(outcomes) <= {"busy", "renamed"}


async def test_no_free_connection_is_busy(database_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(db, "POOL_WAIT_SECONDS", 0.1)
    async with (
        open_database(database_url, read_connections=1, write_connections=1) as database,
        writing(database.writes),
    ):
        with pytest.raises(Busy):
            async with writing(database.writes):
                raise AssertionError


async def test_a_postgresql_that_is_away_is_busy():
    away = "postgresql://shoal@/shoal?host=/nowhere"
    async with open_database(away, read_connections=1, write_connections=1) as database:
        with pytest.raises(Busy):
            async with writing(database.writes):
                raise AssertionError


async def test_a_file_that_is_missing_is_no_postgresql_that_is_away(database: Database):
    with pytest.raises(FileNotFoundError):
        async with writing(database.writes):
            raise FileNotFoundError


async def test_a_key_costs_four_statements_and_a_repeat_the_same(
    database: Database, count_statements: "Counter[str]"
):
    async def nothing(_session: WriteSession) -> Joined:
        return Joined(request_id, "小满", make.NOON)

    context, request_id = context_of(database, actor=DEVELOPER), make.an_id()
    for expected in ({"SET": 2, "INSERT": 1, "UPDATE": 1}, {"SET": 2, "INSERT": 1, "SELECT": 1}):
        count_statements.clear()
        await context.once("join", request_id, {}, nothing, answer=Joined)
        assert count_statements == expected
