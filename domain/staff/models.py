"""The tables of the staff: its members, how they sign in, and the trail of what they changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.actors import Role
from domain.kernel.columns import WordColumn, known
from domain.kernel.db import Base
from domain.kernel.journals import JOURNAL


class StaffMember(Base):
    """Somebody who works for the mall. Never deleted: the trail names them; blocked instead.

    Passwords and PINs are kept as argon2 hashes; without one there is no sign-in of that kind.
    Failures count since the last success, and more of them lock for longer (`LockOut`).
    """

    __tablename__ = "staff"
    __table_args__ = (
        known("role", Role),
        CheckConstraint("password_failures >= 0 AND pin_failures >= 0", name="failures_count"),
        CheckConstraint(
            "totp_confirmed_at IS NULL OR totp_sealed IS NOT NULL", name="totp_has_its_secret"
        ),
        CheckConstraint("(blocked_at IS NULL) = (block_reason IS NULL)", name="block_is_whole"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(WordColumn(Role))
    created_at: Mapped[datetime]
    blocked_at: Mapped[datetime | None]
    block_reason: Mapped[str | None]
    """What they are told; colleagues read why in the audit trail."""
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"), default=1)
    password_hash: Mapped[str | None]
    is_password_temporary: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    """Whether somebody else has chosen it: whoever signs in with it chooses their own first."""
    password_failures: Mapped[int] = mapped_column(BigInteger, server_default=text("0"), default=0)
    password_locked_until: Mapped[datetime | None]
    pin_hash: Mapped[str | None]
    pin_failures: Mapped[int] = mapped_column(BigInteger, server_default=text("0"), default=0)
    pin_locked_until: Mapped[datetime | None]
    totp_sealed: Mapped[bytes | None]
    """The secret of their authenticator, for the `Vault`; not in use before it is confirmed."""
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None] = mapped_column(BigInteger)
    """The latest 30 seconds whose code was used: no code is good twice."""


class StaffStore(Base):
    """A store that somebody works in. Those who work for the whole mall have none."""

    __tablename__ = "staff_stores"
    __table_args__ = (Index(None, "store_id"),)

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    store_id: Mapped[UUID] = mapped_column(ForeignKey("places.id"), primary_key=True)


class RecoveryCode(Base):
    """What takes the place of an authenticator that was lost, once. Gone with the next set."""

    __tablename__ = "staff_recovery_codes"
    __table_args__ = (
        CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),
        Index(None, "staff_id"),
    )

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AuditEntry(Base):
    """One change by a member of the staff. Never updated, never deleted: retention is forever.

    ``action`` is what was done (``product.edit``), ``before`` and ``after`` the values that
    changed. Ids ascend with the moments of the requests. ``pad_id`` and ``store_id`` say at which
    pad in which store, where it was done at one.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        CheckConstraint(r"reason ~ '\S'", name="reason_is_given"),
        CheckConstraint("(pad_id IS NULL) = (store_id IS NULL)", name="pad_has_its_store"),
        Index(None, "subject_id", "id"),
        Index(None, "actor", "id"),
        Index(None, "action", "id"),
        Index(
            "ix_audit_entries_store_id_id",
            "store_id",
            "id",
            postgresql_where=text("store_id IS NOT NULL"),
        ),
        Index(
            "ix_audit_entries_pad_id_id",
            "pad_id",
            "id",
            postgresql_where=text("pad_id IS NOT NULL"),
        ),
        {"info": JOURNAL},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]
    pad_id: Mapped[UUID | None]
    store_id: Mapped[UUID | None]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    before: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    reason: Mapped[str]
