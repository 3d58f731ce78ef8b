"""points: what each line of a paid order earned, and orders whose points are due

Deploy: before the release in which paid orders earn points. Orders of the release before earn
nothing by themselves: before any rules are published there is nothing to earn.
What lines earned refuses UPDATE, DELETE and TRUNCATE.
"""

import sqlalchemy as sa
from alembic import op

revision = "c41f86e2d7b9"
down_revision = "5b0e7d31c9a4"
branch_labels = None
depends_on = None

CHECKS = {
    "no_more_is_granted_than_wanted": "granted BETWEEN 0 AND wanted",
    "figures_not_negative": "base_fen >= 0 AND rate_bp >= 0 AND bonus_bp >= 0 AND window_days >= 0",
    "nothing_is_of_nothing": "wanted = 0 OR (base_fen > 0 AND rate_bp > 0)",
}
FIGURES = ("rule_version", "base_fen", "rate_bp", "bonus_bp", "window_days", "wanted", "granted")
REFUSE = """
CREATE FUNCTION points_line_earnings_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'points_line_earnings is a journal: % is refused', TG_OP
        USING ERRCODE = '42501';
END
$$
"""


def upgrade() -> None:
    create_earnings()
    create_due()


def create_earnings() -> None:
    """What each line earned."""
    op.create_table(
        "points_line_earnings",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in FIGURES),
        sa.Column("earned_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_points_line_earnings_{name}"))
            for name, condition in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_points_line_earnings_member_id_members")
        ),
        sa.PrimaryKeyConstraint("order_id", "line_number", name=op.f("pk_points_line_earnings")),
    )
    op.create_index(
        op.f("ix_points_line_earnings_member_id_earned_at"),
        "points_line_earnings",
        ["member_id", "earned_at"],
    )
    op.execute(REFUSE)
    op.execute(
        "CREATE TRIGGER points_line_earnings_are_final BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON points_line_earnings FOR EACH STATEMENT "
        "EXECUTE FUNCTION points_line_earnings_are_final()"
    )


def create_due() -> None:
    """Orders that have moved since their points were looked at."""
    op.create_table(
        "order_earnings_due",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_earnings_due_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_earnings_due")),
    )
    op.create_index(
        op.f("ix_order_earnings_due_due_at_order_id"), "order_earnings_due", ["due_at", "order_id"]
    )


def downgrade() -> None:
    op.drop_table("order_earnings_due")
    op.drop_table("points_line_earnings")
    op.execute("DROP FUNCTION points_line_earnings_are_final()")
