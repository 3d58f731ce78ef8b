"""The use case of ending a session of one's own, wherever it is."""

from datetime import datetime
from random import Random
from uuid import UUID

from sqlalchemy import and_, select

from domain.kernel.db import WriteSession
from domain.sessions import pads
from domain.sessions.actions import end
from domain.sessions.errors import SessionUnknown
from domain.sessions.models import Session
from domain.sessions.rules import EndReason

_FROM_ELSEWHERE = "在别处退出 / signed out from elsewhere"


async def end_own(
    session: WriteSession, person_id: UUID, session_id: UUID, *, at: datetime, random: Random
) -> None:
    """Sign a person out of one of their sessions; again, it changes nothing. `SessionUnknown`.

    One of staff at a pad ends as it does there, with an entry in the audit trail.
    """
    is_own = and_(Session.id == session_id, Session.is_of(person_id))
    own = await session.scalar(select(Session).where(is_own))
    if own is None:
        raise SessionUnknown
    if own.parent_id is None:
        await end(session, session_id, EndReason.SIGNED_OUT, at=at)
    else:
        await pads.sign_out(session, own, reason=_FROM_ELSEWHERE, at=at, random=random)
