"""Refunds of orders as they are told: what goes back, of which lines, how far, and by when."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    any_,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.dialects.postgresql import aggregate_order_by

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.money import Fen
from domain.kernel.paging import Page, Place, page_of
from domain.kernel.points import Points
from domain.orders.models import Order
from domain.orders.refunding.models import OrderRefund, OrderRefundLine
from domain.orders.words import OrderRefundStatus

EXPECTED_WITHIN = timedelta(days=5)
"""When money is back at the latest as a rule: cards take three working days (WeChat Pay 2.8)."""
MOST_TOLD = 100
"""Refunds of an order that are told, the latest."""
_ORDER = "order"
_MOST: ColumnElement[int] = literal_column(str(MOST_TOLD), BigInteger)


class OrderRefundLineView(msgspec.Struct, frozen=True, gc=False):
    """What of a line goes back; units are 0 where the goods stay."""

    line_number: int
    units: int
    goods_fen: Fen
    freight_fen: Fen
    points: Points


class OrderRefundView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A refund of an order; ``expected_by`` is None once the money is back."""

    order_id: str
    order_number: str
    ordinal: int
    status: OrderRefundStatus
    goods_fen: Fen
    freight_fen: Fen
    requested_at: datetime
    expected_by: datetime | None
    refunded_at: datetime | None
    is_paid_otherwise: bool
    lines: list[OrderRefundLineView]
    key: UUID

    @property
    def amount_fen(self) -> Fen:
        """What goes back by it altogether."""
        return Fen(self.goods_fen + self.freight_fen)

    @property
    def points(self) -> Points:
        """Spent points that come back with it."""
        return Points(sum(line.points for line in self.lines))

    @property
    def place(self) -> Place:
        """Where it stands among the others."""
        return Place.at(self.requested_at, self.key)


_LINES = msgspec.json.Decoder(list[OrderRefundLineView])


async def refunded_of(reads: ReadPool, rows: Sequence[Record]) -> dict[UUID, list[OrderRefundView]]:
    """The refunds of orders by their rows, the first one first, at most `MOST_TOLD` of each.

    One statement; nothing is read where nothing was refunded, as `has_refunds` has told.
    """
    ids = [row["id"] for row in rows if row["has_refunds"]]
    found: dict[UUID, list[OrderRefundView]] = defaultdict(list)
    if ids:
        for row in await _of_orders().rows(reads, ids=ids):
            found[row["order_id"]].append(_view(row))
    return found


def has_refunds() -> ColumnElement[bool]:
    """Whether anything is refunded of an order, of the statement that this is a part of.

    Its amounts do not say: a line that was given away is refunded of no money.
    """
    of_order = select(OrderRefund.id).where(OrderRefund.order_id == Order.id).correlate(Order)
    return of_order.exists().label("has_refunds")


async def refunds(
    reads: ReadPool, *, status: OrderRefundStatus, first: int, after: Place | None
) -> Page[OrderRefundView]:
    """Take the ``first`` refunds of a status behind ``after``, the earliest first."""
    rows = await _page(after=after is not None).rows(
        reads, status=status, after_key=after.key if after else None, limit=first + 1
    )
    page = page_of(rows, first)
    return Page([_view(row) for row in page.items], page.has_next)


def _view(row: Record) -> OrderRefundView:
    status = OrderRefundStatus(row["status"])
    is_over = status is OrderRefundStatus.SUCCEEDED
    return OrderRefundView(
        order_id=public_id(_ORDER, row["order_id"]),
        order_number=row["order_number"],
        ordinal=row["ordinal"],
        status=status,
        goods_fen=Fen(row["goods_fen"]),
        freight_fen=Fen(row["freight_fen"]),
        requested_at=row["requested_at"],
        expected_by=None if is_over else row["requested_at"] + EXPECTED_WITHIN,
        refunded_at=row["finished_at"],
        is_paid_otherwise=row["is_paid_otherwise"],
        lines=_LINES.decode(row["lines"]),
        key=row["id"],
    )


@cache
def _of_orders() -> HotRead:
    refund, ids = OrderRefund, bindparam("ids", type_=ARRAY(UuidColumn))
    return HotRead(
        _selection()
        .where(refund.order_id == any_(ids), refund.ordinal > _last() - _MOST)
        .order_by(refund.order_id, refund.ordinal)
    )


def _last() -> Any:
    """The number of an order's latest refund."""
    return (
        select(func.max(OrderRefund.ordinal))
        .where(OrderRefund.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )


@cache
def _page(*, after: bool) -> HotRead:
    refund = OrderRefund
    status = bindparam("status", type_=refund.status.type)
    statement = _selection().where(refund.status == status)
    if after:
        # Ids grow with time, so that the index of statuses has them in order.
        statement = statement.where(refund.id > bindparam("after_key", type_=UuidColumn))
    return HotRead(statement.order_by(refund.id).limit(bindparam("limit", type_=BigInteger)))


def _selection() -> Select[*tuple[Any, ...]]:
    refund, line = OrderRefund, OrderRefundLine
    one: Any = func.json_build_object(
        literal_column("'line_number'"),
        line.line_number,
        literal_column("'units'"),
        line.units,
        literal_column("'goods_fen'"),
        line.goods_fen,
        literal_column("'freight_fen'"),
        line.freight_fen,
        literal_column("'points'"),
        line.points,
    )
    lines = (
        select(func.json_agg(aggregate_order_by(one, line.line_number)))
        .where(line.refund_id == refund.id)
        .correlate(refund)
        .scalar_subquery()
    )
    return select(
        *refund.__table__.columns,
        Order.number.label("order_number"),
        lines.label("lines"),
    ).join(Order, Order.id == refund.order_id)
