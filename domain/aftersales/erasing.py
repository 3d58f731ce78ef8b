"""Erasing what was said and shown in cases: some years after their end, or with their member.

What a member said, what the staff said to them, and the pictures of both go; the objects of these
by the sweep of uploads. What was asked for, who moved it when, and all money stay.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, case, delete, select, update

from domain.aftersales.models import Case, CaseHistory, CasePicture
from domain.aftersales.rules import TEXTS_KEPT_FOR
from domain.kernel.db import WriteSession
from domain.media.actions import give_up


async def erase_old_cases(session: WriteSession, *, at: datetime, most: int) -> int:
    """Erase what was said in cases that ended long ago, the longest first; how many those are."""
    return await _erase(session, Case.ended_at < at - TEXTS_KEPT_FOR, at=at, most=most)


async def erase_cases_of(session: WriteSession, member_id: UUID, *, at: datetime, most: int) -> int:
    """Erase what was said in a member's cases that are over; how many those are.

    For whoever erases the member, as often as there are ``most``, once `open_cases_of` has none:
    a case that is open needs what was said in it.
    """
    return await _erase(session, Case.member_id == member_id, at=at, most=most)


async def open_cases_of(session: WriteSession, member_id: UUID) -> Sequence[str]:
    """The numbers of a member's cases that are not over; these keep them from being erased."""
    numbers = select(Case.number).where(Case.member_id == member_id, Case.ended_at.is_(None))
    return list(await session.scalars(numbers.order_by(Case.id)))


async def _erase(
    session: WriteSession, which: ColumnElement[bool], *, at: datetime, most: int
) -> int:
    erasable = select(Case.id).where(which, Case.ended_at.is_not(None), Case.erased_at.is_(None))
    # What is over is moved by nobody: another worker that erases is the only one to wait for.
    chunk = erasable.order_by(Case.ended_at, Case.id).limit(most)
    ids = list(await session.scalars(chunk.with_for_update(skip_locked=True, key_share=True)))
    if not ids:
        return 0
    gone = delete(CasePicture).where(CasePicture.case_id.in_(ids)).returning(CasePicture.object_key)
    await give_up(session, list(await session.scalars(gone)))
    said = CaseHistory.case_id.in_(ids), CaseHistory.note.is_not(None)
    await session.execute(update(CaseHistory).where(*said).values(note=None))
    await session.execute(
        update(Case)
        .where(Case.id.in_(ids))
        .values(
            note="",
            # What must be there stays there, and is empty.
            told=case((Case.told.is_not(None), "")),
            exception=case((Case.exception.is_not(None), "")),
            erased_at=at,
        )
        .execution_options(synchronize_session=False)
    )
    return len(ids)
