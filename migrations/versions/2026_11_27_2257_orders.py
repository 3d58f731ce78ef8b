"""orders: lines, allocations, payments, deadlines, history, notes and reviews

Deploy: before the release that places orders. All tables are new. Lines, allocations, history and
notes refuse UPDATE, DELETE and TRUNCATE; orders refuse every move that the machine does not have,
and any change of what is frozen.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2b8d5f0c6e91"
down_revision = "7f1c2a9e40d3"
branch_labels = None
depends_on = None

JOURNALS = ("order_lines", "discount_allocations", "order_history", "order_notes")
REFUSE = """
CREATE FUNCTION {journal}_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{journal} is a journal: % is refused', TG_OP USING ERRCODE = '42501';
END
$$
"""
MOVE_AS_DRAWN = """
CREATE FUNCTION orders_move_as_drawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable CONSTANT text[] := ARRAY['status', 'closed_at', 'close_reason', 'history'];
BEGIN
    IF (OLD.status, NEW.status) NOT IN (('pending_payment', 'closed')) THEN
        RAISE EXCEPTION 'an order does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = '23514';
    END IF;
    IF to_jsonb(OLD) - movable <> to_jsonb(NEW) - movable OR NEW.history <> OLD.history + 1 THEN
        RAISE EXCEPTION 'what an order was placed with is frozen' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END
$$
"""
PURPOSES = "purpose IN ('full', 'deposit', 'balance')"
REASONS = (
    "IN ('cancelled_by_member', 'cancelled_by_staff', 'not_paid_in_time', "
    "'personalisation_rejected')"
)
STATUSES = "IN ('pending_payment', 'closed')"


def upgrade() -> None:
    create_orders()
    create_lines()
    create_allocations()
    create_payments()
    create_deadlines()
    create_history()
    create_notes()
    create_reviews()
    for journal in JOURNALS:
        op.execute(REFUSE.format(journal=journal))
        op.execute(
            f"CREATE TRIGGER {journal}_are_final BEFORE UPDATE OR DELETE OR TRUNCATE "
            f"ON {journal} FOR EACH STATEMENT EXECUTE FUNCTION {journal}_are_final()"
        )
    op.execute(MOVE_AS_DRAWN)
    op.execute(
        "CREATE TRIGGER orders_move_as_drawn BEFORE UPDATE ON orders "
        "FOR EACH ROW EXECUTE FUNCTION orders_move_as_drawn()"
    )


def downgrade() -> None:
    op.drop_table("personalisation_reviews")
    op.drop_table("order_deadlines")
    op.drop_table("order_payments")
    for journal in reversed(JOURNALS):
        op.drop_table(journal)
        op.execute(f"DROP FUNCTION {journal}_are_final()")
    op.drop_table("orders")
    op.execute("DROP FUNCTION orders_move_as_drawn()")


def some(kind: sa.types.TypeEngine[Any], names: str) -> list[sa.Column[Any]]:
    """Columns of one kind; a name that ends in ``?`` may be absent."""
    return [
        sa.Column(name.rstrip("?"), kind, nullable=name.endswith("?")) for name in names.split()
    ]


def keys(names: str) -> list[sa.Column[Any]]:
    """Columns of ids."""
    return some(sa.Uuid(), names)


def words(names: str) -> list[sa.Column[Any]]:
    """Columns of text."""
    return some(sa.Text(), names)


def numbers(names: str) -> list[sa.Column[Any]]:
    """Columns of whole numbers."""
    return some(sa.BigInteger(), names)


def moments(names: str) -> list[sa.Column[Any]]:
    """Columns of moments."""
    return some(sa.DateTime(timezone=True), names)


def checks(table: str, conditions: Mapping[str, str]) -> list[sa.CheckConstraint]:
    """What holds for each row."""
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
        for name, condition in conditions.items()
    ]


def names(table: str, references: Mapping[str, str]) -> list[sa.ForeignKeyConstraint]:
    """The columns that name rows of other tables."""
    return [
        sa.ForeignKeyConstraint(
            [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
        )
        for column, other in references.items()
    ]


def of_order(table: str) -> list[sa.ForeignKeyConstraint]:
    """The order that a row belongs to."""
    return names(table, {"order_id": "orders"})


def key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    """The primary key."""
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def create_orders() -> None:
    """What was ordered, for what price, and how far it has come."""
    conditions = {
        "status_is_known": f"status {STATUSES}",
        "channel_is_known": "channel IN ('mini_program', 'app', 'pad', 'web')",
        "delivery_is_known": "delivery IN ('delivery', 'pick_up')",
        "close_reason_is_known": f"close_reason {REASONS}",
        "discount_is_of_the_goods": "list_fen >= 0 AND discount_fen BETWEEN 0 AND list_fen",
        "freight_discount_is_of_the_freight": "freight_list_fen >= 0 "
        "AND freight_discount_fen BETWEEN 0 AND freight_list_fen",
        "payable_adds_up": "payable_fen = list_fen - discount_fen + freight_list_fen"
        " - freight_discount_fen",
        "closed_is_whole": "(status = 'closed') = (closed_at IS NOT NULL)"
        " AND (closed_at IS NULL) = (close_reason IS NULL)",
        "delivery_has_where": "(delivery = 'delivery') = (address IS NOT NULL)",
        "there_is_something": "units > 0 AND history > 0",
    }
    op.create_table(
        "orders",
        *keys("id member_id place_id"),
        *words("number channel status delivery close_reason? member_note?"),
        *some(postgresql.JSONB(), "address?"),
        *some(sa.LargeBinary(), "recipient_phone_index?"),
        *numbers("units list_fen discount_fen freight_list_fen freight_discount_fen payable_fen"),
        *numbers("freight_version"),
        *moments("placed_at closed_at?"),
        sa.Column("history", sa.BigInteger(), nullable=False, server_default=sa.text("1")),
        *checks("orders", conditions),
        *names("orders", {"member_id": "members", "place_id": "places"}),
        key("orders", "id"),
        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),
    )
    for column in ("member_id", "status", "recipient_phone_index"):
        op.create_index(f"ix_orders_{column}_id", "orders", [column, "id"])


def create_lines() -> None:
    """The units of each variant, as they were."""
    conditions = {
        "number_begins_at_one": "number > 0",
        "units_are_some": "units > 0",
        "prices_are_amounts": "unit_fen >= 0 AND personalisation_unit_fen >= 0",
        "list_is_units_by_price": "list_fen = units * (unit_fen + personalisation_unit_fen)",
        "payable_is_within_the_list": "payable_fen BETWEEN 0 AND list_fen",
    }
    op.create_table(
        "order_lines",
        *keys("order_id variant_id product_id"),
        *numbers("number"),
        *words("sku product_title_zh product_title_en variant_title_zh variant_title_en image_key"),
        *numbers("units unit_fen personalisation_unit_fen list_fen payable_fen weight_grams"),
        *some(postgresql.JSONB(), "personalisation"),
        *checks("order_lines", conditions),
        *of_order("order_lines"),
        *names("order_lines", {"variant_id": "variants", "product_id": "products"}),
        key("order_lines", "order_id", "number"),
    )
    op.create_index("ix_order_lines_product_id_order_id", "order_lines", ["product_id", "order_id"])


def create_allocations() -> None:
    """What each reduction took off each line."""
    conditions = {
        "it_is_some": "fen > 0",
        "line_exists": "line_number >= 0",
        "discount_class_is_known": "discount_class IN "
        "('activity', 'line', 'order', 'shipping', 'points')",
        "funder_is_known": "funder IN ('platform', 'merchant', 'brand')",
    }
    op.create_table(
        "discount_allocations",
        *keys("order_id"),
        *numbers("line_number position fen"),
        *words("source discount_class title_zh title_en funder"),
        *checks("discount_allocations", conditions),
        *of_order("discount_allocations"),
        key("discount_allocations", "order_id", "line_number", "position"),
    )


def create_payments() -> None:
    """What has to be paid, and by when."""
    conditions = {
        "purpose_is_known": PURPOSES,
        "status_is_known": "status IN ('due', 'void')",
        "amount_is_not_negative": "amount_fen >= 0",
    }
    op.create_table(
        "order_payments",
        *keys("order_id"),
        *words("purpose status"),
        *numbers("amount_fen"),
        *moments("due_at"),
        *checks("order_payments", conditions),
        *of_order("order_payments"),
        key("order_payments", "order_id", "purpose"),
    )


def create_deadlines() -> None:
    """When orders have to be looked at again."""
    op.create_table(
        "order_deadlines",
        *keys("order_id"),
        *words("purpose"),
        *moments("due_at"),
        *checks("order_deadlines", {"purpose_is_known": PURPOSES}),
        *of_order("order_deadlines"),
        key("order_deadlines", "order_id", "purpose"),
    )
    op.create_index("ix_order_deadlines_due_at_order_id", "order_deadlines", ["due_at", "order_id"])


def create_history() -> None:
    """The moves of each order."""
    conditions = {
        "begins_from_nothing": "(number = 1) = (from_status IS NULL)",
        "from_status_is_known": f"from_status {STATUSES}",
        "to_status_is_known": f"to_status {STATUSES}",
        "reason_is_known": f"reason {REASONS}",
    }
    op.create_table(
        "order_history",
        *keys("order_id"),
        *numbers("number"),
        *words("from_status? to_status reason? actor"),
        *moments("at"),
        *checks("order_history", conditions),
        *of_order("order_history"),
        key("order_history", "order_id", "number"),
    )
    op.create_index("ix_order_history_at_order_id", "order_history", ["at", "order_id"])


def create_notes() -> None:
    """What the staff have written about orders."""
    op.create_table(
        "order_notes",
        *keys("id order_id"),
        *words("actor text"),
        *moments("at"),
        *checks("order_notes", {"text_is_given": r"text ~ '\S'"}),
        *of_order("order_notes"),
        key("order_notes", "id"),
    )
    op.create_index("ix_order_notes_order_id_id", "order_notes", ["order_id", "id"])


def create_reviews() -> None:
    """Whether texts may be engraved."""
    conditions = {
        "status_is_known": "status IN ('passed', 'pending', 'approved', 'rejected', 'void')",
        "decision_is_whole": "(status IN ('approved', 'rejected')) = (decided_at IS NOT NULL)"
        " AND (decided_at IS NULL) = (decided_by IS NULL)",
        "rejected_for_a_reason": "status <> 'rejected' OR reason IS NOT NULL",
    }
    op.create_table(
        "personalisation_reviews",
        *keys("order_id"),
        *numbers("line_number"),
        *words("status check_trace? text_digest decided_by? reason?"),
        *moments("decided_at?"),
        *checks("personalisation_reviews", conditions),
        sa.ForeignKeyConstraint(
            ["order_id", "line_number"],
            ["order_lines.order_id", "order_lines.number"],
            name=op.f("fk_personalisation_reviews_order_id_line_number_order_lines"),
        ),
        key("personalisation_reviews", "order_id", "line_number"),
    )
    op.create_index(
        "ix_personalisation_reviews_status_order_id_line_number",
        "personalisation_reviews",
        ["status", "order_id", "line_number"],
    )
