"""Hot reads of a member's own messages, in the language of who reads."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import BigInteger, Text, bindparam, func, literal_column, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.paging import Page, Place, page_of
from domain.messages.kinds import ORDER, Parameters, page_for, told
from domain.messages.models import InboxMessage, MessageChoice, MessagePermit
from domain.messages.words import MessageKind, PermitStatus, Topic

MESSAGE = "message"
"""The kind in a message's public id."""
MOST_COUNTED = 100
"""Where counting ends: a badge says 99+."""
_PARAMETERS = msgspec.json.Decoder(Parameters)


class MessageView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A message as its member reads it; ``page`` is where it leads in the mini-program."""

    id: str
    kind: MessageKind
    title: str
    body: str
    order_id: str | None
    page: str
    told_at: datetime
    read_at: datetime | None
    key: UUID

    @property
    def place(self) -> Place:
        """Where it stands in the list: its id begins with the moment."""
        return Place(0, self.key)


class TemplateView(msgspec.Struct, frozen=True, gc=False):
    """A template that a member may be asked about, and how many permits of it they have left."""

    kind: MessageKind
    template_id: str
    permits: int


class ChoiceView(msgspec.Struct, frozen=True, gc=False):
    """Whether a member wants to be told of a topic outside the mall."""

    topic: Topic
    is_told_outside: bool


async def messages(
    reads: ReadPool,
    member_id: UUID,
    language: Language,
    *,
    unread_only: bool,
    first: int,
    after: Place | None,
) -> Page[MessageView]:
    """Take the ``first`` of a member's messages behind ``after``, the last told first."""
    rows = await _page(unread_only=unread_only, after=after is not None).rows(
        reads, member_id=member_id, after=after.key if after else None, limit=first + 1
    )
    page = page_of(rows, first)
    return Page([_view(row, language) for row in page.items], page.has_next)


async def unread_count(reads: ReadPool, member_id: UUID) -> int:
    """How many messages a member has not read, counted up to `MOST_COUNTED`."""
    rows = await _unread().rows(reads, member_id=member_id)
    return rows[0]["unread"]


async def templates(
    reads: ReadPool, member_id: UUID, known: Mapping[MessageKind, str]
) -> list[TemplateView]:
    """The template of each kind that has one, with the member's permits."""
    if not known:
        return []
    rows = await _permits().rows(reads, member_id=member_id)
    left = {row["template"]: row["permits"] for row in rows}
    return [TemplateView(kind, template, left.get(template, 0)) for kind, template in known.items()]


async def choices(reads: ReadPool, member_id: UUID) -> list[ChoiceView]:
    """What a member said to each topic; without a word they are told."""
    rows = await _choices().rows(reads, member_id=member_id)
    said = {row["topic"]: row["is_told_outside"] for row in rows}
    return [ChoiceView(topic, said.get(topic, True)) for topic in Topic]


def _view(row: Record, language: Language) -> MessageView:
    kind = MessageKind(row["kind"])
    words = told(kind, _PARAMETERS.decode(row["parameters"]), language)
    return MessageView(
        id=public_id(MESSAGE, row["id"]),
        kind=kind,
        title=words.title,
        body=words.body,
        order_id=None if row["order_id"] is None else public_id(ORDER, row["order_id"]),
        page=page_for(row["order_id"]),
        told_at=row["told_at"],
        read_at=row["read_at"],
        key=row["id"],
    )


@cache
def _page(*, unread_only: bool, after: bool) -> HotRead:
    message = InboxMessage
    statement = select(
        message.id,
        message.kind,
        message.parameters,
        message.order_id,
        message.told_at,
        message.read_at,
    ).where(message.member_id == bindparam("member_id", type_=UuidColumn))
    if unread_only:
        statement = statement.where(message.read_at.is_(None))
    if after:
        statement = statement.where(message.id < bindparam("after", type_=UuidColumn))
    limit = bindparam("limit", type_=BigInteger)
    return HotRead(statement.order_by(message.id.desc()).limit(limit))


@cache
def _unread() -> HotRead:
    unread = (
        select(InboxMessage.id)
        .where(
            InboxMessage.member_id == bindparam("member_id", type_=UuidColumn),
            InboxMessage.read_at.is_(None),
        )
        .limit(literal_column(str(MOST_COUNTED)))
        .subquery()
    )
    return HotRead(select(func.count().label("unread")).select_from(unread))


@cache
def _permits() -> HotRead:
    permit = MessagePermit
    return HotRead(
        select(permit.template, func.count().label("permits"))
        .where(
            permit.member_id == bindparam("member_id", type_=UuidColumn),
            permit.status == literal_column(f"'{PermitStatus.FREE}'", Text()),
        )
        .group_by(permit.template)
    )


@cache
def _choices() -> HotRead:
    return HotRead(
        select(MessageChoice.topic, MessageChoice.is_told_outside).where(
            MessageChoice.member_id == bindparam("member_id", type_=UuidColumn)
        )
    )
