"""The life of an import: asked for, claimed by a worker, done in chunks, forgotten in the end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import delete, insert, select

from domain.catalog.importing.errors import TableImported
from domain.catalog.importing.grouping import ProductRows
from domain.catalog.importing.models import ProductImport, ProductImportRow, RowOutcome
from domain.catalog.importing.writing import write_products
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput
from domain.media import table_jobs
from domain.media.rules import Purpose
from domain.media.table_jobs import CLAIM_LIFE, Claim, ImportStatus
from domain.staff.rules import problems_of_reason

PRODUCTS_AT_ONCE = 200
ROWS_AT_ONCE = 250
"""A chunk ends at either bound, for operators wait while one is written."""


class Asked(msgspec.Struct, frozen=True):
    """An import that was asked for."""

    import_id: UUID


async def ask(session: WriteSession, upload_id: UUID, *, reason: str, by: By) -> Asked:
    """Ask for the import of an own upload, which a worker then begins.

    Refuses: UploadUnknown, UploadNotTable, TableImported, InvalidInput.
    """
    if problems := list(problems_of_reason(reason)):
        raise InvalidInput(problems)
    await table_jobs.require_table(session, upload_id, Purpose.PRODUCT_IMPORT, by=by)
    earlier = await session.scalar(
        select(ProductImport.id).where(ProductImport.upload_id == upload_id)
    )
    if earlier is not None:
        raise TableImported(earlier)
    asked = ProductImport(
        **table_jobs.asked_for(upload_id, reason=reason, by=by),
        products_done=0,
        **dict.fromkeys(RowOutcome, 0),
    )
    session.add(asked)
    await session.flush()
    return Asked(asked.id)


async def note_table(
    session: WriteSession, claimed: Claim, content: bytes, products: Sequence[ProductRows]
) -> None:
    """Write down how large the table is, the first time that it is read.

    Raises `ClaimLost`, and `TableRefused` where it is not the table that it was.
    """
    row = await table_jobs.held(session, ProductImport, claimed)
    table_jobs.note_content(row, content)
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
    row = await table_jobs.held(session, ProductImport, claimed)
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
    return replace(claimed, until=row.claimed_until)


async def forget_rows(session: WriteSession, import_id: UUID) -> None:
    """Delete what became of the rows of an import."""
    await session.execute(delete(ProductImportRow).where(ProductImportRow.import_id == import_id))


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
