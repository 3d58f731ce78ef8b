"""categories, products and variants

Deploy: before the API of this release, which reads the tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "3c7a4e8f6b21"
down_revision = "9b1f0c5d2a10"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "categories",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_categories"),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("image_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name="fk_products_category_id_categories"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
    )
    op.create_index("ix_products_category_id_id", "products", ["category_id", "id"])
    op.create_table(
        "variants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("position BETWEEN 0 AND 99", name="ck_variants_position_is_bounded"),
        sa.CheckConstraint(
            "price_fen BETWEEN 0 AND 9007199254740991", name="ck_variants_price_is_an_amount"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_variants_product_id_products"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_variants"),
        sa.UniqueConstraint("product_id", "position", name="uq_variants_product_id_position"),
        sa.UniqueConstraint("sku", name="uq_variants_sku"),
    )


def downgrade() -> None:
    op.drop_table("variants")
    op.drop_index("ix_products_category_id_id", table_name="products")
    op.drop_table("products")
    op.drop_table("categories")
