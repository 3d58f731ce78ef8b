"""Binding phones through the API: the gateways are asked outside of transactions, and once."""

import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select

from api.attempts import Attempts
from domain.kernel.db import Database
from domain.kernel.outside import (
    OutsideLimited,
    OutsideMisconfigured,
    OutsideRejected,
    OutsideUnavailable,
)
from domain.members.models import MemberMergeRequest, OneTimeCode
from domain.members.words import CodePurpose, ConsentPurpose
from tests import make
from tests.api.contexts import VAULT
from tests.api.members.desk import (
    NOON,
    Messages,
    Phones,
    a_member,
    id_of,
    member,
    publish,
    staff,
)
from tests.domain.members.people import OTHER_PHONE, PHONE, count

BIND = "BindPhoneByWeChat"


@pytest.fixture(autouse=True)
async def text(database: Database) -> None:
    """The text about phones."""
    await publish(database, ConsentPurpose.PHONE)


async def test_a_phone_is_bound_by_wechat_and_seen_masked(database: Database):
    viewer = member(database, await a_member(database), phones=Phones(tap=PHONE))
    saved = await viewer.do(BIND, code="tap", consentVersion=1)
    assert saved["viewer"]["phone"]["masked"] == "138****8000"
    assert saved["viewer"]["phone"]["verifiedBy"] == "WECHAT"
    (consent,) = saved["viewer"]["consents"]
    assert (consent["isGranted"], consent["channel"]) == (True, "MINI_PROGRAM")


async def test_a_repeat_gets_its_answer_and_spends_no_code(database: Database):
    phones = Phones(tap=PHONE)
    viewer = member(database, await a_member(database), phones=phones)
    given = {"requestId": str(make.an_id()), "code": "tap", "consentVersion": 1}
    first = await viewer.do(BIND, **given)
    assert await viewer.do(BIND, **given) == first
    assert phones.asked == ["tap"]
    answer = await viewer.code(f"miniprogram/{BIND}", input={**given, "code": "other"})
    assert answer == "KEY_REUSED"


async def test_a_code_that_is_spent_is_refused_and_remembered(database: Database):
    phones = Phones()
    viewer = member(database, await a_member(database), phones=phones)
    given = {"requestId": str(make.an_id()), "code": "tap", "consentVersion": 1}
    for _ in range(2):
        refused = await viewer.do(BIND, **given)
        assert refused["__typename"] == "WeChatCodeRefused"
    assert phones.asked == ["tap"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OutsideUnavailable("timeout", may_have_happened=True), "BUSY"),
        (OutsideLimited("45011", retry_after_seconds=9), "BUSY"),
        (OutsideMisconfigured("40125"), "BUSY"),
    ],
)
async def test_when_wechat_fails_the_same_request_may_be_sent_again(
    database: Database, error: Exception, code: str
):
    phones = Phones(tap=PHONE)
    viewer = member(database, await a_member(database), phones=phones)
    given = {"requestId": str(make.an_id()), "code": "tap", "consentVersion": 1}
    phones.error = error
    assert await viewer.code(f"miniprogram/{BIND}", input=given) == code
    phones.error = None
    assert (await viewer.do(BIND, **given))["__typename"] == "ViewerSaved"


async def test_a_phone_of_somebody_else_is_refused_and_the_finding_stays(database: Database):
    first = member(database, await a_member(database), phones=Phones(tap=PHONE))
    await first.do(BIND, code="tap", consentVersion=1)
    second = member(database, await a_member(database, "o-2"), phones=Phones(tap=PHONE))
    refused = await second.do(BIND, code="tap", consentVersion=1)
    assert refused["__typename"] == "PhoneTaken"
    assert await count(database, MemberMergeRequest) == 1
    assert (await second.read("Viewer"))["phone"] is None


async def test_a_text_that_does_not_stand_is_refused_with_the_one_that_does(database: Database):
    phones = Phones(tap=PHONE)
    viewer = member(database, await a_member(database), phones=phones)
    refused = await viewer.do(BIND, code="tap", consentVersion=7)
    assert phones.asked == [], "WeChat was paid for a number that nobody keeps"
    assert refused["__typename"] == "ConsentTextUnknown"
    assert (refused["purpose"], refused["newest"]) == ("PHONE", 1)


async def test_wechat_is_not_paid_for_the_number_of_a_blocked_member(database: Database):
    phones, member_id = Phones(tap=PHONE), await a_member(database)
    await staff(database).act("BlockMember", memberId=id_of(member_id), blockReason="刷单")
    viewer = member(database, member_id, phones=phones)
    refused = await viewer.do(BIND, code="tap", consentVersion=1)
    assert (refused["__typename"], phones.asked) == ("MemberBlocked", [])


async def test_a_member_has_wechat_asked_ten_times_an_hour(database: Database, redis: Redis):
    attempts = Attempts(redis, VAULT, lambda: NOON)
    phones, me = Phones(), await a_member(database)
    viewer = member(database, me, phones=phones, attempts=attempts)
    for number in range(10):
        refused = await viewer.do(BIND, code=f"tap-{number}", consentVersion=1)
        assert refused["__typename"] == "WeChatCodeRefused"
    given = {"requestId": str(make.an_id()), "code": "tap", "consentVersion": 1}
    assert await viewer.code(f"miniprogram/{BIND}", input=given) == "RATE_LIMITED"
    assert len(phones.asked) == 10
    other = member(database, await a_member(database, "o-2"), phones=phones, attempts=attempts)
    await other.do(BIND, code="tap", consentVersion=1)
    assert len(phones.asked) == 11


async def test_a_member_has_ten_codes_sent_in_a_day_to_whichever_numbers(
    database: Database, redis: Redis
):
    attempts, messages = Attempts(redis, VAULT, lambda: NOON), Messages()
    viewer = member(database, await a_member(database), messages=messages, attempts=attempts)
    asking = "miniprogram/RequestPhoneCode"
    for number in range(10):
        # Whoever asks too soon has nothing sent, and it does not count.
        for _ in range(2):
            await viewer.run(asking, input={"phone": f"1380013800{number}"})
    assert await viewer.code(asking, input={"phone": OTHER_PHONE}) == "RATE_LIMITED"
    assert len(messages.sent) == 10


async def test_a_code_to_another_country_is_refused_by_field(database: Database):
    messages = Messages()
    viewer = member(database, await a_member(database), messages=messages)
    asked = await viewer.run("miniprogram/RequestPhoneCode", input={"phone": "+14155552671"})
    (problem,) = asked["data"]["requestPhoneCode"]["problems"]
    assert (problem["path"], problem["code"], messages.sent) == ("phone", "not_sent_there", [])


async def test_a_mall_without_the_services_says_so(database: Database):
    viewer = member(database, await a_member(database))
    refused = await viewer.do(BIND, code="tap", consentVersion=1)
    assert refused["__typename"] == "PhoneServiceMissing"
    asked = await viewer.run("miniprogram/RequestPhoneCode", input={"phone": PHONE})
    assert asked["data"]["requestPhoneCode"]["__typename"] == "PhoneServiceMissing"


async def test_a_phone_is_bound_by_the_code_that_was_sent(database: Database):
    messages = Messages()
    viewer = member(database, await a_member(database), messages=messages)
    sent = await viewer.run("miniprogram/RequestPhoneCode", input={"phone": "138 0013 8000"})
    assert sent["data"]["requestPhoneCode"] == {
        "__typename": "PhoneCodeSent",
        "expiresAt": "2026-11-11T04:05:00+00:00",
        "retryAfterSeconds": 60,
    }
    ((phone, code, _),) = messages.sent
    assert phone == PHONE
    assert messages.purposes == [CodePurpose.BIND_PHONE]
    given = {"phone": "13800138000", "consentVersion": 1, "channel": "APP"}
    saved = await viewer.do("BindPhone", code=code, **given)
    assert saved["viewer"]["phone"]["masked"] == "138****8000"
    refused = await viewer.do("BindPhone", code=code, **given)
    assert (refused["__typename"], refused["outcome"]) == ("PhoneCodeRefused", "EXPIRED")


async def test_wrong_codes_are_counted_though_they_are_refused(database: Database):
    messages = Messages()
    viewer = member(database, await a_member(database), messages=messages)
    await viewer.run("miniprogram/RequestPhoneCode", input={"phone": PHONE})
    ((_, code, _),) = messages.sent
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    given = {"phone": PHONE, "consentVersion": 1, "channel": "WEB"}
    outcomes = [(await viewer.do("BindPhone", code=wrong, **given))["outcome"] for _ in range(6)]
    assert outcomes == ["WRONG"] * 5 + ["TOO_MANY"]
    assert (await viewer.do("BindPhone", code=code, **given))["outcome"] == "TOO_MANY"


async def test_a_wrong_code_that_is_sent_again_counts_once(database: Database):
    messages = Messages()
    viewer = member(database, await a_member(database), messages=messages)
    await viewer.run("miniprogram/RequestPhoneCode", input={"phone": PHONE})
    given = {
        "requestId": str(make.an_id()),
        "phone": PHONE,
        "code": "x",
        "consentVersion": 1,
        "channel": "WEB",
    }
    for _ in range(7):
        assert (await viewer.do("BindPhone", **given))["outcome"] == "WRONG"
    async with database.writes() as session:
        assert await session.scalar(select(func.max(OneTimeCode.attempts))) == 1


async def test_codes_are_not_sent_too_often_or_to_no_phone(database: Database):
    messages = Messages()
    viewer = member(database, await a_member(database), messages=messages)
    asked = {
        phone: (await viewer.run("miniprogram/RequestPhoneCode", input={"phone": phone}))["data"]
        for phone in (PHONE, "13800138000", "12", OTHER_PHONE)
    }
    kinds = [each["requestPhoneCode"]["__typename"] for each in asked.values()]
    assert kinds == ["PhoneCodeSent", "PhoneCodeTooSoon", "InvalidInput", "PhoneCodeSent"]
    assert [phone for phone, _, _ in messages.sent] == [PHONE, OTHER_PHONE]


@pytest.mark.parametrize("told", ["+86138001", "+99912345678", "+861066668888"])
async def test_a_number_of_wechat_that_is_no_mobile_number_is_refused(
    database: Database, told: str
):
    viewer = member(database, await a_member(database), phones=Phones(tap=told))
    refused = await viewer.do(BIND, code="tap", consentVersion=1)
    assert refused["__typename"] == "PhoneUnusable"
    assert (await viewer.read("Viewer"))["phone"] is None


async def test_one_phone_is_one_however_wechat_and_its_owner_write_it(database: Database):
    owner = member(database, await a_member(database), phones=Phones(tap=PHONE))
    await owner.do(BIND, code="tap", consentVersion=1)
    # Its trunk prefix, which WeChat has been seen to leave in.
    other = member(database, await a_member(database, "o-2"), phones=Phones(tap="+86013800138000"))
    refused = await other.do(BIND, code="tap", consentVersion=1)
    assert refused["__typename"] == "PhoneTaken"


async def test_what_wechat_refuses_for_good_is_told_and_not_a_bug(database: Database):
    phones = Phones(tap=PHONE)
    phones.error = OutsideRejected("other_app")
    viewer = member(database, await a_member(database), phones=phones)
    assert (await viewer.do(BIND, code="tap", consentVersion=1))["__typename"] == "PhoneUnusable"


async def test_a_number_that_the_gateway_rejects_is_told_and_its_code_is_taken_back(
    database: Database,
):
    messages = Messages()
    messages.error = OutsideRejected("http_400")
    viewer = member(database, await a_member(database), messages=messages)
    response = await viewer.run("miniprogram/RequestPhoneCode", input={"phone": PHONE})
    assert response["data"]["requestPhoneCode"]["__typename"] == "PhoneUnusable"
    assert await count(database, OneTimeCode) == 0


async def test_a_gateway_that_does_not_accept_the_mall_is_busy_to_members(database: Database):
    messages = Messages()
    messages.error = OutsideMisconfigured("http_401")
    viewer = member(database, await a_member(database), messages=messages)
    assert await viewer.code("miniprogram/RequestPhoneCode", input={"phone": PHONE}) == "BUSY"
    assert await count(database, OneTimeCode) == 0


@pytest.mark.parametrize(("may_have_happened", "kept"), [(False, 0), (True, 1)])
async def test_a_code_that_certainly_did_not_go_out_may_be_asked_for_again(
    database: Database, *, may_have_happened: bool, kept: int
):
    messages = Messages()
    messages.error = OutsideUnavailable("timeout", may_have_happened=may_have_happened)
    viewer = member(database, await a_member(database), messages=messages)
    response = await viewer.run("miniprogram/RequestPhoneCode", input={"phone": PHONE})
    assert ("errors" in response) is not may_have_happened
    assert await count(database, OneTimeCode) == kept
