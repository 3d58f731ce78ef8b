"""What the staff's use cases of points have in common: whom they are about, and the trail."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from domain.kernel.db import WriteSession
from domain.members.errors import MemberUnavailable
from domain.members.models import Member
from domain.members.views.structs import MEMBER
from domain.staff.actions import Change


async def require_member(session: WriteSession, member_id: UUID) -> None:
    """See that there is such a member. Refuses: MemberUnavailable."""
    if await session.scalar(select(Member.id).where(Member.id == member_id)) is None:
        raise MemberUnavailable


def changed(
    action: str,
    member_id: UUID,
    before: Mapping[str, object],
    after: Mapping[str, object],
    reason: str,
) -> Change:
    """A change of a member's points, for the audit trail."""
    return Change(action, MEMBER, member_id, before, after, reason.strip())
