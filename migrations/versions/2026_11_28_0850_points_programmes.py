"""points: the programmes that orders earn points by, by version

Deploy: before the release in which orders earn points. Before any is published nothing is earned.
The versions refuse UPDATE, DELETE and TRUNCATE.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "5b0e7d31c9a4"
down_revision = "a8d40b7e31c6"
branch_labels = None
depends_on = None

CHECKS = {
    "number_is_positive": "number > 0",
    "is_not_valid_before_it_is_known": "valid_from >= published_at",
    "programme_is_bounded": "((programme ->> 'base_rate_bp')::bigint BETWEEN 0 AND 1000000 "
    "AND jsonb_array_length(programme -> 'rates') <= 50 "
    "AND jsonb_array_length(programme -> 'bonuses') <= 50) IS TRUE",
    "reason_is_given": r"reason ~ '\S'",
}
REFUSE = """
CREATE FUNCTION points_programmes_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'points_programmes is a journal: % is refused', TG_OP
        USING ERRCODE = '42501';
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "points_programmes",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("programme", postgresql.JSONB(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_points_programmes_{name}"))
            for name, condition in CHECKS.items()
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_points_programmes")),
    )
    op.create_index("ix_points_programmes_validity", "points_programmes", ["valid_from", "number"])
    op.execute(REFUSE)
    op.execute(
        "CREATE TRIGGER points_programmes_are_final BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON points_programmes FOR EACH STATEMENT EXECUTE FUNCTION points_programmes_are_final()"
    )


def downgrade() -> None:
    op.drop_table("points_programmes")
    op.execute("DROP FUNCTION points_programmes_are_final()")
