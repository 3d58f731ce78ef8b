"""What must be true of stock beyond what its tables enforce by themselves."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from domain.kernel.audit import Invariant
from domain.stock.models import StockEntry, StockLevel
from domain.stock.rules import EFFECTS

_last = aliased(StockEntry)
_before = aliased(StockEntry)


def _same_level(entry: type[StockEntry]) -> ColumnElement[bool]:
    return and_(entry.variant_id == StockLevel.variant_id, entry.place_id == StockLevel.place_id)


def _supply() -> ColumnElement[Any]:
    """What the ledger says was supplied: each movement's units by its reason."""
    effects = {reason: effect.supplied for reason, effect in EFFECTS.items()}
    return func.coalesce(func.sum(StockEntry.units * case(effects, value=StockEntry.reason)), 0)


INVARIANTS = (
    Invariant(
        "stock.level_is_its_last_entry",
        "A level says what its last entry left, and counts its entries.",
        select(
            StockLevel.variant_id,
            StockLevel.place_id,
            StockLevel.entries,
            StockLevel.on_hand,
            _last.on_hand_after,
        )
        .outerjoin(_last, and_(_same_level(_last), _last.number == StockLevel.entries))
        .where(
            or_(
                StockLevel.on_hand != func.coalesce(_last.on_hand_after, 0),
                StockLevel.held != func.coalesce(_last.held_after, 0),
                StockLevel.sold != func.coalesce(_last.sold_after, 0),
                and_(StockLevel.entries > 0, _last.number.is_(None)),
            )
        ),
    ),
    Invariant(
        "stock.entries_are_a_chain",
        "An entry begins where the one before it ended; the first begins at zero.",
        select(StockEntry.variant_id, StockEntry.place_id, StockEntry.number)
        .outerjoin(
            _before,
            and_(
                _before.variant_id == StockEntry.variant_id,
                _before.place_id == StockEntry.place_id,
                _before.number == StockEntry.number - 1,
            ),
        )
        .where(
            or_(
                StockEntry.on_hand_before != func.coalesce(_before.on_hand_after, 0),
                StockEntry.held_before != func.coalesce(_before.held_after, 0),
                StockEntry.sold_before != func.coalesce(_before.sold_after, 0),
                and_(StockEntry.number > 1, _before.number.is_(None)),
            )
        ),
    ),
    Invariant(
        "stock.no_entry_after_the_last",
        "No entry stands beyond those that its level counts.",
        select(StockEntry.variant_id, StockEntry.place_id, StockEntry.number)
        .join(StockLevel, _same_level(StockEntry))
        .where(StockEntry.number > StockLevel.entries),
    ),
    Invariant(
        "stock.supply_is_in_the_ledger",
        "What a level was supplied with is the sum of what the ledger says came in.",
        select(
            StockLevel.variant_id,
            StockLevel.place_id,
            StockLevel.supplied,
            _supply().label("in_the_ledger"),
        )
        .outerjoin(StockEntry, _same_level(StockEntry))
        .group_by(StockLevel.variant_id, StockLevel.place_id, StockLevel.supplied)
        .having(StockLevel.supplied != _supply()),
    ),
)
