"""carts: what members may order

Deploy: before the release that has carts. The table is new; nothing else changes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "7f1c2a9e40d3"
down_revision = "f27a5c90e1d8"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CHECKS = {
    "personalised_is_reviewed": "(personalisation_key = '') = (review IS NULL)",
    "review_is_known": "review IN ('passed', 'pending')",
    "units_are_bounded": "units BETWEEN 1 AND 999",
}


def upgrade() -> None:
    op.create_table(
        "cart_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("is_selected", sa.Boolean(), nullable=False, server_default=sa.text("true")),
        sa.Column(
            "personalisation",
            postgresql.JSONB(),
            nullable=False,
            server_default=sa.text("'[]'"),
        ),
        sa.Column("personalisation_key", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("review", sa.Text(), nullable=True),
        sa.Column("check_trace", sa.Text(), nullable=True),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_cart_lines_{name}"))
            for name, condition in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_cart_lines_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_cart_lines_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_lines")),
        sa.UniqueConstraint(
            "member_id",
            "variant_id",
            "personalisation_key",
            name=op.f("uq_cart_lines_member_id_variant_id_personalisation_key"),
        ),
    )


def downgrade() -> None:
    op.drop_table("cart_lines")
