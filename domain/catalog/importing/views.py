"""Reads of imports: how far they have come, and what became of their rows."""

from datetime import datetime
from functools import cache
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Text, bindparam, select
from sqlalchemy import Uuid as UuidColumn

from domain.catalog.importing.models import (
    ProductImport,
    ProductImportRow,
    RowOutcome,
)
from domain.catalog.views.structs import PRODUCT
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.errors import Problem
from domain.kernel.ids import public_id
from domain.kernel.paging import Page, Place, page_of
from domain.media.table_jobs import ImportStatus

IMPORT = "import"
"""The kind of an import in public ids."""
_PROBLEM = msgspec.json.Decoder(Problem)
_PROBLEMS = msgspec.json.Decoder(list[Problem])


class ImportView(msgspec.Struct, frozen=True, gc=False):
    """How far an import has come, in rows; ``row_count`` is known once the table was read."""

    id: str
    status: ImportStatus
    reason: str
    staff_name: str
    asked_at: datetime
    finished_at: datetime | None
    failure: Problem | None
    row_count: int | None
    created: int
    edited: int
    unchanged: int
    refused: int
    held_back: int


class ImportRowView(msgspec.Struct, frozen=True, gc=False):
    """What became of one row."""

    line: int
    code: str
    sku: str
    outcome: RowOutcome
    problems: list[Problem]
    product_id: str | None


async def product_import(reads: ReadPool, import_id: UUID) -> ImportView | None:
    """The import, if there is one."""
    rows = await _import().rows(reads, import_id=import_id)
    if not rows:
        return None
    ((status, reason, name, asked_at, finished_at, failure, *counts),) = rows
    return ImportView(
        public_id(IMPORT, import_id),
        ImportStatus(status),
        reason,
        name,
        asked_at,
        finished_at,
        None if failure is None else _PROBLEM.decode(failure),
        *counts,
    )


async def import_rows(
    reads: ReadPool,
    import_id: UUID,
    outcome: RowOutcome | None,
    *,
    first: int,
    after: Place | None,
) -> Page[ImportRowView]:
    """Take the ``first`` rows behind ``after``, in the table's order, of one outcome or all."""
    rows = await _rows(of_one=outcome is not None).rows(
        reads,
        import_id=import_id,
        outcome=outcome,
        after=after.value if after else 0,
        limit=first + 1,
    )
    found = [
        ImportRowView(
            line,
            code,
            sku,
            RowOutcome(outcome),
            _PROBLEMS.decode(problems),
            None if product_id is None else public_id(PRODUCT, product_id),
        )
        for line, code, sku, outcome, problems, product_id in rows
    ]
    return page_of(found, first)


@cache
def _import() -> HotRead:
    row = ProductImport
    return HotRead(
        select(
            row.status,
            row.reason,
            row.staff_name,
            row.asked_at,
            row.finished_at,
            row.failure,
            row.row_count,
            row.created,
            row.edited,
            row.unchanged,
            row.refused,
            row.held_back,
        ).where(row.id == bindparam("import_id", type_=UuidColumn))
    )


@cache
def _rows(*, of_one: bool) -> HotRead:
    row = ProductImportRow
    statement = select(
        row.line, row.code, row.sku, row.outcome, row.problems, row.product_id
    ).where(
        row.import_id == bindparam("import_id", type_=UuidColumn),
        row.line > bindparam("after", type_=BigInteger),
    )
    if of_one:
        statement = statement.where(row.outcome == bindparam("outcome", type_=Text))
    limit = bindparam("limit", type_=BigInteger)
    return HotRead(statement.order_by(row.line).limit(limit))
