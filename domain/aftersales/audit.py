"""What must be true of cases beyond what their tables enforce by themselves."""

from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from domain.aftersales.models import Case, CaseClaim, CaseHistory, CaseInspection, CaseLine
from domain.aftersales.rules import KEEPS
from domain.aftersales.words import CaseKind, CaseStatus
from domain.kernel.audit import Invariant
from domain.orders.models import Order, OrderLine
from domain.orders.refunding.models import OrderRefund
from domain.orders.shipping.models import ShipmentLine
from domain.orders.words import OrderRefundStatus
from domain.stock.models import StockEntry, StockLevel
from domain.stock.rules import Reason

_last = aliased(CaseHistory)
_before = aliased(CaseHistory)


def _sum(column: Any) -> ColumnElement[Any]:
    return func.coalesce(func.sum(column), 0)


def _source(prefix: str) -> ColumnElement[str]:
    return literal(prefix) + func.replace(cast(Case.id, Text), "-", "")


_moves = (
    select(CaseHistory.case_id, func.count().label("count"))
    .group_by(CaseHistory.case_id)
    .subquery("case_moves")
)
_of_lines = (
    select(
        CaseLine.case_id,
        _sum(CaseLine.goods_fen).label("goods_fen"),
        _sum(CaseLine.freight_fen).label("freight_fen"),
        _sum(CaseLine.units).label("units"),
    )
    .group_by(CaseLine.case_id)
    .subquery("of_lines")
)
_kept = (
    select(
        CaseLine.order_id,
        CaseLine.line_number,
        _sum(case((CaseLine.exchange_id.is_(None), CaseLine.units), else_=0)).label("units"),
        _sum(CaseLine.goods_fen).label("fen"),
    )
    .join(Case, Case.id == CaseLine.case_id)
    .where(Case.status.in_(KEEPS))
    .group_by(CaseLine.order_id, CaseLine.line_number)
    .subquery("kept")
)
_inspected = (
    select(
        CaseInspection.case_id,
        _sum(CaseInspection.restocked_units + CaseInspection.discarded_units).label("units"),
    )
    .group_by(CaseInspection.case_id)
    .subquery("inspected")
)
_held = (
    select(StockEntry.source, _sum(StockEntry.held_after - StockEntry.held_before).label("units"))
    .where(StockEntry.source.like("case:%"))
    .group_by(StockEntry.source)
    .subquery("held_for_cases")
)
_sold = (
    select(StockEntry.source, _sum(StockEntry.units).label("units"))
    .where(StockEntry.source.like("case:%"), StockEntry.reason == Reason.SOLD)
    .group_by(StockEntry.source)
    .subquery("sold_for_cases")
)
_returned = (
    select(
        func.split_part(StockEntry.source, ":return:", 1).label("source"),
        StockEntry.variant_id,
        StockEntry.units,
    )
    .where(StockEntry.reason == Reason.TAKEN_BACK, StockEntry.source.like("case:%:return:%"))
    .subquery("replacements_returned")
)
_taken_back = (
    select(_returned.c.source, _returned.c.variant_id, _sum(_returned.c.units).label("units"))
    .group_by(_returned.c.source, _returned.c.variant_id)
    .subquery("replacements_taken_back")
)
_later = aliased(CaseLine)
_of_later = aliased(Case)
_kept_again = (
    select(_later.exchange_id, _later.line_number, _sum(_later.units).label("units"))
    .join(_of_later, _of_later.id == _later.case_id)
    .where(_later.exchange_id.is_not(None), _of_later.status.in_(KEEPS))
    .group_by(_later.exchange_id, _later.line_number)
    .subquery("kept_again")
)
_HOLDING = {
    CaseStatus.APPROVED,
    CaseStatus.SENT_BACK,
    CaseStatus.RECEIVED,
    CaseStatus.INSPECTED,
}
_LOOKED_AT = {
    CaseStatus.INSPECTED,
    CaseStatus.REFUNDING,
    CaseStatus.SUCCEEDED,
    CaseStatus.EXCHANGED,
}
_is_exchange = Case.kind == CaseKind.EXCHANGE
_by_exchange = aliased(CaseLine)


def _is_line(line: type[CaseLine] | type[ShipmentLine]) -> ColumnElement[bool]:
    return and_(OrderLine.order_id == line.order_id, OrderLine.number == line.line_number)


_sent = (
    select(OrderLine.variant_id, Order.place_id, ShipmentLine.units.label("units"))
    .join(OrderLine, _is_line(ShipmentLine))
    .join(Order, Order.id == OrderLine.order_id)
)
_sent_in_exchange = (
    select(CaseLine.replacement_id, Case.place_id, CaseLine.units)
    .join(Case, Case.id == CaseLine.case_id)
    .where(_is_exchange, Case.status == CaseStatus.EXCHANGED)
)
_put_back = (
    select(
        func.coalesce(_by_exchange.replacement_id, OrderLine.variant_id),
        Case.place_id,
        -CaseInspection.restocked_units,
    )
    .join(
        CaseLine,
        and_(
            CaseLine.case_id == CaseInspection.case_id,
            CaseLine.line_number == CaseInspection.line_number,
        ),
    )
    .join(Case, Case.id == CaseLine.case_id)
    .join(OrderLine, _is_line(CaseLine))
    .outerjoin(
        _by_exchange,
        and_(
            _by_exchange.case_id == CaseLine.exchange_id,
            _by_exchange.line_number == CaseLine.line_number,
        ),
    )
)
_went = union_all(_sent, _sent_in_exchange, _put_back).subquery("went")
_away = (
    select(_went.c.variant_id, _went.c.place_id, _sum(_went.c.units).label("units"))
    .group_by(_went.c.variant_id, _went.c.place_id)
    .subquery("away")
)

INVARIANTS = (
    Invariant(
        "cases.status_is_the_last_of_the_history",
        "A case is where its last move led, and counts its moves.",
        select(Case.id, Case.status, Case.history, _last.to_status, _moves.c.count)
        .outerjoin(_moves, _moves.c.case_id == Case.id)
        .outerjoin(_last, and_(_last.case_id == Case.id, _last.number == Case.history))
        .where(
            or_(
                Case.history != func.coalesce(_moves.c.count, 0),
                _last.to_status.is_distinct_from(Case.status),
            )
        ),
    ),
    Invariant(
        "cases.history_is_a_chain",
        "A move of a case begins where the one before it led; the first begins at nothing.",
        select(CaseHistory.case_id, CaseHistory.number, CaseHistory.from_status)
        .outerjoin(
            _before,
            and_(
                _before.case_id == CaseHistory.case_id,
                _before.number == CaseHistory.number - 1,
            ),
        )
        .where(CaseHistory.from_status.is_distinct_from(_before.to_status)),
    ),
    Invariant(
        "cases.amounts_are_those_of_the_lines",
        "What a case gives back is what its lines say.",
        select(Case.id, Case.goods_fen, Case.freight_fen, _of_lines.c.goods_fen)
        .outerjoin(_of_lines, _of_lines.c.case_id == Case.id)
        .where(
            or_(
                Case.goods_fen != func.coalesce(_of_lines.c.goods_fen, 0),
                Case.freight_fen != func.coalesce(_of_lines.c.freight_fen, 0),
            )
        ),
    ),
    Invariant(
        "cases.claims_are_those_of_the_cases",
        "What is counted as kept of a line is what cases keep of it.",
        select(
            CaseClaim.order_id,
            CaseClaim.line_number,
            CaseClaim.claimed_units,
            CaseClaim.claimed_fen,
        )
        .outerjoin(
            _kept,
            and_(
                _kept.c.order_id == CaseClaim.order_id,
                _kept.c.line_number == CaseClaim.line_number,
            ),
        )
        .where(
            or_(
                CaseClaim.claimed_units != func.coalesce(_kept.c.units, 0),
                CaseClaim.claimed_fen != func.coalesce(_kept.c.fen, 0),
            )
        ),
    ),
    Invariant(
        "cases.refunds_are_theirs",
        "A case whose money goes back has a refund of that amount, for itself; one that is over "
        "has one that succeeded, and no other has any.",
        select(Case.id, Case.status, Case.refund_fen, OrderRefund.status.label("refund_status"))
        .outerjoin(OrderRefund, OrderRefund.source == _source("case:"))
        .where(
            or_(
                Case.refund_id.is_distinct_from(OrderRefund.id),
                and_(
                    OrderRefund.id.is_not(None),
                    OrderRefund.goods_fen + OrderRefund.freight_fen != Case.refund_fen,
                ),
                and_(
                    Case.status == CaseStatus.SUCCEEDED,
                    OrderRefund.status.is_distinct_from(OrderRefundStatus.SUCCEEDED),
                ),
            )
        ),
    ),
    Invariant(
        "cases.goods_are_looked_at_before_they_are_paid_back",
        "All units of a return or an exchange were inspected before anything came of it.",
        select(Case.id, Case.status, _inspected.c.units)
        .outerjoin(_inspected, _inspected.c.case_id == Case.id)
        .outerjoin(_of_lines, _of_lines.c.case_id == Case.id)
        .where(
            func.coalesce(_inspected.c.units, 0)
            != case(
                (
                    and_(Case.kind != CaseKind.REFUND, Case.status.in_(_LOOKED_AT)),
                    func.coalesce(_of_lines.c.units, 0),
                ),
                else_=0,
            ),
        ),
    ),
    Invariant(
        "cases.no_more_units_are_in_cases_than_came_in_exchange",
        "Of units that came in exchange cases keep no more than came, of that line.",
        select(_kept_again.c.exchange_id, _kept_again.c.line_number, _kept_again.c.units)
        .outerjoin(
            CaseLine,
            and_(
                CaseLine.case_id == _kept_again.c.exchange_id,
                CaseLine.line_number == _kept_again.c.line_number,
            ),
        )
        .outerjoin(Case, Case.id == CaseLine.case_id)
        .where(
            or_(
                _kept_again.c.units > func.coalesce(CaseLine.units, 0),
                Case.status.is_distinct_from(CaseStatus.EXCHANGED),
            )
        ),
    ),
    Invariant(
        "cases.no_more_comes_back_than_was_sent_in_exchange",
        "Of a variant no more units go back on the shelf than an exchange has sent of it.",
        select(_taken_back.c.source, _taken_back.c.variant_id, _taken_back.c.units)
        .outerjoin(
            StockEntry,
            and_(
                StockEntry.source == _taken_back.c.source,
                StockEntry.variant_id == _taken_back.c.variant_id,
                StockEntry.reason == Reason.SOLD,
            ),
        )
        .where(_taken_back.c.units > func.coalesce(StockEntry.units, 0)),
    ),
    Invariant(
        "cases.what_is_sold_is_away",
        "Of a variant as many units are sold at a place as were sent from there, in parcels or in "
        "exchange, less those that were looked at and put back.",
        select(
            func.coalesce(StockLevel.variant_id, _away.c.variant_id).label("variant_id"),
            func.coalesce(StockLevel.place_id, _away.c.place_id).label("place_id"),
            StockLevel.sold,
            _away.c.units.label("away"),
        )
        .select_from(StockLevel)
        .join(
            _away,
            and_(
                _away.c.variant_id == StockLevel.variant_id,
                _away.c.place_id == StockLevel.place_id,
            ),
            full=True,
        )
        .where(func.coalesce(StockLevel.sold, 0) != func.coalesce(_away.c.units, 0)),
    ),
    Invariant(
        "cases.replacements_are_held_until_they_are_sent",
        "What comes in exchange is held from the approval on, and sold when it is sent.",
        select(Case.id, Case.status, _held.c.units.label("held"), _sold.c.units.label("sold"))
        .outerjoin(_of_lines, _of_lines.c.case_id == Case.id)
        .outerjoin(_held, _held.c.source == _source("case:"))
        .outerjoin(_sold, _sold.c.source == _source("case:"))
        .where(
            or_(
                func.coalesce(_held.c.units, 0)
                != case(
                    (and_(_is_exchange, Case.status.in_(_HOLDING)), _of_lines.c.units), else_=0
                ),
                func.coalesce(_sold.c.units, 0)
                != case(
                    (and_(_is_exchange, Case.status == CaseStatus.EXCHANGED), _of_lines.c.units),
                    else_=0,
                ),
            )
        ),
    ),
)
