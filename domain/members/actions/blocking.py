"""Blocking: keeping a member out, with words for them and words for colleagues."""

from uuid import UUID

from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput
from domain.members import statements
from domain.members.actions.profiles import SavedMember
from domain.members.models import Member
from domain.members.rules import problems_of_block_reason
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

_SUBJECT = "member"


async def block_member(
    session: WriteSession, member_id: UUID, *, told: str, reason: str, by: By
) -> SavedMember:
    """Keep a member out from the next sign-in on; ``told`` is what they are told.

    Whoever composes it ends the member's sessions in the same transaction. Blocking again changes
    what the member is told. Refuses: MemberUnavailable, InvalidInput.
    """
    problems = [*problems_of_block_reason(told), *problems_of_reason(reason)]
    if problems:
        raise InvalidInput(problems)
    member = await statements.locked(session, member_id)
    before = _standing(member)
    if member.block_reason != told:
        member.blocked_at = member.blocked_at or by.at
        member.block_reason = told
        await _save(session, member, before, action="member.block", reason=reason, by=by)
    return SavedMember(member_id)


async def unblock_member(
    session: WriteSession, member_id: UUID, *, reason: str, by: By
) -> SavedMember:
    """Let a member in again; who is not blocked stays so. Refuses: as `block_member`."""
    problems = [*problems_of_reason(reason)]
    if problems:
        raise InvalidInput(problems)
    member = await statements.locked(session, member_id)
    before = _standing(member)
    if member.blocked_at is not None:
        member.blocked_at = member.block_reason = None
        await _save(session, member, before, action="member.unblock", reason=reason, by=by)
    return SavedMember(member_id)


async def _save(
    session: WriteSession,
    member: Member,
    before: dict[str, object],
    *,
    action: str,
    reason: str,
    by: By,
) -> None:
    member.revision += 1
    await session.flush()
    change = Change(action, _SUBJECT, member.id, before, _standing(member), reason)
    await record(session, by.staff, change, at=by.at, random=by.random)


def _standing(member: Member) -> dict[str, object]:
    return {"blocked_at": member.blocked_at, "block_reason": member.block_reason}
