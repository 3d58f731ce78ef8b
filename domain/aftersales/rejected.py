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
    and_,
    bindparam,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
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
from domain.orders.words import OrderStatus
from domain.stores import models

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
    or was refunded by one, is not among them; one statement.
    """
    bounds = {} if within is None else {"place_ids": sorted(within)}
    rows = await _found(bounded=within is not None).rows(
        reads,
        behind_order=after.key if after else UUID(int=0),
        behind_line=after.value if after else 0,
        most=first + 1,
        **bounds,
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
def _found(*, bounded: bool) -> HotRead:
    """The first ones of each place, then the first of all of them, with what is told of each."""
    most, order, line = bindparam("most", type_=BigInteger), Order, OrderLine
    place = _given_places() if bounded else select(models.Place.id).subquery("place")
    there = _owed(place.c.id).limit(most).lateral("there")
    found = (
        select(*there.c)
        .select_from(place.join(there, true()))
        .order_by(there.c.order_id, there.c.line_number)
        .limit(most)
        .subquery("found")
    )
    is_line = and_(line.order_id == found.c.order_id, line.number == found.c.line_number)
    claimed = _claims(found.c, CaseClaim.claimed_units)
    return HotRead(
        select(
            *found.c,
            order.number.label("order_number"),
            order.status.label("order_status"),
            line.product_title_zh,
            line.product_title_en,
            line.variant_title_zh,
            line.variant_title_en,
            line.sku,
            (line.units - func.coalesce(claimed, literal_column("0", BigInteger))).label(
                "units_left"
            ),
            line.personalisation,
        )
        .join(order, order.id == found.c.order_id)
        .join(line, is_line)
        .order_by(found.c.order_id, found.c.line_number)
    )


def _owed(place_id: Any) -> Any:
    """Those of a place that are in no case, or not as a whole, behind another one."""
    review, claim, zero = PersonalisationReview, CaseClaim, literal_column("0", BigInteger)
    has_money = claim.paid_fen > zero
    is_kept = or_(
        claim.claimed_units >= claim.units,
        and_(has_money, claim.claimed_fen >= claim.paid_fen),
    )
    behind = tuple_(
        bindparam("behind_order", type_=UuidColumn), bindparam("behind_line", type_=BigInteger)
    )
    # Looked up for each: PostgreSQL would join the claims of all orders.
    is_whole = func.coalesce(_claims(review, is_kept), false())
    return (
        select(review.order_id, review.line_number, review.reason, review.decided_at)
        .where(
            review.owed_place_id == place_id,
            tuple_(review.order_id, review.line_number) > behind,
            ~is_whole,
        )
        .order_by(review.order_id, review.line_number)
    )


def _claims(of: Any, what: Any) -> Any:
    """What cases keep of a line; None where there has been none."""
    claim = CaseClaim
    is_its = and_(claim.order_id == of.order_id, claim.line_number == of.line_number)
    return select(what).where(is_its).scalar_subquery()


def _given_places() -> Any:
    given = bindparam("place_ids", type_=ARRAY(UuidColumn))
    return select(func.unnest(given).label("id")).subquery("place")
