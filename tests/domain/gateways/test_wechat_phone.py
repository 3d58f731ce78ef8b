"""Phone numbers from WeChat: only whole ones, only of this mini-program, and asked for once."""

from typing import Any

import pytest
from redis.asyncio import Redis

from domain.kernel.outside import OutsideError, OutsideRejected, OutsideUnavailable
from domain.members.ports import CodeProblem, CodeRefused, VerifiedPhone
from tests.domain.gateways.desks import GRANTED, HURRIED, NONSENSE, open_desk
from tests.domain.gateways.wires import Reply, Wire, reply
from tests.wechat import APP_ID, FakeWeChat

ENDPOINT = "/wxa/business/getuserphonenumber"


def told(app_id: str = APP_ID, /, **changes: object) -> dict[str, Any]:
    """What WeChat tells of a number, but for the changes."""
    number = {
        "phoneNumber": "+8613800138000",
        "purePhoneNumber": "13800138000",
        "countryCode": "86",
        "watermark": {"timestamp": 1762833600, "appid": app_id},
    }
    return {"errcode": 0, "errmsg": "ok", "phone_info": {**number, **changes}}


async def phone(wechat: FakeWeChat | Wire, redis: Redis, code: str) -> VerifiedPhone:
    """The number behind a code."""
    async with open_desk(wechat, redis, patience=HURRIED) as desk:
        return await desk.phone.phone_of(code)


async def failure(answer: Reply, redis: Redis) -> OutsideError:
    """How the call fails with this answer."""
    with pytest.raises(OutsideError) as caught:
        await phone(Wire([GRANTED, answer]), redis, "a-code")
    return caught.value


async def test_a_code_stands_for_a_number_however_its_country_is_written(
    wechat: FakeWeChat, redis: Redis
):
    for number in ("+8613800138000", "+8613800138001", "+85261234567", "+14155550100"):
        code = wechat.phone_code(wechat.person("Lin", phone=number))
        assert await phone(wechat, redis, code) == VerifiedPhone(number)
    assert "138" not in repr(VerifiedPhone("+8613800138000"))


@pytest.mark.parametrize("country", ["86", 86, "+86"])
async def test_a_country_is_a_number_or_a_text(country: object, redis: Redis):
    wire = Wire([GRANTED, reply(told(countryCode=country))])
    assert await phone(wire, redis, "a-code") == VerifiedPhone("+8613800138000")


@pytest.mark.parametrize(
    "changes",
    [
        {"countryCode": None},
        {"countryCode": ""},
        {"countryCode": "086"},
        {"countryCode": 86.5},
        {"countryCode": True},
        {"countryCode": "8６"},
        {"purePhoneNumber": None},
        {"purePhoneNumber": 13800138000},
        {"purePhoneNumber": "138 0013 8000"},
        {"purePhoneNumber": "138"},
        {"countryCode": "852", "purePhoneNumber": "1" * 13},
        {"watermark": None},
    ],
)
async def test_what_is_no_whole_number_is_none(changes: dict[str, object], redis: Redis):
    error = await failure(reply(told(APP_ID, **changes)), redis)
    assert isinstance(error, OutsideUnavailable)
    assert error.may_have_happened


@pytest.mark.parametrize("app_id", ["wx00000000000000bb", "", APP_ID.upper()])
async def test_a_number_told_to_another_app_is_nobodys(app_id: str, redis: Redis):
    error = await failure(reply(told(app_id)), redis)
    assert isinstance(error, OutsideRejected)
    assert error.code == "other_app"


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
async def test_nonsense_is_no_number(answer: Reply, redis: Redis):
    error = await failure(answer, redis)
    assert isinstance(error, OutsideUnavailable)
    assert error.may_have_happened


async def test_a_used_code_a_login_code_and_nobodys_code_ask_for_another_tap(
    wechat: FakeWeChat, redis: Redis
):
    person = wechat.person("Lin", phone="+8613800138000")
    used = wechat.phone_code(person)
    await phone(wechat, redis, used)
    for code in (used, wechat.login_code(person), "nobodys", ""):
        with pytest.raises(CodeRefused) as caught:
            await phone(wechat, redis, code)
        assert caught.value.kind is CodeProblem.INVALID


async def test_a_lost_answer_is_not_asked_for_again(wechat: FakeWeChat, redis: Redis):
    code = wechat.phone_code(wechat.person("Lin", phone="+8613800138000"))
    wechat.fail(ENDPOINT, "lost")
    with pytest.raises(OutsideUnavailable) as caught:
        await phone(wechat, redis, code)
    assert caught.value.may_have_happened
    assert len(wechat.calls(ENDPOINT)) == 1
