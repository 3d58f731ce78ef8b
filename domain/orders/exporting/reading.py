"""What an export reads: the next orders that fit, the oldest first, with all their lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import ARRAY, any_, bindparam, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.spreadsheets import as_text, moment, yuan
from domain.members.models import Member, MemberPhone
from domain.members.phone_numbers import masked_but
from domain.members.words import Channel
from domain.orders.cart.models import EngravedText
from domain.orders.exporting.table import word
from domain.orders.models import AddressSnapshot, Order, OrderLine
from domain.orders.refunding.reserved import refunding_of_line
from domain.orders.views.finding import OrderFilter, oldest
from domain.orders.words import CloseReason, DeliveryMethod, OrderStatus
from domain.stores.models import Place

ORDERS_AT_ONCE = 1_000
"""Orders of a chunk at the most; their lines are what is in memory."""
_ADDRESS = msgspec.json.Decoder(AddressSnapshot)
_TEXTS = msgspec.json.Decoder(list[EngravedText])


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows for the table, of how many orders, and behind which order to go on; None at the end."""

    rows: Sequence[dict[str, Any]]
    order_count: int
    go_on_behind: UUID | None


async def next_chunk(reads: ReadPool, wanted: OrderFilter, *, after: UUID | None) -> Chunk:
    """The next orders that fit behind ``after``; three statements at most."""
    found = await oldest(reads, wanted, first=ORDERS_AT_ONCE, after=after)
    rows = await _lines().rows(reads, ids=list(found.ids)) if found.ids else []
    return Chunk([_row(row) for row in rows], len(found.ids), found.go_on_behind)


def _row(row: Record) -> dict[str, Any]:
    return {**dict(row), **_of_order(row), **_of_people(row), **_of_line(row)}


def _of_order(row: Record) -> dict[str, str]:
    reason = row["close_reason"]
    freight = row["freight_list_fen"] - row["freight_discount_fen"]
    return {
        "number": as_text(row["number"]),
        "placed_at": moment(row["placed_at"]),
        "status": word(OrderStatus(row["status"])),
        "paid_at": moment(row["paid_at"]),
        "closed_at": moment(row["closed_at"]),
        "close_reason": word(CloseReason(reason) if reason else None),
        "channel": word(Channel(row["channel"])),
        "delivery": word(DeliveryMethod(row["delivery"])),
        "list_yuan": yuan(row["order_list_fen"]),
        "discount_yuan": yuan(row["discount_fen"]),
        "freight_yuan": yuan(freight),
        "payable_yuan": yuan(row["order_payable_fen"]),
    }


def _of_people(row: Record) -> dict[str, str]:
    """Whose it is and where it goes; of phones the last four digits, and nothing is opened."""
    address = _ADDRESS.decode(row["address"]) if row["address"] else None
    digits = row["member_digits"]
    return {
        "member_phone": masked_but(digits) if digits else "",
        "recipient_phone": masked_but(address.last_digits) if address else "",
        "region": " ".join(address.region_names) if address else "",
    }


def _of_line(row: Record) -> dict[str, str]:
    texts = _TEXTS.decode(row["personalisation"])
    return {
        "unit_yuan": yuan(row["unit_fen"]),
        "personalisation": "; ".join(f"{each.code}: {each.text}" for each in texts),
        "personalisation_yuan": yuan(row["personalisation_unit_fen"]),
        "line_list_yuan": yuan(row["list_fen"]),
        "line_payable_yuan": yuan(row["payable_fen"]),
        "line_refunding_yuan": yuan(row["refunding_fen"]),
    }


@cache
def _lines() -> HotRead:
    line, phone = OrderLine, MemberPhone
    statement = (
        select(
            *line.__table__.columns,
            line.number.label("line_number"),
            *refunding_of_line(),
            Order.number.label("number"),
            Order.placed_at,
            Order.status,
            Order.paid_at,
            Order.closed_at,
            Order.close_reason,
            Order.channel,
            Order.delivery,
            Order.address,
            Order.member_note,
            Order.list_fen.label("order_list_fen"),
            Order.discount_fen,
            Order.freight_list_fen,
            Order.freight_discount_fen,
            Order.payable_fen.label("order_payable_fen"),
            Place.code.label("place_code"),
            Member.name.label("member_name"),
            phone.last_digits.label("member_digits"),
        )
        .join(Order, Order.id == line.order_id)
        .join(Place, Place.id == Order.place_id)
        .join(Member, Member.id == Order.member_id)
        .outerjoin(phone, phone.member_id == Order.member_id)
    )
    ids = bindparam("ids", type_=ARRAY(UuidColumn))
    statement = statement.where(line.order_id == any_(ids))
    return HotRead(statement.order_by(line.order_id, line.number))
