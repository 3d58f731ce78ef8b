"""Sessions are kept for a while after their end, and then forgotten with their tokens."""

from datetime import timedelta

from sqlalchemy import func, select

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.sessions.actions import end, forget_old_sessions
from domain.sessions.models import RefreshToken, Session
from domain.sessions.rules import SESSION_LIFE, SESSION_RETENTION, EndReason
from tests.api.oauth.desk import mini_program, sign_in

NOW = system_clock()


async def test_what_ended_or_expired_long_ago_goes_with_its_tokens(database: Database):
    client = await mini_program(database)
    ended, ended_lately, open_one = [await sign_in(database, client, at=NOW) for _ in range(3)]
    expired = await sign_in(database, client, at=NOW - SESSION_LIFE)
    async with database.writes.begin() as session:
        await end(session, ended.session_id, EndReason.SIGNED_OUT, at=NOW)
        lately = NOW + timedelta(seconds=1)
        await end(session, ended_lately.session_id, EndReason.SIGNED_OUT, at=lately)
    at = NOW + SESSION_RETENTION + timedelta(milliseconds=1)
    async with database.writes.begin() as session:
        assert await forget_old_sessions(session, at=at, most=1) == 1
        assert await forget_old_sessions(session, at=at, most=5) == 1
        assert await forget_old_sessions(session, at=at, most=5) == 0
    async with database.writes() as session:
        left = set((await session.scalars(select(Session.id))).all())
        tokens = await session.scalar(select(func.count()).select_from(RefreshToken))
    assert left == {ended_lately.session_id, open_one.session_id}
    assert expired.session_id not in left
    assert tokens == 2
