"""device codes: what pads ask to be let in with

Deploy: before the release in which pads are let in. The table is new; nothing else changes.
"""

import sqlalchemy as sa
from alembic import op

revision = "b3d18e6f2a57"
down_revision = "d4a7c1e95b20"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "device_codes",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_code_index", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("interval_seconds", sa.BigInteger(), nullable=False),
        sa.Column("last_polled_at", MOMENT, nullable=True),
        sa.Column("early_polls", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("pad_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        *checks(),
        *keys(),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_device_codes")),
        sa.UniqueConstraint("user_code_index", name=op.f("uq_device_codes_user_code_index")),
    )
    for column in ("expires_at", "session_id"):
        op.create_index(f"ix_device_codes_{column}", "device_codes", [column])


def checks() -> list[sa.CheckConstraint]:
    """What holds for each row."""
    conditions = {
        "digest_is_sha256": "octet_length(digest) = 32",
        "user_code_index_is_sha256": "octet_length(user_code_index) = 32",
        "status_is_known": "status IN ('pending', 'approved', 'denied', 'consumed')",
        "expires_after_its_issue": "expires_at > issued_at",
        "interval_is_bounded": "interval_seconds BETWEEN 5 AND 60",
        "early_polls_count": "early_polls >= 0",
        "decision_has_who": "(status = 'pending') = (decided_by IS NULL)",
        "decision_is_whole": "(decided_by IS NULL) = (decided_at IS NULL)",
        "approved_has_its_pad": "(status IN ('approved', 'consumed')) = (pad_id IS NOT NULL)",
        "consumed_has_its_session": "(status = 'consumed') = (session_id IS NOT NULL)",
    }
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_device_codes_{name}"))
        for name, condition in conditions.items()
    ]


def keys() -> list[sa.ForeignKeyConstraint]:
    """What each row names."""
    named = {
        "client_id": ("oauth_clients", None),
        "decided_by": ("staff", None),
        "pad_id": ("pads", None),
        "session_id": ("sessions", "CASCADE"),
    }
    return [
        sa.ForeignKeyConstraint(
            [column],
            [f"{table}.id"],
            name=op.f(f"fk_device_codes_{column}_{table}"),
            ondelete=ondelete,
        )
        for column, (table, ondelete) in named.items()
    ]


def downgrade() -> None:
    op.drop_table("device_codes")
