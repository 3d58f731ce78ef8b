"""Sending the parcels of some orders of a table: what became of each row."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import Problem, Refused
from domain.kernel.problems import NOT_FOUND
from domain.orders.shipping.errors import ParcelKnown
from domain.orders.shipping.importing.grouping import OrderRows, ParcelRows, Problems
from domain.orders.shipping.importing.models import ParcelOutcome
from domain.orders.shipping.importing.problems import PARCEL_HELD_BACK, problem_of
from domain.orders.shipping.importing.standing import Left, contents_of, locked_left
from domain.orders.shipping.importing.table import Column
from domain.orders.shipping.rules import Parcel, Shipping
from domain.orders.shipping.sending import Shipped, ship
from domain.staff.actions import Change, record_all

Undoing = Callable[[WriteSession], AbstractAsyncContextManager[None]]
"""A part of a transaction of which nothing stays; edges begin it."""

_ORDER = "order"


class RowResult(msgspec.Struct, frozen=True, gc=False):
    """What became of a row; a parcel only where it was sent, now or before."""

    line: int
    order_number: str
    carrier: str
    tracking_number: str
    sku: str
    units: str
    outcome: ParcelOutcome
    problems: list[dict[str, Any]]
    order_id: UUID | None
    ordinal: int | None


@dataclass(frozen=True, slots=True)
class Sending:
    """How parcels of a table are sent: for which reason, or to be undone again.

    What is written within ``undoing`` is as if it had not been.
    """

    reason: str
    is_preview: bool
    undoing: Undoing
    receipt_after: timedelta
    by: By


@dataclass(slots=True)
class _Parcels:
    """The parcels of a chunk, as they are decided."""

    left: dict[str, Left]
    results: list[RowResult] = field(default_factory=list[RowResult])
    changes: list[Change] = field(default_factory=list[Change])


async def send_orders(
    session: WriteSession, chunk: Sequence[OrderRows], how: Sending
) -> list[RowResult]:
    """Send the parcels of orders, set-wise: those that are the first of each, then the second.

    A preview does the same and undoes it.
    """
    numbers = sorted({order.number for order in chunk})
    decided = _Parcels(await locked_left(session, numbers))
    async with how.undoing(session) if how.is_preview else nullcontext():
        for place in range(max(len(order.parcels) for order in chunk)):
            these = [(each.number, each.parcels[place]) for each in chunk if _has(each, place)]
            await _send(session, these, decided, how)
    if not how.is_preview:
        at, random = how.by.at, how.by.random
        await record_all(session, how.by.staff, decided.changes, at=at, random=random)
    return decided.results


def _has(order: OrderRows, place: int) -> bool:
    return place < len(order.parcels)


async def _send(
    session: WriteSession,
    parcels: Sequence[tuple[str, ParcelRows]],
    decided: _Parcels,
    how: Sending,
) -> None:
    """Send one parcel of each of some orders."""
    wishes: list[tuple[str, ParcelRows, Shipping]] = []
    for number, rows in parcels:
        left = decided.left.get(number)
        found = _wish(rows, left, how)
        if isinstance(found, Shipping):
            wishes.append((number, rows, found))
        elif isinstance(found, int):
            decided.results += _known(number, rows, left, found)
        else:
            decided.results += _refused(number, rows, found)
    if not wishes:
        return
    outcomes = await ship(
        session,
        [wish for *_, wish in wishes],
        how.by.at,
        receipt_after=how.receipt_after,
        random=how.by.random,
    )
    for (number, rows, wish), outcome in zip(wishes, outcomes, strict=True):
        decided.results += _settled(number, rows, wish, outcome, decided, how)


def _wish(rows: ParcelRows, left: Left | None, how: Sending) -> Shipping | int | Problems:
    """A parcel to be sent, the one that it is already, or what is wrong with its rows."""
    if rows.problems:
        return rows.problems
    assert rows.carrier is not None
    if left is None:
        return {rows.rows[0].line: [NOT_FOUND.at(Column.ORDER_NUMBER)]}
    known = left.parcels.get((rows.carrier, rows.tracking_number))
    if known is not None:
        return known
    lines, problems = contents_of(rows, left)
    if problems:
        return problems
    parcel = Parcel(rows.carrier, rows.tracking_number, lines)
    return Shipping(left.order_id, parcel, how.by.staff.key)


def _settled(
    number: str,
    rows: ParcelRows,
    wish: Shipping,
    outcome: Shipped | Refused,
    decided: _Parcels,
    how: Sending,
) -> Iterator[RowResult]:
    """What became of the rows of a parcel that was to be sent."""
    left, parcel = decided.left[number], wish.parcel
    assert isinstance(parcel, Parcel)
    if isinstance(outcome, ParcelKnown):
        return _known(number, rows, left, outcome.ordinal)
    if isinstance(outcome, Refused):
        return _refused(number, rows, {rows.rows[0].line: [problem_of(outcome)]})
    left.take(parcel.lines)
    if how.is_preview:
        return _results(number, rows, ParcelOutcome.READY, left.order_id, None)
    left.parcels[parcel.carrier, parcel.tracking_number] = outcome.ordinal
    after = {
        "carrier": parcel.carrier,
        "tracking_number": parcel.tracking_number,
        "ordinal": outcome.ordinal,
        "is_whole": outcome.is_whole,
    }
    change = Change("order.ship", _ORDER, left.order_id, None, after, how.reason.strip())
    decided.changes.append(change)
    return _results(number, rows, ParcelOutcome.SHIPPED, left.order_id, outcome.ordinal)


def _known(number: str, rows: ParcelRows, left: Left | None, ordinal: int) -> Iterator[RowResult]:
    assert left is not None
    return _results(number, rows, ParcelOutcome.ALREADY_SHIPPED, left.order_id, ordinal)


def _results(
    number: str, rows: ParcelRows, outcome: ParcelOutcome, order_id: UUID, ordinal: int | None
) -> Iterator[RowResult]:
    for row in rows.rows:
        yield RowResult(
            row.line,
            number,
            row.cell(Column.CARRIER),
            rows.tracking_number,
            row.cell(Column.SKU),
            row.cell(Column.UNITS),
            outcome,
            [],
            order_id,
            ordinal,
        )


def _refused(number: str, rows: ParcelRows, problems: Problems) -> Iterator[RowResult]:
    """The rows of a parcel of which some are wrong: the others wait for them."""
    first = min(problems)
    for row in rows.rows:
        wrong: Sequence[Problem] = problems.get(row.line, ())
        yield RowResult(
            row.line,
            number,
            row.cell(Column.CARRIER),
            rows.tracking_number,
            row.cell(Column.SKU),
            row.cell(Column.UNITS),
            ParcelOutcome.REFUSED if wrong else ParcelOutcome.HELD_BACK,
            msgspec.to_builtins([*wrong] or [PARCEL_HELD_BACK.at("", line=first)]),
            None,
            None,
        )
