"""The life of an export: asked for, claimed by a worker, written in parts, forgotten in the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, Problem, ProblemKind
from domain.kernel.ids import first_id, new_id
from domain.kernel.language import Sentence
from domain.orders.exporting.models import (
    RETENTION,
    ExportStatus,
    OrderExport,
    OrderExportPart,
    part_key,
)
from domain.orders.exporting.reading import Chunk
from domain.orders.views.finding import OrderFilter
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

EXPORT = "order_export"
"""The kind of an export in public ids and in the audit trail."""
CLAIM_LIFE = timedelta(seconds=30)
"""How long after a worker's last sign another one goes on with its export."""
BROKEN = ProblemKind(
    "export_broken",
    Sentence(
        zh="导出因系统错误而停止，请重新导出。",
        en="The export was stopped by an error of the system; please ask for it again.",
    ),
)
_UNFINISHED = (ExportStatus.WAITING, ExportStatus.RUNNING)
_PARTS_AT_ONCE = 500


class Asked(msgspec.Struct, frozen=True):
    """An export that was asked for."""

    export_id: UUID


@dataclass(frozen=True, slots=True)
class Claim:
    """An export that one worker works on until a moment, and the part that comes next."""

    export_id: UUID
    wanted: OrderFilter
    after: UUID | None
    until: datetime
    part_id: UUID
    is_first: bool


class ClaimLost(Exception):
    """Another worker has the export now, for this one was silent for too long."""


async def ask(session: WriteSession, wanted: OrderFilter, *, reason: str, by: By) -> Asked:
    """Ask for the orders that fit and were placed until now, which a worker then writes.

    Refuses: InvalidInput.
    """
    if problems := list(problems_of_reason(reason)):
        raise InvalidInput(problems)
    before = min(wanted.before_id, first_id(by.at + timedelta(milliseconds=1)))
    export = OrderExport(
        id=new_id(by.at, by.random),
        staff_id=by.staff.id,
        staff_name=by.staff.name,
        reason=reason,
        filter=msgspec.structs.replace(wanted, before_id=before),
        status=ExportStatus.WAITING,
        orders_seen=0,
        rows_written=0,
        part_count=0,
        asked_at=by.at,
    )
    session.add(export)
    await session.flush()
    after = {"filter": wanted}
    change = Change("orders.export", EXPORT, export.id, None, after, reason=reason)
    await record(session, by.staff, change, at=by.at, random=by.random)
    return Asked(export.id)


async def claim(session: WriteSession, *, at: datetime, random: Random) -> Claim | None:
    """Claim the export that is due first; None where none is. Others may work on others."""
    is_free = or_(OrderExport.claimed_until.is_(None), OrderExport.claimed_until < at)
    due = (
        select(OrderExport)
        .where(OrderExport.status.in_(_UNFINISHED), is_free)
        .order_by(OrderExport.claimed_until.nulls_first(), OrderExport.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    export = await session.scalar(due)
    if export is None:
        return None
    export.status = ExportStatus.RUNNING
    return await _next_part(session, export, at=at, random=random)


async def go_on(
    session: WriteSession,
    claimed: Claim,
    chunk: Chunk,
    *,
    size_bytes: int,
    at: datetime,
    random: Random,
) -> Claim | None:
    """Count the part that was written, with its chunk; None when that was the last.

    Raises `ClaimLost`, and then the part does not count.
    """
    export = await _locked(session, claimed)
    export.part_count += 1
    export.orders_seen += chunk.order_count
    export.rows_written += len(chunk.rows)
    await session.execute(
        update(OrderExportPart)
        .where(OrderExportPart.id == claimed.part_id)
        .values(number=export.part_count, size_bytes=size_bytes)
    )
    if chunk.go_on_behind is None:
        export.status, export.finished_at = ExportStatus.DONE, at
        export.claimed_until = None
        await session.flush()
        return None
    export.last_order_id = chunk.go_on_behind
    return await _next_part(session, export, at=at, random=random)


async def fail(session: WriteSession, claimed: Claim, problem: Problem, *, at: datetime) -> None:
    """End an export that cannot go on. Nothing where it is lost."""
    await session.execute(
        update(OrderExport)
        .where(_is_held(claimed))
        .values(
            status=ExportStatus.FAILED,
            finished_at=at,
            claimed_until=None,
            failure=msgspec.to_builtins(problem),
        )
    )


async def let_go(session: WriteSession, claimed: Claim, *, until: datetime | None) -> None:
    """Give the claim back, to be taken again at once, or not before a moment."""
    await session.execute(update(OrderExport).where(_is_held(claimed)).values(claimed_until=until))


async def due_for_forgetting(session: WriteSession, *, at: datetime, most: int) -> list[UUID]:
    """Exports that ended longer ago than the retention."""
    due = select(OrderExport.id).where(OrderExport.finished_at < at - RETENTION)
    return list(await session.scalars(due.order_by(OrderExport.finished_at).limit(most)))


async def parts_left(session: WriteSession, export_id: UUID) -> Sequence[tuple[UUID, str]]:
    """Some of the parts that an export still has, whether they count or not, with their keys."""
    own = select(OrderExportPart.id).where(OrderExportPart.export_id == export_id)
    found = await session.scalars(own.order_by(OrderExportPart.id).limit(_PARTS_AT_ONCE))
    return [(part_id, part_key(part_id)) for part_id in found]


async def forget_parts(session: WriteSession, part_ids: Sequence[UUID]) -> None:
    """Delete parts whose objects are gone."""
    await session.execute(delete(OrderExportPart).where(OrderExportPart.id.in_(part_ids)))


async def forget(session: WriteSession, export_id: UUID) -> None:
    """Delete an export that has no parts any more."""
    await session.execute(delete(OrderExport).where(OrderExport.id == export_id))


async def _next_part(
    session: WriteSession, export: OrderExport, *, at: datetime, random: Random
) -> Claim:
    """Begin the next part: its row is there before its object is."""
    until = at + CLAIM_LIFE
    export.claimed_until = until
    part = OrderExportPart(id=new_id(at, random), export_id=export.id)
    session.add(part)
    await session.flush()
    return Claim(
        export.id,
        export.filter,
        export.last_order_id,
        until,
        part.id,
        is_first=export.part_count == 0,
    )


async def _locked(session: WriteSession, claimed: Claim) -> OrderExport:
    row = await session.scalar(select(OrderExport).where(_is_held(claimed)).with_for_update())
    if row is None:
        raise ClaimLost
    return row


def _is_held(claimed: Claim) -> ColumnElement[bool]:
    """Whether the worker still has it: no two claims of an export end at the same moment."""
    return and_(
        OrderExport.id == claimed.export_id,
        OrderExport.status == ExportStatus.RUNNING,
        OrderExport.claimed_until == claimed.until,
    )
