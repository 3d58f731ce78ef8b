"""points: what the staff add and take by hand, and what waits for a second person

Deploy: before the release that adjusts points; the one before it knows nothing of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "a41f7d20c986"
down_revision = "c5e0a82d6f17"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "points_adjustments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("validity", sa.Text(), nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requester_name", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decider_name", sa.Text(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        *constraints(),
    )
    op.create_index(
        "ix_points_adjustments_member_id_id",
        "points_adjustments",
        ["member_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_points_adjustments_waiting",
        "points_adjustments",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_table("points_adjustments")


def constraints() -> tuple[sa.Constraint, ...]:
    return (
        sa.CheckConstraint(
            "reason_code IN ('goodwill', 'compensation', 'correction', 'campaign', 'abuse', "
            "'other')",
            name="reason_code_is_known",
        ),
        sa.CheckConstraint("status IN ('waiting', 'applied', 'rejected')", name="status_is_known"),
        sa.CheckConstraint("points <> 0", name="points_are_some"),
        sa.CheckConstraint("(points > 0) = (validity IS NOT NULL)", name="added_ones_end"),
        sa.CheckConstraint("(status = 'waiting') = (ended_at IS NULL)", name="end_is_whole"),
        sa.CheckConstraint("status = 'applied' OR needs_approval", name="only_approvals_wait"),
        sa.CheckConstraint(
            "num_nonnulls(decided_by, decider_name, decision) = "
            "CASE WHEN needs_approval AND status <> 'waiting' THEN 3 ELSE 0 END",
            name="decision_is_whole",
        ),
        sa.CheckConstraint("decided_by <> requested_by", name="decided_by_another"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_points_adjustments_member_id_members"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_adjustments"),
        sa.UniqueConstraint(
            "requested_by", "request_id", name="uq_points_adjustments_requested_by_request_id"
        ),
    )
