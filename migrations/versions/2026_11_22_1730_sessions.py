"""sessions

Deploy: before the release that signs members in. Creates tables only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "d47e19b3a6c5"
down_revision = "3f9b62d8c417"
branch_labels = None
depends_on = None

TEXTS = postgresql.ARRAY(sa.Text())
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_clients()
    create_sessions()
    index_sessions()
    create_refresh_tokens()
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("public", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("signs_from", MOMENT, nullable=False),
        sa.Column("retires_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_signing_keys"),
        sa.CheckConstraint("retires_at > signs_from", name="retires_after_signing"),
    )


def downgrade() -> None:
    for table in ("signing_keys", "refresh_tokens", "sessions", "oauth_clients"):
        op.drop_table(table)


def create_clients() -> None:
    """Who may ask for tokens."""
    op.create_table(
        "oauth_clients",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=True),
        sa.Column("grants", TEXTS, nullable=False),
        sa.Column("scopes", TEXTS, nullable=False),
        sa.Column("redirect_uris", TEXTS, nullable=False),
        sa.Column("wechat_app_id", sa.Text(), nullable=True),
        sa.Column("refresh_grace_seconds", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_oauth_clients"),
        sa.CheckConstraint("id ~ '^[a-z0-9][a-z0-9-]{2,49}$'", name="id_is_a_slug"),
        sa.CheckConstraint(
            "grants <@ ARRAY['urn:mall:grant-type:wechat-mini-program', "
            "'urn:mall:grant-type:phone-code', 'authorization_code', 'client_credentials', "
            "'refresh_token']",
            name="grants_are_known",
        ),
        sa.CheckConstraint(
            "octet_length(secret_digest) = 32",
            name="secret_digest_is_sha256",
        ),
        sa.CheckConstraint(
            "secret_digest IS NOT NULL OR NOT 'client_credentials' = ANY (grants)",
            name="acts_as_itself_with_a_secret",
        ),
        sa.CheckConstraint("refresh_grace_seconds BETWEEN 0 AND 30", name="grace_is_short"),
        sa.CheckConstraint(
            "('urn:mall:grant-type:wechat-mini-program' = ANY (grants)) = "
            "(wechat_app_id IS NOT NULL)",
            name="wechat_has_its_app",
        ),
    )


def create_sessions() -> None:
    """One row for each sign-in."""
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("scopes", TEXTS, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("end_note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(
            ["client_id"], ["oauth_clients.id"], name="fk_sessions_client_id_oauth_clients"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_sessions_member_id_members"
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="end_has_a_reason"),
        sa.CheckConstraint(
            "end_reason IN ('signed_out', 'reused', 'blocked', 'revoked')",
            name="end_reason_is_known",
        ),
        sa.CheckConstraint("expires_at >= started_at", name="expires_after_its_start"),
    )


def index_sessions() -> None:
    """How sessions are found: lately ended, of a member, past their time."""
    op.create_index(
        "ix_sessions_ended_at",
        "sessions",
        ["ended_at"],
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_index(
        "ix_sessions_member_id",
        "sessions",
        ["member_id"],
        postgresql_where=sa.text("member_id IS NOT NULL"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])


def create_refresh_tokens() -> None:
    """What sessions are kept alive with."""
    op.create_table(
        "refresh_tokens",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("parent_digest", sa.LargeBinary(), nullable=True),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("children", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_refresh_tokens"),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name="fk_refresh_tokens_session_id_sessions",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),
        sa.CheckConstraint("children BETWEEN 0 AND 3", name="siblings_are_few"),
        sa.CheckConstraint("(used_at IS NULL) = (children = 0)", name="used_has_children"),
    )
    op.create_index("ix_refresh_tokens_session_id", "refresh_tokens", ["session_id"])
    op.create_index("ix_refresh_tokens_parent_digest", "refresh_tokens", ["parent_digest"])
    op.create_index("ix_refresh_tokens_expires_at", "refresh_tokens", ["expires_at"])
