"""What differs after a day's bill has come: written down once, and ended where it is explained."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.db import WriteSession
from domain.kernel.ids import new_id
from domain.payments.words import RefundStatus
from domain.reconciliation.models import Difference
from domain.reconciliation.rules import begin_of
from domain.reconciliation.sides import differences
from domain.reconciliation.taking import Due
from domain.reconciliation.words import DifferenceKind, Resolution

_AT_ONCE = 1_000
_LONGEST = "SET LOCAL statement_timeout = '60s'"
_Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """How many differences were found, and how many are explained."""

    found: int
    explained: int


async def compare(
    session: WriteSession, due: Due, *, merchant_id: str, at: datetime, random: Random
) -> Compared:
    """Hold a day, and what is open, against our books. Done again, it changes nothing.

    What a person has seen to stays so for as long as both sides tell the same as they did then.
    """
    await session.execute(text(_LONGEST))
    values = {
        "of_provider": due.provider,
        "of_merchant": merchant_id,
        "of_day": due.day,
        "begins": begin_of(due.day),
        "ends": begin_of(due.day + timedelta(days=1)),
    }
    now = {_key(row): row for row in await session.execute(differences(due.bill), values)}
    open_ = {
        _key(row): row.id for row in await _rows(session, due, Difference.resolved_at.is_(None))
    }
    explained = [open_[key] for key in open_.keys() - now.keys()]
    for some in _chunks(explained):
        ended = {"resolved_at": at, "resolution": Resolution.EXPLAINED}
        await session.execute(
            update(Difference)
            .where(Difference.id.in_(some), Difference.resolved_at.is_(None))
            .values(ended)
            .execution_options(synchronize_session=False)
        )
    new = [now[key] for key in sorted(now.keys() - open_.keys(), key=str)]
    found = 0
    for some in _chunks(new):
        found += await _write(session, due, some, at=at, random=random)
    return Compared(found, len(explained))


async def _write(
    session: WriteSession, due: Due, rows: Sequence[Any], *, at: datetime, random: Random
) -> int:
    numbers = [row.number for row in rows]
    seen_to = (Difference.resolution == Resolution.BY_STAFF) & Difference.number.in_(numbers)
    known = {_key(row) for row in await _rows(session, due, seen_to)}
    values = [
        {
            "id": new_id(at, random),
            "provider": due.provider,
            "bill": due.bill,
            "found_at": at,
            **row._mapping,  # noqa: SLF001 - the public way to a row's columns by name
        }
        for row in rows
        if _key(row) not in known
    ]
    if values:
        await session.execute(insert(Difference).values(values).on_conflict_do_nothing())
    return len(values)


async def _rows(session: WriteSession, due: Due, condition: Any) -> Sequence[Any]:
    difference = Difference
    found = select(
        difference.id,
        difference.subject,
        difference.number,
        difference.kind,
        difference.ours_fen,
        difference.theirs_fen,
        difference.ours_state,
        difference.theirs_state,
    ).where(difference.provider == due.provider, difference.bill == due.bill, condition)
    return (await session.execute(found)).all()


def _key(row: Any) -> _Key:
    """What makes a difference the same as another one.

    The states of both sides are of it where they are what differs: they go on by themselves, and
    an amount that differs is the same one before and after. That somebody has the money twice is
    one difference, before the bill has a line of it and after.
    """
    is_of_states = row.kind == DifferenceKind.STATE_DIFFERS
    both = row.subject, row.number, row.kind, row.ours_fen
    if is_of_states and row.ours_state == RefundStatus.PAID_OTHERWISE:
        return *both, row.ours_state
    states = (row.ours_state, row.theirs_state) if is_of_states else ()
    return *both, row.theirs_fen, *states


def _chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
