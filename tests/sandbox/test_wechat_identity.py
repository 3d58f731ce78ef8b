"""The fake WeChat signs people in and tells their numbers, and refuses as the real one."""

import asyncio
import base64
import re
from collections import Counter
from datetime import timedelta

import pytest

from tests.sandbox.platform_client import LOGIN, PHONE, Platform
from tests.wechat import FakeWeChat

ANOTHER_APP = "wx00000000000000bb"
JUST_BEFORE_FIVE_MINUTES = timedelta(seconds=299)
NUMBER = "+8613800138000"


async def test_a_login_code_gives_the_same_openid_each_time_and_a_new_session_key(
    platform: Platform,
):
    person = platform.wechat.person("李雷")

    first = await platform.sign_in(platform.wechat.login_code(person))
    second = await platform.sign_in(platform.wechat.login_code(person))

    assert first.keys() == {"openid", "session_key"}
    assert first["openid"] == second["openid"] == person.openid
    assert len(person.openid) == 28
    assert len(base64.b64decode(first["session_key"])) == 16
    assert first["session_key"] != second["session_key"]


def test_a_person_has_the_same_openid_after_a_reset_and_nobody_else_has_it(wechat: FakeWeChat):
    openid = wechat.person("李雷").openid
    wechat.reset()

    assert wechat.person("李雷").openid == openid
    assert wechat.person("韩梅梅").openid != openid


async def test_unionids_are_told_only_while_the_mini_program_is_bound(platform: Platform):
    wechat = platform.wechat
    person = wechat.person("李雷", unionid=True)
    wechat.bind(is_bound=False)
    assert "unionid" not in await platform.sign_in(wechat.login_code(person))

    wechat.bind()

    assert (await platform.sign_in(wechat.login_code(person)))["unionid"] == person.unionid
    assert "unionid" not in await platform.sign_in(wechat.login_code(wechat.person("韩梅梅")))


async def test_twenty_uses_of_one_code_at_once_are_one_success(platform: Platform):
    code = platform.wechat.login_code(platform.wechat.person("李雷"))

    answers = await asyncio.gather(*(platform.sign_in(code) for _ in range(20)))

    assert Counter(answer.get("errcode") for answer in answers) == {None: 1, 40163: 19}


async def test_a_code_is_good_for_five_minutes_and_no_longer(platform: Platform):
    wechat = platform.wechat
    person = wechat.person("李雷")
    codes = [wechat.login_code(person), wechat.login_code(person)]
    wechat.pass_time(JUST_BEFORE_FIVE_MINUTES)
    assert "openid" in await platform.sign_in(codes[0])

    wechat.pass_time(timedelta(seconds=1))

    assert (await platform.sign_in(codes[1]))["errcode"] == 40029


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"appid": ""}, 41002),
        ({"appid": ANOTHER_APP}, 40013),
        ({"secret": ""}, 41004),
        ({"secret": "another"}, 40125),
        ({"grant_type": "client_credential"}, 40002),
        ({"js_code": ""}, 41008),
        ({"js_code": "never-issued"}, 40029),
    ],
)
async def test_a_login_that_is_not_right_is_refused_and_spends_no_code(
    platform: Platform, changes: dict[str, str], errcode: int
):
    code = platform.wechat.login_code(platform.wechat.person("李雷"))

    answer = await platform.sign_in(code, **changes)

    assert answer.keys() == {"errcode", "errmsg"}
    assert answer["errcode"] == errcode
    assert re.search(r" rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$", answer["errmsg"])
    assert "openid" in await platform.sign_in(code)


async def test_codes_of_another_mini_program_or_for_a_phone_sign_nobody_in(platform: Platform):
    wechat = platform.wechat
    person = wechat.person("李雷", phone=NUMBER)
    codes = [wechat.login_code(person, app_id=ANOTHER_APP), wechat.phone_code(person)]

    assert [(await platform.sign_in(code))["errcode"] for code in codes] == [40029, 40029]


async def test_a_high_risk_person_is_blocked(platform: Platform):
    wechat = platform.wechat
    code = wechat.login_code(wechat.person("李雷", is_high_risk=True))

    assert (await platform.sign_in(code))["errcode"] == 40226


async def test_one_person_signs_in_a_hundred_times_a_minute_at_most(platform: Platform):
    wechat = platform.wechat
    person = wechat.person("李雷")
    codes = [wechat.login_code(person) for _ in range(101)]
    for code in codes[:100]:
        assert "openid" in await platform.sign_in(code)

    assert (await platform.sign_in(codes[100]))["errcode"] == 45011
    assert "openid" in await platform.sign_in(wechat.login_code(wechat.person("韩梅梅")))
    wechat.pass_time(timedelta(minutes=1))
    assert "openid" in await platform.sign_in(codes[100])


async def test_only_get_signs_in(platform: Platform):
    answer = await platform.http.post(LOGIN, json={})

    assert answer.json()["errcode"] == 43001


async def test_a_phone_code_tells_the_number_once(platform: Platform):
    wechat = platform.wechat
    tapped_at = wechat.world.clock()
    wechat.use_clock(lambda: tapped_at)
    code = wechat.phone_code(wechat.person("李雷", phone=NUMBER))

    answers = await asyncio.gather(*(platform.call(PHONE, {"code": code}) for _ in range(5)))

    told = [answer["phone_info"] for answer in answers if answer["errcode"] == 0]
    assert told == [
        {
            "phoneNumber": "13800138000",
            "purePhoneNumber": "13800138000",
            "countryCode": "86",
            "watermark": {"timestamp": int(tapped_at.timestamp()), "appid": wechat.app_id},
        }
    ]
    assert sorted(answer["errcode"] for answer in answers) == [0] + [40029] * 4


async def test_the_country_of_a_number_is_now_a_string_and_now_a_number(platform: Platform):
    wechat = platform.wechat
    person = wechat.person("陈慧", phone="+85261234567")

    told = [
        (await platform.call(PHONE, {"code": wechat.phone_code(person)}))["phone_info"]
        for _ in range(2)
    ]

    assert [each["countryCode"] for each in told] == ["852", 852]
    assert told[0]["phoneNumber"] == "+85261234567"
    assert told[0]["purePhoneNumber"] == "61234567"


async def test_a_phone_code_ends_and_cannot_be_a_login_code_or_that_of_another_mini_program(
    platform: Platform,
):
    wechat = platform.wechat
    person = wechat.person("李雷", phone=NUMBER)
    late = wechat.phone_code(person)
    wechat.pass_time(JUST_BEFORE_FIVE_MINUTES + timedelta(seconds=1))
    codes = [late, wechat.login_code(person), wechat.phone_code(person, app_id=ANOTHER_APP)]

    answers = [await platform.call(PHONE, {"code": code}) for code in codes]

    assert [answer["errcode"] for answer in answers] == [40029, 40029, 40029]


async def test_a_phone_number_is_told_only_to_who_has_a_token_and_sends_json(platform: Platform):
    wechat = platform.wechat
    code = wechat.phone_code(wechat.person("李雷", phone=NUMBER))
    without = await platform.http.post(PHONE, json={"code": code})
    wrong = await platform.http.post(PHONE, params={"access_token": "x"}, json={"code": code})

    assert without.json()["errcode"] == 41001
    assert wrong.json()["errcode"] == 40001
    assert (await platform.call(PHONE, [code]))["errcode"] == 47001
    assert (await platform.call(PHONE, {"code": code}))["errcode"] == 0
