"""The access token: one call for everybody, and never a loop."""

import asyncio

import orjson
import pytest
from redis.asyncio import Redis

from domain.gateways.wechat.answers import Content, read_content
from domain.kernel.outside import OutsideError, OutsideMisconfigured, OutsideUnavailable
from tests.domain.gateways.desks import GRANTED, TOKEN_ENDPOINT, Desk, open_desk
from tests.domain.gateways.wires import HandClock, Wire, reply, tcp_server
from tests.patience import PATIENCE_SECONDS, stopwatch
from tests.wechat import APP_ID, APP_SECRET, FakeWeChat

MANY = 50
TEXT = "/wxa/msg_sec_check"
NOWHERE = "redis://127.0.0.1:1"


async def tokens(desk: Desk, count: int = MANY) -> set[str]:
    """What so many who ask at once get."""
    return set(await asyncio.gather(*(desk.tokens.current() for _ in range(count))))


async def post(desk: Desk) -> Content:
    """A call with the token."""
    return await desk.program.post(TEXT, {}, read_content)


def paths(wire: Wire) -> list[str]:
    """What was asked, in order."""
    return [request.path for request in wire.requests]


async def test_fifty_who_ask_at_once_cost_one_call(wechat: FakeWeChat, redis: Redis):
    async with open_desk(wechat, redis) as desk:
        assert len(await tokens(desk)) == 1
        assert len(await tokens(desk)) == 1
    assert len(wechat.calls(TOKEN_ENDPOINT)) == 1


async def test_processes_share_one_call(wechat: FakeWeChat, redis: Redis):
    async with (
        open_desk(wechat, redis) as one,
        open_desk(wechat, redis) as two,
        open_desk(wechat, redis) as three,
    ):
        got = await asyncio.gather(*(tokens(each, 20) for each in (one, two, three)))
        assert got[0] == got[1] == got[2]
    async with open_desk(wechat, redis) as later:
        assert await tokens(later) == got[0]
    assert len(wechat.calls(TOKEN_ENDPOINT)) == 1


async def test_valkey_gets_the_token_for_as_long_as_it_is_used_under_a_name_that_says_nothing(
    wechat: FakeWeChat, redis: Redis
):
    async with open_desk(wechat, redis) as desk:
        await desk.tokens.current()
    (key,) = await redis.keys("*")
    assert key.startswith(b"shoal:wechat:token:")
    assert APP_ID.encode() not in key
    assert 6890 < await redis.ttl(key) <= 6900


async def test_a_token_is_used_until_five_minutes_before_its_end(wechat: FakeWeChat, redis: Redis):
    clock = HandClock()
    wechat.use_clock(clock)
    async with (
        open_desk(wechat, redis, clock=clock) as one,
        open_desk(wechat, redis, clock=clock) as two,
    ):
        first = await one.tokens.current()
        clock.advance(seconds=6899)
        assert await one.tokens.current() == await two.tokens.current() == first
        assert len(wechat.calls(TOKEN_ENDPOINT)) == 1
        clock.advance(seconds=1)
        second = await one.tokens.current()
        assert second != first
        assert await two.tokens.current() == second
    assert len(wechat.calls(TOKEN_ENDPOINT)) == 2


async def test_a_token_that_ends_soon_is_not_kept(redis: Redis):
    wire = Wire([reply({"access_token": "short", "expires_in": 300}), GRANTED])
    async with open_desk(wire, redis) as desk:
        assert await tokens(desk) == {"short"}
        assert await redis.keys("*") == []
        assert await tokens(desk) == {"first-token"}


async def test_long_tokens_are_taken(wechat: FakeWeChat, redis: Redis):
    wechat.world.token_length = 512
    async with open_desk(wechat, redis) as desk:
        assert len(await desk.tokens.current()) == 512


async def test_a_token_that_somebody_ended_is_read_anew_once_for_everybody(
    wechat: FakeWeChat, redis: Redis
):
    number = "+8613800138000"
    async with open_desk(wechat, redis) as desk, open_desk(wechat, redis) as other:
        old = await desk.tokens.current()
        assert await other.tokens.current() == old
        wechat.world.tokens.end_all()
        codes = [wechat.phone_code(wechat.person("Lin", phone=number)) for _ in range(20)]
        phones = await asyncio.gather(
            *(
                each.phone.phone_of(code)
                for code, each in zip(codes, [desk, other] * 10, strict=True)
            )
        )
        assert {each.e164 for each in phones} == {number}
        assert await desk.tokens.current() == await other.tokens.current() != old
    assert len(wechat.calls(TOKEN_ENDPOINT)) == 2


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
async def test_a_token_that_is_refused_again_is_no_loop(errcode: int, redis: Redis):
    no = reply({"errcode": errcode, "errmsg": "invalid credential, rid: 1-2-3"})
    wire = Wire([GRANTED, no, GRANTED, no])
    async with open_desk(wire, redis) as desk:
        with pytest.raises(OutsideUnavailable) as caught:
            await post(desk)
        assert paths(wire) == [TOKEN_ENDPOINT, TEXT, TOKEN_ENDPOINT, TEXT]
        assert (caught.value.code, caught.value.may_have_happened) == (str(errcode), False)
        assert caught.value.reference == "1-2-3"


async def test_what_wechat_gives_out_again_is_not_asked_for_at_each_call(redis: Redis):
    clock = HandClock()
    no = reply({"errcode": 40001})
    wire = Wire([GRANTED, no, GRANTED, no])
    async with open_desk(wire, redis, clock=clock) as desk:
        for _ in range(5):
            with pytest.raises(OutsideUnavailable):
                await post(desk)
        assert paths(wire).count(TOKEN_ENDPOINT) == 2
        clock.advance(seconds=10)
        wire.go_on_with(no, GRANTED, reply({"said": "well"}))
        assert (await post(desk))["said"] == "well"


async def test_any_other_refusal_leaves_the_token(redis: Redis):
    wire = Wire([GRANTED, reply({"errcode": 48001}), reply({})])
    async with open_desk(wire, redis) as desk:
        with pytest.raises(OutsideMisconfigured):
            await post(desk)
        await post(desk)
    assert paths(wire).count(TOKEN_ENDPOINT) == 1


async def test_an_emptied_valkey_costs_nothing(wechat: FakeWeChat, redis: Redis):
    async with open_desk(wechat, redis) as desk:
        token = await desk.tokens.current()
        await redis.flushdb()
        assert await tokens(desk) == {token}
    assert len(wechat.calls(TOKEN_ENDPOINT)) == 1


async def test_without_valkey_each_process_reads_once(wechat: FakeWeChat):
    async with Redis.from_url(NOWHERE) as gone, open_desk(wechat, gone) as desk:
        assert len(await tokens(desk)) == 1
        assert len(await tokens(desk)) == 1
    assert len(wechat.calls(TOKEN_ENDPOINT)) == 1


@pytest.mark.usefixtures("hasty")
async def test_a_valkey_that_does_not_answer_is_not_waited_for(wechat: FakeWeChat):
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with (
        tcp_server(hang) as url,
        Redis.from_url(url.replace("http", "redis")) as silent,
        open_desk(wechat, silent) as desk,
        asyncio.timeout(PATIENCE_SECONDS),
    ):
        assert len(await tokens(desk)) == 1


@pytest.mark.parametrize(
    "written",
    [b"", b"nonsense", b"[]", b'{"value": 7, "until": 1}', b'{"value": "a", "until": 1e300}',
     b'{"value": "late", "until": 1}'],
)  # fmt: skip
async def test_what_lies_in_valkey_and_is_no_token_is_read_anew(
    written: bytes, wechat: FakeWeChat, redis: Redis
):
    async with open_desk(wechat, redis) as desk:
        token = await desk.tokens.current()
    (key,) = await redis.keys("*")
    await redis.set(key, written)
    async with open_desk(wechat, redis) as desk:
        assert await desk.tokens.current() == token
    assert len(wechat.calls(TOKEN_ENDPOINT)) == 2


async def test_a_process_that_died_while_it_read_holds_nobody_up_for_long(
    wechat: FakeWeChat, redis: Redis
):
    async with open_desk(wechat, redis) as desk:
        await desk.tokens.current()
    (key,) = await redis.keys("*")
    await redis.delete(key)
    await redis.set(key + b":lock", b"of a process that died", px=100)
    async with open_desk(wechat, redis) as desk, stopwatch() as took:
        await desk.tokens.current()
        assert took.seconds < 1
    assert await redis.get(key) is not None


async def test_a_lock_is_given_back_when_wechat_fails(wechat: FakeWeChat, redis: Redis):
    wechat.fail(TOKEN_ENDPOINT, "busy")
    async with open_desk(wechat, redis) as desk:
        with pytest.raises(OutsideUnavailable):
            await desk.tokens.current()
        assert await redis.keys("*") == []


async def test_whoever_asks_first_may_be_cancelled_and_the_others_get_it(
    wechat: FakeWeChat, redis: Redis
):
    async with open_desk(wechat, redis) as desk:
        first = asyncio.create_task(desk.tokens.current())
        others = asyncio.create_task(tokens(desk))
        await asyncio.sleep(0)
        first.cancel()
        assert len(await others) == 1
        assert first.cancelled()
    assert len(wechat.calls(TOKEN_ENDPOINT)) == 1


async def test_a_failure_is_everybodys_who_waits_and_the_next_one_tries_anew(
    wechat: FakeWeChat, redis: Redis
):
    wechat.fail(TOKEN_ENDPOINT, "garbage")
    async with open_desk(wechat, redis) as desk:
        asked = (desk.tokens.current() for _ in range(MANY))
        failures = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(failure) for failure in failures} == {OutsideUnavailable}
        assert not any(
            failure.may_have_happened
            for failure in failures
            if isinstance(failure, OutsideUnavailable)
        )
        assert len(wechat.calls(TOKEN_ENDPOINT)) == 1
        await desk.tokens.current()


async def test_a_call_whose_token_cannot_be_read_has_not_happened(wechat: FakeWeChat, redis: Redis):
    wechat.fail(TOKEN_ENDPOINT, "broken")
    async with open_desk(wechat, redis) as desk:
        with pytest.raises(OutsideUnavailable) as caught:
            await post(desk)
    assert not caught.value.may_have_happened
    assert wechat.calls(TEXT) == []


@pytest.mark.parametrize("errcode", [40001, 40013, 40125, 40164])
async def test_a_secret_that_wechat_does_not_take_is_the_malls_own_fault(
    errcode: int, redis: Redis
):
    wire = Wire([reply({"errcode": errcode, "errmsg": "no, rid: 1-2"})])
    async with open_desk(wire, redis) as desk:
        with pytest.raises(OutsideMisconfigured, match=str(errcode)):
            await desk.tokens.current()


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"access_token": "a"},
        {"access_token": "a", "expires_in": "7200"},
        {"access_token": "a", "expires_in": True},
        {"access_token": "a", "expires_in": 0},
        {"access_token": "", "expires_in": 7200},
        {"access_token": 7, "expires_in": 7200},
        {"access_token": "with a space", "expires_in": 7200},
    ],
)
async def test_what_is_no_token_is_not_used(answer: dict[str, object], redis: Redis):
    async with open_desk(Wire([reply(answer)]), redis) as desk:
        with pytest.raises(OutsideError, match=r"no_(access_token|expires_in)"):
            await desk.tokens.current()
    assert await redis.keys("*") == []


async def test_the_stable_endpoint_is_asked_for_this_mini_program(redis: Redis):
    wire = Wire([GRANTED])
    async with open_desk(wire, redis) as desk:
        await desk.tokens.current()
    (request,) = wire.requests
    assert (request.method, request.query) == ("POST", "")
    assert orjson.loads(request.content) == {
        "grant_type": "client_credential",
        "appid": APP_ID,
        "secret": APP_SECRET,
        "force_refresh": False,
    }


async def test_tokens_of_a_fake_wechat_are_not_taken_to_the_real_one(
    wechat: FakeWeChat, redis: Redis
):
    async with open_desk(wechat, redis) as fake, open_desk(Wire([GRANTED]), redis) as real:
        assert await fake.tokens.current() != await real.tokens.current()


async def test_a_token_that_comes_just_before_the_lock_is_taken(
    wechat: FakeWeChat, redis: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
):
    async with open_desk(wechat, redis) as desk:
        token = await desk.tokens.current()
    (key,) = await redis.keys("*")
    shared = await redis.getdel(key)

    async with Redis.from_url(redis_url) as late, open_desk(wechat, late) as desk:
        get = late.get

        async def get_and_let_another_end(name: str) -> object:
            found = await get(name)
            await redis.set(name, shared)
            return found

        monkeypatch.setattr(late, "get", get_and_let_another_end)
        assert await desk.tokens.current() == token
    assert len(wechat.calls(TOKEN_ENDPOINT)) == 1
