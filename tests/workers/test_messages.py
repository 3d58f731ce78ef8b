"""The sweep that sends messages outside, before the fake WeChat: what it says and does not say."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from structlog.typing import EventDict

from domain.gateways.wechat.letters import SubscribeLetters
from domain.gateways.wechat.messages import SubscribeMessages
from domain.kernel.db import Database
from domain.kernel.outbox import OutboxRow
from domain.members.actions.signing_in import sign_in_by_wechat
from domain.members.ports import WeChatSession
from domain.messages.ports import Letter, MessageSender
from domain.messages.words import ClosedBecause, MessageKind, PermitStatus, SendStatus
from domain.orders.closing import Closing
from domain.orders.words import CloseReason
from sandbox.wechat.faults import FaultKind
from tests import make
from tests.domain.gateways.desks import HURRIED, open_desk
from tests.domain.members.people import rows
from tests.domain.messages import post
from tests.domain.orders.buying import a_buyer, a_shop, buy, closed
from tests.make import NOON
from tests.wechat import APP_ID, FakeWeChat
from workers.keepers import KEEPERS
from workers.messages import send_messages
from workers.relay import Relay
from workers.tools import MessageDesk, Tools

SEND = "/cgi-bin/message/subscribe/send"
FREE, USED, SPENT = PermitStatus.FREE, PermitStatus.USED, PermitStatus.SPENT


class Mall:
    """A worker whose clock is set by hand, and the WeChat that it speaks to."""

    def __init__(self, database: Database, wechat: FakeWeChat, sender: MessageSender) -> None:
        self.database = database
        self.wechat = wechat
        self.at = NOON
        self._sender = sender

    @property
    def tools(self) -> Tools:
        """What sweeps work with."""
        store = make.media_folder(Path("/nowhere"))
        desk = MessageDesk(self._sender, post.MAILING)
        return Tools(self.database, lambda: self.at, store, Random(3), messages=desk)

    async def member(self, name: str, *, permits: int = 1, accepted: int | None = None) -> UUID:
        """A member with so many permits; WeChat knows of as many, unless it is said otherwise."""
        person = self.wechat.person(name)
        who = WeChatSession(person.openid, None)
        async with self.database.writes.begin() as session:
            signed_in = await sign_in_by_wechat(session, APP_ID, who, at=NOON, random=Random(name))
        await post.permit(self.database, signed_in.member_id, times=permits)
        self.wechat.permit(person, post.PAID, permits if accepted is None else accepted)
        return signed_in.member_id

    async def sweep(self, **later: float) -> list[tuple[SendStatus, str | None]]:
        """Send what is due so much later, and answer with what became of each message."""
        self.at += timedelta(**later)
        await send_messages({"tools": self.tools})
        return await post.ends(self.database)

    async def permits(self) -> list[PermitStatus]:
        """What became of each permit."""
        return sorted(each.status for each in await post.permits(self.database))

    @property
    def arrived(self) -> int:
        """How many messages have reached somebody's phone."""
        return len(self.wechat.messages().subscribe)


@pytest.fixture
async def mall(database: Database, wechat: FakeWeChat, redis: Redis) -> AsyncGenerator[Mall]:
    """A worker at noon."""
    async with open_desk(wechat, redis, patience=HURRIED) as desk:
        yield Mall(database, wechat, SubscribeLetters(SubscribeMessages(desk.program)))


async def paid(mall: Mall, member_id: UUID, times: int = 1) -> None:
    """Tell a member of paid orders."""
    await post.told(mall.database, [post.paid(member_id) for _ in range(times)])


async def test_what_is_accepted_arrives_once_and_no_more_than_that(mall: Mall):
    member_id = await mall.member("李雷", permits=2)
    await paid(mall, member_id, times=8)
    ends = await mall.sweep()
    assert sorted(status for status, _ in ends) == [SendStatus.REFUSED] * 6 + [SendStatus.SENT] * 2
    assert mall.arrived == 2
    await mall.sweep(minutes=5)
    assert len(mall.wechat.calls(SEND)) == 2
    message = mall.wechat.messages().subscribe[0]
    assert (message.person, message.template_id) == ("李雷", post.PAID)
    assert message.values["amount2"] == "¥1299.00"
    assert message.page is not None
    assert await mall.permits() == [USED, USED]


async def test_where_wechat_knows_of_no_permit_all_of_that_template_are_spent(mall: Mall):
    member_id = await mall.member("李雷", permits=3, accepted=0)
    other = await mall.member("韩梅梅")
    await paid(mall, member_id)
    await mall.sweep()
    await paid(mall, member_id)
    await paid(mall, other)
    assert sorted(await mall.sweep(), key=str) == [
        (SendStatus.REFUSED, "no_permit"),
        (SendStatus.REFUSED, "no_permit"),
        (SendStatus.SENT, None),
    ]
    # It was not asked a second time.
    assert len(mall.wechat.calls(SEND)) == 2
    assert await mall.permits() == [SPENT, SPENT, SPENT, USED]


async def test_a_value_that_wechat_does_not_take_is_never_repeated_and_is_an_error(
    mall: Mall, logged: list[EventDict]
):
    await paid(mall, await mall.member("李雷"))
    mall.wechat.fail(SEND, FaultKind.REFUSED, errcode=47003)
    ((status, reason),) = await mall.sweep()
    assert (status, reason) == (SendStatus.FAILED, "bad_value 47003")
    (error,) = [each for each in logged if each["event"] == "message.failed"]
    assert error["log_level"] == "error"
    await mall.sweep(hours=2)
    assert (len(mall.wechat.calls(SEND)), mall.arrived) == (1, 0)
    assert await mall.permits() == [FREE]
    assert REGISTRY.get_sample_value("mall_messages_broken") == 1


async def test_a_limit_puts_a_message_off_and_its_permit_is_not_lost(mall: Mall):
    await paid(mall, await mall.member("李雷"))
    mall.wechat.fail(SEND, FaultKind.LIMITED, times=2)
    assert await mall.sweep() == [(SendStatus.WAITING, "45009")]
    assert await mall.permits() == [FREE]
    await mall.sweep(seconds=59)
    assert len(mall.wechat.calls(SEND)) == 1
    await mall.sweep(seconds=1)
    # The second pause is twice the first.
    await mall.sweep(seconds=119)
    assert len(mall.wechat.calls(SEND)) == 2
    assert await mall.sweep(seconds=1) == [(SendStatus.SENT, None)]
    assert (mall.arrived, await mall.permits()) == (1, [USED])


@pytest.mark.parametrize("kind", [FaultKind.LOST, FaultKind.BROKEN, FaultKind.GARBAGE])
async def test_what_may_have_been_sent_is_never_sent_again(mall: Mall, kind: FaultKind):
    await paid(mall, await mall.member("李雷"))
    mall.wechat.fail(SEND, kind)
    ((status, reason),) = await mall.sweep()
    assert status is SendStatus.UNKNOWN
    assert reason
    await mall.sweep(hours=3)
    assert len(mall.wechat.calls(SEND)) == 1
    assert await mall.permits() == [USED]


async def test_a_sweep_that_died_leaves_what_may_have_been_sent(mall: Mall):
    member_id = await mall.member("李雷", permits=2)
    await paid(mall, member_id)
    await post.claimed(mall.database)
    assert [status for status, _ in await mall.sweep(minutes=1)] == [SendStatus.SENDING]
    assert await mall.sweep(minutes=2) == [(SendStatus.UNKNOWN, "lost")]
    assert mall.wechat.calls(SEND) == []
    assert await mall.permits() == [FREE, USED]


async def test_what_waited_for_more_than_a_day_is_dropped(mall: Mall):
    await paid(mall, await mall.member("李雷"))
    assert await mall.sweep(days=1, seconds=1) == [(SendStatus.REFUSED, "too_late")]
    assert mall.wechat.calls(SEND) == []


async def test_a_bug_on_the_way_counts_as_sent_and_stops_no_other(
    database: Database, wechat: FakeWeChat, logged: list[EventDict]
):
    class Buggy:
        """Sends nothing to the first."""

        def __init__(self) -> None:
            self.letters: list[Letter] = []

        async def send(self, letter: Letter) -> None:
            """Fail once."""
            self.letters.append(letter)
            if len(self.letters) == 1:
                raise ZeroDivisionError

    mall = Mall(database, wechat, Buggy())
    for name in ("李雷", "韩梅梅"):
        await paid(mall, await mall.member(name))
    assert sorted(await mall.sweep(), key=str) == [
        (SendStatus.SENT, None),
        (SendStatus.UNKNOWN, "ZeroDivisionError"),
    ]
    assert [each["event"] for each in logged].count("message.bug") == 1


@pytest.mark.parametrize(
    ("reason", "is_told_outside"),
    [(CloseReason.NOT_PAID_IN_TIME, True), (CloseReason.CANCELLED_BY_MEMBER, False)],
)
async def test_whose_order_is_closed_is_told_once(
    mall: Mall, reason: CloseReason, *, is_told_outside: bool
):
    shop = await a_shop(mall.database)
    placed = await buy(mall.database, await a_buyer(mall.database), shop.variants[0])
    await closed(mall.database, [Closing(placed.order_id, reason, "test")])
    for _ in range(2):
        await Relay(mall.tools, KEEPERS).go_on()
        async with mall.database.writes.begin() as session:
            for fact in await rows(mall.database, OutboxRow):
                (await session.get_one(OutboxRow, fact.id)).done_at = None
    (message,) = await post.inbox(mall.database)
    assert (message.kind, message.order_id) == (MessageKind.ORDER_CLOSED, placed.order_id)
    assert message.parameters.reason == ClosedBecause(str(reason))
    assert message.parameters.order_number == placed.number
    assert len(await post.sends(mall.database)) == int(is_told_outside)


def test_each_reason_of_closing_can_be_told():
    assert {str(each) for each in CloseReason} == {str(each) for each in ClosedBecause}
