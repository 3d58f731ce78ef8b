"""staff sign-in: the indexes, and what holds for the old rows too

Deploy: any time after the revision before it. The indexes are built without blocking writers, so
they cannot share a transaction: a retry keeps those that are done.
"""

from alembic import op

from migrations.online import build_concurrently

revision = "62d0b8e14f7c"
down_revision = "1f7a93c5e820"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_audit_entries_actor_id": "audit_entries (actor, id)",
    "ix_audit_entries_action_id": "audit_entries (action, id)",
    "ix_audit_entries_store_id_id": "audit_entries (store_id, id) WHERE store_id IS NOT NULL",
    "ix_audit_entries_pad_id_id": "audit_entries (pad_id, id) WHERE pad_id IS NOT NULL",
    "ix_sessions_staff_id_id": "sessions (staff_id, id) WHERE staff_id IS NOT NULL",
    "ix_sessions_pad_id": "sessions (pad_id) WHERE pad_id IS NOT NULL",
    "ix_sessions_parent_id": "sessions (parent_id) WHERE parent_id IS NOT NULL",
    "ix_authorization_codes_staff_id_unused": (
        "authorization_codes (staff_id) WHERE used_at IS NULL AND staff_id IS NOT NULL"
    ),
    "ix_browser_sessions_staff_id_open": (
        "browser_sessions (staff_id) WHERE ended_at IS NULL AND staff_id IS NOT NULL"
    ),
}
CONSTRAINTS = (
    ("oauth_clients", "ck_oauth_clients_grants_are_known"),
    ("staff", "ck_staff_failures_count"),
    ("staff", "ck_staff_totp_has_its_secret"),
    ("staff", "ck_staff_block_is_whole"),
    ("audit_entries", "ck_audit_entries_pad_has_its_store"),
    ("sessions", "ck_sessions_is_of_one_person"),
    ("sessions", "ck_sessions_no_member_is_a_pad"),
    ("sessions", "ck_sessions_staff_at_a_pad_are_within_its_session"),
    ("sessions", "fk_sessions_staff_id_staff"),
    ("sessions", "fk_sessions_pad_id_pads"),
    ("sessions", "fk_sessions_parent_id_sessions"),
    ("authorization_codes", "ck_authorization_codes_is_of_one_person"),
    ("authorization_codes", "fk_authorization_codes_staff_id_staff"),
    ("browser_sessions", "ck_browser_sessions_is_of_one_person"),
    ("browser_sessions", "fk_browser_sessions_staff_id_staff"),
)


def upgrade() -> None:
    build_concurrently(INDEXES)
    for table, name in CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
