"""shipment_imports: parcels are sent from tables

Deploy: before the release that takes such tables, and before its workers, which sweep them. Two
tables are new; checks of uploads let one more purpose through for new rows at once, and for the old
ones by the next revision.
"""

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "e58c07b93a16"
down_revision = "d4b82f6015ce"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
PURPOSES_BEFORE = "'product_image', 'member_picture', 'evidence', 'product_import'"
PURPOSES_NOW = f"{PURPOSES_BEFORE}, 'shipment_import'"
TABLES_BEFORE = "(purpose IN ('product_import'))"
TABLES_NOW = "(purpose IN ('product_import', 'shipment_import'))"
COUNTS = ("orders_done", "shipped", "ready", "already_shipped", "refused", "held_back")


def upgrade() -> None:
    replace_checks(PURPOSES_NOW, TABLES_NOW)
    create_imports()
    create_rows()


def downgrade() -> None:
    op.drop_table("shipment_import_rows")
    op.drop_table("shipment_imports")
    op.execute("DELETE FROM uploads WHERE purpose = 'shipment_import'")
    replace_checks(PURPOSES_BEFORE, TABLES_BEFORE)


def replace_checks(purposes: str, tables: str) -> None:
    """Put the checks of uploads in the place of those that there are."""
    checks: Mapping[str, str] = {
        "purpose_is_known": f"purpose IN ({purposes})",
        "type_fits_purpose": f"CASE WHEN {tables} THEN media_type = 'text/csv' ELSE media_type IN "
        "('image/jpeg', 'image/png', 'image/webp') END",
        "size_fits_purpose": f"size_bytes BETWEEN 1 AND CASE WHEN {tables} "
        "THEN 20000000 ELSE 10000000 END",
        "ready_picture_has_size": f"(status = 'ready' AND NOT {tables}) = (width IS NOT NULL)",
    }
    for name, condition in checks.items():
        op.execute(
            "-- squawk-ignore ban-drop-constraint\n"
            f"ALTER TABLE uploads DROP CONSTRAINT ck_uploads_{name}"
        )
        op.execute(
            f"ALTER TABLE uploads ADD CONSTRAINT ck_uploads_{name} CHECK ({condition}) NOT VALID"
        )


def create_imports() -> None:
    """Tables of parcels that somebody gave to be sent."""
    table = "shipment_imports"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("file_digest", sa.LargeBinary(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("staff_name", sa.Text(), nullable=False),
        sa.Column("staff_role", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("failure", postgresql.JSONB(), nullable=True),
        sa.Column("is_preview", sa.Boolean(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=True),
        sa.Column("order_count", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.Column("asked_at", MOMENT, nullable=False),
        *(
            sa.Column(name, MOMENT, nullable=True)
            for name in ("started_at", "finished_at", "claimed_until")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_imports")),
        sa.UniqueConstraint("upload_id", name=op.f("uq_shipment_imports_upload_id")),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["uploads.id"], name=op.f("fk_shipment_imports_upload_id_uploads")
        ),
        *rules_of_imports(table),
    )
    op.create_index(
        "ix_shipment_imports_unfinished",
        table,
        ["id"],
        postgresql_where=sa.text("status IN ('waiting', 'running')"),
    )
    op.create_index("ix_shipment_imports_finished_at", table, ["finished_at"])


def rules_of_imports(table: str) -> list[sa.CheckConstraint]:
    """What an import says of itself."""
    return [
        check(table, "status_is_known", "status IN ('waiting', 'running', 'done', 'failed')"),
        check(table, "reason_is_given", r"reason ~ '\S'"),
        check(
            table,
            "final_is_finished",
            "(status IN ('done', 'failed')) = (finished_at IS NOT NULL)",
        ),
        check(table, "failed_has_reason", "(status = 'failed') = (failure IS NOT NULL)"),
        check(
            table,
            "done_is_whole",
            "status <> 'done' OR (row_count = shipped + ready + already_shipped + refused "
            "+ held_back AND order_count = orders_done)",
        ),
        check(table, "progress_is_bounded", "orders_done BETWEEN 0 AND coalesce(order_count, 0)"),
        check(
            table,
            "preview_sends_nothing",
            "CASE WHEN is_preview THEN shipped = 0 ELSE ready = 0 END",
        ),
    ]


def create_rows() -> None:
    """What became of each row."""
    table = "shipment_import_rows"
    words = ("order_number", "carrier", "tracking_number", "sku", "units", "outcome")
    op.create_table(
        table,
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in words),
        sa.Column("problems", postgresql.JSONB(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("ordinal", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("import_id", "line", name=op.f("pk_shipment_import_rows")),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["shipment_imports.id"],
            name=op.f("fk_shipment_import_rows_import_id_shipment_imports"),
        ),
        check(
            table,
            "outcome_is_known",
            "outcome IN ('shipped', 'ready', 'already_shipped', 'refused', 'held_back')",
        ),
        check(
            table,
            "sent_has_parcel",
            "(outcome IN ('shipped', 'already_shipped')) = (ordinal IS NOT NULL)",
        ),
        check(
            table,
            "refused_has_problems",
            "(outcome IN ('refused', 'held_back')) = (jsonb_array_length(problems) > 0)",
        ),
    )
    op.create_index(
        "ix_shipment_import_rows_import_id_outcome_line", table, ["import_id", "outcome", "line"]
    )


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    """One constraint of a new table."""
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
