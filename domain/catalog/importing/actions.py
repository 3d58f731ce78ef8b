"""The life of an import: asked for, claimed by a worker, done in chunks, forgotten in the end."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, select, update
from sqlalchemy.orm import aliased

from domain.catalog.importing.errors import TableImported, UploadNotTable
from domain.catalog.importing.grouping import ProductRows
from domain.catalog.importing.models import (
    RETENTION,
    ImportStatus,
    ProductImport,
    ProductImportRow,
    RowOutcome,
)
from domain.catalog.importing.table import TableRefused
from domain.catalog.importing.writing import write_products
from domain.kernel.actors import By, Role, Staff
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, Problem, ProblemKind
from domain.kernel.ids import new_id
from domain.kernel.language import Sentence
from domain.media import actions as media
from domain.media.models import Upload
from domain.media.rules import Purpose, UploadStatus
from domain.staff.rules import problems_of_reason

CLAIM_LIFE = timedelta(seconds=30)
"""How long after a worker's last sign another one goes on with its import."""
PRODUCTS_AT_ONCE = 200
ROWS_AT_ONCE = 250
"""A chunk ends at either bound, for operators wait while one is written."""
FILE_CHANGED = ProblemKind(
    "file_changed",
    Sentence(zh="文件在导入过程中发生了变化。", en="The file was changed while it was imported."),
)
FILE_GONE = ProblemKind("file_gone", Sentence(zh="文件已不存在。", en="The file is gone."))
BROKEN = ProblemKind(
    "broken",
    Sentence(
        zh="导入因系统错误而停止，已完成的商品不受影响。",
        en="The import was stopped by an error of the system; what it had done stays.",
    ),
)
_UNFINISHED = (ImportStatus.WAITING, ImportStatus.RUNNING)


class Asked(msgspec.Struct, frozen=True):
    """An import that was asked for."""

    import_id: UUID


@dataclass(frozen=True, slots=True)
class Claim:
    """An import that one worker works on until a moment, and how far it has come."""

    import_id: UUID
    object_key: str
    staff: Staff
    reason: str
    until: datetime
    products_done: int = 0


class ClaimLost(Exception):
    """Another worker has the import now, for this one was silent for too long."""


async def ask(session: WriteSession, upload_id: UUID, *, reason: str, by: By) -> Asked:
    """Ask for the import of an own upload, which a worker then begins.

    Refuses: UploadUnknown, UploadNotTable, TableImported, InvalidInput.
    """
    if problems := list(problems_of_reason(reason)):
        raise InvalidInput(problems)
    upload = await media.own(session, upload_id, owner=by.staff.key)
    if upload.status is not UploadStatus.READY or upload.purpose is not Purpose.PRODUCT_IMPORT:
        raise UploadNotTable
    earlier = await session.scalar(
        select(ProductImport.id).where(ProductImport.upload_id == upload_id)
    )
    if earlier is not None:
        raise TableImported(earlier)
    asked = ProductImport(
        id=new_id(by.at, by.random),
        upload_id=upload_id,
        staff_id=by.staff.id,
        staff_name=by.staff.name,
        staff_role=by.staff.role,
        reason=reason,
        status=ImportStatus.WAITING,
        products_done=0,
        asked_at=by.at,
        **dict.fromkeys(RowOutcome, 0),
    )
    session.add(asked)
    await session.flush()
    return Asked(asked.id)


async def claim(session: WriteSession, *, at: datetime) -> Claim | None:
    """Claim the import that is due first; None where none is, or one is being worked on.

    One at a time, since they would only wait for each other's turn. One that could not go on
    lets others pass.
    """
    other = aliased(ProductImport)
    busy = exists().where(other.status == ImportStatus.RUNNING, other.claimed_until >= at)
    due = (
        select(ProductImport.id)
        .where(ProductImport.status.in_(_UNFINISHED), ~busy)
        .order_by(ProductImport.claimed_until.nulls_first(), ProductImport.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    until = at + CLAIM_LIFE
    claimed = await session.scalar(
        update(ProductImport)
        .where(ProductImport.id == due.scalar_subquery())
        .values(
            status=ImportStatus.RUNNING,
            claimed_until=until,
            started_at=func.coalesce(ProductImport.started_at, at),
        )
        .returning(ProductImport)
    )
    if claimed is None:
        return None
    key = await session.scalar(select(Upload.object_key).where(Upload.id == claimed.upload_id))
    assert key is not None
    staff = Staff(claimed.staff_id, claimed.staff_name, Role(claimed.staff_role))
    return Claim(claimed.id, key, staff, claimed.reason, until, claimed.products_done)


async def note_table(
    session: WriteSession, claimed: Claim, content: bytes, products: Sequence[ProductRows]
) -> None:
    """Write down how large the table is, the first time that it is read.

    Raises `ClaimLost`, and `TableRefused` where it is not the table that it was.
    """
    row = await _locked(session, claimed)
    digest = hashlib.sha256(content).digest()
    if row.file_digest not in (None, digest):
        raise TableRefused(FILE_CHANGED.at(""))
    row.file_digest = digest
    row.row_count = sum(len(each.rows) for each in products)
    row.product_count = len(products)
    await session.flush()


async def go_on(
    session: WriteSession,
    claimed: Claim,
    products: Sequence[ProductRows],
    *,
    at: datetime,
    random: Random,
) -> Claim | None:
    """Write the next chunk with what became of its rows; None when all is done.

    Raises `ClaimLost`.
    """
    row = await _locked(session, claimed)
    chunk = _chunk(products, row.products_done)
    by = By(claimed.staff, at, random)
    results = await write_products(session, chunk, reason=claimed.reason, by=by)
    await session.execute(
        insert(ProductImportRow),
        [{"import_id": row.id, **msgspec.structs.asdict(each)} for each in results],
    )
    for outcome, count in Counter(each.outcome for each in results).items():
        setattr(row, outcome, getattr(row, outcome) + count)
    row.products_done += len(chunk)
    if row.products_done == len(products):
        row.status, row.finished_at, row.claimed_until = ImportStatus.DONE, at, None
        await session.flush()
        return None
    row.claimed_until = at + CLAIM_LIFE
    await session.flush()
    return replace(claimed, until=row.claimed_until, products_done=row.products_done)


async def fail(session: WriteSession, claimed: Claim, problem: Problem, *, at: datetime) -> None:
    """End an import that cannot go on; what it has written stays. Nothing where it is lost."""
    await session.execute(
        update(ProductImport)
        .where(_is_held(claimed))
        .values(
            status=ImportStatus.FAILED,
            finished_at=at,
            claimed_until=None,
            failure=msgspec.to_builtins(problem),
        )
    )


async def let_go(session: WriteSession, claimed: Claim, *, until: datetime | None) -> None:
    """Give the claim back, to be taken again at once, or not before a moment."""
    await session.execute(
        update(ProductImport).where(_is_held(claimed)).values(claimed_until=until)
    )


async def due_for_forgetting(
    session: WriteSession, *, at: datetime, most: int
) -> list[tuple[UUID, UUID, str]]:
    """Imports that ended longer ago than the retention: id, upload, and the table's key."""
    rows = await session.execute(
        select(ProductImport.id, Upload.id, func.coalesce(Upload.object_key, ""))
        .join(Upload, Upload.id == ProductImport.upload_id)
        .where(ProductImport.finished_at < at - RETENTION)
        .order_by(ProductImport.finished_at)
        .limit(most)
    )
    return [(import_id, upload_id, key) for import_id, upload_id, key in rows]


async def forget(session: WriteSession, import_id: UUID, upload_id: UUID) -> None:
    """Delete an import with its rows and its upload, whose object is gone."""
    await session.execute(delete(ProductImportRow).where(ProductImportRow.import_id == import_id))
    await session.execute(delete(ProductImport).where(ProductImport.id == import_id))
    await session.execute(delete(Upload).where(Upload.id == upload_id))


async def _locked(session: WriteSession, claimed: Claim) -> ProductImport:
    row = await session.scalar(select(ProductImport).where(_is_held(claimed)).with_for_update())
    if row is None:
        raise ClaimLost
    return row


def _is_held(claimed: Claim) -> ColumnElement[bool]:
    return and_(
        ProductImport.id == claimed.import_id,
        ProductImport.status == ImportStatus.RUNNING,
        ProductImport.claimed_until == claimed.until,
    )


def _chunk(products: Sequence[ProductRows], done: int) -> list[ProductRows]:
    """The products that come next: at least one, and as many as are written at once."""
    chunk: list[ProductRows] = []
    rows = 0
    for each in products[done : done + PRODUCTS_AT_ONCE]:
        rows += len(each.rows)
        if chunk and rows > ROWS_AT_ONCE:
            break
        chunk.append(each)
    return chunk
