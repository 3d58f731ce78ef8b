"""points mall: offers, what members took of them, and the orders that did

Deploy: before the release that offers goods for points; the one before it knows nothing of them.
No offer may be published before all processes are of that release: an older one would close an
order of an offer without giving its units back.
"""

import sqlalchemy as sa
from alembic import op

revision = "a41d7c06e5b8"
down_revision = "7a3f0c52d8e6"
branch_labels = None
depends_on = None

OFFER_CHECKS = {
    "points_are_some": "points > 0",
    "cash_is_not_negative": "cash_fen >= 0",
    "taken_is_of_the_allocated": "taken >= 0 AND taken <= allocated",
    "limit_is_some": "member_limit > 0",
    "closes_after_it_opens": "closes_at > opens_at",
    "revision_is_positive": "revision > 0",
}


def upgrade() -> None:
    create_offers()
    create_counts()
    create_redemptions()


def downgrade() -> None:
    op.drop_table("points_redemptions")
    op.drop_table("points_offer_members")
    op.drop_table("points_offers")


def create_offers() -> None:
    table = "points_offers"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("cash_fen", sa.BigInteger(), nullable=False),
        sa.Column("allocated", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("member_limit", sa.BigInteger(), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_hidden", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
            for name, condition in OFFER_CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_points_offers_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_offers")),
    )
    op.create_index(op.f("ix_points_offers_variant_id"), table, ["variant_id"])


def create_counts() -> None:
    table = "points_offer_members"
    op.create_table(
        table,
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("taken >= 0", name=op.f(f"ck_{table}_taken_is_not_negative")),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["points_offers.id"], name=op.f(f"fk_{table}_offer_id_points_offers")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f(f"fk_{table}_member_id_members")
        ),
        sa.PrimaryKeyConstraint("offer_id", "member_id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_member_id"), table, ["member_id"])


def create_redemptions() -> None:
    table = "points_redemptions"
    op.create_table(
        table,
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("units > 0", name=op.f(f"ck_{table}_units_are_some")),
        sa.CheckConstraint(
            "returned BETWEEN 0 AND units", name=op.f(f"ck_{table}_returned_is_of_the_units")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f(f"fk_{table}_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["points_offers.id"], name=op.f(f"fk_{table}_offer_id_points_offers")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f(f"fk_{table}_member_id_members")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_offer_id_member_id"), table, ["offer_id", "member_id"])
    op.create_index(op.f(f"ix_{table}_member_id"), table, ["member_id"])
