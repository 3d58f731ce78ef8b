"""The tables of the staff: its members, and the trail of what they changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.actors import Role
from domain.kernel.columns import WordColumn
from domain.kernel.db import Base
from domain.kernel.journals import JOURNAL

_ROLES = ", ".join(f"'{role}'" for role in Role)


class StaffMember(Base):
    """Somebody who works for the mall. Never deleted: the trail names them; blocked instead."""

    __tablename__ = "staff"
    __table_args__ = (CheckConstraint(f"role IN ({_ROLES})", name="role_is_known"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(WordColumn(Role))
    created_at: Mapped[datetime]
    blocked_at: Mapped[datetime | None]


class AuditEntry(Base):
    """One change by a member of the staff. Never updated, never deleted: retention is forever.

    ``action`` is what was done (``product.edit``), ``before`` and ``after`` the values that
    changed. Ids ascend with the moments of the requests.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        CheckConstraint(r"reason ~ '\S'", name="reason_is_given"),
        Index(None, "subject_id", "id"),
        {"info": JOURNAL},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    before: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    reason: Mapped[str]
