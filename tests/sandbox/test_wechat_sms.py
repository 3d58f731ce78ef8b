"""The fake SMS gateway takes codes for phones from who has its token."""

from dataclasses import asdict
from typing import Any

import httpx
import pytest

from tests.sandbox.platform_client import Platform
from tests.wechat import SMS_TOKEN

MESSAGE = {"phone": "+8613800138000", "code": "123456", "language": "zh", "purpose": "sign_in"}


async def send(platform: Platform, *, token: str = SMS_TOKEN, **changes: Any) -> httpx.Response:
    message = {name: value for name, value in (MESSAGE | changes).items() if value is not None}
    headers = {"authorization": f"Bearer {token}"}
    return await platform.http.post(platform.wechat.sms_url, json=message, headers=headers)


async def test_a_short_message_is_accepted_and_on_the_phone(platform: Platform):
    answer = await send(platform)

    assert (answer.status_code, answer.json()) == (202, {})
    (message,) = platform.wechat.messages().sms
    assert {**asdict(message), "at": None} == MESSAGE | {"at": None}


async def test_the_last_hundred_messages_are_kept(platform: Platform):
    for number in range(101):
        await send(platform, code=f"{number:06}")

    kept = [message.code for message in platform.wechat.messages().sms]

    assert kept == [f"{number:06}" for number in range(1, 101)]


async def test_a_wrong_token_sends_nothing(platform: Platform):
    answer = await send(platform, token="x" * 16)

    assert answer.status_code == 401
    assert not platform.wechat.messages().sms


@pytest.mark.parametrize(
    "changes",
    [
        {"phone": "13800138000"},
        {"phone": "+86 138 0013 8000"},
        {"code": "12345a"},
        {"code": None},
        {"language": "fr"},
        {"purpose": "Sign in"},
        {"template": "unknown"},
    ],
)
async def test_a_malformed_message_is_refused_with_a_reason(
    platform: Platform, changes: dict[str, Any]
):
    answer = await send(platform, **changes)

    assert answer.status_code == 400
    assert next(iter(changes)) in answer.json()["error"]
    assert not platform.wechat.messages().sms


async def test_the_gateway_may_be_busy_or_limited(platform: Platform):
    platform.wechat.fail("/sms", "busy")
    platform.wechat.fail("/sms", "limited")
    platform.wechat.fail("/sms", "refused")

    answers = [await send(platform) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [503, 429, 400, 202]
