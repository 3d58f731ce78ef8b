"""The tables of messages: what members were told, what was sent outside, and who lets us."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import DocumentColumn, WordColumn, known, listed
from domain.kernel.db import Base
from domain.messages.kinds import Parameters
from domain.messages.words import MessageKind, PermitStatus, SendStatus, Topic

RETENTION = timedelta(days=180)
"""How long messages are kept, with what became of them outside and the permits they used."""
PERMIT_RETENTION = timedelta(days=30)
"""How long permits are kept that were never used and are of no use any more."""

COUNTED = (SendStatus.SENDING, SendStatus.SENT, SendStatus.UNKNOWN)
"""What has reached its member, or may have: it holds a permit and counts for the day."""
BROKEN = (SendStatus.FAILED, SendStatus.UNKNOWN)
"""What somebody should look at."""


class InboxMessage(Base):
    """What a member was told in the mall, once for each source. Retention: `RETENTION`."""

    __tablename__ = "inbox_messages"
    __table_args__ = (
        UniqueConstraint("member_id", "source"),
        known("kind", MessageKind),
        CheckConstraint(r"source ~ '\S'", name="source_is_given"),
        CheckConstraint(
            "(kind = 'points_expiring') = (order_id IS NULL)", name="all_but_points_name_orders"
        ),
        Index(None, "member_id", "id"),
        Index(
            "ix_inbox_messages_unread",
            "member_id",
            "id",
            postgresql_where=text("read_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    kind: Mapped[MessageKind] = mapped_column(WordColumn(MessageKind))
    parameters: Mapped[Parameters] = mapped_column(DocumentColumn(Parameters))
    order_id: Mapped[UUID | None]
    source: Mapped[str]
    told_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class MessageSend(Base):
    """A message that is to be told outside the mall too. Retention: as its message.

    ``due_at`` is when it is looked at next. It began at ``began_at`` where it reached its member or
    may have; ``reason`` says why it did not. ``tries`` counts calls that certainly sent nothing.
    """

    __tablename__ = "message_sends"
    __table_args__ = (
        known("kind", MessageKind),
        known("status", SendStatus),
        CheckConstraint("tries >= 0", name="tries_count"),
        CheckConstraint(
            f"(status IN ({listed(COUNTED)})) = (began_at IS NOT NULL)", name="counted_has_begun"
        ),
        CheckConstraint(
            "(status IN ('waiting', 'sending')) = (ended_at IS NULL)", name="final_has_ended"
        ),
        CheckConstraint(
            "status NOT IN ('refused', 'failed') OR reason IS NOT NULL", name="no_has_its_reason"
        ),
        Index(
            "ix_message_sends_due",
            "due_at",
            "message_id",
            postgresql_where=text("status = 'waiting'"),
        ),
        Index("ix_message_sends_sending", "began_at", postgresql_where=text("status = 'sending'")),
        Index(
            "ix_message_sends_counted",
            "member_id",
            "began_at",
            postgresql_where=text(f"status IN ({listed(COUNTED)})"),
        ),
        Index(
            "ix_message_sends_broken",
            "ended_at",
            postgresql_where=text(f"status IN ({listed(BROKEN)})"),
        ),
    )

    message_id: Mapped[UUID] = mapped_column(
        ForeignKey("inbox_messages.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    kind: Mapped[MessageKind] = mapped_column(WordColumn(MessageKind))
    status: Mapped[SendStatus] = mapped_column(WordColumn(SendStatus))
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(BigInteger)
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class MessagePermit(Base):
    """One acceptance of a member: good for one message of that template, at any later time.

    Retention: until it is used, and then as its message; `PERMIT_RETENTION` where it never was.
    """

    __tablename__ = "message_permits"
    __table_args__ = (
        UniqueConstraint("member_id", "request_id", "template"),
        UniqueConstraint("message_id"),
        known("status", PermitStatus),
        CheckConstraint("(status = 'free') = (settled_at IS NULL)", name="free_is_not_settled"),
        CheckConstraint(
            "(status = 'used') = (message_id IS NOT NULL)", name="used_has_its_message"
        ),
        Index(
            "ix_message_permits_free",
            "member_id",
            "template",
            "id",
            postgresql_where=text("status = 'free'"),
        ),
        Index(
            "ix_message_permits_void",
            "settled_at",
            postgresql_where=text("status IN ('declined', 'spent')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    template: Mapped[str]
    request_id: Mapped[UUID]
    status: Mapped[PermitStatus] = mapped_column(WordColumn(PermitStatus))
    granted_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    message_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("message_sends.message_id", ondelete="CASCADE")
    )


class MessageChoice(Base):
    """What a member said about a topic; without a word they are told. Retention: as the member."""

    __tablename__ = "message_choices"
    __table_args__ = (known("topic", Topic),)

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    topic: Mapped[Topic] = mapped_column(WordColumn(Topic), primary_key=True)
    is_told_outside: Mapped[bool]
    changed_at: Mapped[datetime]
