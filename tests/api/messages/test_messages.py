"""Messages through the mini-program's documents: what members read, accept and choose."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from api.messages.desk import TemplateDesk
from domain.kernel.db import Database
from domain.kernel.language import Language
from domain.kernel.settings import read_settings
from domain.messages.words import MessageKind, PermitStatus, Topic
from tests import make
from tests.api.client import DOCUMENT_IDS, statements_run
from tests.api.contexts import context_of
from tests.api.members.desk import Caller, member, schema
from tests.domain.messages import post
from tests.make import NOON

TEMPLATES = TemplateDesk({kind: each.id for kind, each in post.TEMPLATES.items()})


class Reader(Caller):
    """A member of a mall that has templates."""

    language: Language = Language.ZH

    async def run(self, document: str, **variables: object) -> Any:
        """Run a document and answer with the whole response."""
        documents, executor = schema()
        context = context_of(self.database, self.language, actor=self.actor, random=self.random)
        trusted = documents.trusted(DOCUMENT_IDS[document])
        context = msgspec.structs.replace(context, templates=TEMPLATES)
        answer = await executor.run(trusted, None, variables, context, trace_id="test")
        return answer.body


def reader(database: Database, member_id: UUID) -> Reader:
    """A member who is signed in."""
    return Reader(database, member(database, member_id).actor)


async def test_messages_are_read_page_by_page_in_one_statement_each(database: Database):
    me, other = await post.a_member(database), await post.a_member(database, "o-2")
    for minute in range(5):
        at = NOON + timedelta(minutes=minute)
        await post.told(database, [post.paid(me, amount_fen=minute), post.paid(other)], at=at)
    caller = reader(database, me)
    found: list[str] = []
    after = None
    while True:
        before = statements_run()
        page = await caller.read("Messages", first=2, after=after)
        assert statements_run() == before + 1
        found += [edge["node"]["body"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert [f"¥0.0{fen}" in body for fen, body in zip(range(4, -1, -1), found, strict=True)] == (
        [True] * 5
    )
    assert await caller.code("miniprogram/Messages", first=101) == "BAD_INPUT"


async def test_a_message_is_told_in_the_language_of_who_reads(database: Database):
    me = await post.a_member(database)
    await post.told(database, [post.closed(me)])
    caller = reader(database, me)
    titles: list[str] = []
    for language in Language:
        caller.language = language
        (edge,) = (await caller.read("Messages"))["edges"]
        titles.append(edge["node"]["title"])
        assert edge["node"]["page"].endswith(edge["node"]["orderId"])
    assert titles == ["订单已关闭", "Order closed"]


async def test_what_was_read_is_read_and_the_rest_is_counted(database: Database):
    me, other = await post.a_member(database), await post.a_member(database, "o-2")
    await post.told(database, [*(post.paid(me) for _ in range(3)), post.paid(other)])
    caller = reader(database, me)
    (first, *_) = (await caller.read("Messages"))["edges"]
    assert (await caller.read("UnreadMessages"))["unreadMessageCount"] == 3
    for _ in range(2):
        given = {"messageIds": [first["node"]["id"]]}
        answer = await caller.run("miniprogram/MarkMessagesRead", input=given)
        assert answer["data"]["markMessagesRead"]["unreadMessageCount"] == 2
    assert len((await caller.read("Messages", unreadOnly=True))["edges"]) == 2
    answer = await caller.run("miniprogram/MarkMessagesRead", input={})
    assert answer["data"]["markMessagesRead"]["unreadMessageCount"] == 0
    assert (await reader(database, other).read("UnreadMessages"))["unreadMessageCount"] == 1


async def test_one_tap_grants_one_permit_however_often_it_is_sent(database: Database):
    caller = reader(database, await post.a_member(database))
    request_id = str(make.an_id())
    answers = [
        {"kind": "ORDER_PAID", "isAccepted": True},
        {"kind": "ORDER_CLOSED", "isAccepted": False},
    ]
    for _ in range(2):
        saved = await caller.do("RecordMessagePermits", requestId=request_id, answers=answers)
        assert [each["permits"] for each in saved["templates"]] == [1, 0, 0]
    assert [each.status for each in await post.permits(database)] == [PermitStatus.FREE]
    told = await caller.read("MessageTemplates")
    assert [each["templateId"] for each in told] == [post.PAID, post.CLOSED, post.REFUNDED]


async def test_what_a_member_chooses_stands(database: Database):
    caller = reader(database, await post.a_member(database))
    assert [each["isToldOutside"] for each in await caller.read("MessageChoices")] == [True, True]
    given = {"topic": "ORDERS", "isToldOutside": False}
    answer = await caller.run("miniprogram/ChooseMessages", input=given)
    choices = answer["data"]["chooseMessages"]["choices"]
    assert choices == [
        {"topic": Topic.ORDERS.name, "isToldOutside": False},
        {"topic": Topic.OFFERS.name, "isToldOutside": True},
    ]


def test_a_template_is_read_with_what_its_fields_show():
    given = "tmpl-1_x character_string1=order_number amount2=amount"
    settings = read_settings(
        {
            "MALL_WECHAT_APP_ID": "wx0123456789abcdef",
            "MALL_WECHAT_APP_SECRET": "secret",
            "MALL_WECHAT_TEMPLATE_ORDER_PAID": given,
        }
    )
    (found,) = settings.wechat_templates.items()
    assert found[0] == MessageKind.ORDER_PAID
    assert found[1].id == "tmpl-1_x"
    assert found[1].fields == {"character_string1": "order_number", "amount2": "amount"}
