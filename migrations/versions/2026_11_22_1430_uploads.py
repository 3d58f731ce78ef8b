"""uploads

Deploy: before the release that takes uploads, and before its workers, which sweep the table.
"""

import sqlalchemy as sa
from alembic import op

revision = "8a41f6c0d973"
down_revision = "c15e8a2f7d46"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("object_key", sa.Text(), nullable=True),
        sa.Column("width", sa.BigInteger(), nullable=True),
        sa.Column("height", sa.BigInteger(), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
        *known_words(),
        *promised(),
        *finished(),
    )
    op.create_index(
        "ix_uploads_owner_purpose_unfinished",
        "uploads",
        ["owner", "purpose"],
        postgresql_where=sa.text("status IN ('promised', 'stored')"),
    )
    op.create_index(
        "ix_uploads_expires_at_id_not_cleared",
        "uploads",
        ["expires_at", "id"],
        postgresql_where=sa.text("cleared_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("uploads")


def known_words() -> list[sa.CheckConstraint]:
    """The values of each word."""
    return [
        check("purpose_is_known", "purpose IN ('product_image', 'evidence', 'product_import')"),
        check("status_is_known", "status IN ('promised', 'stored', 'ready', 'refused')"),
        check(
            "refusal_is_known",
            "refusal IN ('other_size', 'other_type', 'unreadable', 'too_many_pixels', "
            "'animated', 'not_text')",
        ),
    ]


def promised() -> list[sa.CheckConstraint]:
    """What may be promised."""
    return [
        check(
            "type_fits_purpose",
            "CASE purpose WHEN 'product_import' THEN media_type = 'text/csv' "
            "ELSE media_type IN ('image/jpeg', 'image/png', 'image/webp') END",
        ),
        check(
            "size_fits_purpose",
            "size_bytes BETWEEN 1 AND CASE purpose WHEN 'product_import' THEN 20000000 "
            "ELSE 10000000 END",
        ),
        check("owner_is_named", "length(owner) BETWEEN 1 AND 100"),
        check("token_digest_is_sha256", "octet_length(token_digest) = 32"),
        check("expires_after_its_creation", "expires_at > created_at"),
    ]


def finished() -> list[sa.CheckConstraint]:
    """What a result says, and that there is one only where it is final."""
    return [
        check("final_is_finished", "(status IN ('ready', 'refused')) = (finished_at IS NOT NULL)"),
        check("ready_has_object", "(status = 'ready') = (object_key IS NOT NULL)"),
        check(
            "private_stays_private",
            "object_key LIKE CASE purpose WHEN 'product_image' THEN 'products/%' "
            "ELSE 'private/%' END",
        ),
        check(
            "ready_picture_has_size",
            "(status = 'ready' AND purpose <> 'product_import') = (width IS NOT NULL)",
        ),
        check("size_is_whole", "(width IS NULL) = (height IS NULL)"),
        check(
            "size_is_possible",
            "width BETWEEN 1 AND 12000 AND height BETWEEN 1 AND 12000",
        ),
        check("refused_has_reason", "(status = 'refused') = (refusal IS NOT NULL)"),
    ]


def check(name: str, condition: str) -> sa.CheckConstraint:
    """One constraint of the table, named by the convention."""
    return sa.CheckConstraint(condition, name=f"ck_uploads_{name}")
