"""Set-based writes of stock; each is one statement for all the levels of a move."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import BigInteger, Uuid, column, select, tuple_, update, values
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.db import WriteSession
from domain.stock.models import StockEntry, StockLevel
from domain.stock.rules import Figures, Reason

if TYPE_CHECKING:
    from domain.stock.actions import Entry, Level

MovementKey = tuple[str, Reason, UUID, UUID]
"""A business fact, what it did, and to which level."""


async def lock(
    session: WriteSession, levels: Sequence["Level"]
) -> dict["Level", tuple[Figures, int]]:
    """Lock levels in the order given, which must ascend; answer with figures and entry counts.

    A level that never was is made at zero first, so that it can be locked like any other.
    """
    at_zero = [
        {
            "variant_id": variant_id,
            "place_id": place_id,
            "on_hand": 0,
            "held": 0,
            "sold": 0,
            "supplied": 0,
            "entries": 0,
        }
        for variant_id, place_id in levels
    ]
    await session.execute(insert(StockLevel).values(at_zero).on_conflict_do_nothing())
    rows = await session.execute(
        select(
            StockLevel.variant_id,
            StockLevel.place_id,
            StockLevel.on_hand,
            StockLevel.held,
            StockLevel.sold,
            StockLevel.supplied,
            StockLevel.entries,
        )
        .where(tuple_(StockLevel.variant_id, StockLevel.place_id).in_(levels))
        .order_by(StockLevel.variant_id, StockLevel.place_id)
        .with_for_update(key_share=True)
    )
    return {
        (variant_id, place_id): (Figures(on_hand, held, sold, supplied), entries)
        for variant_id, place_id, on_hand, held, sold, supplied, entries in rows
    }


async def known(
    session: WriteSession, sources: Sequence[tuple[str, "Level"]]
) -> dict[MovementKey, int]:
    """The movements that business facts have made already at these levels, with their units."""
    wanted = [(source, variant_id, place_id) for source, (variant_id, place_id) in sources]
    rows = await session.execute(
        select(
            StockEntry.source,
            StockEntry.reason,
            StockEntry.variant_id,
            StockEntry.place_id,
            StockEntry.units,
        ).where(tuple_(StockEntry.source, StockEntry.variant_id, StockEntry.place_id).in_(wanted))
    )
    return {
        (source, reason, variant, place): units for source, reason, variant, place, units in rows
    }


async def known_variants(session: WriteSession, ids: Collection[UUID]) -> set[UUID]:
    """Those of the variants that there are: what the foreign key of a level points at."""
    (key,) = StockLevel.variant_id.expression.foreign_keys
    return set(await session.scalars(select(key.column).where(key.column.in_(ids))))


async def record(
    session: WriteSession, entries: Sequence["Entry"], *, actor: str, note: str | None, at: datetime
) -> None:
    """Write entries into the ledger."""
    await session.execute(
        insert(StockEntry),
        [
            {
                "variant_id": entry.movement.variant_id,
                "place_id": entry.movement.place_id,
                "number": entry.number,
                "reason": entry.movement.reason,
                "units": entry.movement.units,
                "source": entry.movement.source,
                "actor": actor,
                "note": note,
                "recorded_at": at,
                "on_hand_before": entry.before.on_hand,
                "held_before": entry.before.held,
                "sold_before": entry.before.sold,
                "on_hand_after": entry.after.on_hand,
                "held_after": entry.after.held,
                "sold_after": entry.after.sold,
            }
            for entry in entries
        ],
    )


async def settle(session: WriteSession, last: Mapping["Level", "Entry"]) -> None:
    """Bring locked levels to the figures after their last entries."""
    figures = values(
        column("variant_id", Uuid),
        column("place_id", Uuid),
        column("on_hand", BigInteger),
        column("held", BigInteger),
        column("sold", BigInteger),
        column("supplied", BigInteger),
        column("entries", BigInteger),
        name="figures",
    ).data(
        [
            (*level, after.on_hand, after.held, after.sold, after.supplied, entry.number)
            for level, entry in last.items()
            for after in (entry.after,)
        ]
    )
    await session.execute(
        update(StockLevel)
        .where(
            StockLevel.variant_id == figures.c.variant_id, StockLevel.place_id == figures.c.place_id
        )
        .values(
            on_hand=figures.c.on_hand,
            held=figures.c.held,
            sold=figures.c.sold,
            supplied=figures.c.supplied,
            entries=figures.c.entries,
        )
        .execution_options(synchronize_session=False)
    )
