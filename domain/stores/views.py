"""Reads of places."""

from collections.abc import Collection, Iterable
from functools import cache
from uuid import UUID

import msgspec
from sqlalchemy import select

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
    return [
        PlaceView(public_id(PLACE, key), code, kind, Bilingual(zh, en))
        for key, code, kind, zh, en in await _places().rows(reads)
        if within is None or key in within
    ]


async def known_places(session: WriteSession, ids: Iterable[UUID]) -> set[UUID]:
    """Those of the ids that are places."""
    return set(await session.scalars(select(Place.id).where(Place.id.in_(set(ids)))))


async def known_stores(session: WriteSession, ids: Iterable[UUID]) -> set[UUID]:
    """Those of the ids that are stores: staff work there and pads stand there."""
    known = select(Place.id).where(Place.id.in_(set(ids)), Place.kind == PlaceKind.STORE)
    return set(await session.scalars(known))


@cache
def _places() -> HotRead:
    return HotRead(
        select(Place.id, Place.code, Place.kind, Place.title_zh, Place.title_en).order_by(
            Place.code
        )
    )
