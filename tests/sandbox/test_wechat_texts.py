"""The fake WeChat judges texts of people who were there lately."""

from datetime import timedelta

import pytest

from tests.sandbox.platform_client import Platform

CHECK = "/wxa/msg_sec_check"


def text(platform: Platform, content: str, **changes: object) -> dict[str, object]:
    """What is sent to have the text of somebody checked who has just opened the mini-program."""
    person = platform.wechat.person("李雷")
    platform.wechat.login_code(person)
    return {"version": 2, "scene": 2, "openid": person.openid, "content": content, **changes}


@pytest.mark.parametrize(
    ("content", "suggest", "label"),
    [
        ("赠给小雨，愿平安喜乐", "pass", 100),
        ("a preview of friskyness", "pass", 100),
        ("刻字 risky-words", "risky", 20002),
        ("Review me", "review", 10001),
        ("review, then risky", "risky", 20002),
    ],
)
async def test_a_text_is_judged_by_its_words(
    platform: Platform, content: str, suggest: str, label: int
):
    answer = await platform.call(CHECK, text(platform, content))

    assert answer["errcode"] == 0
    assert answer["result"] == {"suggest": suggest, "label": label}
    assert len(answer["trace_id"]) == 24


async def test_a_nickname_is_judged_too(platform: Platform):
    answer = await platform.call(CHECK, text(platform, "好", nickname="risky"))

    assert answer["result"]["suggest"] == "risky"


async def test_2500_characters_are_judged_and_no_more(platform: Platform):
    assert (await platform.call(CHECK, text(platform, "字" * 2500)))["errcode"] == 0
    assert (await platform.call(CHECK, text(platform, "字" * 2501)))["errcode"] == 45002


@pytest.mark.parametrize("changes", [{"version": 1}, {"scene": 5}, {"scene": 0}, {"content": ""}])
async def test_a_call_that_is_not_whole_is_refused(platform: Platform, changes: dict[str, object]):
    body = text(platform, "好") | changes

    assert (await platform.call(CHECK, body))["errcode"] == 40097


async def test_whoever_was_not_there_for_two_hours_cannot_be_judged(platform: Platform):
    body = text(platform, "好")
    platform.wechat.pass_time(timedelta(hours=2, seconds=1))

    assert (await platform.call(CHECK, body))["errcode"] == 61010
    assert (await platform.call(CHECK, body | {"openid": "nobody"}))["errcode"] == 40003


async def test_a_call_without_a_token_is_refused(platform: Platform):
    assert (await platform.http.post(CHECK, json={})).json()["errcode"] == 41001
