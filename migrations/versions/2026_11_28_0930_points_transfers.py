"""points: what members give to each other

Deploy: before the release that lets them; the one before it knows nothing of it.
The table refuses UPDATE, DELETE and TRUNCATE.
"""

import sqlalchemy as sa
from alembic import op

revision = "c80b5e913f2d"
down_revision = "a41f7d20c986"
branch_labels = None
depends_on = None

REFUSE = """
CREATE FUNCTION points_transfers_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'points_transfers is a journal: % is refused', TG_OP USING ERRCODE = '42501';
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "points_transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("giver_id", sa.Uuid(), nullable=False),
        sa.Column("taker_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("transferred_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("points > 0", name="points_are_some"),
        sa.CheckConstraint("giver_id <> taker_id", name="to_another"),
        sa.ForeignKeyConstraint(
            ["giver_id"], ["members.id"], name="fk_points_transfers_giver_id_members"
        ),
        sa.ForeignKeyConstraint(
            ["taker_id"], ["members.id"], name="fk_points_transfers_taker_id_members"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_transfers"),
        sa.UniqueConstraint(
            "giver_id", "request_id", name="uq_points_transfers_giver_id_request_id"
        ),
        info={"journal": True},
    )
    op.create_index(
        "ix_points_transfers_giver_id_transferred_at",
        "points_transfers",
        ["giver_id", "transferred_at"],
        unique=False,
    )
    op.create_index("ix_points_transfers_taker_id", "points_transfers", ["taker_id"], unique=False)
    op.execute(REFUSE)
    op.execute(
        "CREATE TRIGGER points_transfers_are_final BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON points_transfers FOR EACH STATEMENT EXECUTE FUNCTION points_transfers_are_final()"
    )


def downgrade() -> None:
    op.drop_table("points_transfers")
    op.execute("DROP FUNCTION points_transfers_are_final()")
