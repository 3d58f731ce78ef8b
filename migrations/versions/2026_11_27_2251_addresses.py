"""addresses: where members have things sent

Deploy: before the release that knows addresses. The table is new; nothing else changes.
"""

import sqlalchemy as sa
from alembic import op

revision = "c7e29a41f06d"
down_revision = "c7e2f4a98d13"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "addresses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=False),
        sa.Column("last_digits", sa.Text(), nullable=False),
        sa.Column("province_code", sa.Text(), nullable=False),
        sa.Column("province_name", sa.Text(), nullable=False),
        sa.Column("city_code", sa.Text(), nullable=False),
        sa.Column("city_name", sa.Text(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=True),
        sa.Column("district_name", sa.Text(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        *checks(),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_addresses_member_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
    )
    for column in ("member_id", "phone_index"):
        op.create_index(f"ix_addresses_{column}", "addresses", [column])
    op.create_index(
        "uq_addresses_member_id_default",
        "addresses",
        ["member_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )


def checks() -> list[sa.CheckConstraint]:
    """What holds for each row."""
    conditions = {
        "last_digits_are_four": "last_digits ~ '^[0-9]{4}$'",
        "phone_index_is_sha256": "octet_length(phone_index) = 32",
        "province_code_is_one": "province_code ~ '^[0-9]{2}0000$'",
        "city_lies_in_its_province": "city_code ~ '^[0-9]{4}00$' "
        "AND left(city_code, 2) = left(province_code, 2)",
        "district_lies_in_its_city": "district_code ~ '^[0-9]{6}$' "
        "AND left(district_code, 4) = left(city_code, 4)",
        "district_is_whole": "(district_code IS NULL) = (district_name IS NULL)",
        "revision_begins_at_one": "revision >= 1",
    }
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_addresses_{name}"))
        for name, condition in conditions.items()
    ]


def downgrade() -> None:
    op.drop_table("addresses")
