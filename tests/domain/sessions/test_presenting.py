"""Refresh tokens as they are presented, where the clocks of two requests cross."""

from datetime import timedelta

import pytest

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.sessions import actions, clients
from domain.sessions.models import Session
from domain.sessions.rules import EndReason
from tests.api.oauth.desk import RANDOM, mini_program, sign_in

NOW = system_clock()


@pytest.mark.parametrize(("grace", "is_taken"), [(0, False), (10, True)])
async def test_a_request_that_waited_for_the_lock_is_no_earlier_for_it(
    database: Database, grace: int, *, is_taken: bool
):
    signed_in = await sign_in(database, await mini_program(database, grace=grace), at=NOW)
    begun_before, used = NOW + timedelta(milliseconds=1), NOW + timedelta(milliseconds=2)
    for at, expected in ((used, True), (begun_before, is_taken)):
        async with database.writes.begin() as session:
            client = await clients.client(session, "mini")
            assert client is not None
            found = await actions.present(session, signed_in.refresh_token, client, at=at)
            assert (found is not None) == expected
            if isinstance(found, actions.Presented):
                next_token = RANDOM.randbytes(32).hex()
                await actions.keep_refresh_token(
                    session, found.session, next_token, parent=found.token, at=at
                )
    async with database.writes() as session:
        ended = (await session.get_one(Session, signed_in.session_id)).end_reason
    assert ended is (None if is_taken else EndReason.REUSED)
