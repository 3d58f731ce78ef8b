"""Orders that lie ready in stores and nobody has fetched, the longest ready first.

Each store has a range of one index with what lies there alone, so a page costs as much however
many orders were ever fetched, and however many lie there.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    bindparam,
    func,
    literal_column,
    select,
    true,
    tuple_,
)
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool, WriteSession
from domain.kernel.ids import public_id
from domain.kernel.paging import Page, Place, page_of
from domain.members.models import Member
from domain.orders.models import Order
from domain.orders.picking_up.models import PickUp
from domain.orders.picking_up.readying import has_left
from domain.orders.picking_up.scanning import masked_name
from domain.orders.views.structs import ORDER
from domain.orders.words import OrderStatus
from domain.stores import models
from domain.stores.models import PlaceKind
from domain.stores.views import PLACE_COLUMNS, PlaceView, place_view

_BEFORE_ALL = Place.at(datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))


class LyingPickUpView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An order that its store has ready."""

    order_id: str
    number: str
    store: PlaceView
    member_name: str
    units: int
    ready_at: datetime
    fetch_by: datetime
    is_over: bool
    key: UUID

    @property
    def place(self) -> Place:
        """Where it stands among the others."""
        return Place.at(self.ready_at, self.key)


@dataclass(frozen=True, slots=True)
class LyingFilter:
    """Which orders: of those stores, or of all where it is None, ready at the latest then."""

    store_ids: Collection[UUID] | None
    ready_until: datetime


async def lying(
    reads: ReadPool, wanted: LyingFilter, *, at: datetime, first: int, after: Place | None
) -> Page[LyingPickUpView]:
    """Take the ``first`` orders that lie ready behind ``after``; one statement."""
    behind, bounds = after or _BEFORE_ALL, dict[str, object]()
    if wanted.store_ids is not None:
        bounds["store_ids"] = [*wanted.store_ids]
    rows = await _lying(bounded=wanted.store_ids is not None).rows(
        reads,
        behind=behind.moment,
        behind_key=behind.key,
        until=wanted.ready_until,
        limit=first + 1,
        **bounds,
    )
    page = page_of(rows, first)
    return Page([_view(row, at) for row in page.items], page.has_next)


async def oldest_ready(session: WriteSession) -> datetime | None:
    """Since when the order lies ready that does so the longest; None where none does."""
    store = models.Place
    first = _ready(select(Order.ready_at), store.id).order_by(Order.ready_at).limit(1)
    of_each = first.lateral("of_each")
    oldest = select(func.min(of_each.c.ready_at)).select_from(store).join(of_each, true())
    return await session.scalar(oldest.where(store.kind == PlaceKind.STORE))


def _view(row: Record, at: datetime) -> LyingPickUpView:
    return LyingPickUpView(
        order_id=public_id(ORDER, row["id"]),
        number=row["number"],
        store=place_view(row["place_id"], row),
        member_name=masked_name(row["member_name"]),
        units=row["units"],
        ready_at=row["ready_at"],
        fetch_by=row["fetch_by"],
        is_over=row["fetch_by"] < at,
        key=row["id"],
    )


@cache
def _lying(*, bounded: bool) -> HotRead:
    """The first ones of each store, then the first of all of them, with what is told of each."""
    limit = bindparam("limit", type_=BigInteger)
    store_ids = _given_stores() if bounded else _all_stores()
    here = tuple_(Order.ready_at, Order.id)
    moment = DateTime(timezone=True)
    behind = tuple_(bindparam("behind", type_=moment), bindparam("behind_key", type_=UuidColumn))
    columns = Order.id, Order.number, Order.member_id, Order.place_id, Order.units, Order.ready_at
    there = (
        _ready(select(*columns), store_ids.c.id)
        .where(here > behind, Order.ready_at <= bindparam("until", type_=moment))
        .order_by(Order.ready_at, Order.id)
        .limit(limit)
        .lateral("there")
    )
    found = (
        select(*there.c)
        .select_from(store_ids.join(there, true()))
        .order_by(there.c.ready_at, there.c.id)
        .limit(limit)
        .subquery("found")
    )
    # Looked up for each of the page: PostgreSQL would join all pick-ups and all members.
    fetch_by = select(PickUp.fetch_by).where(PickUp.order_id == found.c.id)
    name = select(Member.name).where(Member.id == found.c.member_id)
    return HotRead(
        select(
            *found.c,
            fetch_by.scalar_subquery().label("fetch_by"),
            name.scalar_subquery().label("member_name"),
            *PLACE_COLUMNS,
        )
        .join(models.Place, models.Place.id == found.c.place_id)
        .order_by(found.c.ready_at, found.c.id)
    )


def _ready(selection: Any, store_id: Any) -> Any:
    """Those that lie ready in a store, as the index has them: the status is written out.

    Without those of which there is nothing to fetch, because all of it is refunded or about to be.
    """
    return selection.where(
        Order.place_id == store_id,
        Order.status == literal_column(f"'{OrderStatus.PAID}'"),
        Order.ready_at.is_not(None),
        has_left(),
    )


def _given_stores() -> Any:
    given = bindparam("store_ids", type_=ARRAY(UuidColumn))
    return select(func.unnest(given).label("id")).subquery("store")


def _all_stores() -> Any:
    is_store = models.Place.kind == literal_column(f"'{PlaceKind.STORE}'")
    return select(models.Place.id).where(is_store).subquery("store")
