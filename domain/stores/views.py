"""Reads of places."""

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import ARRAY, Select, any_, bindparam, literal_column, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, HotWrite, ReadPool, WriteSession
from domain.kernel.hot_pool import Sender
from domain.kernel.ids import public_id
from domain.kernel.language import Bilingual
from domain.stores.models import Place, PlaceKind

PLACE = "place"
"""The kind of places in public ids."""
MOST_PICK_UP_STORES = 100
"""How many stores hand orders out at the most."""
PLACE_COLUMNS = (
    Place.code,
    Place.kind,
    Place.title_zh,
    Place.title_en,
    Place.offers_pick_up,
    Place.address_zh,
    Place.address_en,
    Place.opening_hours_zh,
    Place.opening_hours_en,
)
"""What `place_view` reads of a place, besides its key."""


class PlaceView(msgspec.Struct, frozen=True, gc=False):
    """A warehouse or a store, as staff see it."""

    id: str
    code: str
    kind: PlaceKind
    title: Bilingual
    offers_pick_up: bool
    address: Bilingual
    opening_hours: Bilingual


class PickUpStore(msgspec.Struct, frozen=True, gc=False):
    """A store that hands orders out: where members go, and when."""

    key: UUID
    code: str
    title: Bilingual
    address: Bilingual
    opening_hours: Bilingual


async def places(reads: ReadPool, within: Collection[UUID] | None = None) -> list[PlaceView]:
    """All places by code, or those ``within`` a set of ids."""
    bounds = {} if within is None else {"within": [*within]}
    return [
        place_view(row["id"], row)
        for row in await _places(bounded=within is not None).rows(reads, **bounds)
    ]


def place_view(key: UUID, row: Record) -> PlaceView:
    """A place by its key, from a row that has the `PLACE_COLUMNS`."""
    return PlaceView(
        id=public_id(PLACE, key),
        code=row["code"],
        kind=PlaceKind(row["kind"]),
        title=Bilingual(row["title_zh"], row["title_en"]),
        offers_pick_up=row["offers_pick_up"],
        address=Bilingual(row["address_zh"], row["address_en"]),
        opening_hours=Bilingual(row["opening_hours_zh"], row["opening_hours_en"]),
    )


async def known_pick_up_stores(session: Sender, ids: Iterable[UUID]) -> frozenset[UUID]:
    """Those of the ids that are stores which hand orders out, for placing; one statement."""
    rows = await _known_pick_up_stores().rows(session, within=sorted(set(ids)))
    return frozenset(row[0] for row in rows)


async def pick_up_stores_now(reads: ReadPool, ids: Collection[UUID]) -> dict[UUID, PickUpStore]:
    """Those of the ids that are such stores, for a quote, on the pool of hot reads."""
    rows = await _pick_up_stores(bounded=True).rows(reads, within=[*ids])
    return {row["id"]: _pick_up_store(row) for row in rows}


def warehouse() -> Select[UUID]:
    """The place that what is delivered comes from: the first warehouse by code."""
    is_warehouse = Place.kind == literal_column(f"'{PlaceKind.WAREHOUSE}'")
    return select(Place.id).where(is_warehouse).order_by(Place.code).limit(literal_column("1"))


async def all_pick_up_stores(reads: ReadPool) -> list[PickUpStore]:
    """The stores that hand orders out, by code; the first `MOST_PICK_UP_STORES`."""
    rows = await _pick_up_stores(bounded=False).rows(reads)
    return [_pick_up_store(row) for row in rows]


async def known_places(session: WriteSession, ids: Iterable[UUID]) -> set[UUID]:
    """Those of the ids that are places."""
    return set(await session.scalars(select(Place.id).where(Place.id.in_(set(ids)))))


async def known_stores(session: WriteSession, ids: Iterable[UUID]) -> set[UUID]:
    """Those of the ids that are stores: staff work there and pads stand there."""
    known = select(Place.id).where(Place.id.in_(set(ids)), Place.kind == PlaceKind.STORE)
    return set(await session.scalars(known))


async def stores(session: WriteSession, within: Collection[UUID] | None = None) -> Sequence[Place]:
    """All stores by code, or those ``within`` a set of ids."""
    wanted = select(Place).where(Place.kind == PlaceKind.STORE).order_by(Place.code)
    if within is not None:
        wanted = wanted.where(Place.id.in_(within))
    return (await session.scalars(wanted)).all()


def _pick_up_store(row: Record) -> PickUpStore:
    return PickUpStore(
        row["id"],
        row["code"],
        Bilingual(row["title_zh"], row["title_en"]),
        Bilingual(row["address_zh"], row["address_en"]),
        Bilingual(row["opening_hours_zh"], row["opening_hours_en"]),
    )


@cache
def _pick_up_stores(*, bounded: bool) -> HotRead:
    statement = select(Place.id, *PLACE_COLUMNS).where(Place.offers_pick_up.is_(True))
    if bounded:
        within = bindparam("within", type_=ARRAY(UuidColumn))
        statement = statement.where(Place.id == any_(within))
    return HotRead(statement.order_by(Place.code).limit(literal_column(str(MOST_PICK_UP_STORES))))


@cache
def _known_pick_up_stores() -> HotWrite:
    within = bindparam("within", type_=ARRAY(UuidColumn))
    return HotWrite(
        select(Place.id).where(Place.offers_pick_up.is_(True), Place.id == any_(within))
    )


@cache
def _places(*, bounded: bool) -> HotRead:
    statement = select(Place.id, *PLACE_COLUMNS)
    if bounded:
        within = bindparam("within", type_=ARRAY(UuidColumn))
        statement = statement.where(Place.id == any_(within))
    return HotRead(statement.order_by(Place.code))
