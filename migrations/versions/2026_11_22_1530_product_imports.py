"""imports of products

Deploy: before the release that takes imports, and before its workers, which sweep the tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "3f9b62d8c417"
down_revision = "8a41f6c0d973"
branch_labels = None
depends_on = None

COUNTS = ("products_done", "created", "edited", "unchanged", "refused", "held_back")


def upgrade() -> None:
    op.create_table(
        "product_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("file_digest", sa.LargeBinary(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("staff_name", sa.Text(), nullable=False),
        sa.Column("staff_role", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("failure", postgresql.JSONB(), nullable=True),
        sa.Column("row_count", sa.BigInteger(), nullable=True),
        sa.Column("product_count", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_product_imports"),
        sa.UniqueConstraint("upload_id", name="uq_product_imports_upload_id"),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["uploads.id"], name="fk_product_imports_upload_id_uploads"
        ),
        *of_imports(),
    )
    op.create_index(
        "ix_product_imports_unfinished",
        "product_imports",
        ["id"],
        postgresql_where=sa.text("status IN ('waiting', 'running')"),
    )
    op.create_index("ix_product_imports_finished_at", "product_imports", ["finished_at"])
    create_rows()


def create_rows() -> None:
    """What became of each row."""
    op.create_table(
        "product_import_rows",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("problems", postgresql.JSONB(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("import_id", "line", name="pk_product_import_rows"),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["product_imports.id"],
            name="fk_product_import_rows_import_id_product_imports",
        ),
        *of_rows(),
    )
    op.create_index(
        "ix_product_import_rows_import_id_outcome_line",
        "product_import_rows",
        ["import_id", "outcome", "line"],
    )


def downgrade() -> None:
    op.drop_table("product_import_rows")
    op.drop_table("product_imports")


def of_imports() -> list[sa.CheckConstraint]:
    """What an import says of itself."""
    return [
        check("product_imports", name, condition)
        for name, condition in {
            "status_is_known": "status IN ('waiting', 'running', 'done', 'failed')",
            "reason_is_given": r"reason ~ '\S'",
            "final_is_finished": "(status IN ('done', 'failed')) = (finished_at IS NOT NULL)",
            "failed_has_reason": "(status = 'failed') = (failure IS NOT NULL)",
            "done_is_whole": (
                "status <> 'done' OR (row_count = created + edited + unchanged + refused "
                "+ held_back AND product_count = products_done)"
            ),
            "progress_is_bounded": "products_done BETWEEN 0 AND coalesce(product_count, 0)",
        }.items()
    ]


def of_rows() -> list[sa.CheckConstraint]:
    """What is known of a row."""
    known = "outcome IN ('created', 'edited', 'unchanged', 'refused', 'held_back')"
    bad = "(outcome IN ('refused', 'held_back'))"
    return [
        check("product_import_rows", "outcome_is_known", known),
        check("product_import_rows", "written_has_product", f"{bad} = (product_id IS NULL)"),
        check(
            "product_import_rows",
            "refused_has_problems",
            f"{bad} = (jsonb_array_length(problems) > 0)",
        ),
    ]


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    """One constraint, named by the convention."""
    return sa.CheckConstraint(condition, name=f"ck_{table}_{name}")
