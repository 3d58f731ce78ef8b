"""Reads of the accounts: one by one, and in pages by login."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Text,
    any_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.actors import Role
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.paging import Page, page_of
from domain.staff.accounts import STAFF
from domain.staff.models import RecoveryCode, StaffMember, StaffStore
from domain.stores.views import PLACE, PlaceView, places


class AccountView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An account as an owner sees it: how somebody can sign in, and never by what."""

    id: str
    login: str
    name: str
    role: Role
    stores: list[PlaceView]
    created_at: datetime
    blocked_at: datetime | None
    block_reason: str | None
    revision: int
    has_password: bool
    is_password_temporary: bool
    password_locked_until: datetime | None
    has_pin: bool
    pin_locked_until: datetime | None
    has_authenticator: bool
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """Which accounts to list; what is None does not matter.

    ``search``, in small letters, begins the login or stands in the name. ``guides_of`` are the
    stores whose guides are all that the caller sees.
    """

    role: Role | None = None
    store_id: UUID | None = None
    search: str | None = None
    is_blocked: bool | None = None
    guides_of: Collection[UUID] | None = None


async def account(
    reads: ReadPool, staff_id: UUID, *, guides_of: Collection[UUID] | None = None
) -> AccountView | None:
    """One account; None where there is none, or none that the caller sees."""
    rows = await _one(is_guide_of=guides_of is not None).rows(
        reads, id=staff_id, guides_of=_array(guides_of)
    )
    views = await _views(reads, rows)
    return views[0] if views else None


async def accounts(
    reads: ReadPool, wanted: AccountFilter, *, first: int, after: UUID | None
) -> Page[AccountView]:
    """Take the ``first`` accounts behind ``after``, those that were made last first."""
    statement = _list(
        with_role=wanted.role is not None,
        with_store=wanted.store_id is not None,
        with_search=wanted.search is not None,
        with_blocked=wanted.is_blocked is not None,
        is_guide_of=wanted.guides_of is not None,
        after=after is not None,
    )
    rows = await statement.rows(
        reads,
        role=wanted.role,
        store_id=wanted.store_id,
        search=wanted.search,
        is_blocked=wanted.is_blocked,
        guides_of=_array(wanted.guides_of),
        after=after,
        limit=first + 1,
    )
    page = page_of(rows, first)
    return Page(await _views(reads, page.items), page.has_next)


async def _views(reads: ReadPool, rows: list[Record]) -> list[AccountView]:
    wanted = {key for row in rows for key in row["stores"]}
    known = {each.id: each for each in await places(reads, wanted)} if wanted else {}
    return [_view(row, known) for row in rows]


def _view(row: Record, known: dict[str, PlaceView]) -> AccountView:
    return AccountView(
        id=public_id(STAFF, row["id"]),
        login=row["login"],
        name=row["name"],
        role=Role(row["role"]),
        stores=sorted(
            (known[public_id(PLACE, key)] for key in row["stores"]), key=lambda place: place.code
        ),
        created_at=row["created_at"],
        blocked_at=row["blocked_at"],
        block_reason=row["block_reason"],
        revision=row["revision"],
        has_password=row["has_password"],
        is_password_temporary=row["is_password_temporary"],
        password_locked_until=row["password_locked_until"],
        has_pin=row["has_pin"],
        pin_locked_until=row["pin_locked_until"],
        has_authenticator=row["has_authenticator"],
        recovery_codes_left=row["recovery_codes_left"],
    )


def _array(keys: Collection[UUID] | None) -> list[UUID] | None:
    return None if keys is None else [*keys]


def _select(*, is_guide_of: bool) -> Any:
    staff = StaffMember
    theirs = select(StaffStore.store_id).where(StaffStore.staff_id == staff.id)
    left = select(func.count()).where(
        RecoveryCode.staff_id == staff.id, RecoveryCode.used_at.is_(None)
    )
    statement = select(
        staff.id,
        staff.login,
        staff.name,
        staff.role,
        staff.created_at,
        staff.blocked_at,
        staff.block_reason,
        staff.revision,
        staff.password_hash.is_not(None).label("has_password"),
        staff.is_password_temporary,
        staff.password_locked_until,
        staff.pin_hash.is_not(None).label("has_pin"),
        staff.pin_locked_until,
        staff.totp_confirmed_at.is_not(None).label("has_authenticator"),
        func.array(theirs.scalar_subquery()).label("stores"),
        left.scalar_subquery().label("recovery_codes_left"),
    )
    if not is_guide_of:
        return statement
    shared = bindparam("guides_of", type_=ARRAY(UuidColumn))
    works_there = exists().where(
        StaffStore.staff_id == staff.id, StaffStore.store_id == any_(shared)
    )
    return statement.where(staff.role == literal_column(f"'{Role.GUIDE}'"), works_there)


@cache
def _one(*, is_guide_of: bool) -> HotRead:
    statement = _select(is_guide_of=is_guide_of)
    return HotRead(statement.where(StaffMember.id == bindparam("id", type_=UuidColumn)))


@cache
def _list(
    *,
    with_role: bool,
    with_store: bool,
    with_search: bool,
    with_blocked: bool,
    is_guide_of: bool,
    after: bool,
) -> HotRead:
    statement, staff = _select(is_guide_of=is_guide_of), StaffMember
    if with_role:
        statement = statement.where(staff.role == bindparam("role", type_=Text))
    if with_store:
        store = bindparam("store_id", type_=UuidColumn)
        there = exists().where(StaffStore.staff_id == staff.id, StaffStore.store_id == store)
        statement = statement.where(there)
    if with_search:
        search = bindparam("search", type_=Text)
        begins, holds = (
            func.starts_with(staff.login, search),
            func.strpos(func.lower(staff.name), search) > literal_column("0"),
        )
        statement = statement.where(or_(begins, holds))
    if with_blocked:
        blocked = bindparam("is_blocked", type_=Boolean)
        statement = statement.where(staff.blocked_at.is_not(None) == blocked)
    if after:
        statement = statement.where(staff.id < bindparam("after", type_=UuidColumn))
    limit = bindparam("limit", type_=BigInteger)
    return HotRead(statement.order_by(staff.id.desc()).limit(limit))
