"""messages: the inbox, what is sent outside, permits and choices

Deploy: before the release that tells members anything. All four tables are new; nothing else
changes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "5c1f8e92d7a3"
down_revision = "a61d84f0b35c"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KIND_IS_KNOWN = "kind IN ('order_paid', 'order_closed', 'payment_refunded')"
COUNTED = "status IN ('sending', 'sent', 'unknown')"


def upgrade() -> None:
    create_inbox()
    create_sends()
    create_permits()
    create_choices()


def downgrade() -> None:
    op.drop_table("message_choices")
    op.drop_table("message_permits")
    op.drop_table("message_sends")
    op.drop_table("inbox_messages")


def create_inbox() -> None:
    """What members were told."""
    op.create_table(
        "inbox_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("told_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        *checks(
            "inbox_messages",
            {"kind_is_known": KIND_IS_KNOWN, "source_is_given": r"source ~ '\S'"},
        ),
        of_a_member("inbox_messages"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_messages")),
        sa.UniqueConstraint("member_id", "source", name=op.f("uq_inbox_messages_member_id_source")),
    )
    op.create_index("ix_inbox_messages_member_id_id", "inbox_messages", ["member_id", "id"])
    partial("unread", "inbox_messages", ["member_id", "id"], "read_at IS NULL")


def create_sends() -> None:
    """What is to be sent outside, and what became of it."""
    op.create_table(
        "message_sends",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        *checks(
            "message_sends",
            {
                "kind_is_known": KIND_IS_KNOWN,
                "status_is_known": "status IN ('waiting', 'sending', 'sent', 'refused', 'failed', "
                "'unknown')",
                "tries_count": "tries >= 0",
                "counted_has_begun": f"({COUNTED}) = (began_at IS NOT NULL)",
                "final_has_ended": "(status IN ('waiting', 'sending')) = (ended_at IS NULL)",
                "no_has_its_reason": "status NOT IN ('refused', 'failed') OR reason IS NOT NULL",
            },
        ),
        of_a_member("message_sends"),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["inbox_messages.id"],
            name=op.f("fk_message_sends_message_id_inbox_messages"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_sends")),
    )
    partial("due", "message_sends", ["due_at", "message_id"], "status = 'waiting'")
    partial("sending", "message_sends", ["began_at"], "status = 'sending'")
    partial("counted", "message_sends", ["member_id", "began_at"], COUNTED)
    partial("broken", "message_sends", ["ended_at"], "status IN ('failed', 'unknown')")


def create_permits() -> None:
    """Who lets us send how many messages of which template."""
    op.create_table(
        "message_permits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("granted_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        *checks(
            "message_permits",
            {
                "status_is_known": "status IN ('free', 'used', 'declined', 'spent')",
                "free_is_not_settled": "(status = 'free') = (settled_at IS NULL)",
                "used_has_its_message": "(status = 'used') = (message_id IS NOT NULL)",
            },
        ),
        of_a_member("message_permits"),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message_sends.message_id"],
            name=op.f("fk_message_permits_message_id_message_sends"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_permits")),
        sa.UniqueConstraint(
            "member_id",
            "request_id",
            "template",
            name=op.f("uq_message_permits_member_id_request_id_template"),
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_message_permits_message_id")),
    )
    partial("free", "message_permits", ["member_id", "template", "id"], "status = 'free'")
    partial("void", "message_permits", ["settled_at"], "status IN ('declined', 'spent')")


def create_choices() -> None:
    """What members want to be told outside."""
    op.create_table(
        "message_choices",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("is_told_outside", sa.Boolean(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        *checks("message_choices", {"topic_is_known": "topic IN ('orders', 'offers')"}),
        of_a_member("message_choices"),
        sa.PrimaryKeyConstraint("member_id", "topic", name=op.f("pk_message_choices")),
    )


def checks(table: str, conditions: dict[str, str]) -> list[sa.CheckConstraint]:
    """What holds for each row."""
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
        for name, condition in conditions.items()
    ]


def of_a_member(table: str) -> sa.ForeignKeyConstraint:
    """Each row belongs to somebody."""
    return sa.ForeignKeyConstraint(
        ["member_id"], ["members.id"], name=op.f(f"fk_{table}_member_id_members")
    )


def partial(name: str, table: str, columns: list[str], condition: str) -> None:
    """An index of the rows that something waits for."""
    op.create_index(f"ix_{table}_{name}", table, columns, postgresql_where=sa.text(condition))
