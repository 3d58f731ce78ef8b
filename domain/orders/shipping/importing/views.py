"""Reads of imports of parcels: how far they have come, and what became of their rows."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import BigInteger, Text, bindparam, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.errors import Problem
from domain.kernel.ids import public_id
from domain.kernel.paging import Page, Place, page_of
from domain.media.table_jobs import ImportStatus
from domain.orders.shipping.importing.models import (
    ParcelOutcome,
    ShipmentImport,
    ShipmentImportRow,
)
from domain.orders.views.structs import ORDER

SHIPMENT_IMPORT = "shipment_import"
"""The kind of an import of parcels in public ids."""
_PROBLEM = msgspec.json.Decoder(Problem)
_PROBLEMS = msgspec.json.Decoder(list[Problem])


class ShipmentImportView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """How far an import has come, in rows; ``row_count`` is known once the table was read."""

    id: str
    status: ImportStatus
    is_preview: bool
    reason: str
    staff_name: str
    asked_at: datetime
    finished_at: datetime | None
    failure: Problem | None
    row_count: int | None
    shipped: int
    ready: int
    already_shipped: int
    refused: int
    held_back: int
    key: UUID


class ShipmentImportRowView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What became of one row."""

    line: int
    order_number: str
    carrier: str
    tracking_number: str
    sku: str
    units: str
    outcome: ParcelOutcome
    problems: list[Problem]
    order_id: str | None
    ordinal: int | None


async def shipment_import(reads: ReadPool, import_id: UUID) -> ShipmentImportView | None:
    """The import, if there is one."""
    rows = await _import().rows(reads, import_id=import_id)
    if not rows:
        return None
    (row,) = rows
    return ShipmentImportView(
        id=public_id(SHIPMENT_IMPORT, row["id"]),
        status=ImportStatus(row["status"]),
        is_preview=row["is_preview"],
        reason=row["reason"],
        staff_name=row["staff_name"],
        asked_at=row["asked_at"],
        finished_at=row["finished_at"],
        failure=_PROBLEM.decode(row["failure"]) if row["failure"] else None,
        row_count=row["row_count"],
        shipped=row["shipped"],
        ready=row["ready"],
        already_shipped=row["already_shipped"],
        refused=row["refused"],
        held_back=row["held_back"],
        key=row["id"],
    )


async def shipment_import_rows(
    reads: ReadPool,
    import_id: UUID,
    outcome: ParcelOutcome | None,
    *,
    first: int,
    after: Place | None,
) -> Page[ShipmentImportRowView]:
    """Take the ``first`` rows behind ``after``, in the order of the table."""
    rows = await _rows(with_outcome=outcome is not None).rows(
        reads,
        import_id=import_id,
        outcome=outcome,
        after_line=after.value if after else 0,
        limit=first + 1,
    )
    page = page_of(rows, first)
    return Page([_row(each) for each in page.items], page.has_next)


def _row(row: Record) -> ShipmentImportRowView:
    return ShipmentImportRowView(
        line=row["line"],
        order_number=row["order_number"],
        carrier=row["carrier"],
        tracking_number=row["tracking_number"],
        sku=row["sku"],
        units=row["units"],
        outcome=ParcelOutcome(row["outcome"]),
        problems=_PROBLEMS.decode(row["problems"]),
        order_id=public_id(ORDER, row["order_id"]) if row["order_id"] else None,
        ordinal=row["ordinal"],
    )


_ID: Any = bindparam("import_id", type_=UuidColumn)


@cache
def _import() -> HotRead:
    return HotRead(select(*ShipmentImport.__table__.columns).where(ShipmentImport.id == _ID))


@cache
def _rows(*, with_outcome: bool) -> HotRead:
    row = ShipmentImportRow
    conditions = [row.import_id == _ID, row.line > bindparam("after_line", type_=BigInteger)]
    if with_outcome:
        conditions.append(row.outcome == bindparam("outcome", type_=Text))
    statement = select(*row.__table__.columns).where(*conditions).order_by(row.line)
    return HotRead(statement.limit(bindparam("limit", type_=BigInteger)))
