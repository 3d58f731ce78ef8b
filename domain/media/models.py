"""The table of uploads. An upload that is not ready is deleted a day after it expired."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import WordColumn, known
from domain.kernel.db import Base
from domain.media.rules import (
    LARGEST_PICTURE_BYTES,
    LARGEST_TABLE_BYTES,
    LONGEST_SIDE,
    PICTURES,
    MediaType,
    Purpose,
    RefusalReason,
    UploadStatus,
)

_IS_TABLE = "(purpose IN ('product_import', 'shipment_import'))"
_UNFINISHED = "status IN ('promised', 'stored')"


class Upload(Base):
    """One file that somebody may send, and what became of it.

    ``token_digest`` is the SHA-256 of the ticket's token. ``width`` and ``height`` are those of
    the picture as it is shown. ``cleared_at`` is when what had arrived was deleted for good, which
    is after nothing can arrive any more.
    """

    __tablename__ = "uploads"
    __table_args__ = (
        known("purpose", Purpose),
        known("status", UploadStatus),
        known("refusal", RefusalReason),
        CheckConstraint(
            f"CASE WHEN {_IS_TABLE} THEN media_type = 'text/csv' ELSE media_type IN "
            f"({', '.join(repr(str(each)) for each in PICTURES)}) END",
            name="type_fits_purpose",
        ),
        CheckConstraint(
            f"size_bytes BETWEEN 1 AND CASE WHEN {_IS_TABLE} "
            f"THEN {LARGEST_TABLE_BYTES} ELSE {LARGEST_PICTURE_BYTES} END",
            name="size_fits_purpose",
        ),
        CheckConstraint("length(owner) BETWEEN 1 AND 100", name="owner_is_named"),
        CheckConstraint("octet_length(token_digest) = 32", name="token_digest_is_sha256"),
        CheckConstraint("expires_at > created_at", name="expires_after_its_creation"),
        CheckConstraint(
            "(status IN ('ready', 'refused')) = (finished_at IS NOT NULL)",
            name="final_is_finished",
        ),
        CheckConstraint("(status = 'ready') = (object_key IS NOT NULL)", name="ready_has_object"),
        CheckConstraint(
            "object_key LIKE CASE purpose WHEN 'product_image' THEN 'products/%' "
            "WHEN 'member_picture' THEN 'members/%' ELSE 'private/%' END",
            name="private_stays_private",
        ),
        CheckConstraint(
            f"(status = 'ready' AND NOT {_IS_TABLE}) = (width IS NOT NULL)",
            name="ready_picture_has_size",
        ),
        CheckConstraint("(width IS NULL) = (height IS NULL)", name="size_is_whole"),
        CheckConstraint(
            f"width BETWEEN 1 AND {LONGEST_SIDE} AND height BETWEEN 1 AND {LONGEST_SIDE}",
            name="size_is_possible",
        ),
        CheckConstraint("(status = 'refused') = (refusal IS NOT NULL)", name="refused_has_reason"),
        Index(
            "ix_uploads_owner_purpose_unfinished",
            "owner",
            "purpose",
            postgresql_where=text(_UNFINISHED),
        ),
        Index(
            "ix_uploads_expires_at_id_not_cleared",
            "expires_at",
            "id",
            postgresql_where=text("cleared_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(WordColumn(Purpose))
    owner: Mapped[str]
    media_type: Mapped[MediaType] = mapped_column(WordColumn(MediaType))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    token_digest: Mapped[bytes]
    status: Mapped[UploadStatus] = mapped_column(WordColumn(UploadStatus))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    object_key: Mapped[str | None]
    width: Mapped[int | None] = mapped_column(BigInteger)
    height: Mapped[int | None] = mapped_column(BigInteger)
    refusal: Mapped[RefusalReason | None] = mapped_column(WordColumn(RefusalReason))
    cleared_at: Mapped[datetime | None]
