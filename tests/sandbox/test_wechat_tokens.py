"""The fake WeChat gives access tokens by the rules of the stable endpoint."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.platform_client import PHONE, TOKEN, Platform

HALF_A_MINUTE = timedelta(seconds=30)


async def errcode(platform: Platform, token: str) -> int:
    """What a call with this token, and a code that is none, is refused with."""
    answer = await platform.http.post(PHONE, params={"access_token": token}, json={"code": "x"})
    return answer.json()["errcode"]


async def test_everybody_gets_the_same_token_until_its_last_five_minutes(platform: Platform):
    first = await platform.token()
    platform.wechat.pass_time(timedelta(minutes=114))

    later = await platform.token()

    assert first.keys() == {"access_token", "expires_in"}
    assert later["access_token"] == first["access_token"]
    assert 7190 <= first["expires_in"] <= 7200
    assert 350 <= later["expires_in"] <= 360


async def test_in_the_last_five_minutes_there_is_a_new_token_and_both_are_good(platform: Platform):
    old = (await platform.token())["access_token"]
    platform.wechat.pass_time(timedelta(minutes=116))

    new = (await platform.token())["access_token"]

    assert new != old
    assert [await errcode(platform, token) for token in (old, new)] == [40029, 40029]
    platform.wechat.pass_time(timedelta(minutes=4))
    assert [await errcode(platform, token) for token in (old, new)] == [42001, 40029]


async def test_a_forced_token_ends_the_one_before(platform: Platform):
    old = (await platform.token())["access_token"]

    new = (await platform.token(force_refresh=True))["access_token"]

    assert [await errcode(platform, token) for token in (old, new)] == [40001, 40029]
    assert (await platform.token())["access_token"] == new


async def test_tokens_are_forced_half_a_minute_apart_and_twenty_times_a_day(platform: Platform):
    # Ten in the evening in Beijing: the day that counts ends before the one of UTC.
    now = datetime(2026, 11, 22, 14, tzinfo=UTC)
    platform.wechat.use_clock(lambda: now)
    assert "access_token" in await platform.token(force_refresh=True)
    assert (await platform.token(force_refresh=True))["errcode"] == 45011
    for _ in range(19):
        platform.wechat.pass_time(HALF_A_MINUTE)
        assert "access_token" in await platform.token(force_refresh=True)

    platform.wechat.pass_time(HALF_A_MINUTE)

    assert (await platform.token(force_refresh=True))["errcode"] == 45009
    assert "access_token" in await platform.token()
    platform.wechat.pass_time(timedelta(hours=2))
    assert "access_token" in await platform.token(force_refresh=True)


@pytest.mark.parametrize("length", [136, 512])
async def test_a_token_is_as_long_as_it_is_asked_to_be(platform: Platform, length: int):
    platform.wechat.world.token_length = length

    token = (await platform.token(force_refresh=True))["access_token"]

    assert len(token) == length


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"grant_type": "authorization_code"}, 40002),
        ({"appid": "wx00000000000000bb"}, 40013),
        ({"secret": "another"}, 40125),
        ({"force_refresh": "yes"}, 47001),
    ],
)
async def test_only_the_mini_program_itself_gets_a_token(
    platform: Platform, changes: dict[str, object], errcode: int
):
    assert (await platform.token(**changes))["errcode"] == errcode


async def test_only_post_gets_a_token(platform: Platform):
    assert (await platform.http.get(TOKEN)).json()["errcode"] == 43002
