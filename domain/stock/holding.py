"""Moving units for many at once: each gets all of its units or none, in the order of asking.

For batches of orders: levels are locked once, what each order gets is decided in memory, and
all that was decided is written by one statement. `domain.stock.actions.move` is for one fact that
moves all or refuses.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, select, tuple_, update

from domain.kernel.db import HotWrite
from domain.kernel.hot_pool import Sender
from domain.kernel.row_sets import RowSet
from domain.stock.actions import Entry, Level, Movement
from domain.stock.models import StockEntry, StockLevel
from domain.stock.rules import Figures, Reason, moved

AGAIN = ":again"
"""What the source of an order's entries ends with, where its units are held once more."""

_WANTED = RowSet("wanted", StockLevel, "variant_id place_id")
_ENTRIES = RowSet(
    "entry",
    StockEntry,
    "variant_id place_id number reason units source actor recorded_at on_hand_before held_before "
    "sold_before on_hand_after held_after sold_after",
)
_LEVELS = RowSet("level", StockLevel, "variant_id place_id on_hand held sold supplied entries")

_LOCK = HotWrite(
    select(
        StockLevel.variant_id,
        StockLevel.place_id,
        StockLevel.on_hand,
        StockLevel.held,
        StockLevel.sold,
        StockLevel.supplied,
        StockLevel.entries,
    )
    .where(
        tuple_(StockLevel.variant_id, StockLevel.place_id).in_(
            select(_WANTED.c.variant_id, _WANTED.c.place_id)
        )
    )
    .order_by(StockLevel.variant_id, StockLevel.place_id)
    .with_for_update(key_share=True)
)
_FIGURES = (
    update(_LEVELS.table)
    .where(
        _LEVELS.table.c.variant_id == _LEVELS.c.variant_id,
        _LEVELS.table.c.place_id == _LEVELS.c.place_id,
    )
    .values({key: _LEVELS.c[key] for key in ("on_hand", "held", "sold", "supplied", "entries")})
)
_WRITE = HotWrite(_FIGURES.add_cte(_ENTRIES.insert().cte("entries_of_stock")))


@dataclass(slots=True)
class LockedLevels:
    """Levels under lock, as they are after what was decided so far, and that still unwritten."""

    figures: dict[Level, tuple[Figures, int]]
    decided: list[tuple[Entry, str]] = field(default_factory=list[tuple[Entry, str]])

    def available(self, level: Level) -> int:
        """Units that can still be had; none of a level that never was."""
        known = self.figures.get(level)
        return 0 if known is None else known[0].available

    def move(self, movements: Sequence[Movement], *, actor: str) -> Movement | None:
        """Decide to make all of the movements, or none: then the first that cannot be."""
        after: dict[Level, tuple[Figures, int]] = {}
        entries: list[tuple[Entry, str]] = []
        for movement in movements:
            known = after.get(movement.level) or self.figures.get(movement.level)
            if known is None:
                return movement
            before, number = known
            figures = moved(before, movement.reason, movement.units)
            if not figures.is_possible:
                return movement
            after[movement.level] = figures, number + 1
            entries.append((Entry(movement, number + 1, before, figures), actor))
        self.figures |= after
        self.decided += entries
        return None


async def lock_levels(session: Sender, levels: Iterable[Level]) -> LockedLevels:
    """Lock levels ascending, by one statement; a level that never was is left out."""
    wanted = _WANTED.bound(sorted(set(levels)))
    rows = await _LOCK.rows(session, **wanted)
    return LockedLevels(
        {
            (variant_id, place_id): (Figures(on_hand, held, sold, supplied), entries)
            for variant_id, place_id, on_hand, held, sold, supplied, entries in rows
        }
    )


async def write_decided(session: Sender, locked: LockedLevels, *, at: datetime) -> None:
    """Write all that was decided, ledger and levels, by one statement."""
    if not locked.decided:
        return
    await _WRITE.run(session, **bound_decided(locked, at=at))
    locked.decided.clear()


def decided_written() -> tuple[CTE, CTE]:
    """The same as parts of the statement that moves them; `bound_decided` is its values."""
    return _ENTRIES.insert().cte("entries_of_stock"), _FIGURES.cte("figures_of_stock")


def bound_decided(locked: LockedLevels, *, at: datetime) -> dict[str, Any]:
    """The values of a statement that writes all that was decided.

    Who sends it clears ``decided``: it is not to be written twice.
    """
    last = {entry.movement.level: entry for entry, _ in locked.decided}
    levels = (
        (*level, after.on_hand, after.held, after.sold, after.supplied, entry.number)
        for level, entry in last.items()
        for after in (entry.after,)
    )
    entries = (_row(entry, actor, at) for entry, actor in locked.decided)
    return {**_LEVELS.bound(levels), **_ENTRIES.bound(entries)}


def _row(entry: Entry, actor: str, at: datetime) -> tuple[object, ...]:
    movement, before, after = entry.movement, entry.before, entry.after
    return (
        movement.variant_id,
        movement.place_id,
        entry.number,
        movement.reason,
        movement.units,
        movement.source,
        actor,
        at,
        before.on_hand,
        before.held,
        before.sold,
        after.on_hand,
        after.held,
        after.sold,
    )


def of_order(
    order_id: UUID,
    place_id: UUID,
    units: Iterable[tuple[UUID, int]],
    reason: Reason,
    *,
    is_again: bool = False,
) -> list[Movement]:
    """The movements of an order at its place, one for each variant, in ascending order.

    ``units`` are pairs of variant and units; the same variant may come more than once.
    ``is_again`` is for an order that was closed and has to have its units once more.
    """
    by_variant: dict[UUID, int] = {}
    for variant_id, some in units:
        by_variant[variant_id] = by_variant.get(variant_id, 0) + some
    source = f"order:{order_id.hex}" + (AGAIN if is_again else "")
    return [
        Movement(variant_id, place_id, reason, by_variant[variant_id], source)
        for variant_id in sorted(by_variant)
    ]
