"""Who may hold a connection, from which page, and until when."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

import pytest
from redis.asyncio import Redis
from websockets.exceptions import InvalidStatus

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.settings import Profile, Settings
from domain.sessions.rules import ACCESS_LIFE, LEEWAY
from tests import make
from tests.api.client import AS_STAFF
from tests.api.oauth.desk import SignedIn, ask, mini_program
from tests.api.sockets.serving import EVENTS, Mall, served
from tests.patience import PATIENCE_SECONDS, stopwatch


class Later:
    """A clock that is ahead of the system's by what a test wants."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return system_clock() + self.ahead


@pytest.mark.parametrize("origin", [None, "https://mall.example", "https://servicewechat.com"])
async def test_the_malls_own_pages_and_what_is_no_browser_may_open_a_socket(
    mall: Mall, origin: str | None
):
    async with mall.socket(origin=origin) as socket:
        await socket.begin()


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://mall.example.evil.example",
        "http://mall.example",
        "https://mall.example:8443",
        "HTTPS://mall.example",
        "null",
        "",
    ],
)
async def test_a_page_of_anybody_else_gets_403_before_there_is_a_socket(mall: Mall, origin: str):
    with pytest.raises(InvalidStatus) as refused:
        async with mall.socket(origin=origin):
            pytest.fail("a foreign page was let in")
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer nonsense", "Basic eDp5", "nonsense", "Bearer a b"]
)
async def test_a_bad_token_is_closed_with_4401(mall: Mall, authorization: str):
    async with mall.socket(headers={"accept-language": "en"}) as socket:
        await socket.say(type="connection_init", payload={"authorization": authorization})
        assert await socket.closed() == (4401, "The token is not valid; sign in again.")


async def test_a_token_in_another_place_counts_for_nothing(mall: Mall):
    _, headers = await mall.someone()
    token = headers["authorization"].removeprefix("Bearer ")
    async with mall.socket(headers=headers) as socket:
        await socket.begin(token=token)
        await socket.subscribe()
        assert await socket.codes() == ["UNAUTHENTICATED"]


@pytest.fixture
async def later(settings: Settings, database: Database) -> AsyncGenerator[tuple[Mall, Later]]:
    """A mall whose time passes as a test wants."""
    clock = Later()
    async with served(settings, database, clock=clock) as mall:
        yield mall, clock


async def test_an_expired_token_closes_with_4403_and_a_fresh_one_goes_on(
    later: tuple[Mall, Later],
):
    mall, clock = later
    me, headers = await mall.someone()
    async with mall.socket(headers={"accept-language": "en"}) as socket:
        await socket.begin(headers)
        await socket.watch()
        clock.ahead = ACCESS_LIFE + LEEWAY - timedelta(seconds=PATIENCE_SECONDS)
        assert await socket.is_quiet()
        clock.ahead = ACCESS_LIFE + LEEWAY + timedelta(seconds=1)
        code, reason = await socket.closed()
        assert (code, reason) == (4403, "The token has expired; refresh it and try again.")
    async with mall.socket() as socket:
        await socket.say(type="connection_init", payload=headers)
        assert (await socket.closed())[0] == 4403
    _, fresh = await mall.again(me)
    async with mall.socket() as socket:
        await socket.begin(fresh)
        await socket.watch()


async def sign_out(mall: Mall, signed_in: SignedIn) -> None:
    """Sign a session out by the mall's own endpoint."""
    shown = {"token": signed_in.refresh_token, "client_id": "mini"}
    assert (await ask(mall.api, "revoke", form=shown)).status_code == 200


async def block(mall: Mall, signed_in: SignedIn) -> None:
    """Block a member, as staff do."""
    given = {
        "requestId": str(make.an_id()),
        "memberId": f"member_{signed_in.member_id.hex}",
        "blockReason": "多次恶意退货",
        "reason": "客诉 1188",
    }
    answer = await mall.api.run("playground/BlockMember", AS_STAFF, input=given)
    assert "errors" not in answer, answer


@pytest.mark.usefixtures("paced")
async def test_signing_out_closes_an_open_socket_within_five_seconds(mall: Mall, redis: Redis):
    me, headers = await mall.someone()
    _, others = await mall.again(me)
    async with mall.socket() as socket, mall.socket() as other:
        for each, by in ((socket, headers), (other, others)):
            await each.begin(by)
            await each.watch()
        async with stopwatch() as took:
            await sign_out(mall, me)
            assert await socket.closed() == (4401, "您已退出登录，请重新登录。")
            assert took.seconds < 5
        # The same person's other device stays, and hears of it.
        assert (await other.event())["reason"] == "SIGNED_OUT"


@pytest.mark.usefixtures("paced")
async def test_a_block_closes_every_socket_of_the_member_within_five_seconds_and_says_why(
    mall: Mall, redis: Redis
):
    me, headers = await mall.someone()
    async with mall.socket() as socket, mall.socket() as idle:
        await socket.begin(headers)
        await socket.watch()
        await idle.begin(headers)
        async with stopwatch() as took:
            await block(mall, me)
            for each in (socket, idle):
                assert await each.closed() == (4403, "您的账户已停用：多次恶意退货")
            assert took.seconds < 5


@pytest.mark.usefixtures("paced")
async def test_another_process_closes_the_socket_too(
    mall: Mall, settings: Settings, database: Database, redis: Redis
):
    me, headers = await mall.someone()
    async with served(settings, database) as elsewhere, elsewhere.socket() as socket:
        await asyncio.sleep(0.2)
        await socket.begin(headers)
        await socket.watch()
        async with stopwatch() as took:
            await sign_out(mall, me)
            assert (await socket.closed())[0] == 4401
            assert took.seconds < 5


async def test_production_subscribes_to_registered_documents_alone(
    settings: Settings, database: Database
):
    production = settings.model_copy(update={"profile": Profile.PRODUCTION, "staff_token": None})
    async with served(production, database) as mall:
        await mini_program(database)
        _, headers = await mall.again(None)
        async with mall.socket() as socket:
            await socket.begin(headers)
            text = "subscription { sessionEvents { __typename } }"
            await socket.subscribe("text", query=text)
            assert await socket.codes() == ["NOT_TRUSTED"]
            await socket.say(type="subscribe", id="1", payload=EVENTS)
            assert (await socket.event())["__typename"] == "SessionWatchBegan"
