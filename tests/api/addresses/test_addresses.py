"""Addresses over HTTP, by the mini-program's documents."""

import asyncio
from collections import Counter

import pytest
from redis.asyncio import Redis

from domain.kernel.db import Database
from tests import make
from tests.api.addresses.sending import HOME, created
from tests.api.client import AS_STAFF, Api, statements_run
from tests.api.members.sending import Headers, run
from tests.api.oauth.desk import as_member


@pytest.fixture
async def me(api: Api, database: Database, redis: Redis) -> Headers:
    """A member who is signed in."""
    return await as_member(api, database)


async def test_an_address_is_added_changed_and_deleted(api: Api, me: Headers):
    saved = await created(api, me, label="家", postcode="200031")
    (address,) = saved["addresses"]
    assert address == {
        "id": saved["addressId"],
        "recipient": "林小满",
        "phone": "+8613800138000",
        "province": {"code": "310000", "title": "上海市"},
        "city": {"code": "310100", "title": "市辖区"},
        "district": {"code": "310104", "title": "徐汇区"},
        "regionCode": "310104",
        "isRegionCurrent": True,
        "detail": "衡山路 8 号 302 室",
        "line": "上海市徐汇区衡山路 8 号 302 室",
        "postcode": "200031",
        "label": "家",
        "isDefault": True,
        "revision": 1,
    }
    named = {"addressId": saved["addressId"], "requestId": str(make.an_id())}
    edited = await run(
        api, "EditAddress", me, **named, revision=1, regionCode="441900", postcode=None
    )
    (address,) = edited["addresses"]
    assert (address["line"], address["district"]) == ("广东省东莞市衡山路 8 号 302 室", None)
    assert (address["postcode"], address["label"], address["revision"]) == (None, "家", 2)
    listed = (await api.run("miniprogram/AddressList", me))["data"]["addresses"]
    assert listed == edited["addresses"]

    deleted = await run(
        api, "DeleteAddress", me, addressId=address["id"], requestId=str(make.an_id())
    )
    assert (deleted["addressId"], deleted["addresses"]) == (address["id"], [])


async def test_the_default_is_chosen_and_goes_on_to_the_newest(api: Api, me: Headers):
    first, second, third = [(await created(api, me))["addressId"] for _ in range(3)]
    for _ in range(2):
        chosen = await run(api, "ChooseDefaultAddress", me, addressId=second)
        assert [each["id"] for each in chosen["addresses"]] == [second, third, first]
        assert [each["isDefault"] for each in chosen["addresses"]] == [True, False, False]
    left = await run(api, "DeleteAddress", me, addressId=second, requestId=str(make.an_id()))
    assert [(each["id"], each["isDefault"]) for each in left["addresses"]] == [
        (third, True),
        (first, False),
    ]


async def test_a_request_that_comes_again_adds_one_address(api: Api, me: Headers):
    request_id = str(make.an_id())
    answers = [await created(api, me, requestId=request_id) for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(answers[0]["addresses"]) == 1


async def test_one_request_many_times_at_once_is_one_address(api: Api, me: Headers):
    request_id = str(make.an_id())
    answers = await asyncio.gather(*(created(api, me, requestId=request_id) for _ in range(8)))
    assert Counter(answer["addressId"] for answer in answers).total() == 8
    assert len({answer["addressId"] for answer in answers}) == 1
    listed = (await api.run("miniprogram/AddressList", me))["data"]["addresses"]
    assert len(listed) == 1


async def test_what_is_wrong_is_told_by_field_in_both_languages(api: Api, me: Headers):
    wrong = {"phone": "12345", "regionCode": "310000", "detail": ""}
    told = await created(api, me, **wrong)
    assert told["__typename"] == "InvalidInput"
    assert [(each["path"], each["message"]) for each in told["problems"]] == [
        ("phone", "请输入有效的手机号码或带区号的固定电话。"),
        ("detail", "不能为空。"),
        ("regionCode", "请选择到区县；不设区县的城市请选择到市。"),
    ]
    in_english = await created(api, {**me, "accept-language": "en"}, **wrong)
    assert in_english["problems"][2]["message"] == (
        "Please choose a district, or a city that has no districts."
    )


async def test_an_old_revision_is_refused_with_the_one_that_stands(api: Api, me: Headers):
    address_id = (await created(api, me))["addressId"]
    for revision, recipient in ((1, "林太太"), (1, "别人")):
        told = await run(
            api,
            "EditAddress",
            me,
            requestId=str(make.an_id()),
            addressId=address_id,
            revision=revision,
            recipient=recipient,
        )
    assert (told["__typename"], told["revision"]) == ("AddressChanged", 2)


async def test_each_member_is_told_their_own_addresses_alone(
    api: Api, database: Database, me: Headers
):
    await created(api, me)
    other = await as_member(api, database)
    answer = await api.run("miniprogram/AddressList", other)
    assert answer["data"]["addresses"] == []
    for nobody, code in (({}, "UNAUTHENTICATED"), (AS_STAFF, "FORBIDDEN")):
        (error,) = (await api.run("miniprogram/AddressList", nobody))["errors"]
        assert error["extensions"]["code"] == code


async def test_all_addresses_are_read_in_one_statement(api: Api, me: Headers):
    for _ in range(3):
        await created(api, me)
    before = statements_run()
    answer = await api.run("miniprogram/AddressList", me)
    assert len(answer["data"]["addresses"]) == 3
    assert statements_run() == before + 1


async def test_adding_one_takes_as_many_statements_as_adding_the_first(
    api: Api, me: Headers, count_statements: Counter[str]
):
    await created(api, me)
    counts: list[int] = []
    for _ in range(2):
        before = count_statements.total()
        await created(api, me)
        counts.append(count_statements.total() - before)
    assert counts[0] == counts[1]
    assert counts[0] <= 10


async def test_regions_are_read_level_by_level_without_the_database(production_api: Api):
    before = statements_run()

    async def below(code: str | None, language: str = "zh-CN") -> dict[str, str]:
        headers = {"accept-language": language}
        answer = await production_api.run("miniprogram/Regions", headers, parentCode=code)
        return {each["code"]: each["title"] for each in answer["data"]["regions"]}

    provinces = await below(None)
    assert (len(provinces), provinces["310000"]) == (31, "上海市")
    assert (await below(None, "en"))["310000"] == "Shanghai"
    assert await below("310000") == {"310100": "市辖区"}
    assert (await below("310100"))["310104"] == "徐汇区"
    assert (await below("310100", "en"))["310104"] == "徐汇区"
    for code in ("310104", "441900", "", "nowhere"):
        assert await below(code) == {}
    assert statements_run() == before


async def test_a_client_finds_where_an_address_may_lie_by_the_regions_alone(api: Api, me: Headers):
    async def first_below(code: str | None) -> dict[str, object]:
        answer = await api.run("miniprogram/Regions", parentCode=code)
        return answer["data"]["regions"][0]

    region = await first_below(None)
    while region["isDivided"]:
        region = await first_below(str(region["code"]))
    saved = await created(api, me, regionCode=region["code"])
    assert saved["addresses"][0]["line"] == f"北京市东城区{HOME['detail']}"
