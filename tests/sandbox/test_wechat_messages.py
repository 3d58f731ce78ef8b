"""The fake WeChat delivers subscribe messages that were accepted and are well made."""

import asyncio

import pytest

from tests.sandbox.platform_client import Platform

SEND = "/cgi-bin/message/subscribe/send"
TEMPLATE = "template-of-shipped-orders"


def message(platform: Platform, **changes: object) -> dict[str, object]:
    """A message to somebody, with one value, as `SEND` takes it."""
    person = platform.wechat.person("李雷")
    data = {"thing1": {"value": "订单已发货"}}
    return {"touser": person.openid, "template_id": TEMPLATE, "data": data, **changes}


async def test_each_acceptance_buys_one_message_also_at_once(platform: Platform):
    platform.wechat.permit(platform.wechat.person("李雷"), TEMPLATE, 2)
    body = message(platform, page="pages/order/detail?id=1")

    answers = await asyncio.gather(*(platform.call(SEND, body) for _ in range(5)))

    assert sorted(answer["errcode"] for answer in answers) == [0, 0, 43101, 43101, 43101]
    first, second = platform.wechat.messages().subscribe
    assert (first.person, first.template_id, first.values) == (
        "李雷",
        TEMPLATE,
        {"thing1": "订单已发货"},
    )
    assert first.page == second.page == "pages/order/detail?id=1"


async def test_who_never_accepted_gets_nothing(platform: Platform):
    platform.wechat.permit(platform.wechat.person("韩梅梅"), TEMPLATE)

    assert (await platform.call(SEND, message(platform)))["errcode"] == 43101
    assert not platform.wechat.messages().subscribe


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"touser": "nobody"}, 40003),
        ({"template_id": "another"}, 40037),
        ({"page": "/pages/index"}, 41030),
        ({"page": "pages/unreleased"}, 41030),
        ({"miniprogram_state": "beta"}, 40097),
        ({"lang": "fr"}, 40097),
        ({"data": {"thing1": "flat"}}, 47001),
        ({"data": {"unknown1": {"value": "1"}}}, 47003),
        ({"data": {"thing": {"value": "1"}}}, 47003),
    ],
)
async def test_a_message_that_is_wrong_is_refused_and_spends_no_acceptance(
    platform: Platform, changes: dict[str, object], errcode: int
):
    platform.wechat.permit(platform.wechat.person("李雷"), TEMPLATE)

    refused = await platform.call(SEND, message(platform, **changes))

    assert refused["errcode"] == errcode
    assert (await platform.call(SEND, message(platform)))["errcode"] == 0


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        (
            "thing1",
            "二十个字以内的汉字数字字母和符号AB12",
            "二十个字以内的汉字数字字母和符号AB123",
        ),
        ("number2", "123456789012345678901234567890.5", "1234567890.12.3"),
        ("number2", "1" * 32, "1" * 33),
        ("letter3", "a" * 32, "a1"),
        ("symbol4", "!?#&@", "!?#&@!"),
        ("character_string5", "SF-1234567890 #12", "顺丰1234"),
        ("character_string5", "a" * 32, "a" * 33),
        ("time6", "2026年11月22日 15:01", "22/11/2026 15:01"),
        ("time6", "15:01~16:30", ""),
        ("date7", "2026年11月22日", "11月22日"),
        ("date7", "2026-11-22 15:01", "15:01"),
        ("amount8", "¥168.00元", "168.00 fen"),
        ("amount8", "1234567890", "12345678901"),
        ("phone_number9", "+86-0766-66888866", "+86-0766-668888667"),
        ("car_number10", "粤A8Z888挂", "粤A8Z88888挂"),
        ("name11", "欧阳娜娜", "欧阳娜娜欧阳娜娜欧阳娜"),
        ("name11", "Alexander von Humbol", "Alexander von Humbold"),
        ("phrase12", "正在配送中", "正在配送中了"),
        ("phrase12", "配送中", "shipped"),
    ],
)
async def test_each_type_of_value_has_its_rule(platform: Platform, key: str, good: str, bad: str):
    platform.wechat.permit(platform.wechat.person("李雷"), TEMPLATE, 2)

    right = await platform.call(SEND, message(platform, data={key: {"value": good}}))
    wrong = await platform.call(SEND, message(platform, data={key: {"value": bad}}))

    assert (right["errcode"], wrong["errcode"]) == (0, 47003)
    assert f"data.{key}.value" in wrong["errmsg"]


async def test_a_template_with_keys_takes_exactly_these(platform: Platform):
    platform.wechat.world.permits.add_template(TEMPLATE, frozenset({"thing1", "amount2"}))
    platform.wechat.permit(platform.wechat.person("李雷"), TEMPLATE)
    whole = {"thing1": {"value": "茶"}, "amount2": {"value": "¥1"}}

    answers = [
        await platform.call(SEND, message(platform, data=data))
        for data in ({"thing1": whole["thing1"]}, whole | {"thing3": {"value": "茶"}}, whole)
    ]

    assert [answer["errcode"] for answer in answers] == [47003, 47003, 0]


async def test_a_call_without_a_token_is_refused(platform: Platform):
    assert (await platform.http.post(SEND, json={})).json()["errcode"] == 41001
