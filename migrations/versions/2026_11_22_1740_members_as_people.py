"""who members are: identities, phones, consents, codes, merge requests

Deploy: before the release that signs members in. The release before this one still adds members:
what is new of them has defaults. The consent texts and entries refuse UPDATE, DELETE and TRUNCATE.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "e4b71d95c2a8"
down_revision = "d47e19b3a6c5"
branch_labels = None
depends_on = None

JOURNALS = ("consent_texts", "consent_entries")
REFUSE = """
CREATE FUNCTION {journal}_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{journal} is a journal: % is refused', TG_OP USING ERRCODE = '42501';
END
$$
"""
MEMBER_CHECKS = {
    "block_is_whole": "(blocked_at IS NULL) = (block_reason IS NULL)",
    "block_reason_is_given": r"block_reason ~ '\S'",
    "language_is_known": "language IN ('zh-CN', 'en')",
}


def upgrade() -> None:
    widen_members()
    create_identities()
    create_merge_requests()
    create_consent_texts()
    create_consent_entries()
    for journal in JOURNALS:
        op.execute(REFUSE.format(journal=journal))
        op.execute(
            f"CREATE TRIGGER {journal}_are_final BEFORE UPDATE OR DELETE OR TRUNCATE "
            f"ON {journal} FOR EACH STATEMENT EXECUTE FUNCTION {journal}_are_final()"
        )
    create_phones()
    create_codes()


def downgrade() -> None:
    op.drop_table("one_time_codes")
    op.drop_table("member_phones")
    for journal in reversed(JOURNALS):
        op.drop_table(journal)
        op.execute(f"DROP FUNCTION {journal}_are_final()")
    op.drop_table("member_merge_requests")
    op.drop_table("member_identities")
    for name in MEMBER_CHECKS:
        op.drop_constraint(f"ck_members_{name}", "members")
    for name in ("revision", "is_personalised", "language", "block_reason", "blocked_at"):
        op.drop_column("members", name)


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """A column of moments."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def of_member(table: str, column: str = "member_id") -> sa.ForeignKeyConstraint:
    """The column names a member."""
    return sa.ForeignKeyConstraint([column], ["members.id"], name=f"fk_{table}_{column}_members")


def known(table: str, column: str, words: str) -> sa.CheckConstraint:
    """The column has one of the words."""
    listed = ", ".join(f"'{word}'" for word in words.split())
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}_is_known"))


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    """One constraint, named by the convention."""
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def widen_members() -> None:
    """What may be said of a member; the checks are validated in the next revision."""
    op.add_column("members", moment("blocked_at", nullable=True))
    op.add_column("members", sa.Column("block_reason", sa.Text(), nullable=True))
    op.add_column("members", sa.Column("language", sa.Text(), nullable=True))
    is_personalised = sa.Column(
        "is_personalised", sa.Boolean(), nullable=False, server_default=sa.text("true")
    )
    op.add_column("members", is_personalised)
    revision = sa.Column("revision", sa.BigInteger(), nullable=False, server_default=sa.text("1"))
    op.add_column("members", revision)
    for name, condition in MEMBER_CHECKS.items():
        op.execute(
            f"ALTER TABLE members ADD CONSTRAINT ck_members_{name} CHECK ({condition}) NOT VALID"
        )


def create_identities() -> None:
    """How a provider names a member in one app."""
    op.create_table(
        "member_identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("unionid", sa.Text(), nullable=True),
        moment("created_at"),
        moment("last_seen_at"),
        sa.PrimaryKeyConstraint("id", name="pk_member_identities"),
        of_member("member_identities"),
        known("member_identities", "provider", "wechat_mini_program"),
    )
    op.create_index(
        "uq_member_identities_subject",
        "member_identities",
        ["provider", "app_id", "subject"],
        unique=True,
    )
    op.create_index("ix_member_identities_unionid", "member_identities", ["unionid"])
    op.create_index("ix_member_identities_member_id", "member_identities", ["member_id"])


def create_merge_requests() -> None:
    """Two members who seem to be one person."""
    op.create_table(
        "member_merge_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("other_member_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        moment("created_at"),
        moment("settled_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_member_merge_requests"),
        of_member("member_merge_requests"),
        of_member("member_merge_requests", "other_member_id"),
        check("member_merge_requests", "pair_is_in_order", "member_id < other_member_id"),
        known("member_merge_requests", "cause", "unionid phone"),
    )
    op.create_index(
        "uq_member_merge_requests_open",
        "member_merge_requests",
        ["member_id", "other_member_id"],
        unique=True,
        postgresql_where=sa.text("settled_at IS NULL"),
    )


def create_consent_texts() -> None:
    """What members are asked to agree to."""
    op.create_table(
        "consent_texts",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("body_zh", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        moment("published_at"),
        sa.PrimaryKeyConstraint("purpose", "version", name="pk_consent_texts"),
        known("consent_texts", "purpose", "terms privacy phone marketing personalisation"),
        check("consent_texts", "version_begins_at_one", "version >= 1"),
    )


def create_consent_entries() -> None:
    """What they said."""
    op.create_table(
        "consent_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("text_version", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        moment("at"),
        sa.Column("evidence", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_consent_entries"),
        of_member("consent_entries"),
        sa.ForeignKeyConstraint(
            ["purpose", "text_version"],
            ["consent_texts.purpose", "consent_texts.version"],
            name="fk_consent_entries_purpose_text_version_consent_texts",
        ),
        check("consent_entries", "number_begins_at_one", "number >= 1"),
        known("consent_entries", "action", "granted withdrawn"),
        known("consent_entries", "channel", "mini_program app pad web"),
    )
    op.create_index(
        "uq_consent_entries_number",
        "consent_entries",
        ["member_id", "purpose", "number"],
        unique=True,
    )


def create_phones() -> None:
    """Verified phone numbers, sealed."""
    op.create_table(
        "member_phones",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=False),
        sa.Column("last_digits", sa.Text(), nullable=False),
        moment("verified_at"),
        sa.Column("verified_by", sa.Text(), nullable=False),
        sa.Column("consent_entry_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", name="pk_member_phones"),
        of_member("member_phones"),
        sa.ForeignKeyConstraint(
            ["consent_entry_id"],
            ["consent_entries.id"],
            name="fk_member_phones_consent_entry_id_consent_entries",
        ),
        sa.UniqueConstraint("phone_index", name="uq_member_phones_phone_index"),
        sa.UniqueConstraint("consent_entry_id", name="uq_member_phones_consent_entry_id"),
        check("member_phones", "last_digits_are_four", "last_digits ~ '^[0-9]{4}$'"),
        known("member_phones", "verified_by", "wechat sms"),
    )


def create_codes() -> None:
    """Codes that were promised to phones."""
    op.create_table(
        "one_time_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        moment("created_at"),
        moment("expires_at"),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        moment("used_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_one_time_codes"),
        known("one_time_codes", "purpose", "sign_in bind_phone"),
        check("one_time_codes", "attempts_are_bounded", "attempts BETWEEN 0 AND 5"),
        check("one_time_codes", "used_by_an_attempt", "used_at IS NULL OR attempts > 0"),
    )
    op.create_index(
        "ix_one_time_codes_phone_index_created_at",
        "one_time_codes",
        ["phone_index", "created_at"],
    )
    op.create_index("ix_one_time_codes_created_at", "one_time_codes", ["created_at"])
