"""Telling: once for each source, as data, and in words only to who reads."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from domain.kernel.db import Database
from domain.kernel.language import Language
from domain.kernel.message_settings import VALUES
from domain.kernel.money import LARGEST_FEN
from domain.messages.kinds import KINDS, Parameters, template_data, told, values_of
from domain.messages.models import PERMIT_RETENTION, RETENTION
from domain.messages.permits import forget_void_permits
from domain.messages.telling import forget_old_messages
from domain.messages.words import ClosedBecause, MessageKind, RefundedBecause
from tests.domain.messages import post
from tests.make import NOON


async def test_one_fact_tells_a_member_once_however_often_and_at_once(database: Database):
    first, second = await post.a_member(database), await post.a_member(database, "o-2")
    news = [post.paid(first, "order.paid:1"), post.paid(second, "order.paid:1")]
    await asyncio.gather(*(post.told(database, news[:: 1 if i % 2 else -1]) for i in range(6)))
    await post.told(database, [*news, *news])
    found = await post.inbox(database)
    assert sorted(each.member_id for each in found) == sorted([first, second])
    assert len(await post.sends(database)) == 2


async def test_any_number_is_told_in_one_statement(
    database: Database, count_statements: Counter[str]
):
    member_id = await post.a_member(database)
    news = [post.paid(member_id) for _ in range(500)]
    count_statements.clear()
    await post.told(database, news)
    assert count_statements == {"WITH": 1}
    await post.told(database, [])
    assert count_statements == {"WITH": 1}
    assert len(await post.inbox(database)) == 500


async def test_without_a_template_or_where_the_member_did_it_the_inbox_alone_has_it(
    database: Database,
):
    member_id = await post.a_member(database)
    await post.told(database, [post.paid(member_id)], outside={})
    await post.told(database, [post.closed(member_id, ClosedBecause.CANCELLED_BY_MEMBER)])
    assert len(await post.inbox(database)) == 2
    assert await post.sends(database) == []


async def test_what_is_kept_is_data_and_no_text(database: Database):
    await post.told(database, [post.paid(await post.a_member(database))])
    (message,) = await post.inbox(database)
    assert message.parameters == Parameters(post.NUMBER, 129900)


def test_each_kind_is_told_in_both_languages():
    reasons = [*ClosedBecause, *RefundedBecause]
    for kind in MessageKind:
        for reason in reasons:
            parameters = Parameters(post.NUMBER, LARGEST_FEN, reason, 2, until=NOON, points=4321)
            zh, en = (told(kind, parameters, language) for language in Language)
            assert zh.title != en.title
            named = "4321" if kind is MessageKind.POINTS_EXPIRING else post.NUMBER
            assert named in zh.body
            assert named in en.body
    paid = told(MessageKind.ORDER_PAID, Parameters(post.NUMBER, 129900), Language.ZH)
    assert paid.body == f"订单 {post.NUMBER} 已付款 ¥1,299.00，我们正在为您备货。"


def test_settings_know_each_kind_and_what_its_template_can_show():
    assert {kind: values_of(kind) for kind in KINDS} == dict(VALUES)
    assert set(KINDS) == set(MessageKind)


async def test_old_messages_go_with_what_became_of_them(database: Database):
    member_id = await post.a_member(database)
    await post.permit(database, member_id, times=2)
    await post.permit(database, member_id, post.CLOSED)
    await post.permit(database, member_id, post.CLOSED, is_accepted=False)
    await post.told(database, [post.paid(member_id)])
    await post.claimed(database)
    later = NOON + RETENTION - timedelta(hours=1)
    await post.told(database, [post.paid(member_id)], at=later)
    for at, left in ((later, 2), (NOON + RETENTION + timedelta(hours=1), 1)):
        async with database.writes.begin() as session:
            await forget_old_messages(session, at=at, most=100)
        assert len(await post.inbox(database)) == len(await post.sends(database)) == left
    for at, forgotten in ((NOON + PERMIT_RETENTION, 0), (later, 1)):
        async with database.writes.begin() as session:
            assert await forget_void_permits(session, at=at, most=100) == forgotten
    (free,) = await post.permits(database)
    assert free.template == post.PAID


@pytest.mark.parametrize("reason", [*ClosedBecause, *RefundedBecause])
def test_a_reason_fits_a_phrase_in_chinese(reason: str):
    kind = MessageKind.PAYMENT_REFUNDED
    given = Parameters("", 1, reason)
    made = template_data(kind, given, {"phrase1": "reason"}, at=NOON, language=Language.ZH)
    assert 1 <= len(made["phrase1"]) <= 5
