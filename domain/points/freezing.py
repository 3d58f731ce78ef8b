"""Freezing an account: nothing is spent, given or received of it, and nothing settles."""

from uuid import UUID

import msgspec
from sqlalchemy import update

from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput
from domain.points.models import PointsAccount
from domain.points.posting import lock
from domain.points.trail import changed, require_member
from domain.points.words import Wallet
from domain.staff.actions import record
from domain.staff.rules import problems_of_reason


class SavedAccount(msgspec.Struct, frozen=True):
    """An account that was frozen or let go."""

    member_id: UUID


async def set_frozen(
    session: WriteSession, member_id: UUID, *, is_frozen: bool, reason: str, by: By
) -> SavedAccount:
    """Freeze a member's points, or let them go; where it is so already, nothing happens.

    What settles meanwhile does when they are let go. Refuses: InvalidInput, MemberUnavailable.
    """
    if problems := list(problems_of_reason(reason)):
        raise InvalidInput(problems)
    await require_member(session, member_id)
    book = (await lock(session, [member_id]))[member_id]
    if (book.frozen_at is not None) is is_frozen:
        return SavedAccount(member_id)
    frozen_at = by.at if is_frozen else None
    await session.execute(
        update(PointsAccount)
        .where(PointsAccount.member_id == member_id, PointsAccount.wallet == Wallet.SPEND)
        .values(frozen_at=frozen_at)
    )
    action = "points.freeze" if is_frozen else "points.unfreeze"
    before, after = {"frozen_at": book.frozen_at}, {"frozen_at": frozen_at}
    change = changed(action, member_id, before, after, reason)
    await record(session, by.staff, change, at=by.at, random=by.random)
    return SavedAccount(member_id)
