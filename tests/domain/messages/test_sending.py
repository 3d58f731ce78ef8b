"""Deciding and claiming: one permit buys one message, and every word of a member counts."""

import asyncio
from datetime import UTC, datetime, timedelta

from domain.kernel.db import Database
from domain.kernel.language import Language
from domain.members.actions.blocking import block_member
from domain.members.actions.consents import grant_consent, withdraw_consent
from domain.members.models import Member
from domain.members.words import Channel, ConsentPurpose
from domain.messages import settling
from domain.messages.words import MessageKind, PermitStatus, SendStatus, Topic
from tests import make
from tests.domain.members.people import AGREED, BY, RANDOM, publish, write
from tests.domain.messages import post
from tests.make import NOON

SENDING, REFUSED, WAITING = SendStatus.SENDING, SendStatus.REFUSED, SendStatus.WAITING
NIGHT = datetime(2026, 11, 11, 15, tzinfo=UTC)
"""Eleven in the evening."""


async def test_eight_sends_at_once_for_one_permit_send_one(database: Database):
    member_id = await post.a_member(database)
    await post.permit(database, member_id)
    await post.told(database, [post.paid(member_id) for _ in range(8)])
    chunks = await asyncio.gather(*(post.claimed(database, most=1) for _ in range(8)))
    # Who found the member at work left its message; a sweep comes back for those.
    rest = [await post.claimed(database, most=1) for _ in range(8)]
    to_send = [each for chunk in [*chunks, *rest] for each in chunk.to_send]
    assert len(to_send) == 1
    assert sorted(await post.ends(database), key=str) == sorted(
        [(SENDING, None), *[(REFUSED, "no_permit")] * 7], key=str
    )
    (used,) = await post.permits(database)
    assert (used.status, used.message_id) == (PermitStatus.USED, to_send[0].message_id)


async def test_of_many_in_one_chunk_the_oldest_get_the_permits(database: Database):
    member_id = await post.a_member(database)
    await post.permit(database, member_id, times=2)
    for minute in range(4):
        await post.told(database, [post.paid(member_id)], at=NOON + timedelta(minutes=minute))
    chunk = await post.claimed(database, at=NOON + timedelta(minutes=5))
    assert (chunk.due, chunk.decided, len(chunk.to_send)) == (4, 4, 2)
    assert [status for status, _ in await post.ends(database)] == [SENDING] * 2 + [REFUSED] * 2


async def test_a_letter_is_in_the_members_language_and_fits_its_fields(database: Database):
    member_id = await post.a_member(database)
    await post.permit(database, member_id)
    await post.permit(database, member_id, post.CLOSED)
    async with database.writes.begin() as session:
        (await session.get_one(Member, member_id)).language = Language.EN
    await post.told(database, [post.paid(member_id), post.closed(member_id)])
    letters = {each.kind: each.letter for each in (await post.claimed(database)).to_send}
    paid = letters[MessageKind.ORDER_PAID]
    assert (paid.openid, paid.template, paid.language) == ("o-1", post.PAID, Language.EN)
    assert paid.page.startswith("pages/order/order?id=order_")
    assert paid.data == {
        "character_string1": post.NUMBER,
        "amount2": "¥1299.00",
        "time3": "2026-11-11 12:00",
    }
    closed = letters[MessageKind.ORDER_CLOSED].data
    assert (closed["phrase2"], closed["thing3"]) == ("超时未付款", "Order closed")


async def test_consent_that_is_withdrawn_between_intent_and_send_stops_an_offer(
    database: Database,
):
    member_id = await post.a_member(database)
    await post.permit(database, member_id, post.CLOSED, times=3)
    await publish(database, ConsentPurpose.MARKETING)
    marketing = ConsentPurpose.MARKETING

    await post.told(database, [post.closed(member_id)])
    await post.claimed(database, mailing=post.AS_OFFERS)
    await write(
        database,
        lambda session: grant_consent(
            session, member_id, marketing, agreement=AGREED, at=NOON, random=RANDOM
        ),
    )
    await post.told(database, [post.closed(member_id)])
    await post.claimed(database, mailing=post.AS_OFFERS)
    await post.told(database, [post.closed(member_id)])
    await write(
        database,
        lambda session: withdraw_consent(
            session, member_id, marketing, channel=Channel.WEB, at=NOON, random=RANDOM
        ),
    )
    await post.claimed(database, mailing=post.AS_OFFERS)
    assert await sorted_ends(database) == sorted(
        [(REFUSED, "no_consent"), (SENDING, None), (REFUSED, "no_consent")], key=str
    )


async def sorted_ends(database: Database) -> list[tuple[SendStatus, str | None]]:
    """What became of each message, in no order of time."""
    return sorted(await post.ends(database), key=str)


async def test_who_is_blocked_or_wants_nothing_or_is_unknown_is_told_nothing_outside(
    database: Database,
):
    blocked, unwilling = await post.a_member(database), await post.a_member(database, "o-2")
    async with database.writes.begin() as session:
        stranger = Member(id=make.an_id(), name="外人", joined_at=NOON)
        session.add(stranger)
    members = [blocked, unwilling, stranger.id]
    for each in members:
        await post.permit(database, each)
    await post.told(database, [post.paid(each) for each in members])
    await write(
        database, lambda session: block_member(session, blocked, told="x", reason="x", by=BY)
    )
    await post.choice(database, unwilling, Topic.ORDERS, is_told_outside=False)
    await post.claimed(database)
    reasons = {each.member_id: each.reason for each in await post.sends(database)}
    assert reasons == {blocked: "blocked", unwilling: "not_wanted", stranger.id: "no_openid"}
    assert len(await post.inbox(database)) == 3
    await post.choice(database, unwilling, Topic.ORDERS, is_told_outside=True)
    await post.told(database, [post.paid(unwilling)])
    assert len((await post.claimed(database)).to_send) == 1


async def test_a_no_ends_the_permits_of_that_template_and_a_later_yes_grants_one(
    database: Database,
):
    member_id = await post.a_member(database)
    await post.permit(database, member_id, times=2)
    await post.permit(database, member_id, post.CLOSED)
    await post.permit(database, member_id, is_accepted=False)
    await post.told(database, [post.paid(member_id)])
    await post.claimed(database)
    assert await post.ends(database) == [(REFUSED, "no_permit")]
    await post.permit(database, member_id)
    assert sorted(each.status for each in await post.permits(database)) == [
        PermitStatus.DECLINED,
        PermitStatus.DECLINED,
        PermitStatus.FREE,
        PermitStatus.FREE,
    ]


async def test_at_night_only_the_answer_to_a_payment_is_sent(database: Database):
    member_id = await post.a_member(database)
    await post.permit(database, member_id)
    await post.permit(database, member_id, post.CLOSED)
    await post.told(database, [post.paid(member_id), post.closed(member_id)], at=NIGHT)
    (sent,) = (await post.claimed(database, at=NIGHT)).to_send
    assert sent.kind is MessageKind.ORDER_PAID
    (waiting,) = [each for each in await post.sends(database) if each.status is WAITING]
    assert waiting.due_at == NIGHT + timedelta(hours=9)
    assert (await post.claimed(database, at=waiting.due_at - timedelta(seconds=1))).due == 0
    (sent,) = (await post.claimed(database, at=waiting.due_at)).to_send
    assert sent.kind is MessageKind.ORDER_CLOSED


async def test_a_member_is_sent_so_many_a_day_and_the_rest_the_next_morning(database: Database):
    member_id = await post.a_member(database)
    await post.permit(database, member_id, post.CLOSED, times=5)
    await post.told(database, [post.closed(member_id) for _ in range(5)])
    assert len((await post.claimed(database)).to_send) == 3
    waiting = [each.due_at for each in await post.sends(database) if each.status is WAITING]
    morning = NOON + timedelta(hours=20)
    assert waiting == [morning] * 2
    assert len((await post.claimed(database, at=morning)).to_send) == 2


async def test_what_is_older_than_a_day_is_dropped(database: Database):
    member_id = await post.a_member(database)
    await post.permit(database, member_id)
    await post.told(database, [post.paid(member_id)])
    chunk = await post.claimed(database, at=NOON + timedelta(days=1, seconds=1))
    assert (chunk.decided, chunk.to_send) == (1, [])
    assert await post.ends(database) == [(REFUSED, "too_late")]
    assert [each.status for each in await post.permits(database)] == [PermitStatus.FREE]


async def test_a_member_whom_somebody_works_on_is_left_for_the_next_time(database: Database):
    member_id = await post.a_member(database)
    await post.permit(database, member_id)
    await post.told(database, [post.paid(member_id)])
    async with database.writes.begin() as session:
        await session.get_one(Member, member_id, with_for_update={"key_share": True})
        chunk = await post.claimed(database)
        assert (chunk.due, chunk.decided) == (1, 0)
    assert len((await post.claimed(database)).to_send) == 1


async def test_an_answer_that_comes_after_a_message_was_given_up_changes_nothing(
    database: Database,
):
    member_id = await post.a_member(database)
    await post.permit(database, member_id)
    await post.told(database, [post.paid(member_id)])
    (one,) = (await post.claimed(database)).to_send
    soon, late = NOON + timedelta(minutes=2), NOON + timedelta(minutes=2, seconds=1)
    async with database.writes.begin() as session:
        assert await settling.mark_lost(session, at=soon) == 0
        assert await settling.mark_lost(session, at=late) == 1
    async with database.writes.begin() as session:
        assert not await settling.failed(session, one, reason="x", at=late)
        assert not await settling.put_off(session, one, seconds=1, reason="x", at=late)
    assert await post.ends(database) == [(SendStatus.UNKNOWN, "lost")]
    assert [each.status for each in await post.permits(database)] == [PermitStatus.USED]
