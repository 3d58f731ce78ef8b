"""The moves of cases in the timelines of their orders."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import ARRAY, any_, bindparam, select
from sqlalchemy import Uuid as UuidColumn

from domain.aftersales.models import Case, CaseHistory
from domain.aftersales.telling import told
from domain.aftersales.words import CaseKind, CaseOpener, CaseStatus
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.language import Language, Sentence
from domain.orders.views.structs import OrderView, TimelineEntry
from domain.orders.views.timeline import MOST_ENTRIES

_OF_CASE = Sentence("售后 {number}：{text}", "After-sales {number}: {text}")


async def with_cases(
    reads: ReadPool, language: Language, orders: Sequence[OrderView]
) -> list[OrderView]:
    """The same orders with the moves of their cases in their timelines, where those were read.

    One statement for all that were paid, and none where none was.
    """
    ids = [each.key for each in orders if each.timeline is not None and each.paid_at is not None]
    if not ids:
        return [*orders]
    moves: dict[UUID, list[Record]] = defaultdict(list)
    for row in await _moves().rows(reads, ids=ids):
        moves[row["order_id"]].append(row)
    return [_with(language, each, moves.get(each.key, [])) for each in orders]


def _with(language: Language, order: OrderView, moves: Sequence[Record]) -> OrderView:
    if not moves or not order.timeline:
        return order
    own = order.timeline
    moments = [each.at for each in own]
    steps = [
        # The order was where its own last move before that led.
        TimelineEntry(
            row["at"],
            own[max(0, bisect_right(moments, row["at"]) - 1)].status,
            _text(row, language),
        )
        for row in moves
    ]
    merged = sorted([*own, *steps], key=lambda each: each.at)
    return msgspec.structs.replace(order, timeline=merged[-MOST_ENTRIES:])


def _text(row: Record, language: Language) -> str:
    text = told(
        CaseStatus(row["to_status"]),
        CaseKind(row["kind"]),
        CaseOpener(row["opened_by"]),
        row["note"],
        language,
    )
    return _OF_CASE.told_in(language, {"number": f"A{row['ordinal']}", "text": text})


@cache
def _moves() -> HotRead:
    ids: Any = bindparam("ids", type_=ARRAY(UuidColumn))
    move = CaseHistory
    return HotRead(
        select(
            Case.order_id,
            Case.ordinal,
            Case.kind,
            Case.opened_by,
            move.to_status,
            move.at,
            move.note,
        )
        .join(move, move.case_id == Case.id)
        .where(Case.order_id == any_(ids))
        .order_by(Case.order_id, move.at, Case.ordinal, move.number)
    )
