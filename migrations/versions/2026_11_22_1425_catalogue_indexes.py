"""indexes for lists, filters and search of the catalogue

Deploy: any time after the columns; the release that lists by them follows. Indexes are built
without blocking writers, so they cannot share a transaction: a build that is interrupted leaves
an invalid index, which a retry drops first.
"""

from alembic import op

revision = "c15e8a2f7d46"
down_revision = "b90e5d2c7a18"
branch_labels = None
depends_on = None

PUBLISHED = "WHERE (status = 'published')"
INDEXES = {
    "ix_categories_parent_id": ("INDEX", "categories (parent_id)"),
    "ix_products_newest": ("INDEX", f"products (visible_from, id) {PUBLISHED}"),
    "ix_products_price": ("INDEX", f"products (from_price_fen, id) {PUBLISHED}"),
    "ix_products_category_newest": (
        "INDEX",
        f"products (category_id, visible_from, id) {PUBLISHED}",
    ),
    "ix_products_category_price": (
        "INDEX",
        f"products (category_id, from_price_fen, id) {PUBLISHED}",
    ),
    "ix_products_search_terms": ("INDEX", "products USING gin (search_terms)"),
    "uq_categories_code": ("UNIQUE INDEX", "categories (code)"),
    "uq_products_code": ("UNIQUE INDEX", "products (code)"),
    "uq_variants_places": ("UNIQUE INDEX", "variants (product_id, position)"),
}
NOT_YET_VALID = (
    "fk_categories_parent_id_categories",
    "ck_categories_depth_is_bounded",
    "ck_categories_depth_begins_at_the_top",
    "ck_categories_hidden_is_not_visible",
    "ck_products_kind_is_known",
    "ck_products_status_is_known",
    "ck_products_window_is_open_for_some_time",
    "ck_products_published_since_some_time",
    "ck_products_member_limit_is_positive",
    "ck_products_price_is_an_amount",
    "ck_products_pictures_are_bounded",
    "ck_products_options_are_bounded",
    "ck_products_description_are_bounded",
    "ck_products_personalisation_are_bounded",
    "ck_variants_archived_has_no_position",
)
"""Checks of the revision before: they are validated apart from it, which blocks nobody."""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, (kind, definition) in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE {kind} CONCURRENTLY {name} ON {definition}")
        op.execute("DROP INDEX CONCURRENTLY ix_products_category_id_id")
    for constraint in NOT_YET_VALID:
        table = constraint.split("_")[1]
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}")
    for table in ("categories", "products"):
        name = f"uq_{table}_code"
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}")
    # The same guarantee stands again in the next statement.
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE variants DROP CONSTRAINT uq_variants_product_id_position"
    )
    op.execute(
        "ALTER TABLE variants ADD CONSTRAINT uq_variants_product_id_position "
        "UNIQUE USING INDEX uq_variants_places DEFERRABLE INITIALLY IMMEDIATE"
    )


def downgrade() -> None:
    op.drop_constraint("uq_variants_product_id_position", "variants")
    op.create_unique_constraint(
        "uq_variants_product_id_position", "variants", ["product_id", "position"]
    )
    for table in ("categories", "products"):
        op.drop_constraint(f"uq_{table}_code", table)
    for name, (kind, _) in INDEXES.items():
        if kind == "INDEX":
            op.execute(f"DROP INDEX {name}")
    op.create_index("ix_products_category_id_id", "products", ["category_id", "id"])
