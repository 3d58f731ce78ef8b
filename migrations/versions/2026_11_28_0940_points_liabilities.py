"""points: what the shop owes in points, day by day

Deploy: before the release that takes it down; the one before it knows nothing of it. The rows
refuse UPDATE, DELETE and TRUNCATE.
"""

import sqlalchemy as sa
from alembic import op

revision = "7a3f0c52d8e6"
down_revision = "e19c46a3b75d"
branch_labels = None
depends_on = None

CHECKS = {
    "figures_not_negative": "least(accounts, pending, available, held, debt) >= 0",
    "worth_is_by_the_value": "worth_fen = floor((pending + available + held)::numeric "
    "* point_value / 10000)",
}
FIGURES = ("accounts", "pending", "available", "held", "debt", "point_value", "worth_fen")
REFUSE = """
CREATE FUNCTION points_liabilities_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'points_liabilities is a journal: % is refused', TG_OP
        USING ERRCODE = '42501';
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "points_liabilities",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in FIGURES),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_points_liabilities_{name}"))
            for name, condition in CHECKS.items()
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_points_liabilities")),
    )
    op.execute(REFUSE)
    op.execute(
        "CREATE TRIGGER points_liabilities_are_final BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON points_liabilities FOR EACH STATEMENT EXECUTE FUNCTION points_liabilities_are_final()"
    )


def downgrade() -> None:
    op.drop_table("points_liabilities")
    op.execute("DROP FUNCTION points_liabilities_are_final()")
