"""The note that a member has read their messages."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, any_, bindparam, update
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import WriteSession
from domain.messages.models import InboxMessage


async def mark_read(
    session: WriteSession, member_id: UUID, keys: Collection[UUID] | None, *, at: datetime
) -> None:
    """Note that a member has read some of their own messages, or (None) all that there are.

    What was read before keeps its moment; what is not theirs is left out.
    """
    read = update(InboxMessage).where(
        InboxMessage.member_id == member_id, InboxMessage.read_at.is_(None)
    )
    if keys is not None:
        ids = bindparam("ids", sorted(keys), type_=ARRAY(UuidColumn))
        read = read.where(InboxMessage.id == any_(ids))
    await session.execute(read.values(read_at=at).execution_options(synchronize_session=False))
