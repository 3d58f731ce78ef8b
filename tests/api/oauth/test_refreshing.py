"""Refresh tokens: changed for the next, and a session ends where one comes again."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select, update

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.sessions import models
from domain.sessions.clients import NewClient
from domain.sessions.rules import EndReason, Grant
from tests.api.client import Api
from tests.api.oauth.desk import (
    SignedIn,
    ask,
    mini_program,
    refresh,
    refused,
    register,
    sign_in,
)

pytestmark = pytest.mark.usefixtures("redis")


@pytest.fixture(autouse=True)
async def nobody_has_tried(redis: Redis) -> None:
    """Attempts are counted in Valkey, which begins empty."""


async def end_of(database: Database, signed_in: SignedIn) -> EndReason | None:
    """Why a session is over; None where it is not."""
    async with database.writes() as session:
        row = await session.get_one(models.Session, signed_in.session_id)
        return row.end_reason


async def test_a_token_is_changed_for_the_next_again_and_again(api: Api, database: Database):
    token = (await sign_in(database, await mini_program(database))).refresh_token
    seen = {token}
    for _ in range(3):
        body = (await refresh(api, token)).json()
        assert body["expires_in"] == 900
        assert body["scope"] == "member openid"
        token = body["refresh_token"]
        assert token not in seen
        seen.add(token)


async def test_a_token_that_comes_again_ends_the_session(api: Api, database: Database):
    first = await sign_in(database, await mini_program(database))
    second = (await refresh(api, first.refresh_token)).json()["refresh_token"]
    refused(await refresh(api, first.refresh_token), "invalid_grant")
    # The refusal was committed: whoever has the newest token is out as well.
    assert await end_of(database, first) is EndReason.REUSED
    refused(await refresh(api, second), "invalid_grant")


async def test_of_five_uses_at_once_one_succeeds_and_the_session_ends(api: Api, database: Database):
    signed_in = await sign_in(database, await mini_program(database))
    answers = await asyncio.gather(*(refresh(api, signed_in.refresh_token) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400]
    assert await end_of(database, signed_in) is EndReason.REUSED


async def test_within_its_grace_a_client_may_ask_again_and_only_so_often(
    api: Api, database: Database
):
    signed_in = await sign_in(database, await mini_program(database, grace=20))
    answers = await asyncio.gather(*(refresh(api, signed_in.refresh_token) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert await end_of(database, signed_in) is None
    refused(await refresh(api, signed_in.refresh_token), "invalid_grant")
    assert await end_of(database, signed_in) is EndReason.REUSED


async def test_the_grace_ends_where_the_answer_was_heard(api: Api, database: Database):
    signed_in = await sign_in(database, await mini_program(database, grace=20))
    second = (await refresh(api, signed_in.refresh_token)).json()["refresh_token"]
    assert (await refresh(api, second)).status_code == 200
    refused(await refresh(api, signed_in.refresh_token), "invalid_grant")
    assert await end_of(database, signed_in) is EndReason.REUSED


async def test_of_two_that_one_token_was_changed_for_the_use_of_the_second_ends_all(
    api: Api, database: Database
):
    signed_in = await sign_in(database, await mini_program(database, grace=20))
    one, other = [
        (await refresh(api, signed_in.refresh_token)).json()["refresh_token"] for _ in range(2)
    ]
    assert (await refresh(api, one)).status_code == 200
    refused(await refresh(api, other), "invalid_grant")
    assert await end_of(database, signed_in) is EndReason.REUSED


async def test_the_grace_ends_with_its_seconds(api: Api, database: Database):
    signed_in = await sign_in(database, await mini_program(database, grace=5))
    assert (await refresh(api, signed_in.refresh_token)).status_code == 200
    async with database.writes.begin() as session:
        earlier = models.RefreshToken.used_at - timedelta(seconds=5)
        is_used = models.RefreshToken.used_at.is_not(None)
        await session.execute(update(models.RefreshToken).where(is_used).values(used_at=earlier))
    refused(await refresh(api, signed_in.refresh_token), "invalid_grant")


async def test_the_token_of_another_client_is_refused_and_nothing_happens(
    api: Api, database: Database
):
    signed_in = await sign_in(database, await mini_program(database))
    await mini_program(database, id="other")
    refused(await refresh(api, signed_in.refresh_token, "other"), "invalid_grant")
    assert await end_of(database, signed_in) is None
    assert (await refresh(api, signed_in.refresh_token)).status_code == 200


async def test_an_expired_token_is_refused(api: Api, database: Database):
    long_ago = system_clock() - timedelta(days=31)
    signed_in = await sign_in(database, await mini_program(database), at=long_ago)
    refused(await refresh(api, signed_in.refresh_token), "invalid_grant")
    assert await end_of(database, signed_in) is None


async def test_a_session_has_an_end_however_often_it_is_refreshed(api: Api, database: Database):
    signed_in = await sign_in(database, await mini_program(database))
    async with database.writes.begin() as session:
        soon = system_clock() + timedelta(days=1)
        await session.execute(update(models.Session).values(expires_at=soon))
    assert (await refresh(api, signed_in.refresh_token)).status_code == 200
    async with database.writes() as session:
        latest = await session.scalar(
            select(func.max(models.RefreshToken.expires_at)).where(
                models.RefreshToken.used_at.is_(None)
            )
        )
    assert latest == soon


async def test_fewer_scopes_may_be_asked_for_and_more_may_not(api: Api, database: Database):
    signed_in = await sign_in(database, await mini_program(database))
    body = (await refresh(api, signed_in.refresh_token, scope="member")).json()
    assert body["scope"] == "member"
    again = body["refresh_token"]
    refused(await refresh(api, again, scope="member stock:read"), "invalid_scope")
    assert (await refresh(api, again)).json()["scope"] == "member openid"


async def test_signing_out_ends_the_session(api: Api, database: Database):
    signed_in = await sign_in(database, await mini_program(database))
    answer = await ask(api, "revoke", form={"token": signed_in.refresh_token, "client_id": "mini"})
    assert answer.status_code == 200
    assert await end_of(database, signed_in) is EndReason.SIGNED_OUT
    refused(await refresh(api, signed_in.refresh_token), "invalid_grant")


async def test_a_disabled_client_is_refused(api: Api, database: Database):
    # Of a name of its own: the API, which tests share, may know for a while that it is disabled.
    signed_in = await sign_in(database, await mini_program(database, id="withdrawn"))
    async with database.writes.begin() as session:
        await session.execute(update(models.Client).values(disabled_at=system_clock()))
    refused(await refresh(api, signed_in.refresh_token, "withdrawn"), "invalid_client")


async def test_a_client_that_may_not_refresh_is_refused(api: Api, database: Database):
    new = NewClient("kiosk", "展示屏", (Grant.PHONE_CODE,), ("member",))
    await register(database, new, with_secret=False)
    signed_in = await sign_in(database, "kiosk")
    refused(await refresh(api, signed_in.refresh_token, "kiosk"), "unauthorized_client")


@pytest.mark.parametrize("token", ["", "unknown", "é", "x" * 5000])
async def test_what_is_no_token_is_refused(api: Api, database: Database, token: str):
    await mini_program(database)
    refused(await refresh(api, token), "invalid_grant" if token else "invalid_request")
