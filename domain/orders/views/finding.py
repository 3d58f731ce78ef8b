"""Finding orders for the staff: whatever is asked for, few rows are looked at.

One condition, the narrowest of those given, leads: its orders are a range of one index by their
age, since ids begin with their moment. The others are judged row by row, of `MOST_EXAMINED` orders
at the most: where few of many fit, a page has fewer than it could, and goes on behind the last
one that was looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    LargeBinary,
    Text,
    any_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool
from domain.members.models import MemberPhone
from domain.orders.models import Order, OrderLine
from domain.orders.words import OrderStatus

MOST_EXAMINED = 1_000
"""Orders that one page looks at where several conditions are given."""
FIRST_ID, LAST_ID = UUID(int=0), UUID(int=2**128 - 1)


class OrderFilter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which orders; what is None does not matter. It outlives the request that it came with.

    Phones are their blind indexes: ``phone`` is the member's own or the recipient's. Orders are
    of one of ``place_ids``, their ids from ``from_id`` on and before ``before_id``.
    """

    number: str | None = None
    member_id: UUID | None = None
    phone: bytes | None = None
    recipient_phone: bytes | None = None
    product_id: UUID | None = None
    place_ids: tuple[UUID, ...] | None = None
    status: OrderStatus | None = None
    from_id: UUID = FIRST_ID
    before_id: UUID = LAST_ID

    @property
    def plan(self) -> tuple[str | None, frozenset[str]]:
        """Which condition leads, and which are judged; places and a status lead together."""
        given = [name for name in _NARROWEST if getattr(self, name) is not None]
        if not given:
            return None, frozenset()
        leading, *others = given
        return leading, frozenset(others) - ({"status"} if leading == "place_ids" else set())

    @property
    def values(self) -> dict[str, object]:
        """What the statements are given."""
        statuses = [self.status] if self.status else list(OrderStatus)
        return {
            "number": self.number,
            "member_id": self.member_id,
            "phone": self.phone,
            "recipient_phone": self.recipient_phone,
            "product_id": self.product_id,
            "place_ids": list(self.place_ids or ()),
            "status": self.status,
            "statuses": statuses,
        }


_NARROWEST = (
    "number",
    "member_id",
    "recipient_phone",
    "phone",
    "product_id",
    "place_ids",
    "status",
)


@dataclass(frozen=True, slots=True)
class Found:
    """Ids of orders that fit, and where to go on looking: None where that was all."""

    ids: Sequence[UUID] = field(default_factory=list[UUID])
    go_on_behind: UUID | None = None


async def newest(reads: ReadPool, wanted: OrderFilter, *, first: int, after: UUID | None) -> Found:
    """The ``first`` orders that fit behind ``after``, the newest first; two statements at most."""
    reach = wanted.from_id, min(wanted.before_id, after or LAST_ID)
    return await _found(reads, wanted, reach, first, _Way.BACK)


async def oldest(reads: ReadPool, wanted: OrderFilter, *, first: int, after: UUID | None) -> Found:
    """The same with the oldest first."""
    behind = FIRST_ID if after is None else UUID(int=after.int + 1)
    reach = max(wanted.from_id, behind), wanted.before_id
    return await _found(reads, wanted, reach, first, _Way.ON)


class _Way(Enum):
    """Which way through time."""

    BACK = "the newest first"
    ON = "the oldest first"

    def furthest(self, *ids: UUID) -> UUID:
        """The one that comes last on this way."""
        return max(ids) if self is _Way.ON else min(ids)

    def sorted(self, *columns: Any) -> list[Any]:
        """Columns to order by."""
        return [each if self is _Way.ON else each.desc() for each in columns]


async def _found(
    reads: ReadPool, wanted: OrderFilter, reach: tuple[UUID, UUID], first: int, way: _Way
) -> Found:
    """Look at the range of the narrowest condition, and judge the others within it."""
    if wanted.place_ids is not None and not wanted.place_ids:
        return Found()
    leading, judged = wanted.plan
    examined = MOST_EXAMINED if judged else first + 1
    given = wanted.values | {"least": reach[0], "before": reach[1], "examined": examined}
    rows = await _matching(leading, judged, way).rows(reads, **given, limit=first + 1)
    ids: list[UUID] = [row["id"] for row in rows]
    if len(ids) > first:
        return Found(ids[:first], ids[first - 1])
    if not judged:
        return Found(ids)
    last = await _last_examined(leading, way).rows(reads, **given)
    if not last or last[0]["count"] < examined:
        return Found(ids)
    # What has come in between the two statements may end the second look before the first one.
    return Found(ids, way.furthest(last[0]["id"], *ids[-1:]))


_LEAST: Any = bindparam("least", type_=UuidColumn)
_BEFORE: Any = bindparam("before", type_=UuidColumn)
_EXAMINED: Any = bindparam("examined", type_=BigInteger)
_GIVEN: dict[str, Any] = {
    "number": bindparam("number", type_=Text),
    "member_id": bindparam("member_id", type_=UuidColumn),
    "phone": bindparam("phone", type_=LargeBinary),
    "recipient_phone": bindparam("recipient_phone", type_=LargeBinary),
    "product_id": bindparam("product_id", type_=UuidColumn),
    "place_ids": bindparam("place_ids", type_=ARRAY(UuidColumn)),
    "status": bindparam("status", type_=Text),
}
_COLUMNS: dict[str, Any] = {
    "member_id": Order.member_id,
    "recipient_phone": Order.recipient_phone_index,
    "status": cast(Order.status, Text),
}


@cache
def _matching(leading: str | None, judged: frozenset[str], way: _Way) -> HotRead:
    """The ids that fit, of those that are looked at."""
    key = _looked_at(leading, way)
    statement = select(key.label("id"))
    if judged:
        # With a limit of its own it stays a look-up for each: PostgreSQL would join all orders.
        fits = select(Order.id).where(Order.id == key, *map(_judgement, sorted(judged)))
        statement = statement.join(fits.limit(literal_column("1")).lateral("fits"), true())
    ordered = statement.order_by(*way.sorted(key))
    return HotRead(ordered.limit(bindparam("limit", type_=BigInteger)))


@cache
def _last_examined(leading: str | None, way: _Way) -> HotRead:
    """How many are looked at, and the last of them."""
    key = _looked_at(leading, way)
    other = _Way.ON if way is _Way.BACK else _Way.BACK
    counted = select(key.label("id"), func.count().over().label("count"))
    return HotRead(counted.order_by(*other.sorted(key)).limit(literal_column("1")))


def _looked_at(leading: str | None, way: _Way) -> Any:
    """The ids of the orders that the leading condition has, as many as are looked at."""
    if leading == "phone":
        return _newest_of_all(_arms_of_phone(way), way)
    if leading == "place_ids":
        return _newest_of_all(_arm_of_places(way), way)
    return _range(leading, way).subquery("looked_at").c.id


def _range(leading: str | None, way: _Way) -> Any:
    if leading is None:
        return _first_of([], [], way)
    if leading == "number":
        own = select(Order.id).where(Order.number == _GIVEN["number"])
        return own.where(Order.id >= _LEAST, Order.id < _BEFORE).limit(_EXAMINED)
    if leading == "product_id":
        product, key = OrderLine.product_id, OrderLine.order_id
        first = _first_of([product], [_GIVEN["product_id"]], way, key=key)
        # An order may have the product in several lines.
        return first.group_by(product, key)
    return _first_of([_COLUMNS[leading]], [_GIVEN[leading]], way)


def _first_of(columns: Sequence[Any], values: Sequence[Any], way: _Way, key: Any = Order.id) -> Any:
    """The first ids whose columns have the values, as one range of the index of all of them.

    Rows are compared and not the columns by themselves: PostgreSQL would then go through
    everybody's orders by id wherever it expects to meet a fitting one soon.
    """
    row = tuple_(*columns, key) if columns else key
    least = tuple_(*values, _LEAST) if columns else _LEAST
    before = tuple_(*values, _BEFORE) if columns else _BEFORE
    statement = select(key.label("id")).where(row >= least, row < before)
    return statement.order_by(*way.sorted(*columns, key)).limit(_EXAMINED)


def _newest_of_all(arms: Any, way: _Way) -> Any:
    key: Any = arms.subquery("arms").c.id
    first = select(key.label("id")).order_by(*way.sorted(key)).limit(_EXAMINED)
    return first.subquery("looked_at").c.id


def _arms_of_phone(way: _Way) -> Any:
    """Those of the member whose phone it is, and those that go to it."""
    own = select(MemberPhone.member_id.label("key"))
    member = own.where(MemberPhone.phone_index == _GIVEN["phone"]).subquery("member")
    theirs = _first_of([Order.member_id], [member.c.key], way).lateral("theirs")
    sent = _first_of([Order.recipient_phone_index], [_GIVEN["phone"]], way).subquery("sent")
    return union(select(theirs.c.id).select_from(member.join(theirs, true())), select(sent.c.id))


def _arm_of_places(way: _Way) -> Any:
    """Those of each place and status."""
    statuses = bindparam("statuses", type_=ARRAY(Text))
    places = select(func.unnest(_GIVEN["place_ids"]).label("place_id")).subquery("place")
    words = select(func.unnest(statuses).label("status")).subquery("word")
    columns = [Order.place_id, cast(Order.status, Text)]
    first = _first_of(columns, [places.c.place_id, words.c.status], way).lateral("there")
    return select(first.c.id).select_from(places.join(words, true()).join(first, true()))


def _judgement(name: str) -> Any:
    """Whether an order fits a condition that does not lead."""
    if name == "place_ids":
        return Order.place_id == any_(_GIVEN["place_ids"])
    if name == "product_id":
        line = OrderLine.order_id == Order.id, OrderLine.product_id == _GIVEN["product_id"]
        return exists().where(*line)
    if name == "phone":
        phone = MemberPhone.member_id == Order.member_id, MemberPhone.phone_index == _GIVEN["phone"]
        return or_(exists().where(*phone), Order.recipient_phone_index == _GIVEN["phone"])
    return _COLUMNS[name] == _GIVEN[name]
