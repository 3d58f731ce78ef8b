"""The use case of pick-up: saying where a store is, when it is open, and whether it hands out."""

from collections.abc import Iterator
from uuid import UUID

import msgspec
from sqlalchemy import func, select

from domain.freight.errors import StoreUnavailable
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.epochs import Subject, next_epoch
from domain.kernel.errors import InvalidInput, Problem
from domain.kernel.language import Bilingual
from domain.kernel.problems import MISSING, TOO_LONG, TOO_MANY
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason
from domain.stores.models import Place, PlaceKind
from domain.stores.views import MOST_PICK_UP_STORES

LONGEST_ADDRESS = 200
LONGEST_HOURS = 100
_TURN = 0x5049_434B


class PickUpPoint(msgspec.Struct, frozen=True, kw_only=True):
    """What members are told of a store; texts may be empty where it does not offer pick-up."""

    offers_pick_up: bool
    address: Bilingual
    opening_hours: Bilingual


class PickUpArranged(msgspec.Struct, frozen=True):
    """A store after it was arranged."""

    store_id: UUID


async def arrange_pick_up(
    session: WriteSession, store_id: UUID, wanted: PickUpPoint, *, reason: str, by: By
) -> PickUpArranged:
    """Say of a store where it is, when it is open, and whether orders are handed out there.

    Orders that were placed for it stay. Refuses: StoreUnavailable, InvalidInput.
    """
    turn = func.pg_advisory_xact_lock(_TURN)
    await session.execute(select(turn, next_epoch(Subject.STORES)))
    store = await session.scalar(
        select(Place)
        .where(Place.id == store_id, Place.kind == PlaceKind.STORE)
        .with_for_update(key_share=True)
    )
    if store is None:
        raise StoreUnavailable
    before = _of(store)
    problems = [*_problems_of(wanted), *problems_of_reason(reason)]
    if wanted.offers_pick_up and not before.offers_pick_up:
        problems += await _too_many(session)
    if problems:
        raise InvalidInput(problems)
    if wanted != before:
        _write(store, wanted)
        await session.flush()
        told = msgspec.to_builtins(before), msgspec.to_builtins(wanted)
        change = Change("store.arrange_pick_up", "place", store_id, *told, reason)
        await record(session, by.staff, change, at=by.at, random=by.random)
    return PickUpArranged(store_id)


def _of(store: Place) -> PickUpPoint:
    return PickUpPoint(
        offers_pick_up=store.offers_pick_up,
        address=Bilingual(store.address_zh, store.address_en),
        opening_hours=Bilingual(store.opening_hours_zh, store.opening_hours_en),
    )


def _write(store: Place, wanted: PickUpPoint) -> None:
    store.offers_pick_up = wanted.offers_pick_up
    store.address_zh, store.address_en = wanted.address.zh, wanted.address.en
    store.opening_hours_zh = wanted.opening_hours.zh
    store.opening_hours_en = wanted.opening_hours.en


def _problems_of(wanted: PickUpPoint) -> Iterator[Problem]:
    texts = (
        ("address", wanted.address, LONGEST_ADDRESS),
        ("openingHours", wanted.opening_hours, LONGEST_HOURS),
    )
    for path, text, longest in texts:
        for language, value in (("zh", text.zh), ("en", text.en)):
            if wanted.offers_pick_up and not value.strip():
                yield MISSING.at(f"{path}.{language}")
            elif len(value) > longest:
                yield TOO_LONG.at(f"{path}.{language}", most=longest)


async def _too_many(session: WriteSession) -> list[Problem]:
    count = await session.scalar(
        select(func.count()).select_from(Place).where(Place.offers_pick_up.is_(True))
    )
    if (count or 0) >= MOST_PICK_UP_STORES:
        return [TOO_MANY.at("offersPickUp", most=MOST_PICK_UP_STORES)]
    return []
