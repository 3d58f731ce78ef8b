"""Use cases of stock: moving units, many levels at once, each movement once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from domain.kernel.db import WriteSession
from domain.stock import statements
from domain.stock.errors import StockShort
from domain.stock.rules import Figures, Reason, moved

MOST_MOVEMENTS = 2_000
"""What one call moves at most: a statement takes 32,767 parameters, seven for each level."""

Level = tuple[UUID, UUID]
"""A variant and a place."""


class Movement(msgspec.Struct, frozen=True, gc=False):
    """Units of one variant that move at one place, why, and by what business fact."""

    variant_id: UUID
    place_id: UUID
    reason: Reason
    units: int
    source: str

    @property
    def level(self) -> Level:
        """The level that it changes."""
        return self.variant_id, self.place_id


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A movement as the ledger holds it."""

    movement: Movement
    number: int
    before: Figures
    after: Figures


async def move(
    session: WriteSession,
    movements: Sequence[Movement],
    *,
    actor: str,
    at: datetime,
    note: str | None = None,
) -> list[Entry]:
    """Move units, all of the movements or none; answers with the entries that were written.

    Five statements for up to `MOST_MOVEMENTS`; ValueError beyond, so that a caller with more
    chooses its chunks, and their transactions, itself. Levels are locked in ascending order; one
    that never was begins at zero. A movement whose source has moved its level for this reason
    before is left out: the repeat changes nothing. Refuses: StockShort, for the first movement
    in the order given that cannot be.
    """
    if not movements:
        return []
    if len(movements) > MOST_MOVEMENTS:
        raise ValueError(f"{len(movements)} movements at once, at most {MOST_MOVEMENTS}")
    levels = sorted({movement.level for movement in movements})
    locked = await statements.lock(session, levels)
    known = await statements.known(session, [(each.source, each.level) for each in movements])
    entries = _decide(_new(movements, known), locked)
    if entries:
        await statements.record(session, entries, actor=actor, note=note, at=at)
        await statements.settle(session, {entry.movement.level: entry for entry in entries})
    return entries


def _new(
    movements: Sequence[Movement], known: Mapping[statements.MovementKey, int]
) -> list[Movement]:
    """Leave out what has moved already, in the ledger or earlier in the same list.

    ValueError where the same fact now wants other units: that is no repeat but a mistake.
    """
    moved_before = dict(known)
    new: list[Movement] = []
    for movement in movements:
        units = moved_before.get(_key(movement))
        if units is None:
            moved_before[_key(movement)] = movement.units
            new.append(movement)
        elif units != movement.units:
            raise ValueError(f"{movement.source} moved {units} units, not {movement.units}")
    return new


def _key(movement: Movement) -> statements.MovementKey:
    return movement.source, movement.reason, movement.variant_id, movement.place_id


def _decide(movements: Sequence[Movement], levels: dict[Level, tuple[Figures, int]]) -> list[Entry]:
    """Work out every entry before anything is written."""
    entries: list[Entry] = []
    for movement in movements:
        before, number = levels[movement.level]
        after = moved(before, movement.reason, movement.units)
        if not after.is_possible:
            wanted = abs(movement.units)
            raise StockShort(*movement.level, available=_limit(before, movement), wanted=wanted)
        levels[movement.level] = after, number + 1
        entries.append(Entry(movement, number + 1, before, after))
    return entries


def _limit(figures: Figures, movement: Movement) -> int:
    """How many units the movement could have had."""
    match movement.reason:
        case Reason.RELEASED | Reason.SOLD:
            return figures.held
        case Reason.TAKEN_BACK:
            return figures.sold
        case _:
            return figures.available
