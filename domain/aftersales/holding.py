"""Units that come in exchange: held from the approval on, sold when they are sent."""

from collections.abc import Sequence
from uuid import UUID

from domain.aftersales.errors import CaseNotPossible
from domain.aftersales.models import Case, CaseLine
from domain.aftersales.moving import Mover
from domain.aftersales.words import CaseObstacle
from domain.kernel.db import WriteSession
from domain.stock.actions import Movement
from domain.stock.holding import LockedLevels, lock_levels, write_decided
from domain.stock.rules import Reason


async def lock_replacements(
    session: WriteSession, place_id: UUID, lines: Sequence[CaseLine]
) -> LockedLevels:
    """Lock the levels of what comes in exchange, before the order is locked."""
    levels = {(line.replacement_id, place_id) for line in lines if line.replacement_id}
    return await lock_levels(session, levels) if levels else LockedLevels({})


async def move_replacements(
    session: WriteSession,
    case: Case,
    lines: Sequence[CaseLine],
    levels: LockedLevels,
    reason: Reason,
    by: Mover,
) -> None:
    """Hold, release or sell what comes in exchange. Refuses: CaseNotPossible, where it is short."""
    units: dict[UUID, int] = {}
    for line in lines:
        if line.replacement_id is not None:
            units[line.replacement_id] = units.get(line.replacement_id, 0) + line.units
    source = f"case:{case.id.hex}"
    movements = [
        Movement(variant_id, case.place_id, reason, units[variant_id], source)
        for variant_id in sorted(units)
    ]
    missing = levels.move(movements, actor=by.actor)
    if missing is not None:
        # What was held can always be released and sold: only holding finds too few.
        assert reason is Reason.HELD
        short = next(line for line in lines if line.replacement_id == missing.variant_id)
        raise CaseNotPossible(case.order_id, CaseObstacle.OUT_OF_STOCK, short.line_number)
    await write_decided(session, levels, at=by.at)
