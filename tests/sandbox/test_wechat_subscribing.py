"""The page of the phone accepts and refuses messages, and tells the mall what was said."""

from random import Random
from typing import Any
from uuid import UUID

import pytest
from graphql import parse, validate

from api.schema import SCHEMA
from domain.kernel.clock import system_clock
from sandbox.wechat.mall_messages import INBOX, RECORD, TEMPLATES
from sandbox.wechat.permits import Permits
from sandbox.wechat.world import MiniProgram, World
from tests.sandbox.platform_client import Platform
from tests.sandbox.stub_mall import ACCESS_TOKEN, StubMall, phone_of
from tests.wechat import APP_ID

SEND = "/cgi-bin/message/subscribe/send"
PAID, CLOSED = "demo-paid", "demo-closed"


@pytest.fixture
def console(platform: Platform) -> Permits:
    """The mini-program has two templates."""
    permits = platform.wechat.world.permits
    for template in (PAID, CLOSED):
        permits.add_template(template, frozenset({"thing1"}))
    return permits


async def answer(
    platform: Platform, answers: dict[str, bool], *, person: str = "李雷"
) -> dict[str, Any]:
    """What the mini-program is told of the answers of somebody who taps."""
    platform.wechat.person(person)
    async with phone_of(platform.wechat.world, StubMall()) as phone:
        body = {"person": person, "answers": answers}
        return (await phone.post("/phone/messages/answer", json=body)).json()


async def sent(platform: Platform, template: str) -> int:
    """The code that WeChat answers a message of a template to 李雷 with."""
    openid = platform.wechat.person("李雷").openid
    data = {"thing1": {"value": "订单已付款"}}
    body = {"touser": openid, "template_id": template, "data": data}
    return (await platform.call(SEND, body))["errcode"]


async def test_each_yes_buys_one_message_and_a_no_buys_none(platform: Platform, console: Permits):
    said = await answer(platform, {PAID: True, CLOSED: False})

    assert said == {"errMsg": "requestSubscribeMessage:ok", PAID: "accept", CLOSED: "reject"}
    assert [await sent(platform, each) for each in (PAID, PAID, CLOSED)] == [0, 43101, 43101]


@pytest.mark.parametrize(
    ("answers", "errcode"),
    [
        ({}, 10001),
        ({PAID: True, "never-made": True}, 20001),
        ({PAID: True, CLOSED: True, "a": True, "b": True}, 20003),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_nothing_is_accepted(
    platform: Platform, console: Permits, answers: dict[str, bool], errcode: int
):
    said = await answer(platform, answers)

    assert said["errCode"] == errcode
    assert said["errMsg"].startswith("requestSubscribeMessage:fail ")
    assert await sent(platform, PAID) == 43101


def test_the_templates_of_the_console_are_there_again_after_a_reset():
    app = MiniProgram(APP_ID, "s", templates={PAID: frozenset({"thing1"})})
    world = World(app, system_clock, Random(1), "t")
    world.permits.accept("o-1", PAID)

    world.reset()

    assert world.permits.keys(PAID) == {"thing1"}
    assert not world.permits.spend("o-1", PAID)


async def test_the_mall_is_told_what_was_said_and_asked_what_there_is(platform: Platform):
    mall = StubMall(
        {
            "recordMessagePermits": {"__typename": "MessagePermitsRecorded", "templates": []},
            "messageTemplates": [{"kind": "ORDER_PAID", "templateId": PAID, "permits": 1}],
            "messages": {"edges": []},
        }
    )
    member = {"access_token": ACCESS_TOKEN}
    answers = [
        {"kind": "ORDER_PAID", "isAccepted": True},
        {"kind": "ORDER_CLOSED", "isAccepted": False},
    ]

    async with phone_of(platform.wechat.world, mall) as phone:
        recorded = await phone.post("/phone/messages/record", json=member | {"answers": answers})
        listed = await phone.post("/phone/messages/templates", json=member)
        told = await phone.post("/phone/messages/inbox", json=member)

    assert recorded.json()["body"]["data"]["recordMessagePermits"]["templates"] == []
    assert mall.given("recordMessagePermits")["answers"] == answers
    assert UUID(mall.given("recordMessagePermits")["requestId"])
    assert listed.json()["body"]["data"]["messageTemplates"][0]["permits"] == 1
    assert told.json()["body"]["data"] == {"messages": {"edges": []}}


@pytest.mark.parametrize("document", [TEMPLATES, INBOX, RECORD])
def test_what_it_asks_the_mall_fits_the_schema(document: str):
    assert validate(SCHEMA, parse(document)) == []
