"""freight rules by version, what variants weigh, and stores that offer pick-up

Deploy: before the release in which orders are delivered or picked up. Defaults stay, for the
release before this one; the new checks are held for new rows at once, and for the old ones by the
next revision. The versions refuse UPDATE, DELETE and TRUNCATE.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "6e1b84d09c53"
down_revision = "d8f30b52a17e"
branch_labels = None
depends_on = None

TEXTS = ("address_zh", "address_en", "opening_hours_zh", "opening_hours_en")
CHECKS = {
    "variants": {"weight_is_bounded": "weight_grams BETWEEN 0 AND 1000000"},
    "places": {
        "pick_up_is_at_a_store": "NOT offers_pick_up OR kind = 'store'",
        "pick_up_says_where_and_when": "NOT offers_pick_up OR (address_zh <> '' "
        "AND address_en <> '' AND opening_hours_zh <> '' AND opening_hours_en <> '')",
    },
}
REFUSE = """
CREATE FUNCTION freight_versions_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'freight_versions is a journal: % is refused', TG_OP USING ERRCODE = '42501';
END
$$
"""


def upgrade() -> None:
    op.add_column("variants", with_default("weight_grams", sa.BigInteger(), "0"))
    op.add_column("places", with_default("offers_pick_up", sa.Boolean(), "false"))
    for name in TEXTS:
        op.add_column("places", with_default(name, sa.Text(), "''"))
    for table, checks in CHECKS.items():
        for name, condition in checks.items():
            op.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} "
                f"CHECK ({condition}) NOT VALID"
            )
    create_versions()


def downgrade() -> None:
    op.drop_table("freight_versions")
    op.execute("DROP FUNCTION freight_versions_are_final()")
    for name in ("offers_pick_up", *TEXTS):
        op.drop_column("places", name)
    op.drop_column("variants", "weight_grams")


def with_default(name: str, type_: sa.types.TypeEngine[Any], default: str) -> sa.Column[Any]:
    """A column that the release before does not write."""
    return sa.Column(name, type_, nullable=False, server_default=sa.text(default))


def create_versions() -> None:
    """Every arrangement of the rules."""
    op.create_table(
        "freight_versions",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("arranged_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_freight_versions_number_is_positive")),
        sa.CheckConstraint(
            "jsonb_typeof(rules) = 'array' AND jsonb_array_length(rules) BETWEEN 1 AND 100",
            name=op.f("ck_freight_versions_rules_are_bounded"),
        ),
        sa.CheckConstraint(r"reason ~ '\S'", name=op.f("ck_freight_versions_reason_is_given")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_freight_versions")),
    )
    op.execute(REFUSE)
    op.execute(
        "CREATE TRIGGER freight_versions_are_final BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON freight_versions FOR EACH STATEMENT EXECUTE FUNCTION freight_versions_are_final()"
    )
