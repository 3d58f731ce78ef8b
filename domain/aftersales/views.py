"""Cases as members and staff see them: a page or one, in four statements at the most.

One statement reads the cases, one each their lines, pictures and moves, where any was found.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
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
    Select,
    and_,
    any_,
    bindparam,
    select,
)
from sqlalchemy import Uuid as UuidColumn

from domain.aftersales.models import Case, CaseHistory, CaseLine, CasePicture
from domain.aftersales.rules import next_step
from domain.aftersales.telling import next_told, told
from domain.aftersales.words import CaseKind, CaseOpener, CaseReason, CaseStatus, NextStep
from domain.catalog.views.structs import VARIANT
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.money import Fen
from domain.kernel.paging import Page, page_of
from domain.orders.models import Order, OrderLine
from domain.orders.shipping.carriers import carrier_name
from domain.orders.views.structs import ORDER
from domain.orders.words import Carrier

CASE = "case"
"""The kind of cases in public ids."""
_LAST = UUID(int=2**128 - 1)
_IDS: Any = bindparam("ids", type_=ARRAY(UuidColumn))

PictureAddress = Callable[[UUID, int], str]
"""Where a picture of a case can be seen for a while, by the case and the picture's position."""


class CaseParcel(msgspec.Struct, frozen=True, gc=False):
    """Who brings a parcel of a case, under which number."""

    carrier: Carrier
    carrier_name: str
    tracking_number: str


class CaseLineView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a case is about of a line; units are 0 where it is about an amount."""

    line_number: int
    product_title: str
    variant_title: str
    units: int
    goods_fen: Fen
    freight_fen: Fen
    replacement_id: str | None
    exchange_id: str | None


class CasePictureView(msgspec.Struct, frozen=True, gc=False):
    """A picture of a case, at an address that holds for a while."""

    url: str
    is_members: bool


class CaseStep(msgspec.Struct, frozen=True, gc=False):
    """A move of a case, told in a sentence."""

    at: datetime
    status: CaseStatus
    text: str


class CaseView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A case: what was asked for, how far it has come, what is next and by when."""

    id: str
    number: str
    order_id: str
    order_number: str
    kind: CaseKind
    status: CaseStatus
    reason: CaseReason
    opened_by: CaseOpener
    exception: str | None
    note: str
    goods_fen: Fen
    freight_fen: Fen
    refund_fen: Fen
    requested_at: datetime
    next_step: NextStep
    next_step_text: str
    due_by: datetime | None
    is_overdue: bool
    ended_at: datetime | None
    told: str | None
    return_to: str | None
    sent_back: CaseParcel | None
    replacement: CaseParcel | None
    lines: list[CaseLineView]
    pictures: list[CasePictureView]
    timeline: list[CaseStep]
    key: UUID


@dataclass(frozen=True, slots=True)
class CaseReading:
    """In which language to read, and where pictures are."""

    language: Language
    picture: PictureAddress


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases the staff see; what is None does not matter."""

    status: CaseStatus | None = None
    place_ids: tuple[UUID, ...] | None = None
    order_id: UUID | None = None
    is_overdue: bool = False


async def cases_of(
    reads: ReadPool,
    reading: CaseReading,
    member_id: UUID,
    *,
    order_id: UUID | None,
    first: int,
    after: UUID | None,
) -> Page[CaseView]:
    """Take the ``first`` of a member's cases behind ``after``, the newest first."""
    statement = _of_member(with_order=order_id is not None)
    rows = await statement.rows(
        reads, member_id=member_id, order_id=order_id, before_id=after or _LAST, most=first + 1
    )
    page = page_of(rows, first)
    return Page(await _whole(reads, reading, page.items), page.has_next)


async def staff_cases(
    reads: ReadPool,
    reading: CaseReading,
    wanted: CaseFilter,
    *,
    first: int,
    after: UUID | None,
) -> Page[CaseView]:
    """Take the ``first`` cases that fit behind ``after``, the newest first."""
    statement = _found(
        with_status=wanted.status is not None,
        with_places=wanted.place_ids is not None,
        with_order=wanted.order_id is not None,
        is_overdue=wanted.is_overdue,
    )
    rows = await statement.rows(
        reads,
        status=wanted.status,
        place_ids=list(wanted.place_ids or ()),
        order_id=wanted.order_id,
        before_id=after or _LAST,
        most=first + 1,
    )
    page = page_of(rows, first)
    return Page(await _whole(reads, reading, page.items), page.has_next)


async def case_by_id(
    reads: ReadPool,
    reading: CaseReading,
    case_id: UUID,
    *,
    member_id: UUID | None = None,
    within: Collection[UUID] | None = None,
) -> CaseView | None:
    """One case; None where there is none, or not for this member, or at none of the places."""
    rows = await _one().rows(reads, case_id=case_id)
    if member_id is not None:
        rows = [row for row in rows if row["member_id"] == member_id]
    if within is not None:
        rows = [row for row in rows if row["place_id"] in within]
    found = await _whole(reads, reading, rows)
    return found[0] if found else None


async def _whole(reads: ReadPool, reading: CaseReading, rows: Sequence[Record]) -> list[CaseView]:
    if not rows:
        return []
    ids = [row["id"] for row in rows]
    lines = _by_case(await _lines(reading.language).rows(reads, ids=ids))
    pictures = _by_case(await _pictures().rows(reads, ids=ids))
    moves = _by_case(await _moves().rows(reads, ids=ids))
    return [_view(reading, row, lines, pictures, moves) for row in rows]


def _by_case(rows: Sequence[Record]) -> Mapping[UUID, list[Record]]:
    found: dict[UUID, list[Record]] = defaultdict(list)
    for row in rows:
        found[row["case_id"]].append(row)
    return found


def _view(
    reading: CaseReading,
    row: Record,
    lines: Mapping[UUID, list[Record]],
    pictures: Mapping[UUID, list[Record]],
    moves: Mapping[UUID, list[Record]],
) -> CaseView:
    key, language = row["id"], reading.language
    kind, status, due_at = CaseKind(row["kind"]), CaseStatus(row["status"]), row["due_at"]
    opener, step = CaseOpener(row["opened_by"]), next_step(status)
    return CaseView(
        id=public_id(CASE, key),
        number=row["number"],
        order_id=public_id(ORDER, row["order_id"]),
        order_number=row["order_number"],
        kind=kind,
        status=status,
        reason=CaseReason(row["reason"]),
        opened_by=opener,
        exception=row["exception"] or None,
        note=row["note"],
        goods_fen=Fen(row["goods_fen"]),
        freight_fen=Fen(row["freight_fen"]),
        refund_fen=Fen(row["refund_fen"]),
        requested_at=row["requested_at"],
        next_step=step,
        next_step_text=next_told(step, due_at, language),
        due_by=due_at,
        is_overdue=row["escalated_at"] is not None and due_at is not None,
        ended_at=row["ended_at"],
        told=row["told"] or None,
        return_to=row["return_to"],
        sent_back=_parcel(row["back_carrier"], row["back_number"], language),
        replacement=_parcel(row["sent_carrier"], row["sent_number"], language),
        lines=[_line(each) for each in lines.get(key, [])],
        pictures=[
            CasePictureView(reading.picture(key, each["position"]), each["is_members"])
            for each in pictures.get(key, [])
        ],
        timeline=[_step(each, kind, opener, language) for each in moves.get(key, [])],
        key=key,
    )


def _parcel(carrier: str | None, number: str | None, language: Language) -> CaseParcel | None:
    if carrier is None or number is None:
        return None
    return CaseParcel(Carrier(carrier), carrier_name(Carrier(carrier), language), number)


def _line(row: Record) -> CaseLineView:
    replacement, exchange = row["replacement_id"], row["exchange_id"]
    return CaseLineView(
        line_number=row["line_number"],
        product_title=row["product_title"],
        variant_title=row["variant_title"],
        units=row["units"],
        goods_fen=Fen(row["goods_fen"]),
        freight_fen=Fen(row["freight_fen"]),
        replacement_id=public_id(VARIANT, replacement) if replacement else None,
        exchange_id=public_id(CASE, exchange) if exchange else None,
    )


def _step(row: Record, kind: CaseKind, opener: CaseOpener, language: Language) -> CaseStep:
    status = CaseStatus(row["to_status"])
    return CaseStep(row["at"], status, told(status, kind, opener, row["note"], language))


def _cases() -> Select[*tuple[Any, ...]]:
    columns = Case.__table__.columns
    joined = select(*columns, Order.number.label("order_number"))
    return joined.join(Order, Order.id == Case.order_id)


def _newest(conditions: Sequence[ColumnElement[bool]]) -> HotRead:
    before = Case.id < bindparam("before_id", type_=UuidColumn)
    statement = _cases().where(*conditions, before).order_by(Case.id.desc())
    return HotRead(statement.limit(bindparam("most", type_=BigInteger)))


@cache
def _of_member(*, with_order: bool) -> HotRead:
    conditions: list[ColumnElement[bool]] = [
        Case.member_id == bindparam("member_id", type_=UuidColumn)
    ]
    if with_order:
        conditions.append(Case.order_id == bindparam("order_id", type_=UuidColumn))
    return _newest(conditions)


@cache
def _found(*, with_status: bool, with_places: bool, with_order: bool, is_overdue: bool) -> HotRead:
    conditions: list[ColumnElement[bool]] = []
    if with_status:
        conditions.append(Case.status == bindparam("status", type_=Case.status.type))
    if with_places:
        places: Any = bindparam("place_ids", type_=ARRAY(UuidColumn))
        conditions.append(Case.place_id == any_(places))
    if with_order:
        conditions.append(Case.order_id == bindparam("order_id", type_=UuidColumn))
    if is_overdue:
        conditions.append(and_(Case.due_at.is_not(None), Case.escalated_at.is_not(None)))
    return _newest(conditions)


@cache
def _one() -> HotRead:
    return HotRead(_cases().where(Case.id == bindparam("case_id", type_=UuidColumn)))


@cache
def _lines(language: Language) -> HotRead:
    each, line, is_zh = CaseLine, OrderLine, language is Language.ZH
    is_its = and_(line.order_id == each.order_id, line.number == each.line_number)
    return HotRead(
        select(
            each.case_id,
            each.line_number,
            each.units,
            each.goods_fen,
            each.freight_fen,
            each.replacement_id,
            each.exchange_id,
            (line.product_title_zh if is_zh else line.product_title_en).label("product_title"),
            (line.variant_title_zh if is_zh else line.variant_title_en).label("variant_title"),
        )
        .join(line, is_its)
        .where(each.case_id == any_(_IDS))
        .order_by(each.case_id, each.line_number)
    )


@cache
def _pictures() -> HotRead:
    each = CasePicture
    statement = select(each.case_id, each.position, each.is_members)
    found = statement.where(each.case_id == any_(_IDS))
    return HotRead(found.order_by(each.case_id, each.position))


@cache
def _moves() -> HotRead:
    each = CaseHistory
    statement = select(each.case_id, each.number, each.to_status, each.at, each.note)
    found = statement.where(each.case_id == any_(_IDS))
    return HotRead(found.order_by(each.case_id, each.number))


@cache
def _picture() -> HotRead:
    return HotRead(
        select(CasePicture.object_key).where(
            CasePicture.case_id == bindparam("case_id", type_=UuidColumn),
            CasePicture.position == bindparam("position", type_=BigInteger),
        )
    )


async def picture_key(reads: ReadPool, case_id: UUID, position: int) -> str | None:
    """Under which key a picture of a case is kept; None where there is none."""
    rows = await _picture().rows(reads, case_id=case_id, position=position)
    return rows[0]["object_key"] if rows else None
