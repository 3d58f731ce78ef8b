"""The queue of texts that wait for the staff, and what became of those before."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import BigInteger, Select, and_, bindparam, literal_column, select, tuple_
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Bilingual
from domain.kernel.paging import Page, Place, page_of
from domain.orders.cart.models import EngravedText
from domain.orders.models import Order, OrderLine, PersonalisationReview
from domain.orders.views.structs import ORDER
from domain.orders.words import OrderStatus, ReviewStatus

_TEXTS = msgspec.json.Decoder(tuple[EngravedText, ...])


class ReviewView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A line's texts with what they are for; ``decided_by`` is the actor's word.

    ``check_trace`` is the checking service's number, which its support asks for.
    """

    order_id: str
    order_number: str
    order_status: OrderStatus
    placed_at: datetime
    line_number: int
    product_title: Bilingual
    variant_title: Bilingual
    sku: str
    units: int
    texts: tuple[EngravedText, ...]
    status: ReviewStatus
    check_trace: str | None
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None
    key: UUID


async def reviews(
    reads: ReadPool, status: ReviewStatus, *, first: int, after: Place | None
) -> Page[ReviewView]:
    """Take the ``first`` behind ``after``: of what waits the oldest first, of others the newest."""
    rows = await _reviews(status, after=after is not None).rows(
        reads,
        order_id=after.key if after else None,
        line_number=after.value if after else None,
        limit=first + 1,
    )
    return page_of([_view(row) for row in rows], first)


async def review(reads: ReadPool, order_id: UUID, line_number: int) -> ReviewView | None:
    """The texts of one line."""
    rows = await _review().rows(reads, order_id=order_id, line_number=line_number)
    return _view(rows[0]) if rows else None


def _view(row: Record) -> ReviewView:
    return ReviewView(
        order_id=public_id(ORDER, row["order_id"]),
        order_number=row["order_number"],
        order_status=OrderStatus(row["order_status"]),
        placed_at=row["placed_at"],
        line_number=row["line_number"],
        product_title=Bilingual(row["product_title_zh"], row["product_title_en"]),
        variant_title=Bilingual(row["variant_title_zh"], row["variant_title_en"]),
        sku=row["sku"],
        units=row["units"],
        texts=_TEXTS.decode(row["personalisation"]),
        status=ReviewStatus(row["status"]),
        check_trace=row["check_trace"],
        decided_at=row["decided_at"],
        decided_by=row["decided_by"],
        reason=row["reason"],
        key=row["order_id"],
    )


def _select() -> Select[*tuple[Any, ...]]:
    review, order, line = PersonalisationReview, Order, OrderLine
    of_review = and_(line.order_id == review.order_id, line.number == review.line_number)
    return (
        select(
            review.order_id,
            order.number.label("order_number"),
            order.status.label("order_status"),
            order.placed_at,
            review.line_number,
            line.product_title_zh,
            line.product_title_en,
            line.variant_title_zh,
            line.variant_title_en,
            line.sku,
            line.units,
            line.personalisation,
            review.status,
            review.check_trace,
            review.decided_at,
            review.decided_by,
            review.reason,
        )
        .join(order, order.id == review.order_id)
        .join(line, of_review)
    )


@cache
def _review() -> HotRead:
    review = PersonalisationReview
    return HotRead(
        _select().where(
            review.order_id == bindparam("order_id", type_=UuidColumn),
            review.line_number == bindparam("line_number", type_=BigInteger),
        )
    )


@cache
def _reviews(status: ReviewStatus, *, after: bool) -> HotRead:
    review = PersonalisationReview
    # Written out as a constant, so that PostgreSQL plans for what is rare and for what is not.
    statement = _select().where(review.status == literal_column(f"'{status}'"))
    place = tuple_(review.order_id, review.line_number)
    last = tuple_(
        bindparam("order_id", type_=UuidColumn), bindparam("line_number", type_=BigInteger)
    )
    limit = bindparam("limit", type_=BigInteger)
    if status is ReviewStatus.PENDING:
        bounded = statement.where(place > last) if after else statement
        return HotRead(bounded.order_by(review.order_id, review.line_number).limit(limit))
    bounded = statement.where(place < last) if after else statement
    newest = review.order_id.desc(), review.line_number.desc()
    return HotRead(bounded.order_by(*newest).limit(limit))
