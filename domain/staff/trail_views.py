"""Reads of the audit trail: who changed what, newest first, by any filter and within a reach.

Whatever is asked for, a page reads a few rows of one index each and never the whole trail, which
is kept forever. An arm of the statement takes the newest of one actor, subject, action, store or
pad; where there are several (a manager's reach, actions that begin alike), the newest of all arms
are the page.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from typing import cast as typed
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Subquery,
    Text,
    any_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    select,
    true,
    tuple_,
    union,
    union_all,
)
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.actors import Role
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.paging import Page, page_of
from domain.staff.accounts import STAFF
from domain.staff.models import AuditEntry, StaffMember, StaffStore
from domain.stores.views import PLACE, PlaceView, places

ENTRY, PAD = "entry", "pad"
"""The kinds of entries and of pads in public ids."""
_ID_BITS, _MILLISECOND_BIT = 128, 80


class ChangeView(msgspec.Struct, frozen=True, gc=False):
    """One field that changed; what is no text is JSON."""

    field: str
    before: str | None
    after: str | None


class ActorView(msgspec.Struct, frozen=True, gc=False):
    """Who made a change, as they were called then."""

    id: str
    name: str


class PadView(msgspec.Struct, frozen=True, gc=False):
    """The pad at which a change was made; whoever knows pads puts the name in."""

    id: str
    name: str | None = None


class EntryView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One change, as it is read."""

    id: str
    at: datetime
    actor: ActorView
    pad: PadView | None
    store: PlaceView | None
    action: str
    subject_id: str
    subject_kind: str
    changes: list[ChangeView]
    reason: str


@dataclass(frozen=True, slots=True)
class Reach:
    """What somebody sees of the trail who does not see all of it.

    Entries from pads in the stores, of themselves, and of the guides of the stores.
    """

    staff_id: UUID
    store_ids: Collection[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries to list; what is None does not matter.

    ``subject`` is a kind and a key. An ``action`` that ends with a dot stands for all that begin
    with it. Entries are from the moment ``since`` on and before ``until``.
    """

    actor_id: UUID | None = None
    subject: tuple[str, UUID] | None = None
    action: str | None = None
    store_id: UUID | None = None
    pad_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    reach: Reach | None = None

    @property
    def has_prefix(self) -> bool:
        """Whether the action stands for all that begin with it."""
        return self.action is not None and self.action.endswith(".")


async def entries(
    reads: ReadPool, wanted: EntryFilter, *, first: int, after: UUID | None
) -> Page[EntryView]:
    """Take the ``first`` entries behind ``after``, newest first; two statements at most."""
    reach, subject = wanted.reach, wanted.subject
    equal: dict[str, object] = {
        "actor": _actor(wanted.actor_id),
        "subject_kind": subject[0] if subject else None,
        "subject_id": subject[1] if subject else None,
        "store_id": wanted.store_id,
        "pad_id": wanted.pad_id,
        "action": wanted.action,
    }
    given = {name for name, value in equal.items() if value is not None}
    statement = _list(
        frozenset(given - {"action"} if wanted.has_prefix else given),
        has_prefix=wanted.has_prefix,
        with_reach=reach is not None,
    )
    rows = await statement.rows(
        reads,
        **equal,
        own=_actor(reach.staff_id) if reach else None,
        stores=[*reach.store_ids] if reach else None,
        least=_first_of(wanted.since) if wanted.since else UUID(int=0),
        before=_before(wanted.until, after),
        limit=first + 1,
    )
    page = page_of(rows, first)
    stores = {row["store_id"] for row in page.items if row["store_id"]}
    known = {each.id: each for each in await places(reads, stores)} if stores else {}
    return Page([_view(row, known) for row in page.items], page.has_next)


def changes_of(before: object, after: object) -> list[ChangeView]:
    """The fields that are not the same, in the order in which they were written."""
    was, is_now = _fields(before), _fields(after)
    return [
        ChangeView(name, _text(was.get(name)), _text(is_now.get(name)))
        for name in dict.fromkeys([*was, *is_now])
        if was.get(name) != is_now.get(name)
    ]


def _fields(value: object) -> dict[str, object]:
    return typed("dict[str, object]", value) if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _view(row: Record, known: dict[str, PlaceView]) -> EntryView:
    store, pad = row["store_id"], row["pad_id"]
    before, after = (json.loads(row[name]) if row[name] else None for name in ("before", "after"))
    return EntryView(
        id=public_id(ENTRY, row["id"]),
        at=row["at"],
        # An actor is written as its kind and its key, as a public id is.
        actor=ActorView(row["actor"].replace(":", "_"), row["actor_name"]),
        pad=PadView(public_id(PAD, pad)) if pad else None,
        store=known.get(public_id(PLACE, store)) if store else None,
        action=row["action"],
        subject_kind=row["subject_kind"],
        subject_id=public_id(row["subject_kind"], row["subject_id"]),
        changes=changes_of(before, after),
        reason=row["reason"],
    )


def _actor(staff_id: UUID | None) -> str | None:
    return None if staff_id is None else f"{STAFF}:{staff_id.hex}"


def _first_of(moment: datetime) -> UUID:
    """An id that is not after any of that millisecond: ids begin with their moment."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return UUID(int=min(milliseconds << _MILLISECOND_BIT, (1 << _ID_BITS) - 1))


def _before(until: datetime | None, after: UUID | None) -> UUID:
    """What all ids of the page are smaller than."""
    ends = [_first_of(until)] if until else []
    return min([*ends, *([after] if after else []), UUID(int=(1 << _ID_BITS) - 1)])


_FIRST_ROWS: Any = bindparam("limit", type_=BigInteger)
_LEAST: Any = bindparam("least", type_=UuidColumn)
_BEFORE: Any = bindparam("before", type_=UuidColumn)
_ENTRY: Any = AuditEntry.__table__.columns
_NARROWEST = ("subject_id", "pad_id", "store_id", "actor", "action")
"""What leads the index that is read, where several columns have to equal something."""
_Given = list[ColumnElement[bool]]


@cache
def _list(equal: frozenset[str], *, has_prefix: bool, with_reach: bool) -> HotRead:
    """The statement for the columns that have to equal something."""
    keys = {name: bindparam(name, type_=_ENTRY[name].type) for name in sorted(equal)}
    leading = None if with_reach else next((name for name in _NARROWEST if name in equal), None)
    given: _Given = [_ENTRY[name] == key for name, key in keys.items() if name != leading]
    is_of_actions = has_prefix and not equal and not with_reach
    if has_prefix and not is_of_actions:
        given.append(func.starts_with(_ENTRY.action, bindparam("action", type_=Text)))
    if with_reach:
        return HotRead(_entries_of(union(*_arms_in_reach(given)).subquery()))
    if is_of_actions:
        return HotRead(_entries_of(_arm(_actions(), _ENTRY.action, given).subquery()))
    if leading is not None:
        return HotRead(_newest_of(select(*_ENTRY), _ENTRY[leading], keys[leading], given))
    every = select(*_ENTRY).where(_ENTRY.id >= _LEAST, _ENTRY.id < _BEFORE)
    return HotRead(every.order_by(_ENTRY.id.desc()).limit(_FIRST_ROWS))


def _newest_of(statement: Any, column: Any, key: Any, given: _Given) -> Any:
    """The newest entries whose column equals the key, as one range of the column's index.

    Rows are compared and not the column by itself: PostgreSQL would then go back in time instead,
    through everybody else's entries, wherever it expects to meet one with that key soon.
    """
    if column.nullable:
        statement = statement.where(column.is_not(None))
    row = tuple_(column, _ENTRY.id)
    statement = statement.where(row >= tuple_(key, _LEAST), row < tuple_(key, _BEFORE), *given)
    return statement.order_by(column.desc(), _ENTRY.id.desc()).limit(_FIRST_ROWS)


def _entries_of(found: Subquery) -> Any:
    """The newest of the ids that were found, as entries."""
    newest = select(found.c.id).order_by(found.c.id.desc()).limit(_FIRST_ROWS).subquery()
    statement = select(*_ENTRY).join(newest, newest.c.id == _ENTRY.id)
    return statement.order_by(_ENTRY.id.desc())


def _arm(keys: Subquery, column: Any, given: _Given) -> Any:
    """The ids of the newest entries of each key."""
    newest = _newest_of(select(_ENTRY.id), column, keys.c.key, given).lateral()
    return select(newest.c.id).select_from(keys.join(newest, true()))


def _arms_in_reach(given: _Given) -> list[Any]:
    stores = bindparam("stores", type_=ARRAY(UuidColumn))
    in_stores = select(func.unnest(stores).label("key")).subquery()
    hexadecimal = func.replace(
        cast(StaffMember.id, Text), literal_column("'-'"), literal_column("''")
    )
    in_a_store = exists().where(
        StaffStore.staff_id == StaffMember.id, StaffStore.store_id == any_(stores)
    )
    guides = select(func.concat(literal_column(f"'{STAFF}:'"), hexadecimal).label("key")).where(
        StaffMember.role == literal_column(f"'{Role.GUIDE}'"), in_a_store
    )
    themselves = select(bindparam("own", type_=Text).label("key"))
    people = union_all(themselves, guides).subquery()
    return [_arm(in_stores, _ENTRY.store_id, given), _arm(people, _ENTRY.actor, given)]


def _actions() -> Subquery:
    """The actions that begin alike: from one to the next by the index, however many entries."""
    least = select(func.min(_ENTRY.action).label("key")).cte("actions", recursive=True)
    following = select(func.min(_ENTRY.action)).where(_ENTRY.action > least.c.key)
    every = least.union_all(
        select(following.correlate(least).scalar_subquery()).where(least.c.key.is_not(None))
    )
    wanted = func.starts_with(every.c.key, bindparam("action", type_=Text))
    return select(every.c.key).where(wanted).subquery()
