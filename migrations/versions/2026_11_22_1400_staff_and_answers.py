"""staff, the audit trail, members, and the answers that requests have had

Deploy: before the release that writes. The audit trail refuses UPDATE, DELETE and TRUNCATE.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "8b4f6d13a2e7"
down_revision = "5d2e81c09f47"
branch_labels = None
depends_on = None

REFUSE = """
CREATE FUNCTION audit_entries_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_entries is a journal: % is refused', TG_OP USING ERRCODE = '42501';
END
$$
"""


def upgrade() -> None:
    create_staff()
    create_trail()
    op.execute(REFUSE)
    op.execute(
        "CREATE TRIGGER audit_entries_are_final BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_are_final()"
    )
    create_members()
    create_answers()


def downgrade() -> None:
    op.drop_table("request_answers")
    op.drop_table("members")
    op.drop_table("audit_entries")
    op.execute("DROP FUNCTION audit_entries_are_final()")
    op.drop_table("staff")


def create_staff() -> None:
    """Who works for the mall."""
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('guide', 'store_manager', 'operator', 'finance', 'engineer', 'owner')",
            name="ck_staff_role_is_known",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("login", name="uq_staff_login"),
    )


def create_trail() -> None:
    """What they changed."""
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(r"reason ~ '\S'", name="ck_audit_entries_reason_is_given"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_subject_id_id", "audit_entries", ["subject_id", "id"])


def create_members() -> None:
    """Who buys."""
    op.create_table(
        "members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("picture_key", sa.Text(), nullable=True),
        sa.Column("birth_month", sa.BigInteger(), nullable=True),
        sa.Column("birth_day", sa.BigInteger(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(birth_month IS NULL) = (birth_day IS NULL)", name="ck_members_birthday_is_whole"
        ),
        sa.CheckConstraint("birth_month BETWEEN 1 AND 12", name="ck_members_birth_month_exists"),
        sa.CheckConstraint(
            "birth_day BETWEEN 1 AND CASE WHEN birth_month = 2 THEN 29 "
            "WHEN birth_month IN (4, 6, 9, 11) THEN 30 ELSE 31 END",
            name="ck_members_birth_day_exists",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_members"),
    )


def create_answers() -> None:
    """What requests were answered."""
    op.create_table(
        "request_answers",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=True),
        sa.Column("refusal", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(
            "answer IS NULL OR refusal IS NULL", name="ck_request_answers_one_outcome"
        ),
        sa.PrimaryKeyConstraint("actor", "operation", "request_id", name="pk_request_answers"),
    )
    op.create_index("ix_request_answers_answered_at", "request_answers", ["answered_at"])
