"""places, stock levels and the stock ledger

Deploy: before the release that moves stock. The ledger refuses UPDATE, DELETE and TRUNCATE.
"""

import sqlalchemy as sa
from alembic import op

revision = "5d2e81c09f47"
down_revision = "3c7a4e8f6b21"
branch_labels = None
depends_on = None

REFUSE = """
CREATE FUNCTION stock_entries_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'stock_entries is a journal: % is refused', TG_OP USING ERRCODE = '42501';
END
$$
"""


def upgrade() -> None:
    create_levels()
    create_ledger()
    op.execute(REFUSE)
    op.execute(
        "CREATE TRIGGER stock_entries_are_final BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON stock_entries FOR EACH STATEMENT EXECUTE FUNCTION stock_entries_are_final()"
    )


def downgrade() -> None:
    op.drop_table("stock_entries")
    op.execute("DROP FUNCTION stock_entries_are_final()")
    op.drop_table("stock_levels")
    op.drop_table("places")


def create_levels() -> None:
    """Places, and what of each variant is there."""
    op.create_table(
        "places",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('warehouse', 'store')", name="ck_places_kind_is_known"),
        sa.PrimaryKeyConstraint("id", name="pk_places"),
        sa.UniqueConstraint("code", name="uq_places_code"),
    )
    op.create_table(
        "stock_levels",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.Column("supplied", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("held BETWEEN 0 AND on_hand", name="ck_stock_levels_held_is_on_hand"),
        sa.CheckConstraint("sold >= 0", name="ck_stock_levels_sold_not_negative"),
        sa.CheckConstraint("on_hand + sold = supplied", name="ck_stock_levels_units_are_conserved"),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name="fk_stock_levels_variant_id_variants"
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["places.id"], name="fk_stock_levels_place_id_places"
        ),
        sa.PrimaryKeyConstraint("variant_id", "place_id", name="pk_stock_levels"),
    )


def create_ledger() -> None:
    """Every movement of every level."""
    op.create_table(
        "stock_entries",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        *figures(),
        sa.CheckConstraint("number > 0", name="ck_stock_entries_number_is_positive"),
        sa.CheckConstraint(
            "units > 0 OR (units < 0 AND reason = 'adjusted')",
            name="ck_stock_entries_units_are_some",
        ),
        follows("on_hand", "'received', 'adjusted', 'taken_back'", "'written_off', 'sold'"),
        follows("held", "'held'", "'released', 'sold'"),
        follows("sold", "'sold'", "'taken_back'"),
        sa.ForeignKeyConstraint(
            ["variant_id", "place_id"],
            ["stock_levels.variant_id", "stock_levels.place_id"],
            name="fk_stock_entries_variant_id_place_id_stock_levels",
        ),
        sa.PrimaryKeyConstraint("variant_id", "place_id", "number", name="pk_stock_entries"),
        sa.UniqueConstraint(
            "source",
            "reason",
            "variant_id",
            "place_id",
            name="uq_stock_entries_source_reason_variant_id_place_id",
        ),
        sa.CheckConstraint(
            "reason IN ('received', 'written_off', 'adjusted', 'held', 'released', 'sold', "
            "'taken_back')",
            name="ck_stock_entries_reason_is_known",
        ),
    )


def follows(figure: str, up: str, down: str) -> sa.CheckConstraint:
    """A movement changes the figure by exactly what its reason says."""
    return sa.CheckConstraint(
        f"{figure}_after - {figure}_before = units * CASE WHEN reason IN ({up}) THEN 1 "
        f"WHEN reason IN ({down}) THEN -1 ELSE 0 END",
        name=f"ck_stock_entries_{figure}_follows_reason",
    )


def figures() -> list[sa.Column[int]]:
    """What an entry says of its level, before and after."""
    return [
        sa.Column(f"{figure}_{moment}", sa.BigInteger(), nullable=False)
        for moment in ("before", "after")
        for figure in ("on_hand", "held", "sold")
    ]
