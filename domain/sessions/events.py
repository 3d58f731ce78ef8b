"""What happens to sessions, as their owners are told of it: one has begun, one has ended."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Text,
    any_,
    bindparam,
    cast,
    func,
    null,
    select,
    union_all,
)
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import first_id, public_id
from domain.sessions.models import Client, Session
from domain.sessions.rules import EndReason
from domain.sessions.views import SESSION


class SessionEvent(msgspec.Struct, frozen=True, gc=False):
    """A session of somebody's has begun, or has ended where there is a ``reason``."""

    person_id: UUID
    session_id: str
    client_name: str
    at: datetime
    reason: EndReason | None

    @property
    def key(self) -> tuple[str, bool]:
        """What makes it one event: a session begins once and ends once."""
        return self.session_id, self.reason is not None


_PEOPLE = bindparam("people", type_=ARRAY(UuidColumn))
_PERSON = func.coalesce(Session.member_id, Session.staff_id).label("person_id")
_COMMON = (_PERSON, Session.id, Client.name)
_BEGUN = (
    select(*_COMMON, Session.started_at.label("at"), cast(null(), Text).label("reason"))
    .join(Client, Session.client_id == Client.id)
    .where(Session.is_of(any_(_PEOPLE)), Session.id >= bindparam("after_id", type_=UuidColumn))
)
_ENDED = (
    select(*_COMMON, Session.ended_at, cast(Session.end_reason, Text))
    .join(Client, Session.client_id == Client.id)
    .where(
        Session.is_of(any_(_PEOPLE)),
        Session.ended_at > bindparam("after", type_=Session.ended_at.type),
    )
)
_BOTH = union_all(_BEGUN, _ENDED).subquery()
_EVENTS = HotRead(
    select(_BOTH)
    # What began and ended at one moment began first.
    .order_by(_BOTH.c.at.desc(), _BOTH.c.reason.is_(None))
    .limit(bindparam("limit", type_=BigInteger))
)


async def events_of(
    reads: ReadPool, people: Collection[UUID], *, after: datetime, most: int
) -> list[SessionEvent]:
    """What has happened after a moment to the sessions of these people, the latest first.

    Where there is more than ``most``, it is the oldest that is left out.
    """
    rows = await _EVENTS.rows(
        reads, people=[*people], after=after, after_id=first_id(after), limit=most
    )
    return [
        SessionEvent(
            person_id,
            public_id(SESSION, session_id),
            name,
            at,
            EndReason(reason) if reason else None,
        )
        for person_id, session_id, name, at, reason in rows
    ]
