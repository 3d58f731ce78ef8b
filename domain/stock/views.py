"""Hot reads of stock."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, BigInteger, ColumnElement, any_, bindparam, exists, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.paging import Page, Place, page_of
from domain.stock.models import StockEntry, StockLevel
from domain.stock.rules import Reason
from domain.stores.views import PLACE

VARIANT = "variant"
"""The kind of variants in public ids."""


class LevelView(msgspec.Struct, frozen=True, gc=False):
    """What of one variant is at one place, in units; held is part of on hand."""

    variant_id: str
    place_id: str
    on_hand: int
    held: int
    sold: int
    available: int


class EntryView(msgspec.Struct, frozen=True, gc=False):
    """One movement of one level, as the ledger has it."""

    number: int
    reason: Reason
    units: int
    source: str
    actor: str
    note: str | None
    recorded_at: datetime
    on_hand_before: int
    on_hand_after: int
    held_after: int
    sold_after: int


def is_available(variant_id: ColumnElement[UUID]) -> ColumnElement[Any]:
    """Whether an order could have a unit of the variant, at whatever place.

    An expression for another context's statement, so that asking costs no statement of its own.
    """
    return exists().where(StockLevel.variant_id == variant_id, StockLevel.on_hand > StockLevel.held)


async def levels(
    reads: ReadPool, variant_ids: list[UUID], within: frozenset[UUID] | None = None
) -> list[LevelView]:
    """The levels of the variants at every place, or ``within`` some, where they ever were."""
    bounds = {} if within is None else {"within": [*within]}
    return [
        LevelView(
            variant_id=public_id(VARIANT, variant_id),
            place_id=public_id(PLACE, place_id),
            on_hand=on_hand,
            held=held,
            sold=sold,
            available=on_hand - held,
        )
        for variant_id, place_id, on_hand, held, sold in await _levels(
            bounded=within is not None
        ).rows(reads, variant_ids=variant_ids, **bounds)
    ]


async def entries(
    reads: ReadPool, variant_id: UUID, place_id: UUID, *, first: int, after: Place | None
) -> Page[EntryView]:
    """Take the ``first`` ledger entries of one level behind ``after``, the latest first."""
    rows = await _entries(after=after is not None).rows(
        reads,
        variant_id=variant_id,
        place_id=place_id,
        after=after.value if after else None,
        limit=first + 1,
    )
    return page_of([EntryView(*row) for row in rows], first)


@cache
def _levels(*, bounded: bool) -> HotRead:
    ids = bindparam("variant_ids", type_=ARRAY(UuidColumn))
    level = StockLevel
    statement = select(
        level.variant_id, level.place_id, level.on_hand, level.held, level.sold
    ).where(level.variant_id == any_(ids))
    if bounded:
        within = bindparam("within", type_=ARRAY(UuidColumn))
        statement = statement.where(level.place_id == any_(within))
    return HotRead(statement.order_by(level.variant_id, level.place_id))


@cache
def _entries(*, after: bool) -> HotRead:
    entry = StockEntry
    statement = select(
        entry.number,
        entry.reason,
        entry.units,
        entry.source,
        entry.actor,
        entry.note,
        entry.recorded_at,
        entry.on_hand_before,
        entry.on_hand_after,
        entry.held_after,
        entry.sold_after,
    ).where(
        entry.variant_id == bindparam("variant_id", type_=UuidColumn),
        entry.place_id == bindparam("place_id", type_=UuidColumn),
    )
    if after:
        statement = statement.where(entry.number < bindparam("after", type_=BigInteger))
    limit = bindparam("limit", type_=BigInteger)
    return HotRead(statement.order_by(entry.number.desc()).limit(limit))
