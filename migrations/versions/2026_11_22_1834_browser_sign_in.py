"""browser sign-in

Deploy: before the release that signs members in in browsers. Creates tables, and a constraint that
holds for every client there is.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b8e52d07f9a4"
down_revision = "c90b5e13f7a4"
branch_labels = None
depends_on = None

TEXTS = postgresql.ARRAY(sa.Text())
MOMENT = sa.DateTime(timezone=True)
ADDRESSES = "ck_oauth_clients_codes_have_where_to_go"


def upgrade() -> None:
    create_authorization_codes()
    create_browser_sessions()
    op.create_check_constraint(
        op.f(ADDRESSES),
        "oauth_clients",
        "('authorization_code' = ANY (grants)) = (cardinality(redirect_uris) > 0)",
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    op.drop_constraint(op.f(ADDRESSES), "oauth_clients")
    op.drop_table("browser_sessions")
    op.drop_table("authorization_codes")


def create_authorization_codes() -> None:
    """What clients change for sessions."""
    op.create_table(
        "authorization_codes",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scopes", TEXTS, nullable=False),
        sa.Column("nonce", sa.Text(), nullable=True),
        sa.Column("challenge", sa.Text(), nullable=False),
        sa.Column("authenticated_at", MOMENT, nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_authorization_codes"),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["oauth_clients.id"],
            name="fk_authorization_codes_client_id_oauth_clients",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_authorization_codes_member_id_members"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name="fk_authorization_codes_session_id_sessions",
            ondelete="CASCADE",
        ),
        *checks_of_authorization_codes(),
    )
    index_authorization_codes()


def checks_of_authorization_codes() -> list[sa.CheckConstraint]:
    """What holds for every code."""
    return [
        sa.CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),
        sa.CheckConstraint("challenge ~ '^[A-Za-z0-9_-]{43}$'", name="challenge_is_sha256"),
        sa.CheckConstraint("expires_at > issued_at", name="expires_after_its_issue"),
        sa.CheckConstraint(
            "session_id IS NULL OR used_at IS NOT NULL",
            name="session_is_of_its_use",
        ),
    ]


def index_authorization_codes() -> None:
    """For the sweep, and for what ends with a member's sessions."""
    op.create_index("ix_authorization_codes_expires_at", "authorization_codes", ["expires_at"])
    op.create_index(
        "ix_authorization_codes_member_id_unused",
        "authorization_codes",
        ["member_id"],
        postgresql_where=sa.text("used_at IS NULL"),
    )
    op.create_index(
        "ix_authorization_codes_session_id",
        "authorization_codes",
        ["session_id"],
        postgresql_where=sa.text("session_id IS NOT NULL"),
    )


def create_browser_sessions() -> None:
    """Who is signed in in a browser."""
    op.create_table(
        "browser_sessions",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_browser_sessions"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_browser_sessions_member_id_members"
        ),
        sa.CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),
        sa.CheckConstraint("expires_at > created_at", name="expires_after_its_start"),
    )
    op.create_index("ix_browser_sessions_expires_at", "browser_sessions", ["expires_at"])
    op.create_index(
        "ix_browser_sessions_member_id_open",
        "browser_sessions",
        ["member_id"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
