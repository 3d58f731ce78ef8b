"""Texts of paid orders that will not be engraved, as long as money for them is to be given back."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    and_,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy import Uuid as UuidColumn

from domain.aftersales.models import CaseClaim
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Bilingual
from domain.kernel.paging import Page, Place, page_of
from domain.orders.cart.models import EngravedText
from domain.orders.models import Order, OrderLine, PersonalisationReview
from domain.orders.views.structs import ORDER
from domain.orders.words import PAID_FOR, OrderStatus, ReviewStatus

_TEXTS = msgspec.json.Decoder(tuple[EngravedText, ...])


class RejectedView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A line of a paid order whose texts were rejected; so many units are in no case yet."""

    order_id: str
    order_number: str
    order_status: OrderStatus
    line_number: int
    product_title: Bilingual
    variant_title: Bilingual
    sku: str
    units_left: int
    texts: tuple[EngravedText, ...]
    reason: str
    decided_at: datetime
    key: UUID


async def rejected_texts(
    reads: ReadPool,
    within: Collection[UUID] | None,
    *,
    first: int,
    after: Place | None,
) -> Page[RejectedView]:
    """Take the ``first`` behind ``after``, the oldest orders first.

    ``within`` are the places whose orders they may be of, None for all. What a case is open for,
    or was refunded by one, is not among them.
    """
    statement = _found(with_places=within is not None, with_after=after is not None)
    rows = await statement.rows(
        reads,
        place_ids=sorted(within or ()),
        order_id=after.key if after else None,
        line_number=after.value if after else None,
        most=first + 1,
    )
    return page_of([_view(row) for row in rows], first)


def _view(row: Record) -> RejectedView:
    return RejectedView(
        order_id=public_id(ORDER, row["order_id"]),
        order_number=row["order_number"],
        order_status=OrderStatus(row["order_status"]),
        line_number=row["line_number"],
        product_title=Bilingual(row["product_title_zh"], row["product_title_en"]),
        variant_title=Bilingual(row["variant_title_zh"], row["variant_title_en"]),
        sku=row["sku"],
        units_left=row["units_left"],
        texts=_TEXTS.decode(row["personalisation"]),
        reason=row["reason"],
        decided_at=row["decided_at"],
        key=row["order_id"],
    )


@cache
def _found(*, with_places: bool, with_after: bool) -> HotRead:
    review, order, line, claim = PersonalisationReview, Order, OrderLine, CaseClaim
    # All that is refunded of an order that was paid is refunded by its cases.
    left: ColumnElement[int] = line.units - func.coalesce(
        claim.claimed_units, literal_column("0", BigInteger)
    )
    conditions: list[ColumnElement[bool]] = [
        review.status == literal_column(f"'{ReviewStatus.REJECTED}'"),
        order.status.in_([literal_column(f"'{status}'") for status in sorted(PAID_FOR)]),
        left > literal_column("0"),
    ]
    place = tuple_(review.order_id, review.line_number)
    if with_places:
        places: Any = bindparam("place_ids", type_=ARRAY(UuidColumn))
        conditions.append(order.place_id == any_(places))
    if with_after:
        order_id = bindparam("order_id", type_=UuidColumn)
        conditions.append(place > tuple_(order_id, bindparam("line_number", type_=BigInteger)))
    is_line = and_(line.order_id == review.order_id, line.number == review.line_number)
    is_claim = and_(claim.order_id == review.order_id, claim.line_number == review.line_number)
    return HotRead(
        select(
            review.order_id,
            order.number.label("order_number"),
            order.status.label("order_status"),
            review.line_number,
            line.product_title_zh,
            line.product_title_en,
            line.variant_title_zh,
            line.variant_title_en,
            line.sku,
            left.label("units_left"),
            line.personalisation,
            review.reason,
            review.decided_at,
        )
        .join(order, order.id == review.order_id)
        .join(line, is_line)
        .outerjoin(claim, is_claim)
        .where(*conditions)
        .order_by(review.order_id, review.line_number)
        .limit(bindparam("most", type_=BigInteger))
    )
