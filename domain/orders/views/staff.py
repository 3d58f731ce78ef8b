"""Orders as the staff see them: found by any condition, with who did what to them.

A page costs two statements to find it and one for each part that is asked for. Phones are told
by their last digits, and no address is opened.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import ARRAY, any_, bindparam, literal_column, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import key_of, public_id
from domain.kernel.language import Language
from domain.kernel.money import Fen
from domain.kernel.points import Points
from domain.kernel.sealing import Vault
from domain.members.models import Member, MemberPhone
from domain.members.phone_numbers import masked_but
from domain.members.views.structs import MEMBER
from domain.members.words import Channel
from domain.orders.models import (
    FREIGHT_LINE,
    AddressSnapshot,
    Order,
    OrderHistory,
    OrderNote,
    OrderPayment,
)
from domain.orders.refunding.views import OrderRefundView, has_refunds, refunded_of
from domain.orders.shipping.views import ShipmentView, receive_by_of, sent_of
from domain.orders.views import structs
from domain.orders.views.belongings import Reductions, lines_of, reductions_of
from domain.orders.views.finding import OrderFilter, newest
from domain.orders.views.gateways import gateway_names
from domain.orders.views.staff_structs import (
    OrderActor,
    OrderMoveView,
    OrderNoteView,
    StaffOrderAddress,
    StaffOrderMember,
    StaffOrderView,
)
from domain.orders.views.structs import ORDER, OrderFreight, OrderLineView, OrderPaymentView
from domain.orders.words import (
    CloseReason,
    DeliveryMethod,
    OrderStatus,
    PaymentPurpose,
    PaymentStatus,
)
from domain.staff.accounts import STAFF
from domain.staff.models import StaffMember
from domain.stores.views import PLACE, PlaceView, places

NOTE = "order_note"
"""The kind of notes in public ids."""
MOST_NOTES = 100
"""Notes of an order that are told, the latest."""
_ADDRESS = msgspec.json.Decoder(AddressSnapshot)


@dataclass(frozen=True, slots=True)
class StaffParts:
    """What to fetch of each order; what is not fetched costs nothing."""

    place: bool = False
    lines: bool = False
    reductions: bool = False
    payments: bool = False
    shipments: bool = False
    tracking: bool = False
    refunds: bool = False
    history: bool = False
    notes: bool = False


@dataclass(frozen=True, slots=True)
class StaffReading:
    """In which language to read, where pictures are, and what to fetch."""

    language: Language
    media_url: str
    vault: Vault
    parts: StaffParts

    @property
    def of_lines(self) -> structs.Reading:
        """The same for what members and staff see alike."""
        parts = structs.Parts(lines=self.parts.lines, reductions=self.parts.reductions)
        return structs.Reading(self.language, self.media_url, self.vault, parts)


@dataclass(frozen=True, slots=True)
class StaffPage:
    """A page of orders, and behind which id the next one begins; None after the last.

    It may have fewer orders than were wanted where there are more, even none: see `finding`.
    """

    orders: list[StaffOrderView]
    go_on_behind: UUID | None


async def staff_orders(
    reads: ReadPool, reading: StaffReading, wanted: OrderFilter, *, first: int, after: UUID | None
) -> StaffPage:
    """Take the ``first`` orders that fit behind ``after``, the newest first."""
    found = await newest(reads, wanted, first=first, after=after)
    rows = await _orders().rows(reads, ids=list(found.ids)) if found.ids else []
    return StaffPage(await _whole(reads, reading, rows), found.go_on_behind)


async def staff_order(
    reads: ReadPool,
    reading: StaffReading,
    order_id: UUID,
    *,
    within: Collection[UUID] | None,
) -> StaffOrderView | None:
    """One order; None where there is none, or it is at none of the places ``within``."""
    rows = await _orders().rows(reads, ids=[order_id])
    if within is not None:
        rows = [row for row in rows if row["place_id"] in within]
    found = await _whole(reads, reading, rows)
    return found[0] if found else None


@dataclass(slots=True)
class _Belongings:
    """What belongs to the orders of a page, by the order."""

    places: Mapping[str, PlaceView] = field(default_factory=dict[str, PlaceView])
    reductions: Reductions = field(default_factory=dict[tuple[UUID, int], Any])
    lines: Mapping[UUID, list[OrderLineView]] = field(default_factory=dict[UUID, Any])
    payments: Mapping[UUID, list[OrderPaymentView]] = field(default_factory=dict[UUID, Any])
    shipments: Mapping[UUID, list[ShipmentView]] = field(default_factory=dict[UUID, Any])
    refunds: Mapping[UUID, list[OrderRefundView]] = field(default_factory=dict[UUID, Any])
    history: Mapping[UUID, list[Record]] = field(default_factory=dict[UUID, Any])
    notes: Mapping[UUID, list[Record]] = field(default_factory=dict[UUID, Any])
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of those of the staff and of gateways, by their public ids."""


async def _whole(
    reads: ReadPool, reading: StaffReading, rows: Sequence[Record]
) -> list[StaffOrderView]:
    """Make orders of their rows, with what was asked for of each."""
    if not rows:
        return []
    wanted, ids, found = reading.parts, [row["id"] for row in rows], _Belongings()
    if wanted.place:
        known = await places(reads, {row["place_id"] for row in rows})
        found.places = {each.id: each for each in known}
    if wanted.reductions:
        found.reductions = await reductions_of(reads, reading.of_lines, ids)
    if wanted.lines:
        found.lines = await lines_of(reads, reading.of_lines, ids, found.reductions)
    if wanted.payments:
        found.payments = _payments_of(await _payments().rows(reads, ids=ids))
    if wanted.shipments:
        found.shipments = await sent_of(
            reads, reading.language, rows, with_tracking=wanted.tracking
        )
    if wanted.refunds:
        found.refunds = await refunded_of(reads, rows)
    await _add_deeds(reads, reading, ids, found)
    return [_order(reading, row, found) for row in rows]


async def _add_deeds(
    reads: ReadPool, reading: StaffReading, ids: Sequence[UUID], found: _Belongings
) -> None:
    """Add what was done to the orders, and the names of those who did it."""
    wanted = reading.parts
    if wanted.history:
        found.history = _by_order(await _history().rows(reads, ids=ids))
    if wanted.notes:
        found.notes = _by_order(await _notes().rows(reads, ids=ids))
    gateways = {_public(actor): name for actor, name in gateway_names(reading.language).items()}
    found.names = {**await _staff_names(reads, [found.history, found.notes]), **gateways}


def _by_order(rows: Sequence[Record]) -> dict[UUID, list[Record]]:
    by_order: dict[UUID, list[Record]] = defaultdict(list)
    for row in rows:
        by_order[row["order_id"]].append(row)
    return by_order


async def _staff_names(
    reads: ReadPool, rows: Sequence[Mapping[UUID, list[Record]]]
) -> dict[str, str]:
    """The names of those of the staff who did any of this, by their public ids."""
    actors = {_public(row["actor"]) for each in rows for some in each.values() for row in some}
    keys = [key for each in actors if (key := key_of(each, STAFF))]
    if not keys:
        return {}
    return {public_id(STAFF, key): name for key, name in await _names().rows(reads, ids=keys)}


def _order(reading: StaffReading, row: Record, found: _Belongings) -> StaffOrderView:
    key, wanted, member = row["id"], reading.parts, _member(row)
    names = {**found.names, member.id: member.name}
    reason = row["close_reason"]
    return StaffOrderView(
        id=public_id(ORDER, key),
        number=row["number"],
        status=OrderStatus(row["status"]),
        placed_at=row["placed_at"],
        paid_at=row["paid_at"],
        shipped_at=row["shipped_at"],
        receive_by=row["receive_by"],
        received_at=row["received_at"],
        closed_at=row["closed_at"],
        close_reason=CloseReason(reason) if reason else None,
        channel=Channel(row["channel"]),
        delivery=DeliveryMethod(row["delivery"]),
        place=found.places.get(public_id(PLACE, row["place_id"])),
        member=member,
        address=_address(row),
        member_note=row["member_note"],
        units=row["units"],
        list_fen=Fen(row["list_fen"]),
        discount_fen=Fen(row["discount_fen"]),
        freight=_freight(row, found, with_reductions=wanted.reductions),
        payable_fen=Fen(row["payable_fen"]),
        refunded_fen=Fen(row["refunded_fen"]),
        points_used=Points(row["points_used"]),
        lines=found.lines.get(key, []) if wanted.lines else None,
        payments=found.payments.get(key, []) if wanted.payments else None,
        shipments=found.shipments.get(key, []) if wanted.shipments else None,
        refunds=found.refunds.get(key, []) if wanted.refunds else None,
        history=[_move(each, names) for each in found.history.get(key, [])],
        notes=[_note(each, names) for each in found.notes.get(key, [])],
        key=key,
    )


def _member(row: Record) -> StaffOrderMember:
    digits = row["member_digits"]
    return StaffOrderMember(
        public_id(MEMBER, row["member_id"]),
        row["member_name"],
        masked_but(digits) if digits else None,
    )


def _address(row: Record) -> StaffOrderAddress | None:
    if row["address"] is None:
        return None
    snapshot = _ADDRESS.decode(row["address"])
    return StaffOrderAddress(
        snapshot.region_code, snapshot.region_names, masked_but(snapshot.last_digits)
    )


def _freight(row: Record, found: _Belongings, *, with_reductions: bool) -> OrderFreight:
    reductions = found.reductions.get((row["id"], FREIGHT_LINE), [])
    return OrderFreight(
        list_fen=Fen(row["freight_list_fen"]),
        reductions=reductions if with_reductions else None,
        payable_fen=Fen(row["freight_list_fen"] - row["freight_discount_fen"]),
    )


def _payments_of(rows: Sequence[Record]) -> dict[UUID, list[OrderPaymentView]]:
    payments: dict[UUID, list[OrderPaymentView]] = defaultdict(list)
    for order_id, purpose, fen, status, due_at in rows:
        payments[order_id].append(
            OrderPaymentView(PaymentPurpose(purpose), Fen(fen), PaymentStatus(status), due_at)
        )
    return payments


def _move(row: Record, names: Mapping[str, str]) -> OrderMoveView:
    before, reason = row["from_status"], row["reason"]
    return OrderMoveView(
        at=row["at"],
        from_status=OrderStatus(before) if before else None,
        to_status=OrderStatus(row["to_status"]),
        reason=CloseReason(reason) if reason else None,
        note=row["note"],
        actor=_actor(row, names),
    )


def _note(row: Record, names: Mapping[str, str]) -> OrderNoteView:
    return OrderNoteView(public_id(NOTE, row["id"]), row["at"], row["text"], _actor(row, names))


def _actor(row: Record, names: Mapping[str, str]) -> OrderActor:
    public = _public(row["actor"])
    return OrderActor(public, names.get(public))


def _public(actor: str) -> str:
    """An actor is written as its kind and its key, as a public id is."""
    return actor.replace(":", "_")


_IDS: Any = bindparam("ids", type_=ARRAY(UuidColumn))


@cache
def _orders() -> HotRead:
    phone = MemberPhone
    statement = (
        select(
            *Order.__table__.columns,
            receive_by_of(Order.id).label("receive_by"),
            has_refunds(),
            Member.name.label("member_name"),
            phone.last_digits.label("member_digits"),
        )
        .join(Member, Member.id == Order.member_id)
        .outerjoin(phone, phone.member_id == Order.member_id)
    )
    return HotRead(statement.where(Order.id == any_(_IDS)).order_by(Order.id.desc()))


@cache
def _payments() -> HotRead:
    each = OrderPayment
    columns = each.order_id, each.purpose, each.amount_fen, each.status, each.due_at
    statement = select(*columns).where(each.order_id == any_(_IDS))
    return HotRead(statement.order_by(each.order_id, each.due_at))


@cache
def _history() -> HotRead:
    each = OrderHistory
    statement = select(*each.__table__.columns).where(each.order_id == any_(_IDS))
    return HotRead(statement.order_by(each.order_id, each.number))


@cache
def _notes() -> HotRead:
    """The latest notes of each order, the newest first."""
    each = OrderNote
    newest_of = (
        select(*each.__table__.columns)
        .where(each.order_id == Order.id)
        .order_by(each.id.desc())
        .limit(literal_column(str(MOST_NOTES)))
        .lateral("note")
    )
    statement = select(*newest_of.c).select_from(Order).join(newest_of, literal_column("true"))
    statement = statement.where(Order.id == any_(_IDS))
    return HotRead(statement.order_by(newest_of.c.order_id, newest_of.c.id.desc()))


@cache
def _names() -> HotRead:
    return HotRead(select(StaffMember.id, StaffMember.name).where(StaffMember.id == any_(_IDS)))
