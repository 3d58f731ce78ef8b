"""The figures that a case is decided by: the same for the preview and under the order's lock."""

from collections.abc import Collection, Sequence
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
from sqlalchemy.orm import aliased

from domain.aftersales.deciding import Exchanged, Kept, LineFacts, OrderFacts
from domain.aftersales.models import Case, CaseLine
from domain.aftersales.rules import KEEPS, OPEN, CaseWish
from domain.aftersales.words import CaseKind, CaseStatus
from domain.kernel.db import HotRead, HotWrite, ReadPool, WriteSession
from domain.orders.models import Order, OrderLine, PersonalisationReview
from domain.orders.refunding.rules import Before
from domain.orders.words import DeliveryMethod, OrderStatus, ReviewStatus

_ID = bindparam("this_order", type_=UuidColumn)
_KEEPING = (OPEN - {CaseStatus.REFUNDING}) | {CaseStatus.EXCHANGED}
"""Where a case keeps what is no refund; from REFUNDING on it stands among those."""
_REFUNDED = {CaseStatus.REFUNDING, CaseStatus.SUCCEEDED}


async def order_facts(reads: ReadPool, order_id: UUID, wish: CaseWish) -> OrderFacts | None:
    """What a case of the order is decided by, for a preview; None where there is no order."""
    exchanges: Sequence[Any] = ()
    if _names_exchanges(wish):
        exchanges = await _read_exchanges().rows(reads, this_order=order_id)
    return _facts(await _read().rows(reads, this_order=order_id), exchanges)


async def facts_under_lock(
    session: WriteSession, order_id: UUID, wish: CaseWish
) -> OrderFacts | None:
    """The same of an order that is locked."""
    exchanges: Sequence[Any] = ()
    if _names_exchanges(wish):
        exchanges = await _write_exchanges().rows(session, this_order=order_id)
    return _facts(await _write().rows(session, this_order=order_id), exchanges)


def _names_exchanges(wish: CaseWish) -> bool:
    return any(line.exchange is not None for line in wish.lines)


def _facts(rows: Sequence[Any], exchanges: Sequence[Any]) -> OrderFacts | None:
    if not rows:
        return None
    order_id, member_id, number, place_id, status, delivery, received_at, cases = rows[0][:8]
    return OrderFacts(
        id=order_id,
        member_id=member_id,
        number=number,
        place_id=place_id,
        status=OrderStatus(status),
        is_virtual=delivery == DeliveryMethod.VIRTUAL,
        received_at=received_at,
        cases=cases,
        lines=tuple(_line(row[8:]) for row in rows),
        exchanges=tuple(Exchanged(*row) for row in exchanges),
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


@cache
def _read_exchanges() -> HotRead:
    return HotRead(_exchanges())


@cache
def _write_exchanges() -> HotWrite:
    return HotWrite(_exchanges())


def _exchanges() -> Select[*tuple[Any, ...]]:
    """What came in exchange for units of an order, and how much of it cases keep by now."""
    line, later, of_later = CaseLine, aliased(CaseLine), aliased(Case)
    kept = (
        select(cast(func.coalesce(func.sum(later.units), literal_column("0")), BigInteger))
        .join(of_later, of_later.id == later.case_id)
        .where(
            later.exchange_id == line.case_id,
            later.order_id == line.order_id,
            later.line_number == line.line_number,
            of_later.status.in_(_words(KEEPS)),
        )
        .correlate(line)
        .scalar_subquery()
    )
    return (
        select(
            line.case_id,
            line.line_number,
            line.replacement_id,
            line.units,
            kept.label("kept_units"),
            Case.ended_at,
        )
        .join(Case, Case.id == line.case_id)
        .where(
            line.order_id == _ID,
            Case.status == literal_column(f"'{CaseStatus.EXCHANGED}'"),
        )
    )


def _sum(column: Any, only: ColumnElement[bool]) -> ColumnElement[int]:
    summed: Any = func.sum(column).filter(only)
    return cast(func.coalesce(summed, literal_column("0")), BigInteger)


def _words(statuses: Collection[CaseStatus]) -> list[ColumnElement[str]]:
    return [literal_column(f"'{word}'") for word in sorted(statuses)]


def _kept() -> Any:
    """What open cases keep of the line, summed up as the arithmetic takes it."""
    line, zero = CaseLine, literal_column("0", BigInteger)
    is_exchange = Case.kind == literal_column(f"'{CaseKind.EXCHANGE}'")
    is_again = line.exchange_id.is_not(None)
    is_keeping = Case.status.in_(_words(_KEEPING))
    is_money = and_(~is_exchange, is_keeping)
    by_units = and_(is_money, line.units > zero)
    # Where money comes in the place of goods, a refund counts the units.
    is_swap = and_(is_exchange, Case.status.not_in(_words(_REFUNDED)))
    exchanged = _sum(line.units, and_(is_swap, ~is_again))
    # A refund counts these among what goes back; they came for units that are counted above.
    since_refunded = _sum(line.units, and_(~is_swap, is_again))
    return (
        select(
            (exchanged - since_refunded).label("exchange_units"),
            _sum(line.units, by_units).label("units"),
            _sum(line.sent_units, by_units).label("sent_units"),
            _sum(line.units, and_(by_units, Case.is_shops_fault)).label("fault_units"),
            _sum(line.goods_fen, by_units).label("by_units_fen"),
            _sum(line.goods_fen, and_(is_money, line.units == zero)).label("by_amount_fen"),
            _sum(line.freight_fen, is_money).label("freight_fen"),
        )
        .select_from(line)
        .join(Case, Case.id == line.case_id)
        .where(
            line.order_id == OrderLine.order_id,
            line.line_number == OrderLine.number,
            Case.status.in_(_words(KEEPS)),
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
            Order.delivery,
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
