"""Reads of places."""

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, any_, bindparam, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool, WriteSession
from domain.kernel.ids import public_id
from domain.kernel.language import Bilingual
from domain.stores.models import Place, PlaceKind

PLACE = "place"
"""The kind of places in public ids."""


class PlaceView(msgspec.Struct, frozen=True, gc=False):
    """A warehouse or a store, as staff see it."""

    id: str
    code: str
    kind: PlaceKind
    title: Bilingual


async def places(reads: ReadPool, within: Collection[UUID] | None = None) -> list[PlaceView]:
    """All places by code, or those ``within`` a set of ids."""
    bounds = {} if within is None else {"within": [*within]}
    return [
        PlaceView(public_id(PLACE, key), code, kind, Bilingual(zh, en))
        for key, code, kind, zh, en in await _places(bounded=within is not None).rows(
            reads, **bounds
        )
    ]


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


@cache
def _places(*, bounded: bool) -> HotRead:
    statement = select(Place.id, Place.code, Place.kind, Place.title_zh, Place.title_en)
    if bounded:
        within = bindparam("within", type_=ARRAY(UuidColumn))
        statement = statement.where(Place.id == any_(within))
    return HotRead(statement.order_by(Place.code))
