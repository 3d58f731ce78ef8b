"""staff sign-in: credentials, stores, pads, and whose a session is

Deploy: before the release in which staff sign in. The release before this one writes on: what is
new has defaults or may be missing. Indexes and old rows follow in the next revision.
"""

import sqlalchemy as sa
from alembic import op

revision = "1f7a93c5e820"
down_revision = "e82c5d07a9b1"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CHECKS = {
    "staff": {
        "failures_count": "password_failures >= 0 AND pin_failures >= 0",
        "totp_has_its_secret": "totp_confirmed_at IS NULL OR totp_sealed IS NOT NULL",
        "block_is_whole": "(blocked_at IS NULL) = (block_reason IS NULL)",
    },
    "audit_entries": {"pad_has_its_store": "(pad_id IS NULL) = (store_id IS NULL)"},
    "sessions": {
        "is_of_one_person": "num_nonnulls(member_id, staff_id) <= 1",
        "no_member_is_a_pad": "member_id IS NULL OR pad_id IS NULL",
        "staff_at_a_pad_are_within_its_session": (
            "(parent_id IS NOT NULL) = (staff_id IS NOT NULL AND pad_id IS NOT NULL)"
        ),
    },
    "authorization_codes": {"is_of_one_person": "num_nonnulls(member_id, staff_id) = 1"},
    "browser_sessions": {"is_of_one_person": "num_nonnulls(member_id, staff_id) = 1"},
}
GRANTS_BEFORE = (
    "'urn:mall:grant-type:wechat-mini-program', 'urn:mall:grant-type:phone-code', "
    "'authorization_code', 'client_credentials'"
)
GRANTS = (
    f"{GRANTS_BEFORE}, 'urn:ietf:params:oauth:grant-type:device_code', "
    "'urn:mall:grant-type:staff-pin'"
)
OF_PEOPLE = ("authorization_codes", "browser_sessions")
KEYS = (
    ("sessions", "staff_id", "staff", ""),
    ("sessions", "pad_id", "pads", ""),
    ("sessions", "parent_id", "sessions", " ON DELETE CASCADE"),
    ("authorization_codes", "staff_id", "staff", ""),
    ("browser_sessions", "staff_id", "staff", ""),
)


def upgrade() -> None:
    widen_staff()
    create_tables_of_staff()
    create_pads()
    for name in ("pad_id", "store_id"):
        op.add_column("audit_entries", sa.Column(name, sa.Uuid(), nullable=True))
    for table, column, referred, ends in KEYS:
        op.add_column(table, sa.Column(column, sa.Uuid(), nullable=True))
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT fk_{table}_{column}_{referred} "
            f"FOREIGN KEY ({column}) REFERENCES {referred} (id){ends} NOT VALID"
        )
    for table in OF_PEOPLE:
        # The release before this one reads and writes rows of members only, and finds them all.
        op.execute(
            "-- squawk-ignore ban-drop-not-null\n"
            f"ALTER TABLE {table} ALTER COLUMN member_id DROP NOT NULL"
        )
    allow_grants(GRANTS)
    for table, checks in CHECKS.items():
        for name, condition in checks.items():
            op.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition}) "
                "NOT VALID"
            )


def allow_grants(grants: str) -> None:
    """Say which ways to a session a client may have."""
    # What takes its place in the same transaction allows more, and so stops nobody.
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE oauth_clients DROP CONSTRAINT ck_oauth_clients_grants_are_known"
    )
    op.execute(
        "ALTER TABLE oauth_clients ADD CONSTRAINT ck_oauth_clients_grants_are_known "
        f"CHECK (grants <@ ARRAY[{grants}, 'refresh_token']) NOT VALID"
    )


def downgrade() -> None:
    op.execute("DELETE FROM authorization_codes WHERE staff_id IS NOT NULL")
    op.execute("DELETE FROM browser_sessions WHERE staff_id IS NOT NULL")
    op.execute("DELETE FROM sessions WHERE staff_id IS NOT NULL OR pad_id IS NOT NULL")
    op.execute("UPDATE oauth_clients SET grants = ARRAY['refresh_token'] WHERE id = 'pad'")
    allow_grants(GRANTS_BEFORE)
    for table, checks in CHECKS.items():
        for name in checks:
            op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    for table in OF_PEOPLE:
        op.alter_column(table, "member_id", nullable=False)
    for table, column, _, _ in KEYS:
        op.drop_column(table, column)
    drop_what_is_of_staff()


def drop_what_is_of_staff() -> None:
    """The columns and tables that this revision made."""
    for name in ("pad_id", "store_id"):
        op.drop_column("audit_entries", name)
    for table in ("pads", "staff_recovery_codes", "staff_stores"):
        op.drop_table(table)
    for column in reversed(columns_of_staff()):
        op.drop_column("staff", column.name)


def columns_of_staff() -> list[sa.Column[object]]:
    """What is kept of how somebody signs in."""
    zero = sa.text("0")
    return [
        sa.Column("block_reason", sa.Text(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False, server_default=sa.text("1")),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column(
            "is_password_temporary",
            sa.Boolean(),
            nullable=False,
            server_default=sa.text("false"),
        ),
        sa.Column("password_failures", sa.BigInteger(), nullable=False, server_default=zero),
        sa.Column("password_locked_until", MOMENT, nullable=True),
        sa.Column("pin_hash", sa.Text(), nullable=True),
        sa.Column("pin_failures", sa.BigInteger(), nullable=False, server_default=zero),
        sa.Column("pin_locked_until", MOMENT, nullable=True),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_confirmed_at", MOMENT, nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=True),
    ]


def widen_staff() -> None:
    """Nobody could be blocked with a reason before; whoever is blocked gets one."""
    for column in columns_of_staff():
        op.add_column("staff", column)
    op.execute("UPDATE staff SET block_reason = '已停用' WHERE blocked_at IS NOT NULL")


def create_tables_of_staff() -> None:
    """The stores that they work in, and what replaces a lost authenticator."""
    op.create_table(
        "staff_stores",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", "store_id", name="pk_staff_stores"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_stores_staff_id_staff"),
        sa.ForeignKeyConstraint(
            ["store_id"], ["places.id"], name="fk_staff_stores_store_id_places"
        ),
    )
    op.create_index("ix_staff_stores_store_id", "staff_stores", ["store_id"])
    op.create_table(
        "staff_recovery_codes",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_staff_recovery_codes"),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name="fk_staff_recovery_codes_staff_id_staff"
        ),
        sa.CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),
    )
    op.create_index("ix_staff_recovery_codes_staff_id", "staff_recovery_codes", ["staff_id"])


def create_pads() -> None:
    """The devices in the stores."""
    op.create_table(
        "pads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=False),
        sa.Column("approved_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_pads"),
        sa.ForeignKeyConstraint(["store_id"], ["places.id"], name="fk_pads_store_id_places"),
        sa.ForeignKeyConstraint(["approved_by"], ["staff.id"], name="fk_pads_approved_by_staff"),
        sa.CheckConstraint(r"name ~ '\S'", name="name_is_given"),
    )
    op.create_index("ix_pads_store_id_id", "pads", ["store_id", "id"])
