"""Pick-ups as the staff at a pad read them, by a code that they have scanned."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import BigInteger, LargeBinary, bindparam, cast, func, literal_column, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.sealing import Vault
from domain.members.models import Member
from domain.orders.cart.models import EngravedText
from domain.orders.models import Order, OrderLine
from domain.orders.picking_up.codes import digest_of, typed
from domain.orders.picking_up.models import PickUp
from domain.orders.refunding.models import OrderRefundLine
from domain.orders.views.structs import ORDER
from domain.orders.words import OrderStatus

_STARS = "**"
_TEXTS = msgspec.json.Decoder(list[EngravedText])


class FetchedLineView(msgspec.Struct, frozen=True, gc=False):
    """Units of one variant that are to be handed over: none that is refunded, or is being."""

    number: int
    sku: str
    product_title: str
    variant_title: str
    units: int
    personalisation: Sequence[EngravedText]


class ScannedPickUpView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a code fetches, as the staff at a pad see it."""

    order_id: str
    number: str
    status: OrderStatus
    member_name: str
    member_note: str | None
    ready_at: datetime
    fetch_by: datetime
    is_over: bool
    lines: list[FetchedLineView]


def masked_name(name: str) -> str:
    """A name as its bearer recognises it, and nobody else: ``王**``."""
    return name.strip()[:1] + _STARS


async def scanned(
    reads: ReadPool,
    vault: Vault,
    language: Language,
    code: str,
    store_id: UUID,
    *,
    at: datetime,
) -> ScannedPickUpView | None:
    """What a code fetches in a store; None where it fetches nothing there.

    The caller bounds how often it is tried.
    """
    right = typed(code)
    if right is None:
        return None
    rows = await _scanned(language).rows(reads, digest=digest_of(vault, right), store_id=store_id)
    if not rows:
        return None
    row = rows[0]
    return ScannedPickUpView(
        order_id=public_id(ORDER, row["id"]),
        number=row["number"],
        status=OrderStatus(row["status"]),
        member_name=masked_name(row["name"]),
        member_note=row["member_note"],
        ready_at=row["ready_at"],
        fetch_by=row["fetch_by"],
        is_over=row["fetch_by"] < at,
        lines=[_line(each) for each in rows if each["units"]],
    )


def _line(row: Record) -> FetchedLineView:
    return FetchedLineView(
        row["line_number"],
        row["sku"],
        row["product_title"],
        row["variant_title"],
        row["units"],
        _TEXTS.decode(row["personalisation"]),
    )


def _kept_units() -> Any:
    """The units of a line without those that handing over leaves out (`shipping.sending`)."""
    line, back = OrderLine, OrderRefundLine
    reserved = (
        select(func.sum(back.units - back.sent_units))
        .where(back.order_id == line.order_id, back.line_number == line.number)
        .correlate(line)
        .scalar_subquery()
    )
    return cast(line.units - func.coalesce(reserved, literal_column("0")), BigInteger)


@cache
def _scanned(language: Language) -> HotRead:
    line, is_zh = OrderLine, language is Language.ZH
    return HotRead(
        select(
            Order.id,
            Order.number,
            Order.status,
            Order.member_note,
            Member.name,
            PickUp.ready_at,
            PickUp.fetch_by,
            line.number.label("line_number"),
            line.sku,
            (line.product_title_zh if is_zh else line.product_title_en).label("product_title"),
            (line.variant_title_zh if is_zh else line.variant_title_en).label("variant_title"),
            _kept_units().label("units"),
            line.personalisation,
        )
        .join(Order, Order.id == PickUp.order_id)
        .join(Member, Member.id == Order.member_id)
        .join(line, line.order_id == Order.id)
        .where(
            PickUp.code_digest == bindparam("digest", type_=LargeBinary),
            Order.place_id == bindparam("store_id", type_=UuidColumn),
        )
        .order_by(line.number)
    )
