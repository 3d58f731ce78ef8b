"""The life of an import of parcels: asked for, previewed, sent in chunks, forgotten in the end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import delete, insert, select

from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput
from domain.media import table_jobs
from domain.media.rules import Purpose
from domain.media.table_jobs import CLAIM_LIFE, Claim, ImportStatus
from domain.orders.shipping.importing.errors import ShipmentsImported
from domain.orders.shipping.importing.grouping import OrderRows
from domain.orders.shipping.importing.models import (
    ParcelOutcome,
    ShipmentImport,
    ShipmentImportRow,
)
from domain.orders.shipping.importing.writing import Sending, Undoing, send_orders
from domain.staff.rules import problems_of_reason

ORDERS_AT_ONCE = 100
ROWS_AT_ONCE = 250
"""A chunk ends at either bound, for what it sends is locked until it is written."""


class AskedToShip(msgspec.Struct, frozen=True):
    """An import of parcels that was asked for."""

    import_id: UUID


async def ask(
    session: WriteSession, upload_id: UUID, *, is_preview: bool, reason: str, by: By
) -> AskedToShip:
    """Ask for the parcels of an own upload to be sent, or tried; a worker then begins.

    A preview that is done can be asked for again in earnest: the same import begins anew.
    Refuses: UploadUnknown, UploadNotTable, ShipmentsImported, InvalidInput.
    """
    if problems := list(problems_of_reason(reason)):
        raise InvalidInput(problems)
    await table_jobs.require_table(session, upload_id, Purpose.SHIPMENT_IMPORT, by=by)
    earlier = await session.scalar(
        select(ShipmentImport).where(ShipmentImport.upload_id == upload_id).with_for_update()
    )
    if earlier is not None:
        if is_preview or not earlier.is_preview or earlier.status != ImportStatus.DONE:
            raise ShipmentsImported(earlier.id)
        await forget_rows(session, earlier.id)
        await session.delete(earlier)
        await session.flush()
    asked = ShipmentImport(
        **table_jobs.asked_for(upload_id, reason=reason, by=by),
        is_preview=is_preview,
        orders_done=0,
        **dict.fromkeys(ParcelOutcome, 0),
    )
    if earlier is not None:
        asked.id = earlier.id
    session.add(asked)
    await session.flush()
    return AskedToShip(asked.id)


async def note_table(
    session: WriteSession, claimed: Claim, content: bytes, orders: Sequence[OrderRows]
) -> None:
    """Write down how large the table is, the first time that it is read.

    Raises `ClaimLost`, and `TableRefused` where it is not the table that it was.
    """
    row = await table_jobs.held(session, ShipmentImport, claimed)
    table_jobs.note_content(row, content)
    row.row_count = sum(each.row_count for each in orders)
    row.order_count = len(orders)
    await session.flush()


async def go_on(
    session: WriteSession,
    claimed: Claim,
    orders: Sequence[OrderRows],
    *,
    undoing: Undoing,
    receipt_after: timedelta,
    at: datetime,
    random: Random,
) -> Claim | None:
    """Send the next chunk, and write what became of its rows; None when all is done.

    A preview sends it within ``undoing``. Raises `ClaimLost`.
    """
    row = await table_jobs.held(session, ShipmentImport, claimed)
    chunk = _chunk(orders, row.orders_done)
    by = By(claimed.staff, at, random)
    how = Sending(claimed.reason, row.is_preview, undoing, receipt_after, by)
    results = await send_orders(session, chunk, how)
    await session.execute(
        insert(ShipmentImportRow),
        [{"import_id": row.id, **msgspec.structs.asdict(each)} for each in results],
    )
    for outcome, count in Counter(each.outcome for each in results).items():
        setattr(row, outcome, getattr(row, outcome) + count)
    row.orders_done += len(chunk)
    if row.orders_done == len(orders):
        row.status, row.finished_at, row.claimed_until = ImportStatus.DONE, at, None
        await session.flush()
        return None
    row.claimed_until = at + CLAIM_LIFE
    await session.flush()
    return replace(claimed, until=row.claimed_until)


async def forget_rows(session: WriteSession, import_id: UUID) -> None:
    """Delete what became of the rows of an import."""
    await session.execute(delete(ShipmentImportRow).where(ShipmentImportRow.import_id == import_id))


def _chunk(orders: Sequence[OrderRows], done: int) -> list[OrderRows]:
    """The orders that come next: at least one, and as many as are sent at once."""
    chunk: list[OrderRows] = []
    rows = 0
    for each in orders[done : done + ORDERS_AT_ONCE]:
        rows += each.row_count
        if chunk and rows > ROWS_AT_ONCE:
            break
        chunk.append(each)
    return chunk
