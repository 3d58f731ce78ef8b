"""Reads of exports: how far they have come, and what their files are made of."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import BigInteger, bindparam, func, literal_column, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.errors import Problem
from domain.kernel.ids import public_id
from domain.kernel.paging import Page, page_of
from domain.orders.exporting.actions import EXPORT
from domain.orders.exporting.models import ExportStatus, OrderExport, OrderExportPart, part_key
from domain.orders.views.finding import LAST_ID

_PROBLEM = msgspec.json.Decoder(Problem)


class OrderExportView(msgspec.Struct, frozen=True, gc=False):
    """How far an export has come."""

    id: str
    status: ExportStatus
    reason: str
    staff_name: str
    asked_at: datetime
    finished_at: datetime | None
    failure: Problem | None
    orders_seen: int
    rows_written: int
    key: UUID


class FileView(msgspec.Struct, frozen=True, gc=False):
    """A whole file: the keys of its parts in their order, and how many bytes they have."""

    keys: list[str]
    size_bytes: int


async def order_export(reads: ReadPool, export_id: UUID) -> OrderExportView | None:
    """One export; None where there is none."""
    rows = await _by_id().rows(reads, id=export_id)
    return _view(rows[0]) if rows else None


async def order_exports(
    reads: ReadPool, *, first: int, after: UUID | None
) -> Page[OrderExportView]:
    """Take the ``first`` exports behind ``after``, the newest first."""
    rows = await _list().rows(reads, before=after or LAST_ID, limit=first + 1)
    page = page_of(rows, first)
    return Page([_view(row) for row in page.items], page.has_next)


async def export_file(reads: ReadPool, export_id: UUID) -> FileView | None:
    """The file of an export; None where it is not done, or is forgotten."""
    rows = await _parts().rows(reads, id=export_id)
    if not rows:
        return None
    size = sum(row["size_bytes"] for row in rows)
    return FileView([part_key(row["id"]) for row in rows], size)


def _view(row: Record) -> OrderExportView:
    return OrderExportView(
        id=public_id(EXPORT, row["id"]),
        status=ExportStatus(row["status"]),
        reason=row["reason"],
        staff_name=row["staff_name"],
        asked_at=row["asked_at"],
        finished_at=row["finished_at"],
        failure=_PROBLEM.decode(row["failure"]) if row["failure"] else None,
        orders_seen=row["orders_seen"],
        rows_written=row["rows_written"],
        key=row["id"],
    )


_ID: Any = bindparam("id", type_=UuidColumn)


@cache
def _by_id() -> HotRead:
    return HotRead(select(*OrderExport.__table__.columns).where(OrderExport.id == _ID))


@cache
def _list() -> HotRead:
    before = bindparam("before", type_=UuidColumn)
    statement = select(*OrderExport.__table__.columns).where(OrderExport.id < before)
    limit = bindparam("limit", type_=BigInteger)
    return HotRead(statement.order_by(OrderExport.id.desc()).limit(limit))


@cache
def _parts() -> HotRead:
    part, export = OrderExportPart, OrderExport
    is_done = export.status == literal_column(f"'{ExportStatus.DONE}'")
    statement = (
        select(part.id, func.coalesce(part.size_bytes, literal_column("0")).label("size_bytes"))
        .join(export, export.id == part.export_id)
        .where(export.id == _ID, is_done, part.number.is_not(None))
    )
    return HotRead(statement.order_by(part.number))
