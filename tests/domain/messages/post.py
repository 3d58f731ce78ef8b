"""Members who are told things, and what is sent to them, as the tests of messages need it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.kernel.db import Base, Database
from domain.messages import news
from domain.messages.kinds import KINDS
from domain.messages.models import InboxMessage, MessagePermit, MessageSend
from domain.messages.news import News
from domain.messages.permits import Answers, choose, record_permits
from domain.messages.sending import Chunk, Mailing, Template, claim
from domain.messages.telling import tell
from domain.messages.words import ClosedBecause, MessageKind, SendStatus, Topic
from tests import make
from tests.domain.members.people import sign_in
from tests.make import NOON
from tests.wechat import APP_ID

RANDOM = Random(7)
PAID, CLOSED, REFUNDED = "template-paid", "template-closed", "template-refunded"
TEMPLATES = {
    MessageKind.ORDER_PAID: Template(
        PAID, {"character_string1": "order_number", "amount2": "amount", "time3": "time"}
    ),
    MessageKind.ORDER_CLOSED: Template(
        CLOSED, {"character_string1": "order_number", "phrase2": "reason", "thing3": "title"}
    ),
    MessageKind.PAYMENT_REFUNDED: Template(
        REFUNDED, {"character_string1": "order_number", "amount2": "amount", "thing3": "reason"}
    ),
}
MAILING = Mailing(APP_ID, TEMPLATES)
AS_OFFERS = replace(
    MAILING,
    kinds={
        **KINDS,
        MessageKind.ORDER_CLOSED: replace(KINDS[MessageKind.ORDER_CLOSED], topic=Topic.OFFERS),
    },
)
"""As if closed orders were offers: the mall has no kind yet that is one."""
NUMBER = "261111000000000012"


async def a_member(database: Database, openid: str = "o-1") -> UUID:
    """A member of the tests' mini-program."""
    return (await sign_in(database, openid, app=APP_ID)).member_id


def paid(member_id: UUID, source: str | None = None, *, amount_fen: int = 129900) -> News:
    """News of a paid order; of another one each time unless the source is given."""
    order_id = make.an_id()
    return news.order_paid(member_id, order_id, NUMBER, amount_fen, source or f"paid:{order_id}")


def closed(member_id: UUID, reason: ClosedBecause = ClosedBecause.NOT_PAID_IN_TIME) -> News:
    """News of a closed order."""
    order_id = make.an_id()
    return news.order_closed(member_id, order_id, NUMBER, reason, f"closed:{order_id}")


async def told(
    database: Database,
    given: Sequence[News],
    *,
    at: datetime = NOON,
    outside: Mapping[MessageKind, Template] = TEMPLATES,
) -> None:
    """Tell news in a transaction of its own."""
    async with database.writes.begin() as session:
        await tell(session, given, at, outside=outside.keys(), random=RANDOM)


async def permit(
    database: Database,
    member_id: UUID,
    template: str = PAID,
    *,
    times: int = 1,
    is_accepted: bool = True,
) -> None:
    """The member says yes, or no, to a template so many times."""
    for _ in range(times):
        answers = Answers(make.an_id(), {template: is_accepted})
        async with database.writes.begin() as session:
            await record_permits(session, member_id, answers, at=NOON, random=RANDOM)


async def choice(
    database: Database, member_id: UUID, topic: Topic, *, is_told_outside: bool
) -> None:
    """The member says whether they want to be told of a topic outside the mall."""
    async with database.writes.begin() as session:
        await choose(session, member_id, topic, is_told_outside=is_told_outside, at=NOON)


async def claimed(
    database: Database, *, at: datetime = NOON, mailing: Mailing = MAILING, most: int = 100
) -> Chunk:
    """Claim what is due in a transaction of its own."""
    async with database.writes.begin() as session:
        return await claim(session, mailing, at=at, most=most)


async def sends(database: Database) -> list[MessageSend]:
    """All messages outside the mall, in the order of telling."""
    return await _rows(database, select(MessageSend).order_by(MessageSend.message_id))


async def ends(database: Database) -> list[tuple[SendStatus, str | None]]:
    """What became of each message outside the mall, and why."""
    return [(each.status, each.reason) for each in await sends(database)]


async def inbox(database: Database) -> list[InboxMessage]:
    """All messages in inboxes, in the order of telling."""
    return await _rows(database, select(InboxMessage).order_by(InboxMessage.id))


async def permits(database: Database) -> list[MessagePermit]:
    """All permits, the oldest first."""
    return await _rows(database, select(MessagePermit).order_by(MessagePermit.id))


async def _rows(database: Database, statement: Any) -> list[Any]:
    async with database.writes() as session:
        found: Sequence[Base] = (await session.scalars(statement)).all()
    return list(found)
