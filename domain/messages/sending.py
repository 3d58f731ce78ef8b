"""Sending outside the mall: deciding under the members' locks, and what became of it.

Three steps (architecture 0.22). `claim` decides on what is due and takes a permit for each message
that is sent, and its transaction is committed; then WeChat is called; `settle` writes down what it
said. What stands between for long is found by `mark_lost`.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, any_, bindparam, func, select, update
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import WriteSession
from domain.kernel.language import Language
from domain.kernel.row_sets import RowSet
from domain.members.recipients import Recipient, lock_recipients
from domain.messages.kinds import KINDS, KindRules, Parameters, page_for, template_data
from domain.messages.models import (
    COUNTED,
    InboxMessage,
    MessageChoice,
    MessagePermit,
    MessageSend,
)
from domain.messages.ports import Letter
from domain.messages.rules import POLICY, Due, Policy, Standing, begin_of_day, decide
from domain.messages.words import MessageKind, NotSent, PermitStatus, SendStatus, Topic

LOST_AFTER = timedelta(minutes=2)
"""A message that is "sending" for longer has no process any more that waits for its answer."""
_IDS = bindparam("ids", type_=ARRAY(UuidColumn))


class Template(msgspec.Struct, frozen=True):
    """A template of the mini-program, and the value that each of its fields shows."""

    id: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mailing:
    """What messages outside the mall go by: the mini-program, its templates, and the rules."""

    app_id: str
    templates: Mapping[MessageKind, Template]
    policy: Policy = POLICY
    kinds: Mapping[MessageKind, KindRules] = field(default_factory=lambda: KINDS)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is to be sent now, and the permit that was taken for it."""

    message_id: UUID
    member_id: UUID
    kind: MessageKind
    tries: int
    letter: Letter


@dataclass(frozen=True, slots=True)
class Chunk:
    """How many messages were due, how many of them were decided on, and those to send now."""

    due: int
    decided: int
    to_send: list[Claimed]


@dataclass(slots=True)
class _DueRow:
    """A message under lock."""

    message_id: UUID
    member_id: UUID
    kind: MessageKind
    tries: int
    parameters: Parameters
    order_id: UUID | None
    told_at: datetime


@dataclass(slots=True)
class _Member:
    """A member under lock, with what is left to them; both go down as messages are claimed."""

    recipient: Recipient
    wants: frozenset[Topic]
    sent_today: Counter[MessageKind]
    permits: dict[str, list[UUID]]

    def standing(self) -> Standing:
        """As the rules see it."""
        who = self.recipient
        return Standing(
            who.is_blocked,
            who.openid is not None,
            who.has_marketing_consent,
            self.wants,
            self.sent_today,
        )


def templates_of(
    given: Mapping[str, tuple[str, Mapping[str, str]]],
) -> dict[MessageKind, Template]:
    """The templates by their kinds, from ids and fields as settings have them."""
    return {MessageKind(kind): Template(*each) for kind, each in given.items()}


_DUE = (
    select(
        MessageSend.message_id,
        MessageSend.member_id,
        MessageSend.kind,
        MessageSend.tries,
        InboxMessage.parameters,
        InboxMessage.order_id,
        InboxMessage.told_at,
    )
    .join(InboxMessage, InboxMessage.id == MessageSend.message_id)
    .where(MessageSend.status == SendStatus.WAITING, MessageSend.due_at <= bindparam("at"))
    .order_by(MessageSend.due_at, MessageSend.message_id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=MessageSend)
)
_UNWANTED = select(MessageChoice.member_id, MessageChoice.topic).where(
    MessageChoice.member_id == any_(_IDS), MessageChoice.is_told_outside.is_(False)
)
_SENT_TODAY = (
    select(MessageSend.member_id, MessageSend.kind, func.count())
    .where(
        MessageSend.member_id == any_(_IDS),
        MessageSend.status.in_(COUNTED),
        MessageSend.began_at >= bindparam("midnight"),
    )
    .group_by(MessageSend.member_id, MessageSend.kind)
)
_FREE = (
    select(MessagePermit.member_id, MessagePermit.template, MessagePermit.id)
    .where(MessagePermit.member_id == any_(_IDS), MessagePermit.status == PermitStatus.FREE)
    .order_by(MessagePermit.member_id, MessagePermit.template, MessagePermit.id)
)
_DECIDED = RowSet("decided", MessageSend, "message_id status due_at began_at ended_at reason")
_DECIDE = (
    update(MessageSend)
    .where(MessageSend.message_id == _DECIDED.c.message_id)
    .values(
        {key: _DECIDED.c[key] for key in ("status", "due_at", "began_at", "ended_at", "reason")}
    )
    .execution_options(synchronize_session=False)
)
_TAKEN = RowSet("taken", MessagePermit, "id message_id settled_at")
_TAKE = (
    update(MessagePermit)
    .where(MessagePermit.id == _TAKEN.c.id, MessagePermit.status == PermitStatus.FREE)
    .values(
        status=PermitStatus.USED,
        message_id=_TAKEN.c.message_id,
        settled_at=_TAKEN.c.settled_at,
    )
    .returning(MessagePermit.id)
    .execution_options(synchronize_session=False)
)


async def claim(session: WriteSession, mailing: Mailing, *, at: datetime, most: int) -> Chunk:
    """Decide on messages that are due, the longest due first, and take what is to be sent now.

    Under the locks of their members, so that no two messages use one permit and no word of a
    member is passed over. A member whom somebody else works on is left for the next time.
    """
    found = await session.execute(_DUE, {"at": at, "most": most})
    due = [_DueRow(*row) for row in found]
    if not due:
        return Chunk(0, 0, [])
    members = await _locked(session, {each.member_id for each in due}, mailing, at)
    decided: list[tuple[object, ...]] = []
    taken: list[tuple[UUID, UUID, datetime]] = []
    to_send: list[Claimed] = []
    for each in due:
        member = members.get(each.member_id)
        if member is None:
            continue
        verdict = _judge(each, member, mailing, at)
        decided.append(_row(each, verdict, at))
        if verdict is None:
            permit, claimed = _claimed(each, member, mailing.templates[each.kind])
            taken.append((permit, each.message_id, at))
            to_send.append(claimed)
    if decided:
        await session.execute(_DECIDE, _DECIDED.bound(decided))
    if taken:
        used = await session.execute(_TAKE, _TAKEN.bound(taken))
        # Under their members' locks all of them are free; anything else is a bug, and sends none.
        assert len(used.all()) == len(taken)
    return Chunk(len(due), len(decided), to_send)


async def _locked(
    session: WriteSession, ids: set[UUID], mailing: Mailing, at: datetime
) -> dict[UUID, _Member]:
    """What is known of each member who could be locked."""
    recipients = await lock_recipients(session, ids, app_id=mailing.app_id)
    given = {"ids": list(recipients)}
    unwanted: defaultdict[UUID, set[Topic]] = defaultdict(set)
    for member_id, topic in await session.execute(_UNWANTED, given):
        unwanted[member_id].add(topic)
    sent: defaultdict[UUID, Counter[MessageKind]] = defaultdict(Counter)
    today = given | {"midnight": begin_of_day(at)}
    for member_id, kind, count in await session.execute(_SENT_TODAY, today):
        sent[member_id][kind] = count
    permits: defaultdict[UUID, dict[str, list[UUID]]] = defaultdict(dict)
    for member_id, template, permit in await session.execute(_FREE, given):
        permits[member_id].setdefault(template, []).append(permit)
    return {
        key: _Member(who, frozenset(Topic) - unwanted[key], sent[key], permits[key])
        for key, who in recipients.items()
    }


def _judge(
    each: _DueRow, member: _Member, mailing: Mailing, at: datetime
) -> NotSent | datetime | None:
    template = mailing.templates.get(each.kind)
    due = Due(
        each.kind,
        each.told_at,
        has_template=template is not None,
        has_permit=template is not None and bool(member.permits.get(template.id)),
    )
    return decide(due, mailing.kinds[each.kind], member.standing(), mailing.policy, at=at)


def _row(each: _DueRow, verdict: NotSent | datetime | None, at: datetime) -> tuple[object, ...]:
    """The row of `_DECIDED`."""
    if verdict is None:
        return each.message_id, SendStatus.SENDING, at, at, None, None
    if isinstance(verdict, NotSent):
        return each.message_id, SendStatus.REFUSED, at, None, at, verdict
    return each.message_id, SendStatus.WAITING, verdict, None, None, None


def _claimed(each: _DueRow, member: _Member, template: Template) -> tuple[UUID, Claimed]:
    """Take the member's oldest permit for the message."""
    permit = member.permits[template.id].pop(0)
    member.sent_today[each.kind] += 1
    who = member.recipient
    assert who.openid is not None
    language = who.language or Language.ZH
    data = template_data(
        each.kind, each.parameters, template.fields, at=each.told_at, language=language
    )
    letter = Letter(who.openid, template.id, page_for(each.order_id), data, language)
    return permit, Claimed(each.message_id, each.member_id, each.kind, each.tries, letter)
