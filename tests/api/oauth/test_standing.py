"""Who is in stays in and who is out stays out, whatever becomes of Valkey or another process."""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from random import Random

import httpx
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from api.oauth.standing import LOOK_SECONDS, Standing
from api.oauth.tokens import AccessTokens
from api.oauth.views import FAILURES
from domain.kernel.actors import Member
from domain.kernel.clock import system_clock
from domain.kernel.db import Database, open_database
from domain.kernel.errors import Busy, Unauthenticated
from domain.kernel.sealing import Vault
from domain.kernel.settings import Settings
from domain.sessions import keys, models
from domain.sessions.rules import ACCESS_LIFE, KEY_AHEAD, LEEWAY, Grant
from tests import make
from tests.api.client import AS_STAFF, Api, running_api
from tests.api.oauth.desk import (
    PATIENCE_SECONDS,
    RANDOM,
    ask,
    bearer,
    mini_program,
    refresh,
    refused,
    sign_in,
    until_out,
)
from tests.conftest import as_application
from tests.patience import stopwatch
from tests.wechat import FakeWeChat

PROBE = "{ products(first: 1) { edges { node { id } } } }"


@pytest.fixture
async def without_valkey(settings: Settings, database: Database) -> AsyncGenerator[Api]:
    """A mall whose Valkey is not there."""
    away = SecretStr("unix:///nowhere/valkey.sock")
    async with running_api(settings.model_copy(update={"redis_url": away})) as api:
        yield api


@pytest.fixture
def settings_apart(settings: Settings, migrated_database_url: str) -> Settings:
    """Settings of a mall with keys of its own: the API that tests share goes on with its key."""
    url = SecretStr(as_application(migrated_database_url))
    return settings.model_copy(update={"database_url": url})


@pytest.fixture
async def database_apart(settings_apart: Settings) -> AsyncGenerator[Database]:
    """The database of that mall."""
    url = settings_apart.required_database_url()
    async with open_database(url, read_connections=1, write_connections=1) as database:
        yield database


BESIDE_OTHERS_SECONDS = 1
"""How much longer a second may take where many tests run."""


def key_of(access_token: str) -> str:
    """The id of the key that signed a token, as its header says."""
    header = access_token.partition(".")[0]
    return json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]


def test_a_process_looks_so_often_that_it_knows_within_a_second_who_is_out():
    assert 2 * LOOK_SECONDS <= 1


async def status(api: Api, access_token: str) -> int:
    return (await api.post({"query": PROBE}, bearer(access_token))).status_code


async def tokens_of(api: Api, database: Database) -> tuple[str, str]:
    """An access token and a refresh token of somebody new."""
    signed_in = await sign_in(database, "mini")
    body = (await refresh(api, signed_in.refresh_token)).json()
    return body["access_token"], body["refresh_token"]


async def test_valkey_emptied_brings_nobody_back_and_throws_nobody_out(
    api: Api, database: Database, redis: Redis
):
    await mini_program(database)
    (stays, goes_on), (out, gone) = [await tokens_of(api, database) for _ in range(2)]
    await ask(api, "revoke", form={"token": gone, "client_id": "mini"})
    await redis.flushdb()
    assert (await until_out(api, out)).status_code == 401
    assert await status(api, stays) == 200
    refused(await refresh(api, gone), "invalid_grant")
    assert (await refresh(api, goes_on)).status_code == 200


async def test_without_valkey_people_sign_in_and_out_as_ever(
    without_valkey: Api, database: Database, wechat: FakeWeChat
):
    await mini_program(database)
    code = wechat.login_code(wechat.person("林晓"))
    form = {"grant_type": Grant.WECHAT, "client_id": "mini-program", "code": code}
    body = (await ask(without_valkey, form=form)).json()
    assert await status(without_valkey, body["access_token"]) == 200
    shown = {"token": body["refresh_token"], "client_id": "mini-program"}
    assert (await ask(without_valkey, "revoke", form=shown)).status_code == 200
    assert (await until_out(without_valkey, body["access_token"])).status_code == 401


async def guess(api: Api) -> httpx.Response:
    """Try a code that nobody was given."""
    form = {"grant_type": Grant.WECHAT, "client_id": "mini-program", "code": "unknown"}
    return await ask(api, form=form)


async def guess_until_stopped(api: Api) -> None:
    """Try codes until there is an end; a minute that is over meanwhile begins the count anew."""
    answers = [await guess(api)]
    while answers[-1].status_code != 429:
        refused(answers[-1], "invalid_grant")
        assert len(answers) <= 2 * FAILURES.most
        answers.append(await guess(api))
    refused(answers[-1], "rate_limited", 429)
    assert len(answers) > FAILURES.most
    assert 1 <= int(answers[-1].headers["retry-after"]) <= FAILURES.seconds


async def test_attempts_are_counted_without_valkey_too(
    without_valkey: Api, database: Database, wechat: FakeWeChat
):
    await guess_until_stopped(without_valkey)


@pytest.mark.usefixtures("own_clients")
async def test_who_tries_many_codes_is_told_when_to_come_again_and_nobody_else_is(
    api: Api, database: Database
):
    signed_in = await sign_in(database, "mini-program")
    await guess_until_stopped(api)
    # Others of the same address hold tokens that cannot be guessed, and go on.
    refused(await refresh(api, "unknown", "mini-program"), "invalid_grant")
    assert (await refresh(api, signed_in.refresh_token, "mini-program")).status_code == 200


async def test_one_key_that_cannot_be_opened_stops_neither_revocation_nor_signing_in(
    settings_apart: Settings, database_apart: Database, redis: Redis
):
    foreign, vault = Vault([bytes(range(32))]), settings_apart.required_vault()
    at = system_clock()
    await mini_program(database_apart)
    async with running_api(settings_apart) as api:
        async with database_apart.writes.begin() as session:
            await keys.rotate(
                session, vault, at=at - timedelta(hours=1), random=RANDOM, at_once=True
            )
            session.add(keys.new_key(foreign, at=at, signs_from=at, random=RANDOM))
        await asyncio.sleep(1.2)
        signed_in = await sign_in(database_apart, "mini")
        body = (await refresh(api, signed_in.refresh_token)).json()
        assert await status(api, body["access_token"]) == 200
        await ask(api, "revoke", form={"token": body["refresh_token"], "client_id": "mini"})
        assert (await until_out(api, body["access_token"])).status_code == 401


async def test_what_one_process_ends_another_refuses_within_a_second(
    api: Api, settings: Settings, database: Database, redis: Redis
):
    await mini_program(database)
    access, shown = await tokens_of(api, database)
    async with running_api(settings) as other:
        await asyncio.sleep(0.2)
        assert await status(other, access) == 200
        await ask(api, "revoke", form={"token": shown, "client_id": "mini"})
        async with stopwatch() as took:
            assert (await until_out(other, access)).status_code == 401
            assert took.seconds <= 1 + BESIDE_OTHERS_SECONDS


async def test_a_blocked_member_is_out_and_told_why(api: Api, database: Database, redis: Redis):
    await mini_program(database)
    signed_in = await sign_in(database, "mini")
    body = (await refresh(api, signed_in.refresh_token)).json()
    blocked = await api.run(
        "playground/BlockMember",
        AS_STAFF,
        input={
            "requestId": "0192f000-0000-7000-8000-0000000000aa",
            "memberId": f"member_{signed_in.member_id.hex}",
            "blockReason": "多次恶意退货",
            "reason": "客诉 1188",
        },
    )
    assert "errors" not in blocked, blocked
    answer = await until_out(api, body["access_token"])
    assert answer.status_code == 403
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["message"] == "您的账户已停用：多次恶意退货"
    told = refused(await refresh(api, body["refresh_token"]), "access_denied")
    assert (told["code"], told["reason"]) == ("MEMBER_BLOCKED", "多次恶意退货")


async def test_who_is_not_blocked_any_more_is_only_signed_out(
    api: Api, database: Database, redis: Redis
):
    await mini_program(database)
    signed_in = await sign_in(database, "mini")
    body = (await refresh(api, signed_in.refresh_token)).json()
    member = {"memberId": f"member_{signed_in.member_id.hex}", "reason": "客诉 1188"}
    block = {"requestId": str(make.an_id()), "blockReason": "误操作", **member}
    await api.run("playground/BlockMember", AS_STAFF, input=block)
    unblock = {"requestId": str(make.an_id()), **member}
    answer = await api.run("playground/UnblockMember", AS_STAFF, input=unblock)
    assert "errors" not in answer, answer
    # A look may have come between the two.
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await status(api, body["access_token"]) != 401:
            await asyncio.sleep(0.05)
    refused(await refresh(api, body["refresh_token"]), "invalid_grant")


class Later:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = system_clock()

    def __call__(self) -> datetime:
        return self.now


async def rotated(
    database: Database, settings: Settings, clock: Later, *, at_once: bool = False
) -> str:
    async with database.writes.begin() as session:
        return await keys.rotate(
            session,
            settings.required_vault(),
            at=clock.now,
            random=RANDOM,
            at_once=at_once,
        )


@pytest.fixture
async def ring(
    database_apart: Database, settings_apart: Settings
) -> tuple[Later, Standing, AccessTokens, models.Session]:
    """A process of its own with a clock that tests set, and a session to sign for."""
    clock = Later()
    await mini_program(database_apart)
    signed_in = await sign_in(database_apart, "mini")
    standing = Standing(database_apart, settings_apart.required_vault(), clock, Random(5))
    await standing.look()
    await standing.look_at_keys()
    await standing.ensure_key()
    async with database_apart.writes() as session:
        row = await session.get_one(models.Session, signed_in.session_id)
    return clock, standing, AccessTokens(standing, "https://mall.example", clock, Random(6)), row


def signed(tokens: AccessTokens, session: models.Session) -> str:
    """A token for the member of the session."""
    assert session.member_id is not None
    return tokens.sign(session, ["member"], Member(session.member_id, session.id))


async def test_a_new_key_is_published_before_it_signs_and_the_old_one_ends_after_its_tokens(
    database_apart: Database,
    settings_apart: Settings,
    ring: tuple[Later, Standing, AccessTokens, models.Session],
):
    clock, standing, tokens, session = ring
    old = standing.signing_key().kid
    new = await rotated(database_apart, settings_apart, clock)
    await standing.look_at_keys()
    published = {
        str(key["kid"]) for key in standing.verifying_keys().as_dict(private=False)["keys"]
    }
    assert published == {old, new}
    assert standing.signing_key().kid == old
    clock.now += KEY_AHEAD - timedelta(seconds=1)
    last_of_old = signed(tokens, session)
    assert standing.signing_key().kid == old
    clock.now += timedelta(seconds=1)
    assert standing.signing_key().kid == new
    assert isinstance(tokens.actor(signed(tokens, session)), Member)
    clock.now += ACCESS_LIFE - timedelta(seconds=2)
    fresh = AccessTokens(standing, "https://mall.example", clock, Random(7))
    assert isinstance(fresh.actor(last_of_old), Member)
    clock.now += LEEWAY + timedelta(seconds=2)
    assert len(standing.verifying_keys().keys) == 1
    with pytest.raises(Unauthenticated):
        tokens.actor(last_of_old)


async def test_after_a_theft_what_the_stolen_key_signs_is_refused_at_once(
    database_apart: Database,
    settings_apart: Settings,
    ring: tuple[Later, Standing, AccessTokens, models.Session],
):
    clock, standing, tokens, session = ring
    stolen = signed(tokens, session)
    assert isinstance(tokens.actor(stolen), Member)
    new = await rotated(database_apart, settings_apart, clock, at_once=True)
    await standing.look_at_keys()
    assert standing.signing_key().kid == new
    with pytest.raises(Unauthenticated):
        tokens.actor(stolen)
    assert isinstance(tokens.actor(signed(tokens, session)), Member)


async def test_before_the_first_look_a_good_token_is_no_bad_one(
    database_apart: Database,
    settings_apart: Settings,
    ring: tuple[Later, Standing, AccessTokens, models.Session],
):
    clock, _, tokens, session = ring
    token = signed(tokens, session)
    just_begun = Standing(database_apart, settings_apart.required_vault(), clock, Random(5))
    with pytest.raises(Busy):
        AccessTokens(just_begun, "https://mall.example", clock, Random(6)).actor(token)
