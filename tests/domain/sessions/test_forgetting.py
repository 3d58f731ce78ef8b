"""Sessions are kept for a while after their end, and then forgotten with their tokens."""

from datetime import timedelta

from sqlalchemy import select

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.sessions.actions import end, forget_expired_tokens, forget_old_sessions
from domain.sessions.models import Session
from domain.sessions.rules import MEMBER_LIFE, SESSION_RETENTION, EndReason
from tests.api.oauth.desk import mini_program, sign_in

NOW = system_clock()


async def test_what_ended_or_expired_long_ago_goes_after_its_tokens(database: Database):
    client = await mini_program(database)
    ended, ended_lately, open_one = [await sign_in(database, client, at=NOW) for _ in range(3)]
    expired = await sign_in(database, client, at=NOW - MEMBER_LIFE.whole)
    async with database.writes.begin() as session:
        await end(session, ended.session_id, EndReason.SIGNED_OUT, at=NOW)
        lately = NOW + timedelta(seconds=1)
        await end(session, ended_lately.session_id, EndReason.SIGNED_OUT, at=lately)
    at = NOW + SESSION_RETENTION + timedelta(milliseconds=1)
    async with database.writes.begin() as session:
        assert await forget_old_sessions(session, at=at, most=5) == 0
        assert await forget_expired_tokens(session, at=at, most=3) == 3
        assert await forget_expired_tokens(session, at=at, most=3) == 1
        assert await forget_old_sessions(session, at=at, most=1) == 1
        assert await forget_old_sessions(session, at=at, most=5) == 1
        assert await forget_old_sessions(session, at=at, most=5) == 0
    async with database.writes() as session:
        left = set((await session.scalars(select(Session.id))).all())
    assert left == {ended_lately.session_id, open_one.session_id}
    assert expired.session_id not in left


async def test_a_token_is_kept_until_it_expires_though_it_was_used(database: Database):
    signed_in = await sign_in(database, await mini_program(database), at=NOW)
    async with database.writes.begin() as session:
        at = NOW + MEMBER_LIFE.idle
        assert await forget_expired_tokens(session, at=at, most=5) == 0
        at += timedelta(milliseconds=1)
        assert await forget_expired_tokens(session, at=at, most=5) == 1
        assert await session.get(Session, signed_in.session_id) is not None
