"""Ending cases without a result: what they kept, and what was held for them, can be had again."""

from collections.abc import Sequence
from uuid import UUID

from domain.aftersales.holding import lock_replacements, move_replacements
from domain.aftersales.models import Case, CaseLine
from domain.aftersales.moving import (
    Mover,
    is_exchange,
    lines_of,
    lock_case,
    lock_order,
    move,
    order_of,
    tell,
)
from domain.aftersales.words import CaseStatus
from domain.kernel.db import WriteSession
from domain.stock.holding import LockedLevels
from domain.stock.rules import Reason

_HOLDS = (CaseStatus.APPROVED, CaseStatus.SENT_BACK, CaseStatus.RECEIVED)
"""Where an exchange holds what comes in its place, and can end without it."""


class Endable:
    """A case under lock, with the levels of what is held for it."""

    def __init__(self, case: Case, levels: LockedLevels) -> None:
        self.case = case
        self.levels = levels


async def lock_endable(session: WriteSession, case_id: UUID) -> Endable:
    """Lock all that ending a case may change, in the mall's order. Refuses: CaseUnavailable."""
    order_id = await order_of(session, case_id)
    case = await session.get_one(Case, case_id)
    lines: Sequence[CaseLine] = []
    if is_exchange(case):
        lines = await lines_of(session, case_id)
    levels = await lock_replacements(session, case.place_id, lines)
    await lock_order(session, order_id)
    return Endable(await lock_case(session, case_id), levels)


async def end(
    session: WriteSession, endable: Endable, to: CaseStatus, by: Mover, *, note: str | None = None
) -> None:
    """End a locked case; the caller has seen that it can move there."""
    case = endable.case
    if is_exchange(case) and case.status in _HOLDS:
        lines = await lines_of(session, case.id)
        await move_replacements(session, case, lines, endable.levels, Reason.RELEASED, by)
    if to is CaseStatus.REFUSED:
        case.told = note
    await move(session, case, to, by, note=note)
    await tell(session, case, by)
