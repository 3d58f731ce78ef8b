"""tags, options, windows, price history and search for the catalogue

Deploy: before the release that reads them. What is there already stays on sale: products become
published since the mall began. Nothing is rewritten; the rows follow in the next revision and the
indexes in the one after. Defaults stay, for the release before this one.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "a7d30c91e5b2"
down_revision = "8b4f6d13a2e7"
branch_labels = None
depends_on = None

BEGINNING = "'2026-01-01 00:00:00+00'"
READ_BY_LISTS = ("title_zh", "title_en", "image_key", "code", "search_text")
LARGEST_FEN = 9007199254740991

REFUSE = """
CREATE FUNCTION price_entries_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'price_entries is a journal: % is refused', TG_OP USING ERRCODE = '42501';
END
$$
"""


def upgrade() -> None:
    widen_categories()
    widen_products()
    widen_variants()
    create_tags()
    create_price_history()
    create_home_page()


def downgrade() -> None:
    op.drop_table("home_pages")
    op.drop_table("price_entries")
    op.execute("DROP FUNCTION price_entries_are_final()")
    op.drop_table("product_tags")
    op.drop_table("tags")
    op.execute("DELETE FROM variants WHERE position IS NULL")
    narrow("variants", variant_columns(), ["archived_has_no_position"])
    op.alter_column("variants", "position", nullable=False)
    narrow("products", product_columns(), list(PRODUCT_CHECKS))
    op.execute("ALTER TABLE products RESET (toast_tuple_target)")
    for column in ("title_zh", "title_en", "image_key"):
        op.execute(f"ALTER TABLE products ALTER {column} SET STORAGE EXTENDED")
    narrow("categories", category_columns(), list(CATEGORY_CHECKS))


def flag(name: str, default: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.text(default))


def number(name: str, default: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=sa.text(default))


def word(name: str, default: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=sa.text(default))


def moment(name: str, default: str) -> sa.Column[Any]:
    default_at = sa.text(default)
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=default_at)


def document(name: str) -> sa.Column[Any]:
    return sa.Column(name, postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'"))


def bounded(column: str, most: int) -> str:
    return f"jsonb_typeof({column}) = 'array' AND jsonb_array_length({column}) <= {most}"


def category_columns() -> list[sa.Column[Any]]:
    """What is new of a category."""
    return [
        word("code", "''"),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("depth", sa.BigInteger(), nullable=False, server_default=sa.text("1")),
        number("position", "0"),
        flag("is_hidden", "false"),
        flag("is_visible", "true"),
    ]


CATEGORY_CHECKS = {
    "depth_is_bounded": "depth BETWEEN 1 AND 3",
    "depth_begins_at_the_top": "(parent_id IS NULL) = (depth = 1)",
    "hidden_is_not_visible": "NOT (is_visible AND is_hidden)",
}


def product_columns() -> list[sa.Column[Any]]:
    """What is new of a product."""
    return [
        word("code", "''"),
        word("kind", "'physical'"),
        word("status", "'published'"),
        sa.Column(
            "visible_from",
            sa.DateTime(timezone=True),
            nullable=True,
            server_default=sa.text(BEGINNING),
        ),
        sa.Column("visible_until", sa.DateTime(timezone=True), nullable=True),
        document("pictures"),
        document("options"),
        document("description"),
        document("personalisation"),
        sa.Column("member_limit", sa.BigInteger(), nullable=True),
        number("from_price_fen", "0"),
        word("search_text", "''"),
        sa.Column(
            "search_terms", sa.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'")
        ),
        number("revision", "1"),
        moment("created_at", BEGINNING),
        moment("updated_at", BEGINNING),
    ]


PRODUCT_CHECKS = {
    "kind_is_known": "kind IN ('physical', 'virtual', 'service', 'points_good')",
    "status_is_known": "status IN ('draft', 'published', 'archived')",
    "window_is_open_for_some_time": "visible_until > visible_from",
    "published_since_some_time": "status <> 'published' OR visible_from IS NOT NULL",
    "member_limit_is_positive": "member_limit > 0",
    "price_is_an_amount": f"from_price_fen BETWEEN 0 AND {LARGEST_FEN}",
    "pictures_are_bounded": bounded("pictures", 20),
    "options_are_bounded": bounded("options", 3),
    "description_are_bounded": bounded("description", 100),
    "personalisation_are_bounded": bounded("personalisation", 5),
}


def variant_columns() -> list[sa.Column[Any]]:
    """What is new of a variant."""
    return [
        sa.Column("choices", sa.ARRAY(sa.BigInteger()), nullable=False, server_default="{}"),
        number("price_entries", "1"),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
    ]


def widen(table: str, columns: list[sa.Column[Any]], checks: dict[str, str]) -> None:
    """Add columns whose defaults cost no rewrite, and checks that do not stop writers."""
    for column in columns:
        op.add_column(table, column)
    if any(column.name == "code" for column in columns):
        # Said apart from the column: as its default it would have the whole table written anew.
        op.execute(f"ALTER TABLE {table} ALTER code SET DEFAULT gen_random_uuid()::text")
    for name, condition in checks.items():
        constraint = f"ck_{table}_{name}"
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({condition}) NOT VALID")


def narrow(table: str, columns: list[sa.Column[Any]], checks: list[str]) -> None:
    """Take columns and checks away again."""
    for name in checks:
        op.drop_constraint(f"ck_{table}_{name}", table)
    for column in reversed(columns):
        op.drop_column(table, column.name)


def widen_categories() -> None:
    """A tree of shelves, with codes."""
    widen("categories", category_columns(), CATEGORY_CHECKS)
    op.execute(
        "ALTER TABLE categories ADD CONSTRAINT fk_categories_parent_id_categories "
        "FOREIGN KEY (parent_id) REFERENCES categories (id) NOT VALID"
    )


def widen_products() -> None:
    """All that operators say of a product, and what a search looks at.

    What lists never read is kept apart from the row, so that lists and searches read few pages.
    """
    op.execute("ALTER TABLE products SET (toast_tuple_target = 512)")
    widen("products", product_columns(), PRODUCT_CHECKS)
    for column in READ_BY_LISTS:
        op.execute(f"ALTER TABLE products ALTER {column} SET STORAGE MAIN")


def widen_variants() -> None:
    """Choices of options, and an end of being sold."""
    # The release before this one never met a variant without a position, and none is archived
    # before this one runs alone.
    op.execute(
        "-- squawk-ignore ban-drop-not-null\nALTER TABLE variants ALTER position DROP NOT NULL"
    )
    check = {"archived_has_no_position": "(position IS NULL) = (archived_at IS NOT NULL)"}
    widen("variants", variant_columns(), check)


def create_tags() -> None:
    """Words on products."""
    op.create_table(
        "tags",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        sa.UniqueConstraint("code", name="uq_tags_code"),
    )
    op.create_table(
        "product_tags",
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name="fk_product_tags_tag_id_tags"),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_product_tags_product_id_products"
        ),
        sa.PrimaryKeyConstraint("tag_id", "product_id", name="pk_product_tags"),
    )
    op.create_index("ix_product_tags_product_id", "product_tags", ["product_id"])


def create_price_history() -> None:
    """What each variant cost since when, beginning with what it costs now."""
    op.create_table(
        "price_entries",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.Column("offered_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name="ck_price_entries_number_is_positive"),
        sa.CheckConstraint(
            f"price_fen BETWEEN 0 AND {LARGEST_FEN}", name="ck_price_entries_price_is_an_amount"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name="fk_price_entries_variant_id_variants"
        ),
        sa.PrimaryKeyConstraint("variant_id", "number", name="pk_price_entries"),
    )
    op.execute(REFUSE)
    op.execute(
        "CREATE TRIGGER price_entries_are_final BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON price_entries FOR EACH STATEMENT EXECUTE FUNCTION price_entries_are_final()"
    )


def create_home_page() -> None:
    """The one home page."""
    op.create_table(
        "home_pages",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("arrangement", postgresql.JSONB(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("arranged_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number = 1", name="ck_home_pages_there_is_one"),
        sa.PrimaryKeyConstraint("number", name="pk_home_pages"),
    )
