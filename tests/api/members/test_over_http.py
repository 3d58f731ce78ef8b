"""Members over HTTP, with their own tokens and the fake WeChat behind."""

import pytest
from redis.asyncio import Redis

from domain.kernel.db import Database
from domain.members.words import ConsentPurpose
from tests import make
from tests.api.client import Api
from tests.api.members.desk import publish
from tests.api.oauth.desk import as_member
from tests.domain.members.people import OTHER_PHONE, PHONE
from tests.wechat import FakeWeChat


@pytest.fixture
async def headers(api: Api, database: Database, redis: Redis) -> dict[str, str]:
    """A member who is signed in, in a mall that has a text about phones."""
    await publish(database, ConsentPurpose.PHONE)
    return await as_member(api, database)


async def test_a_phone_is_bound_by_wechats_button(
    api: Api, wechat: FakeWeChat, headers: dict[str, str]
):
    person = wechat.person("小满", phone=PHONE)
    given = {
        "requestId": str(make.an_id()),
        "code": wechat.phone_code(person),
        "consentVersion": 1,
    }
    for _ in range(2):
        answer = await api.run("miniprogram/BindPhoneByWeChat", headers, input=given)
        bound = answer["data"]["bindPhoneByWeChat"]
        assert bound["viewer"]["phone"]["masked"] == "138****8000"
    again = {**given, "requestId": str(make.an_id())}
    refused = await api.run("miniprogram/BindPhoneByWeChat", headers, input=again)
    assert refused["data"]["bindPhoneByWeChat"]["__typename"] == "WeChatCodeRefused"


async def test_a_phone_is_bound_by_a_text_message(
    api: Api, wechat: FakeWeChat, headers: dict[str, str]
):
    sent = await api.run("miniprogram/RequestPhoneCode", headers, input={"phone": OTHER_PHONE})
    assert sent["data"]["requestPhoneCode"]["__typename"] == "PhoneCodeSent"
    given = {
        "requestId": str(make.an_id()),
        "phone": OTHER_PHONE,
        "code": wechat.messages().sms[-1].code,
        "consentVersion": 1,
        "channel": "APP",
    }
    answer = await api.run("miniprogram/BindPhone", headers, input=given)
    assert answer["data"]["bindPhone"]["viewer"]["phone"]["masked"] == "139****9000"
    seen = await api.run("miniprogram/Viewer", headers)
    assert seen["data"]["viewer"]["phone"]["verifiedBy"] == "SMS"
