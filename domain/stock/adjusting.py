"""What staff do to stock by hand: deliveries, losses, and what a count found."""

from collections import Counter
from collections.abc import Iterator, Sequence
from uuid import UUID

import msgspec

from domain.kernel.actors import By, Staff
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, KeyReused, Problem
from domain.kernel.problems import MISSING, NOT_FOUND, OUT_OF_RANGE, REPEATED, TOO_MANY
from domain.staff.actions import Change, record_all
from domain.staff.rules import NOT_YOUR_STORE, problems_of_reason
from domain.stock import statements
from domain.stock.actions import Entry, Movement, move
from domain.stock.rules import Reason
from domain.stores.views import known_places

MOST_LINES = 100
MOST_UNITS = 1_000_000
MOST_AT_A_LEVEL = 1_000_000_000
"""What a level may say that was ever there, so that a client's 32 bits can hold it."""
BY_HAND = (Reason.RECEIVED, Reason.WRITTEN_OFF, Reason.ADJUSTED)
"""What staff may do; all else happens to orders."""


class AdjustmentLine(msgspec.Struct, frozen=True):
    """Units of one variant at one place; below zero only where a count found fewer."""

    variant_id: UUID
    place_id: UUID
    units: int


class LevelNow(msgspec.Struct, frozen=True):
    """A level after it was adjusted."""

    variant_id: UUID
    place_id: UUID
    on_hand: int
    held: int
    sold: int


class Adjusted(msgspec.Struct, frozen=True):
    """The levels after an adjustment, in the order of its lines."""

    levels: list[LevelNow]


async def adjust(
    session: WriteSession,
    kind: Reason,
    lines: Sequence[AdjustmentLine],
    *,
    source: str,
    reason: str,
    by: By,
) -> Adjusted:
    """Move units by hand, all lines or none, each with a ledger entry and an audit row.

    ``source`` names this adjustment for good. ValueError for a kind that is not `BY_HAND`.
    Refuses: InvalidInput, StockShort. Faults: KEY_REUSED for a source that moved units before.
    """
    if kind not in BY_HAND:
        raise ValueError(f"{kind} is not done by hand")
    problems = [
        *_problems_of(kind, lines),
        *problems_of_reason(reason),
        *await _unknown(session, lines),
        *_not_theirs(by.staff, lines),
    ]
    if problems:
        raise InvalidInput(problems)
    movements = [
        Movement(line.variant_id, line.place_id, kind, line.units, source) for line in lines
    ]
    entries = await _moved(session, movements, by, reason)
    problems = [
        OUT_OF_RANGE.at(f"lines.{number}.units", least=_least(kind), most=MOST_UNITS)
        for number, entry in enumerate(entries)
        if entry.after.on_hand + entry.after.sold > MOST_AT_A_LEVEL
    ]
    if problems:
        raise InvalidInput(problems)
    changes = [_change(entry, reason) for entry in entries]
    await record_all(session, by.staff, changes, at=by.at, random=by.random)
    return Adjusted([_level(entry) for entry in entries])


async def _moved(
    session: WriteSession, movements: Sequence[Movement], by: By, reason: str
) -> list[Entry]:
    """Move the units; a KEY_REUSED fault where the source has moved any of them before.

    The answer to a request is forgotten after some weeks, what it moved never is.
    """
    try:
        entries = await move(session, movements, actor=by.staff.key, at=by.at, note=reason)
    except ValueError as error:
        raise KeyReused from error
    if len(entries) < len(movements):
        raise KeyReused
    return entries


def _problems_of(kind: Reason, lines: Sequence[AdjustmentLine]) -> Iterator[Problem]:
    if not lines:
        yield MISSING.at("lines")
    if len(lines) > MOST_LINES:
        yield TOO_MANY.at("lines", most=MOST_LINES)
    least = _least(kind)
    for number, line in enumerate(lines):
        if line.units == 0 or not least <= line.units <= MOST_UNITS:
            yield OUT_OF_RANGE.at(f"lines.{number}.units", least=least, most=MOST_UNITS)
    counts = Counter((line.variant_id, line.place_id) for line in lines)
    for (variant_id, _), count in counts.items():
        if count > 1:
            yield REPEATED.at("lines", value=variant_id.hex)


def _least(kind: Reason) -> int:
    return -MOST_UNITS if kind is Reason.ADJUSTED else 1


async def _unknown(session: WriteSession, lines: Sequence[AdjustmentLine]) -> Iterator[Problem]:
    variants = await statements.known_variants(session, {line.variant_id for line in lines})
    places = await known_places(session, {line.place_id for line in lines})
    return _places_of(lines, variants, places)


def _not_theirs(staff: Staff, lines: Sequence[AdjustmentLine]) -> Iterator[Problem]:
    """Who works in stores moves units there alone."""
    for number, line in enumerate(lines):
        if not staff.works_at(line.place_id):
            yield NOT_YOUR_STORE.at(f"lines.{number}.placeId")


def _places_of(
    lines: Sequence[AdjustmentLine], variants: set[UUID], places: set[UUID]
) -> Iterator[Problem]:
    for number, line in enumerate(lines):
        if line.variant_id not in variants:
            yield NOT_FOUND.at(f"lines.{number}.variantId")
        if line.place_id not in places:
            yield NOT_FOUND.at(f"lines.{number}.placeId")


def _change(entry: Entry, reason: str) -> Change:
    movement = entry.movement
    place = {"place_id": movement.place_id, "units": movement.units, "entry": entry.number}
    return Change(
        f"stock.{movement.reason}",
        "variant",
        movement.variant_id,
        {**place, "on_hand": entry.before.on_hand},
        {**place, "on_hand": entry.after.on_hand},
        reason,
    )


def _level(entry: Entry) -> LevelNow:
    after = entry.after
    return LevelNow(*entry.movement.level, after.on_hand, after.held, after.sold)
