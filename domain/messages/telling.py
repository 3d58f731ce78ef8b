"""Telling members: into the inbox, with a note of what is to be sent outside as well."""

from collections.abc import Collection, Iterable
from datetime import datetime
from random import Random
from typing import cast

from sqlalchemy import Boolean, Table, Text, literal, select
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.db import WriteSession
from domain.kernel.forgetting import forget_oldest
from domain.kernel.ids import first_id, new_id
from domain.kernel.row_sets import RowSet
from domain.messages.models import RETENTION, InboxMessage, MessageSend
from domain.messages.news import News
from domain.messages.words import MessageKind, SendStatus

_NEWS = RowSet(
    "news",
    InboxMessage,
    "id member_id kind parameters order_id source told_at",
    is_sent=Boolean(),
)
_TOLD = (
    _NEWS.insert()
    .on_conflict_do_nothing(index_elements=["member_id", "source"])
    .returning(InboxMessage.id)
    .cte("told")
)
# Of the table: SQLAlchemy would take the arrays for rows of an entity.
_SENDS = cast("Table", MessageSend.__table__)
_TELL = insert(_SENDS).from_select(
    ["message_id", "member_id", "kind", "status", "due_at", "tries"],
    select(
        _NEWS.c.id,
        _NEWS.c.member_id,
        _NEWS.c.kind,
        literal(str(SendStatus.WAITING), Text()),
        _NEWS.c.told_at,
        literal(0),
    )
    .select_from(_NEWS.rows)
    .join(_TOLD, _TOLD.c.id == _NEWS.c.id)
    .where(_NEWS.c.is_sent),
)


async def tell(
    session: WriteSession,
    news: Iterable[News],
    at: datetime,
    *,
    outside: Collection[MessageKind],
    random: Random,
) -> None:
    """Write news into the inboxes, in the caller's transaction and in one statement for any number.

    What a member was told from the same source before is not told again. Kinds that are among
    ``outside`` (which the mall has templates for) will be sent there too; whether they are is
    decided then.
    """
    # In one order, so that two who tell the same do not wait for each other in a circle.
    in_order = sorted(news, key=lambda each: (each.member_id, each.source))
    if not in_order:
        return
    rows = (
        (
            new_id(at, random),
            each.member_id,
            each.kind,
            each.parameters,
            each.order_id,
            each.source,
            at,
            each.is_told_outside and each.kind in outside,
        )
        for each in in_order
    )
    await session.execute(_TELL, _NEWS.bound(rows))


async def forget_old_messages(session: WriteSession, *, at: datetime, most: int) -> int:
    """Forget the oldest messages past their retention, with what became of them; how many."""
    # An id begins with the moment of telling, and has the index.
    is_past = InboxMessage.id < first_id(at - RETENTION)
    return await forget_oldest(session, InboxMessage, is_past, by=InboxMessage.id, most=most)
