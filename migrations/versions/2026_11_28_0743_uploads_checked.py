"""shipment_imports: the checks of uploads hold for the old rows too

Deploy: any time after the revision before it. Writers go on meanwhile.
"""

from alembic import op

revision = "0b6f94d1c2e7"
down_revision = "e58c07b93a16"
branch_labels = None
depends_on = None

CHECKS = (
    "purpose_is_known",
    "type_fits_purpose",
    "size_fits_purpose",
    "ready_picture_has_size",
)


def upgrade() -> None:
    for name in CHECKS:
        op.execute(f"ALTER TABLE uploads VALIDATE CONSTRAINT ck_uploads_{name}")


def downgrade() -> None:
    """Nothing: a check that was looked at stays right."""
