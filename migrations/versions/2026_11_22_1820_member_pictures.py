"""member pictures: a purpose of uploads that anybody may read

Deploy: before the release in which members send pictures. The new checks are held for new rows at
once, and for the old ones by the next revision.
"""

from alembic import op

revision = "a1d9c7e25f38"
down_revision = "f0c38a6e7d14"
branch_labels = None
depends_on = None

PURPOSES = "'product_image', 'member_picture', 'evidence', 'product_import'"
CHECKS = {
    "purpose_is_known": f"purpose IN ({PURPOSES})",
    "private_stays_private": "object_key LIKE CASE purpose WHEN 'product_image' THEN 'products/%' "
    "WHEN 'member_picture' THEN 'members/%' ELSE 'private/%' END",
}
CHECKS_BEFORE = {
    "purpose_is_known": "purpose IN ('product_image', 'evidence', 'product_import')",
    "private_stays_private": "object_key LIKE CASE purpose WHEN 'product_image' THEN 'products/%' "
    "ELSE 'private/%' END",
}


def upgrade() -> None:
    replace(CHECKS, before="ck_uploads_ck_uploads_", after="ck_uploads_")


def downgrade() -> None:
    op.execute("DELETE FROM uploads WHERE purpose = 'member_picture'")
    replace(CHECKS_BEFORE, before="ck_uploads_", after="ck_uploads_ck_uploads_")


def replace(checks: dict[str, str], *, before: str, after: str) -> None:
    """Put each check in the place of the one of its name, whose prefix was doubled at first."""
    for name, condition in checks.items():
        # What takes its place in the same transaction allows more, and so stops nobody.
        op.execute(
            "-- squawk-ignore ban-drop-constraint\n"
            f"ALTER TABLE uploads DROP CONSTRAINT {before}{name}"
        )
        op.execute(
            f"ALTER TABLE uploads ADD CONSTRAINT {after}{name} CHECK ({condition}) NOT VALID"
        )
