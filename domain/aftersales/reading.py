"""The figures that a case is decided by: the same for the preview and under the order's lock."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy import Uuid as UuidColumn

from domain.aftersales.deciding import Kept, LineFacts, OrderFacts
from domain.aftersales.models import Case, CaseLine
from domain.aftersales.rules import OPEN
from domain.aftersales.words import CaseKind, CaseStatus
from domain.kernel.db import HotRead, HotWrite, ReadPool, WriteSession
from domain.orders.models import Order, OrderLine, PersonalisationReview
from domain.orders.refunding.rules import Before
from domain.orders.words import OrderStatus, ReviewStatus

_ID = bindparam("this_order", type_=UuidColumn)
_KEEPING = (OPEN - {CaseStatus.REFUNDING}) | {CaseStatus.EXCHANGED}
"""Where a case keeps what is no refund; from REFUNDING on it stands among those."""


async def order_facts(reads: ReadPool, order_id: UUID) -> OrderFacts | None:
    """What a case of the order is decided by, for a preview; None where there is no order."""
    return _facts(await _read().rows(reads, this_order=order_id))


async def facts_under_lock(session: WriteSession, order_id: UUID) -> OrderFacts | None:
    """The same of an order that is locked."""
    return _facts(await _write().rows(session, this_order=order_id))


def _facts(rows: Sequence[Any]) -> OrderFacts | None:
    if not rows:
        return None
    order_id, member_id, number, place_id, status, received_at, cases = rows[0][:7]
    return OrderFacts(
        id=order_id,
        member_id=member_id,
        number=number,
        place_id=place_id,
        status=OrderStatus(status),
        received_at=received_at,
        cases=cases,
        lines=tuple(_line(row[7:]) for row in rows),
    )


def _line(row: Sequence[Any]) -> LineFacts:
    number, variant_id, product_id, unit_fen, is_personalised, review, exchanged, *kept = row
    return LineFacts(
        number=number,
        variant_id=variant_id,
        product_id=product_id,
        unit_fen=unit_fen,
        is_personalised=is_personalised,
        review=ReviewStatus(review) if review else None,
        kept=Kept(Before(*kept), exchanged),
    )


@cache
def _read() -> HotRead:
    return HotRead(_statement())


@cache
def _write() -> HotWrite:
    return HotWrite(_statement())


def _sum(column: Any, only: ColumnElement[bool]) -> ColumnElement[int]:
    summed: Any = func.sum(column).filter(only)
    return cast(func.coalesce(summed, literal_column("0")), BigInteger)


def _kept() -> Any:
    """What open cases keep of the line, summed up as the arithmetic takes it."""
    line, zero = CaseLine, literal_column("0", BigInteger)
    is_exchange = Case.kind == literal_column(f"'{CaseKind.EXCHANGE}'")
    by_units = and_(~is_exchange, line.units > zero)
    return (
        select(
            _sum(line.units, is_exchange).label("exchange_units"),
            _sum(line.units, by_units).label("units"),
            _sum(line.sent_units, by_units).label("sent_units"),
            _sum(line.units, and_(by_units, Case.is_shops_fault)).label("fault_units"),
            _sum(line.goods_fen, by_units).label("by_units_fen"),
            _sum(line.goods_fen, and_(~is_exchange, line.units == zero)).label("by_amount_fen"),
            _sum(line.freight_fen, ~is_exchange).label("freight_fen"),
        )
        .select_from(line)
        .join(Case, Case.id == line.case_id)
        .where(
            line.order_id == OrderLine.order_id,
            line.line_number == OrderLine.number,
            Case.status.in_([literal_column(f"'{word}'") for word in sorted(_KEEPING)]),
        )
        .correlate(OrderLine)
        .lateral("kept")
    )


def _statement() -> Select[*tuple[Any, ...]]:
    line, review, kept = OrderLine, PersonalisationReview, _kept()
    cases: Any = (
        select(func.count()).where(Case.order_id == Order.id).correlate(Order).scalar_subquery()
    )
    is_reviewed = and_(review.order_id == line.order_id, review.line_number == line.number)
    return (
        select(
            Order.id,
            Order.member_id,
            Order.number.label("order_number"),
            Order.place_id,
            Order.status,
            Order.received_at,
            cases.label("cases"),
            line.number,
            line.variant_id,
            line.product_id,
            line.unit_fen,
            func.jsonb_array_length(line.personalisation) > literal_column("0"),
            review.status.label("review"),
            *kept.c,
        )
        .join(Order, Order.id == line.order_id)
        .join(kept, literal_column("true"))
        .outerjoin(review, is_reviewed)
        .where(line.order_id == _ID)
        .order_by(line.number)
    )
