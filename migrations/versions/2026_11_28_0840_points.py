"""points: accounts, lots, holds, deferrals and the journal of every movement

Deploy: before the release that grants points; the one before it knows nothing of them.
The journal refuses UPDATE, DELETE and TRUNCATE.
"""

import sqlalchemy as sa
from alembic import op

revision = "e7c3a915d04b"
down_revision = "d1e85b60f3a7"
branch_labels = None
depends_on = None

SOURCES = (
    "source_kind IN ('order', 'refund', 'lot', 'hold', 'adjustment', 'transfer', 'event', 'case', "
    "'review')"
)
REFUSE = """
CREATE FUNCTION points_entries_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'points_entries is a journal: % is refused', TG_OP USING ERRCODE = '42501';
END
$$
"""


def upgrade() -> None:
    create_accounts()
    create_lots()
    create_deferrals()
    create_holds()
    create_hold_lots()
    create_entries()
    op.execute(REFUSE)
    op.execute(
        "CREATE TRIGGER points_entries_are_final BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON points_entries FOR EACH STATEMENT EXECUTE FUNCTION points_entries_are_final()"
    )


def downgrade() -> None:
    op.drop_table("points_entries")
    op.drop_table("points_hold_lots")
    op.drop_table("points_holds")
    op.drop_table("points_deferrals")
    op.drop_table("points_lots")
    op.drop_table("points_accounts")
    op.execute("DROP FUNCTION points_entries_are_final()")


def create_accounts() -> None:
    op.create_table(
        "points_accounts",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("wallet", sa.Text(), nullable=False),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("debt", sa.BigInteger(), nullable=False),
        sa.Column("lifetime_earned", sa.BigInteger(), nullable=False),
        sa.Column("lifetime_spent", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("settles_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        *accounts_checks(),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_points_accounts_member_id_members"
        ),
        sa.PrimaryKeyConstraint("member_id", "wallet", name="pk_points_accounts"),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index(
        "ix_points_accounts_expires_at",
        "points_accounts",
        ["expires_at"],
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_index(
        "ix_points_accounts_settles_at",
        "points_accounts",
        ["settles_at"],
        postgresql_where=sa.text("settles_at IS NOT NULL AND frozen_at IS NULL"),
    )


def accounts_checks() -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(
            "wallet <> 'growth' OR (pending = 0 AND held = 0 AND debt = 0)",
            name="growth_is_never_spent",
        ),
        sa.CheckConstraint("wallet IN ('spend', 'growth')", name="wallet_is_known"),
        sa.CheckConstraint("available >= 0", name="available_not_negative"),
        sa.CheckConstraint("debt = 0 OR available = 0", name="debt_is_paid_first"),
        sa.CheckConstraint("debt >= 0", name="debt_not_negative"),
        sa.CheckConstraint("held >= 0", name="held_not_negative"),
        sa.CheckConstraint(
            "lifetime_earned >= 0 AND lifetime_spent >= 0",
            name="lifetimes_not_negative",
        ),
        sa.CheckConstraint("pending >= 0", name="pending_not_negative"),
    ]


def create_lots() -> None:
    op.create_table(
        "points_lots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("source_kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("source_part", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("consumed", sa.BigInteger(), nullable=False),
        sa.Column("expired", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.BigInteger(), nullable=False),
        sa.Column("clawed", sa.BigInteger(), nullable=False),
        sa.Column("rule_version", sa.BigInteger(), nullable=True),
        sa.Column("validity", sa.Text(), nullable=False),
        *lot_dates(),
        *lots_checks(),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_points_lots_member_id_members"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_lots"),
        sa.UniqueConstraint(
            "member_id",
            "source_kind",
            "source_id",
            "source_part",
            name="uq_points_lots_member_id_source_kind_source_id_source_part",
        ),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index(
        "ix_points_lots_open",
        "points_lots",
        ["member_id"],
        postgresql_where=sa.text("remaining > 0 OR held > 0"),
    )


def lot_dates() -> list[sa.Column[object]]:
    return [
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settles_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancels_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deferrals", sa.BigInteger(), nullable=False),
        sa.Column("expiries", sa.BigInteger(), nullable=False),
        sa.Column("from_lot_id", sa.Uuid(), nullable=True),
        sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True),
    ]


def lots_checks() -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(
            SOURCES,
            name="source_kind_is_known",
        ),
        sa.CheckConstraint(
            "activated_at IS NOT NULL OR (held = 0 AND consumed = 0 AND expired = 0 AND "
            "expires_at IS NULL)",
            name="pending_is_not_spent",
        ),
        sa.CheckConstraint("clawed BETWEEN 0 AND granted", name="clawed_of_what_was_granted"),
        sa.CheckConstraint("deferrals >= 0", name="deferrals_not_negative"),
        sa.CheckConstraint(
            "granted = remaining + held + consumed + expired + revoked",
            name="adds_up",
        ),
        sa.CheckConstraint("granted > 0", name="granted_is_some"),
        sa.CheckConstraint(
            "least(remaining, held, consumed, expired, revoked) >= 0",
            name="parts_not_negative",
        ),
    ]


def create_deferrals() -> None:
    op.create_table(
        "points_deferrals",
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("source_kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("deferred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            SOURCES,
            name="source_kind_is_known",
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["points_lots.id"], name="fk_points_deferrals_lot_id_points_lots"
        ),
        sa.PrimaryKeyConstraint("lot_id", "source_kind", "source_id", name="pk_points_deferrals"),
    )
    op.create_index(
        "ix_points_deferrals_source",
        "points_deferrals",
        ["source_kind", "source_id"],
        unique=False,
    )


def create_holds() -> None:
    op.create_table(
        "points_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("source_kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("captured", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            SOURCES,
            name="source_kind_is_known",
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL AND captured = 0 AND released = 0) OR (ended_at IS NOT NULL AND "
            "((captured = amount AND released = 0) OR (captured = 0 AND released = amount)))",
            name="ends_once",
        ),
        sa.CheckConstraint("amount > 0", name="amount_is_some"),
        sa.CheckConstraint("returned BETWEEN 0 AND captured", name="returned_of_what_was_captured"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_points_holds_member_id_members"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_points_holds"),
    )
    op.create_index(
        "ix_points_holds_member_id",
        "points_holds",
        ["member_id"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_points_holds_source",
        "points_holds",
        ["source_kind", "source_id"],
        unique=True,
        postgresql_where=sa.text("released = 0"),
    )


def create_hold_lots() -> None:
    op.create_table(
        "points_hold_lots",
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name="amount_is_some"),
        sa.CheckConstraint("returned BETWEEN 0 AND amount", name="returned_of_what_was_held"),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["points_holds.id"], name="fk_points_hold_lots_hold_id_points_holds"
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["points_lots.id"], name="fk_points_hold_lots_lot_id_points_lots"
        ),
        sa.PrimaryKeyConstraint("hold_id", "position", name="pk_points_hold_lots"),
    )
    op.create_index("ix_points_hold_lots_lot_id", "points_hold_lots", ["lot_id"], unique=False)


def create_entries() -> None:
    op.create_table(
        "points_entries",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("wallet", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("from_bucket", sa.Text(), nullable=False),
        sa.Column("to_bucket", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("source_kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("pending_after", sa.BigInteger(), nullable=False),
        sa.Column("available_after", sa.BigInteger(), nullable=False),
        sa.Column("held_after", sa.BigInteger(), nullable=False),
        sa.Column("debt_after", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        *entries_checks(),
        sa.ForeignKeyConstraint(
            ["member_id", "wallet"],
            ["points_accounts.member_id", "points_accounts.wallet"],
            name="fk_points_entries_member_id_wallet_points_accounts",
        ),
        sa.PrimaryKeyConstraint("member_id", "wallet", "number", name="pk_points_entries"),
        sa.UniqueConstraint(
            "member_id",
            "wallet",
            "source_kind",
            "source_id",
            "reason",
            "part",
            name="uq_points_entries_operation",
        ),
        info={"journal": True},
    )


def entries_checks() -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(
            "(reason, from_bucket, to_bucket) IN (('earned', 'issued', 'pending'), ('granted', "
            "'issued', 'available'), ('settled', 'pending', 'available'), ('cancelled', "
            "'pending', 'revoked'), ('repaid', 'available', 'debt'), ('held', 'available', "
            "'held'), ('captured', 'held', 'spent'), ('released', 'held', 'available'), "
            "('returned', 'spent', 'available'), ('restored', 'spent', 'available'), ('expired', "
            "'available', 'expired'), ('clawed_back', 'available', 'revoked'), ('clawed_back', "
            "'pending', 'revoked'), ('owed', 'debt', 'revoked'), ('waived', 'waived', 'revoked'),"
            " ('deducted', 'cash', 'revoked'), ('adjusted', 'available', 'revoked'), ('adjusted',"
            " 'issued', 'available'), ('sent', 'available', 'moved'), ('received', 'moved', "
            "'available'))",
            name="moves_as_its_reason_says",
        ),
        sa.CheckConstraint(
            SOURCES,
            name="source_kind_is_known",
        ),
        sa.CheckConstraint("amount > 0", name="amount_is_some"),
        sa.CheckConstraint("number > 0", name="number_is_positive"),
    ]
