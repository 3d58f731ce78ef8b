"""Hot reads of pads: each with its store, who let it in, and who is signed in at it now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import ARRAY, BigInteger, DateTime, any_, bindparam, exists, literal_column, select
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy import true as always
from sqlalchemy.orm import aliased

from domain.kernel.actors import Role
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.paging import Page, Place, page_of
from domain.sessions.models import Pad, RefreshToken, Session
from domain.staff.models import StaffMember
from domain.stores import models as stores
from domain.stores.views import PLACE_COLUMNS, PlaceView, place_view

PAD = "pad"
STAFF = "staff"
"""The kinds of pads and of the staff in public ids."""


class StaffAtPadView(msgspec.Struct, frozen=True, gc=False):
    """Who is signed in at a pad, and since when."""

    id: str
    name: str
    role: Role
    signed_in_at: datetime


class PadView(msgspec.Struct, frozen=True, gc=False):
    """A pad with its store; ``staff`` is None where nobody is signed in at it."""

    id: str
    name: str
    store: PlaceView
    approved_by: str
    approved_at: datetime
    last_seen_at: datetime | None
    revoked_at: datetime | None
    staff: StaffAtPadView | None


@dataclass(frozen=True, slots=True)
class PadFilter:
    """Which pads to list; what is None does not matter."""

    store_id: UUID | None = None
    is_revoked: bool | None = None


async def pad(
    reads: ReadPool, pad_id: UUID, within: Collection[UUID] | None, *, at: datetime
) -> PadView | None:
    """One pad, in any store or ``within`` some; None where there is none."""
    rows = await _one(bounded=within is not None).rows(
        reads, id=pad_id, within=[*(within or ())], at=at
    )
    return _view(rows[0]) if rows else None


async def pads(
    reads: ReadPool,
    wanted: PadFilter,
    within: Collection[UUID] | None,
    *,
    at: datetime,
    first: int,
    after: Place | None,
) -> Page[PadView]:
    """Take the ``first`` pads behind ``after``, those that were let in last first."""
    statement = _list(
        of_store=wanted.store_id is not None,
        is_revoked=wanted.is_revoked,
        bounded=within is not None,
        after=after is not None,
    )
    rows = await statement.rows(
        reads,
        store_id=wanted.store_id,
        within=[*(within or ())],
        at=at,
        after=after.key if after else None,
        limit=first + 1,
    )
    return page_of([_view(row) for row in rows], first)


def _view(row: Record) -> PadView:
    staff = None
    if row["staff_id"] is not None:
        staff = StaffAtPadView(
            public_id(STAFF, row["staff_id"]),
            row["staff_name"],
            Role(row["staff_role"]),
            row["started_at"],
        )
    return PadView(
        id=public_id(PAD, row["id"]),
        name=row["name"],
        store=place_view(row["store_id"], row),
        approved_by=row["approver"],
        approved_at=row["approved_at"],
        last_seen_at=row["last_seen_at"],
        revoked_at=row["revoked_at"],
        staff=staff,
    )


@cache
def _one(*, bounded: bool) -> HotRead:
    statement = _select().where(Pad.id == bindparam("id", type_=UuidColumn))
    return HotRead(_bounded(statement) if bounded else statement)


@cache
def _list(*, of_store: bool, is_revoked: bool | None, bounded: bool, after: bool) -> HotRead:
    statement = _select()
    if of_store:
        statement = statement.where(Pad.store_id == bindparam("store_id", type_=UuidColumn))
    if is_revoked is not None:
        is_open = Pad.revoked_at.is_(None)
        statement = statement.where(~is_open if is_revoked else is_open)
    if bounded:
        statement = _bounded(statement)
    if after:
        statement = statement.where(Pad.id < bindparam("after", type_=UuidColumn))
    limit = bindparam("limit", type_=BigInteger)
    return HotRead(statement.order_by(Pad.id.desc()).limit(limit))


def _bounded(statement: Any) -> Any:
    return statement.where(Pad.store_id == any_(bindparam("within", type_=ARRAY(UuidColumn))))


def _select() -> Any:
    place, approver = stores.Place, aliased(StaffMember)
    at_it = _signed_in()
    return (
        select(
            Pad.id,
            Pad.name,
            Pad.store_id,
            Pad.approved_at,
            Pad.last_seen_at,
            Pad.revoked_at,
            *PLACE_COLUMNS,
            approver.name.label("approver"),
            *at_it.c,
        )
        .join(place, place.id == Pad.store_id)
        .join(approver, approver.id == Pad.approved_by)
        .outerjoin(at_it, always())
    )


def _signed_in() -> Any:
    """Who may still do something at the pad: whoever walks away is out after a while."""
    at = bindparam("at", type_=DateTime(timezone=True))
    goes_on = exists().where(
        RefreshToken.session_id == Session.id,
        RefreshToken.used_at.is_(None),
        RefreshToken.expires_at > at,
    )
    return (
        select(
            StaffMember.id.label("staff_id"),
            StaffMember.name.label("staff_name"),
            StaffMember.role.label("staff_role"),
            Session.started_at,
        )
        .join(StaffMember, StaffMember.id == Session.staff_id)
        .where(
            Session.pad_id == Pad.id, Session.ended_at.is_(None), Session.expires_at > at, goes_on
        )
        .correlate(Pad)
        .order_by(Session.id.desc())
        .limit(literal_column("1"))
        .lateral("at_it")
    )
