"""Jobs over tables that the staff have uploaded: asked for, claimed, held, ended, forgotten.

Each kind of job has a table of its own, with these columns and those that only it has. A worker
claims one for half a minute and goes on from chunk to chunk; whoever claims it after a crash goes
on behind the last chunk. Two of a kind never run at one time.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Text,
    and_,
    delete,
    exists,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, aliased, mapped_column

from domain.kernel.actors import By, Role, Staff
from domain.kernel.columns import known
from domain.kernel.csv_tables import TableRefused
from domain.kernel.db import Base, WriteSession
from domain.kernel.errors import Problem, ProblemKind, Refused
from domain.kernel.ids import new_id
from domain.kernel.language import Sentence
from domain.media import actions as media
from domain.media.models import Upload
from domain.media.rules import Purpose, UploadStatus

CLAIM_LIFE = timedelta(seconds=30)
"""How long after a worker's last sign another one goes on with its job."""
RETENTION = timedelta(days=90)
"""How long a job, its rows and its table are kept after it has ended."""
FILE_CHANGED = ProblemKind(
    "file_changed",
    Sentence(zh="文件在导入过程中发生了变化。", en="The file was changed while it was imported."),
)
FILE_GONE = ProblemKind("file_gone", Sentence(zh="文件已不存在。", en="The file is gone."))
BROKEN = ProblemKind(
    "broken",
    Sentence(
        zh="导入因系统错误而停止，已完成的部分不受影响。",
        en="The import was stopped by an error of the system; what it had done stays.",
    ),
)


class ImportStatus(StrEnum):
    """How far an import has come; the last two are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


_UNFINISHED = (ImportStatus.WAITING, ImportStatus.RUNNING)


class UploadNotTable(Refused):
    """The upload is no such table, or was not completed."""


class ClaimLost(Exception):
    """Another worker has the job now, for this one was silent for too long."""


class TableJob(Base):
    """One table that somebody gave to be worked through, and how far that has come.

    ``file_digest`` is the table's SHA-256 and ``row_count`` its size, known once it has been read.
    ``claimed_until`` belongs to the worker that works on it.
    """

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True)
    upload_id: Mapped[UUID] = mapped_column(ForeignKey("uploads.id"), unique=True)
    file_digest: Mapped[bytes | None]
    staff_id: Mapped[UUID]
    staff_name: Mapped[str]
    staff_role: Mapped[Role] = mapped_column(Text)
    reason: Mapped[str]
    status: Mapped[ImportStatus] = mapped_column(Text)
    failure: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    row_count: Mapped[int | None] = mapped_column(BigInteger)
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]


J = TypeVar("J", bound=TableJob)


def rules_of_jobs(table: str) -> tuple[CheckConstraint | Index, ...]:
    """What the table of a kind of job enforces of these columns."""
    return (
        known("status", ImportStatus),
        CheckConstraint(r"reason ~ '\S'", name="reason_is_given"),
        CheckConstraint(
            "(status IN ('done', 'failed')) = (finished_at IS NOT NULL)", name="final_is_finished"
        ),
        CheckConstraint("(status = 'failed') = (failure IS NOT NULL)", name="failed_has_reason"),
        Index(
            f"ix_{table}_unfinished",
            "id",
            postgresql_where=text("status IN ('waiting', 'running')"),
        ),
        Index(None, "finished_at"),
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that one worker works on until a moment."""

    job_id: UUID
    object_key: str
    staff: Staff
    reason: str
    until: datetime


async def require_table(
    session: WriteSession, upload_id: UUID, purpose: Purpose, *, by: By
) -> None:
    """See that an upload is an own table. Refuses: UploadUnknown, UploadNotTable."""
    upload = await media.own(session, upload_id, owner=by.staff.key)
    if upload.status is not UploadStatus.READY or upload.purpose is not purpose:
        raise UploadNotTable


def asked_for(upload_id: UUID, *, reason: str, by: By) -> dict[str, Any]:
    """The values of a new job's own columns."""
    return {
        "id": new_id(by.at, by.random),
        "upload_id": upload_id,
        "staff_id": by.staff.id,
        "staff_name": by.staff.name,
        "staff_role": by.staff.role,
        "reason": reason,
        "status": ImportStatus.WAITING,
        "asked_at": by.at,
    }


async def claim(session: WriteSession, job: type[J], *, at: datetime) -> tuple[Claim, J] | None:
    """Claim the job that is due first; None where none is, or one is being worked on.

    One at a time, since they would only wait for each other's turn. One that could not go on
    lets others pass.
    """
    other = aliased(job)
    busy = exists().where(other.status == ImportStatus.RUNNING, other.claimed_until >= at)
    due = (
        select(job.id)
        .where(job.status.in_(_UNFINISHED), ~busy)
        .order_by(job.claimed_until.nulls_first(), job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    until = at + CLAIM_LIFE
    claimed = await session.scalar(
        update(job)
        .where(job.id == due.scalar_subquery())
        .values(
            status=ImportStatus.RUNNING,
            claimed_until=until,
            started_at=func.coalesce(job.started_at, at),
        )
        .returning(job)
    )
    if claimed is None:
        return None
    key = await session.scalar(select(Upload.object_key).where(Upload.id == claimed.upload_id))
    assert key is not None
    staff = Staff(claimed.staff_id, claimed.staff_name, Role(claimed.staff_role))
    return Claim(claimed.id, key, staff, claimed.reason, until), claimed


async def held(session: WriteSession, job: type[J], claimed: Claim) -> J:
    """The job of a claim, locked. Raises `ClaimLost`."""
    row = await session.scalar(select(job).where(_is_held(job, claimed)).with_for_update())
    if row is None:
        raise ClaimLost
    return row


def note_content(row: TableJob, content: bytes) -> None:
    """Remember which table it is; raises `TableRefused` where it is not the one that it was."""
    digest = hashlib.sha256(content).digest()
    if row.file_digest not in (None, digest):
        raise TableRefused(FILE_CHANGED.at(""))
    row.file_digest = digest


async def fail(
    session: WriteSession, job: type[J], claimed: Claim, problem: Problem, *, at: datetime
) -> None:
    """End a job that cannot go on; what it has written stays. Nothing where it is lost."""
    await session.execute(
        update(job)
        .where(_is_held(job, claimed))
        .values(
            status=ImportStatus.FAILED,
            finished_at=at,
            claimed_until=None,
            failure=msgspec.to_builtins(problem),
        )
    )


async def let_go(
    session: WriteSession, job: type[J], claimed: Claim, *, until: datetime | None
) -> None:
    """Give the claim back, to be taken again at once, or not before a moment."""
    await session.execute(update(job).where(_is_held(job, claimed)).values(claimed_until=until))


async def due_for_forgetting(
    session: WriteSession, job: type[J], *, at: datetime, most: int
) -> list[tuple[UUID, UUID, str]]:
    """Jobs that ended longer ago than the retention: id, upload, and the table's key."""
    rows = await session.execute(
        select(job.id, Upload.id, func.coalesce(Upload.object_key, ""))
        .join(Upload, Upload.id == job.upload_id)
        .where(job.finished_at < at - RETENTION)
        .order_by(job.finished_at)
        .limit(most)
    )
    return [(job_id, upload_id, key) for job_id, upload_id, key in rows]


async def forget(session: WriteSession, job: type[J], job_id: UUID, upload_id: UUID) -> None:
    """Delete a job, whose rows are gone, and its upload, whose object is."""
    await session.execute(delete(job).where(job.id == job_id))
    await session.execute(delete(Upload).where(Upload.id == upload_id))


def _is_held(job: type[J], claimed: Claim) -> ColumnElement[bool]:
    return and_(
        job.id == claimed.job_id,
        job.status == ImportStatus.RUNNING,
        job.claimed_until == claimed.until,
    )
