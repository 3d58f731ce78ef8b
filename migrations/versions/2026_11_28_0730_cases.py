"""cases: members ask for money back, return goods and exchange them, and are told

Deploy: before the release that opens cases. Six tables are new, of which four are journals; a
trigger holds a case to its moves, and to what it was opened with. The kinds of messages get one
more, held for new rows at once and for the old ones by the next revision.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "d4b81f6a20e5"
down_revision = "8b20f6e4d7c3"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KINDS_BEFORE = "'order_paid', 'order_closed', 'payment_refunded', 'order_shipped'"
KINDS_NOW = f"{KINDS_BEFORE}, 'case_moved'"
KINDS_OF = ("inbox_messages", "message_sends")
STATUSES = (
    "'requested', 'approved', 'sent_back', 'received', 'inspected', 'refunding', 'succeeded', "
    "'exchanged', 'refused', 'cancelled', 'expired'"
)
OPEN = "'approved', 'inspected', 'received', 'refunding', 'requested', 'sent_back'"
ENDED = "'cancelled', 'exchanged', 'expired', 'refused', 'succeeded'"
REASONS = (
    "'not_wanted', 'not_sent_yet', 'damaged', 'defective', 'wrong_goods', 'not_as_described', "
    "'missing', 'other'"
)
CARRIERS = "'sf', 'jd', 'ems', 'post', 'zto', 'yto', 'sto', 'yunda', 'jt', 'deppon', 'other'"
BEGINS = "('requested', 'approved'), ('requested', 'refused'), ('requested', 'cancelled')"
REFUND_MOVES = f"{BEGINS}, ('approved', 'refunding'), ('refunding', 'succeeded')"
GOODS_MOVES = (
    f"{BEGINS}, ('approved', 'sent_back'), ('approved', 'cancelled'), ('approved', 'expired'), "
    "('sent_back', 'received'), ('received', 'inspected'), ('received', 'refused')"
)
RETURN_MOVES = f"{GOODS_MOVES}, ('inspected', 'refunding'), ('refunding', 'succeeded')"
EXCHANGE_MOVES = f"{GOODS_MOVES}, ('inspected', 'exchanged')"
CASES_MOVE = f"""
CREATE FUNCTION cases_move_as_drawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reminded CONSTANT text[] := ARRAY['due_at', 'escalated_at'];
    movable CONSTANT text[] := reminded || ARRAY['status', 'history', 'ended_at', 'told',
        'return_to', 'back_carrier', 'back_number', 'sent_carrier', 'sent_number', 'refund_id'];
    is_drawn boolean;
BEGIN
    IF OLD.status = NEW.status THEN
        IF to_jsonb(OLD) - reminded <> to_jsonb(NEW) - reminded THEN
            RAISE EXCEPTION 'a case changes by its moves alone' USING ERRCODE = '23514';
        END IF;
        RETURN NEW;
    END IF;
    is_drawn := CASE OLD.kind
        WHEN 'refund' THEN (OLD.status, NEW.status) IN ({REFUND_MOVES})
        WHEN 'return' THEN (OLD.status, NEW.status) IN ({RETURN_MOVES})
        ELSE (OLD.status, NEW.status) IN ({EXCHANGE_MOVES})
    END;
    IF NOT is_drawn THEN
        RAISE EXCEPTION 'a % does not go from % to %', OLD.kind, OLD.status, NEW.status
            USING ERRCODE = '23514';
    END IF;
    IF to_jsonb(OLD) - movable <> to_jsonb(NEW) - movable OR NEW.history <> OLD.history + 1 THEN
        RAISE EXCEPTION 'what a case was opened with is frozen' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END
$$
"""
TOLD_LATER = (
    "told",
    "return_to",
    "back_carrier",
    "back_number",
    "sent_carrier",
    "sent_number",
)
JOURNALS = ("case_inspections", "case_pictures", "case_history", "case_lines")


def upgrade() -> None:
    for table in KINDS_OF:
        replace_kinds(table, KINDS_NOW)
    create_cases()
    create_lines()
    create_claims()
    create_history()
    create_pictures()
    create_inspections()
    for table in JOURNALS:
        make_final(table)


def downgrade() -> None:
    for table in JOURNALS:
        op.drop_table(table)
        op.execute(f"DROP FUNCTION {table}_are_final()")
    op.drop_table("case_claims")
    op.drop_table("cases")
    op.execute("DROP FUNCTION cases_move_as_drawn()")
    for table in KINDS_OF:
        replace_kinds(table, KINDS_BEFORE)


def create_cases() -> None:
    """What members ask for."""
    op.create_table(
        "cases",
        *[sa.Column(name, sa.Uuid(), nullable=False) for name in ("id", "order_id")],
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        *[sa.Column(name, sa.Uuid(), nullable=False) for name in ("member_id", "place_id")],
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "status", "reason")],
        sa.Column("is_shops_fault", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        *amounts("goods_fen", "freight_fen", "refund_fen"),
        sa.Column("requested_at", MOMENT, nullable=False),
        *[
            sa.Column(name, MOMENT, nullable=True)
            for name in ("due_at", "escalated_at", "ended_at")
        ],
        *[sa.Column(name, sa.Text(), nullable=True) for name in TOLD_LATER],
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("history", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        *checks("cases", CHECKS),
        *[
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_cases_{column}_{table}")
            )
            for column, table in (
                ("order_id", "orders"),
                ("member_id", "members"),
                ("place_id", "places"),
            )
        ],
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("order_id", "ordinal", name=op.f("uq_cases_order_id_ordinal")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_cases_refund_id")),
    )
    guard_cases()


def guard_cases() -> None:
    """How cases are found, and what holds them to their moves."""
    for column in ("member_id", "place_id", "status"):
        op.create_index(f"ix_cases_{column}_id", "cases", [column, "id"])
    op.create_index(
        "ix_cases_due", "cases", ["due_at", "id"], postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.execute(CASES_MOVE)
    op.execute(
        "CREATE TRIGGER cases_move_as_drawn BEFORE UPDATE ON cases "
        "FOR EACH ROW EXECUTE FUNCTION cases_move_as_drawn()"
    )


CHECKS: Mapping[str, str] = {
    "kind_is_known": "kind IN ('refund', 'return', 'exchange')",
    "status_is_known": f"status IN ({STATUSES})",
    "reason_is_known": f"reason IN ({REASONS})",
    "back_carrier_is_known": f"back_carrier IN ({CARRIERS})",
    "sent_carrier_is_known": f"sent_carrier IN ({CARRIERS})",
    "open_ones_are_due": f"(status IN ({OPEN})) = (due_at IS NOT NULL)",
    "end_is_whole": f"(status IN ({ENDED})) = (ended_at IS NOT NULL)",
    "refund_adds_up": (
        "goods_fen >= 0 AND freight_fen >= 0 AND refund_fen = goods_fen + freight_fen"
    ),
    "exchanges_give_no_money_back": "kind <> 'exchange' OR refund_fen = 0",
    "parcels_are_whole": (
        "(back_carrier IS NULL) = (back_number IS NULL)"
        " AND (sent_carrier IS NULL) = (sent_number IS NULL)"
    ),
    "refused_for_a_reason": "status <> 'refused' OR told IS NOT NULL",
    "exchanges_move_no_money": "status NOT IN ('refunding', 'succeeded') OR kind <> 'exchange'",
    "exchanged_is_sent": "status <> 'exchanged' OR sent_number IS NOT NULL",
    "money_goes_by_a_refund": ("(status IN ('refunding', 'succeeded')) = (refund_id IS NOT NULL)"),
}


def create_lines() -> None:
    """What each case is about."""
    op.create_table(
        "case_lines",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        *amounts("units", "sent_units", "goods_fen", "freight_fen"),
        sa.Column("replacement_id", sa.Uuid(), nullable=True),
        *checks(
            "case_lines",
            {
                "sent_ones_are_of_the_units": "units >= 0 AND sent_units BETWEEN 0 AND units",
                "amounts_are_amounts": "goods_fen >= 0 AND freight_fen >= 0",
                "it_is_some": "units + goods_fen + freight_fen > 0",
            },
        ),
        of_case("case_lines"),
        of_line("case_lines"),
        sa.ForeignKeyConstraint(
            ["replacement_id"], ["variants.id"], name=op.f("fk_case_lines_replacement_id_variants")
        ),
        sa.PrimaryKeyConstraint("case_id", "line_number", name=op.f("pk_case_lines")),
    )
    op.create_index("ix_case_lines_order_id_line_number", "case_lines", ["order_id", "line_number"])


def create_claims() -> None:
    """What cases keep of each line."""
    op.create_table(
        "case_claims",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.BigInteger(), autoincrement=False, nullable=False),
        *amounts("units", "paid_fen", "claimed_units", "claimed_fen"),
        *checks(
            "case_claims",
            {
                "no_more_than_was_bought": "claimed_units BETWEEN 0 AND units",
                "no_more_than_was_paid": "claimed_fen BETWEEN 0 AND paid_fen",
            },
        ),
        of_line("case_claims"),
        sa.PrimaryKeyConstraint("order_id", "line_number", name=op.f("pk_case_claims")),
    )


def create_history() -> None:
    """Who moved each case where."""
    op.create_table(
        "case_history",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        *checks(
            "case_history",
            {
                "begins_from_nothing": "(number = 1) = (from_status IS NULL)",
                "from_status_is_known": f"from_status IN ({STATUSES})",
                "to_status_is_known": f"to_status IN ({STATUSES})",
            },
        ),
        of_case("case_history"),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_case_history")),
    )


def create_pictures() -> None:
    """What cases are shown by."""
    op.create_table(
        "case_pictures",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("is_members", sa.Boolean(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        of_case("case_pictures"),
        sa.PrimaryKeyConstraint("case_id", "position", name=op.f("pk_case_pictures")),
        sa.UniqueConstraint("object_key", name=op.f("uq_case_pictures_object_key")),
    )


def create_inspections() -> None:
    """What was found of goods that came back."""
    op.create_table(
        "case_inspections",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.BigInteger(), autoincrement=False, nullable=False),
        *amounts("restocked_units", "discarded_units"),
        *checks(
            "case_inspections",
            {
                "units_are_some": "restocked_units >= 0 AND discarded_units >= 0"
                " AND restocked_units + discarded_units > 0"
            },
        ),
        sa.ForeignKeyConstraint(
            ["case_id", "line_number"],
            ["case_lines.case_id", "case_lines.line_number"],
            name=op.f("fk_case_inspections_case_id_line_number_case_lines"),
        ),
        sa.PrimaryKeyConstraint("case_id", "line_number", name=op.f("pk_case_inspections")),
    )


def make_final(table: str) -> None:
    """Let rows of a journal be added and nothing else."""
    op.execute(
        f"CREATE FUNCTION {table}_are_final() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        "BEGIN\n"
        f"    RAISE EXCEPTION '{table} is a journal: % is refused', TG_OP"
        " USING ERRCODE = '42501';\n"
        "END\n"
        "$$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_are_final BEFORE UPDATE OR DELETE OR TRUNCATE "
        f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {table}_are_final()"
    )


def amounts(*names: str) -> list[Any]:
    """Columns of whole numbers."""
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def of_case(table: str) -> Any:
    """The key of the case that a row is of."""
    return sa.ForeignKeyConstraint(
        ["case_id"], ["cases.id"], name=op.f(f"fk_{table}_case_id_cases")
    )


def of_line(table: str) -> Any:
    """The key of the order's line that a row is about."""
    return sa.ForeignKeyConstraint(
        ["order_id", "line_number"],
        ["order_lines.order_id", "order_lines.number"],
        name=op.f(f"fk_{table}_order_id_line_number_order_lines"),
    )


def replace_kinds(table: str, kinds: str) -> None:
    """Let messages be of these kinds."""
    name = f"ck_{table}_kind_is_known"
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (kind IN ({kinds})) NOT VALID")


def checks(table: str, conditions: Mapping[str, str]) -> list[Any]:
    """The checks of a new table."""
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
        for name, condition in conditions.items()
    ]
