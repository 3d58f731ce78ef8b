"""favourites: the products that members like

Deploy: before the release that knows favourites. The table is new; nothing else changes.
"""

import sqlalchemy as sa
from alembic import op

revision = "d8f30b52a17e"
down_revision = "c7e29a41f06d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "favourites",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_favourites_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_favourites_product_id_products")
        ),
        sa.PrimaryKeyConstraint("member_id", "product_id", name=op.f("pk_favourites")),
    )
    op.create_index(
        "ix_favourites_member_id_added_at_product_id",
        "favourites",
        ["member_id", "added_at", "product_id"],
    )


def downgrade() -> None:
    op.drop_table("favourites")
