"""cases: what was said and shown in them can be erased once they are over

Deploy: before the release that erases. The history of cases and their pictures are no journals any
more: of the one only what was said can go, of the other all, and each only once the case is over.
Money can come in the place of an exchange of which nothing can be sent any more: then the case and
its lines get their amounts. Checks hold for new rows at once, and for the old ones by the next
revision.
"""

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "5d9e13b7a4c2"
down_revision = "e2a5967f1c0d"
branch_labels = None
depends_on = None

IS_OVER = "erased_at IS NULL OR (ended_at IS NOT NULL AND note = '')"
BEGINS = "('requested', 'approved'), ('requested', 'refused'), ('requested', 'cancelled')"
REFUND_MOVES = f"{BEGINS}, ('approved', 'refunding'), ('refunding', 'succeeded')"
GOODS_MOVES = (
    f"{BEGINS}, ('approved', 'sent_back'), ('approved', 'cancelled'), ('approved', 'expired'), "
    "('sent_back', 'received'), ('received', 'inspected'), ('received', 'refused')"
)
RETURN_MOVES = f"{GOODS_MOVES}, ('inspected', 'refunding'), ('refunding', 'succeeded')"
EXCHANGE_MOVES = f"{GOODS_MOVES}, ('inspected', 'exchanged')"
EXCHANGE_MOVES_NOW = f"{EXCHANGE_MOVES}, ('inspected', 'refunding'), ('refunding', 'succeeded')"
NO_MONEY_BEFORE = {
    "exchanges_give_no_money_back": "kind <> 'exchange' OR refund_fen = 0",
    "exchanges_move_no_money": "status NOT IN ('refunding', 'succeeded') OR kind <> 'exchange'",
}
MONEY_NOW = {
    "exchanges_give_money_instead": (
        "kind <> 'exchange' OR refund_fen = 0 OR status IN ('refunding', 'succeeded')"
    )
}
ERASING = """
        IF OLD.ended_at IS NOT NULL AND OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL
            AND NEW.note = '' AND COALESCE(NEW.told, '') = '' AND COALESCE(NEW.exception, '') = ''
            AND to_jsonb(OLD) - erased = to_jsonb(NEW) - erased THEN
            RETURN NEW;
        END IF;"""
INSTEAD = """
    IF OLD.kind = 'exchange' AND (OLD.status, NEW.status) = ('inspected', 'refunding') THEN
        movable := movable || ARRAY['goods_fen', 'freight_fen', 'refund_fen'];
    END IF;"""
CASES_MOVE = """
CREATE OR REPLACE FUNCTION cases_move_as_drawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reminded CONSTANT text[] := ARRAY['due_at', 'escalated_at'];
    erased CONSTANT text[] := ARRAY['note', 'told', 'exception', 'erased_at'];
    movable text[] := reminded || ARRAY['status', 'history', 'ended_at', 'told',
        'return_to', 'back_carrier', 'back_number', 'sent_carrier', 'sent_number', 'refund_id'];
    is_drawn boolean;
BEGIN
    IF OLD.status = NEW.status THEN{erasing}
        IF to_jsonb(OLD) - reminded <> to_jsonb(NEW) - reminded THEN
            RAISE EXCEPTION 'a case changes by its moves alone' USING ERRCODE = '23514';
        END IF;
        RETURN NEW;
    END IF;
    is_drawn := CASE OLD.kind
        WHEN 'refund' THEN (OLD.status, NEW.status) IN ({refund})
        WHEN 'return' THEN (OLD.status, NEW.status) IN ({returning})
        ELSE (OLD.status, NEW.status) IN ({exchange})
    END;
    IF NOT is_drawn THEN
        RAISE EXCEPTION 'a % does not go from % to %', OLD.kind, OLD.status, NEW.status
            USING ERRCODE = '23514';
    END IF;{instead}
    IF to_jsonb(OLD) - movable <> to_jsonb(NEW) - movable OR NEW.history <> OLD.history + 1 THEN
        RAISE EXCEPTION 'what a case was opened with is frozen' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END
$$
"""
HISTORY_IS_KEPT = """
CREATE FUNCTION case_history_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.note IS NULL AND to_jsonb(OLD) - 'note' = to_jsonb(NEW) - 'note'
            AND EXISTS (SELECT FROM cases WHERE id = OLD.case_id AND ended_at IS NOT NULL) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'moves of cases are kept: % is refused', TG_OP USING ERRCODE = '42501';
END
$$
"""
PICTURES_GO = """
CREATE FUNCTION case_pictures_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT FROM cases WHERE id = OLD.case_id AND ended_at IS NOT NULL) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'pictures of cases stay: % is refused', TG_OP USING ERRCODE = '42501';
END
$$
"""
LINES_ARE_KEPT = """
CREATE FUNCTION case_lines_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    amounts CONSTANT text[] := ARRAY['goods_fen', 'freight_fen'];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.goods_fen = 0 AND OLD.freight_fen = 0
            AND to_jsonb(OLD) - amounts = to_jsonb(NEW) - amounts
            AND EXISTS (SELECT FROM cases WHERE id = OLD.case_id AND kind = 'exchange'
                AND status = 'inspected') THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'lines of cases are kept: % is refused', TG_OP USING ERRCODE = '42501';
END
$$
"""
TABLES = ("case_history", "case_pictures", "case_lines")


def upgrade() -> None:
    op.add_column("cases", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        f"ALTER TABLE cases ADD CONSTRAINT ck_cases_erased_is_over CHECK ({IS_OVER}) NOT VALID"
    )
    replace_checks(NO_MONEY_BEFORE, MONEY_NOW)
    op.execute(cases_move(ERASING, INSTEAD, EXCHANGE_MOVES_NOW))
    op.execute(HISTORY_IS_KEPT)
    op.execute(PICTURES_GO)
    op.execute(LINES_ARE_KEPT)
    for table in TABLES:
        op.execute(f"DROP TRIGGER {table}_are_final ON {table}")
        op.execute(f"-- squawk-ignore ban-drop-function\nDROP FUNCTION {table}_are_final()")
        op.execute(
            f"CREATE TRIGGER {table}_are_kept BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_are_kept()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_are_not_emptied BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_are_kept()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER {table}_are_not_emptied ON {table}")
        op.execute(f"DROP TRIGGER {table}_are_kept ON {table}")
        op.execute(f"DROP FUNCTION {table}_are_kept()")
        make_final(table)
    op.execute(cases_move("", "", EXCHANGE_MOVES))
    replace_checks(MONEY_NOW, NO_MONEY_BEFORE)
    op.drop_column("cases", "erased_at")


def cases_move(erasing: str, instead: str, exchange: str) -> str:
    """The function that holds a case to its moves, with what else may change."""
    return CASES_MOVE.format(
        erasing=erasing,
        instead=instead,
        refund=REFUND_MOVES,
        returning=RETURN_MOVES,
        exchange=exchange,
    )


def replace_checks(before: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Put checks of cases in the place of others; they hold for new rows."""
    for name in before:
        op.execute(
            "-- squawk-ignore ban-drop-constraint\n"
            f"ALTER TABLE cases DROP CONSTRAINT ck_cases_{name}"
        )
    for name, condition in now.items():
        op.execute(
            f"ALTER TABLE cases ADD CONSTRAINT ck_cases_{name} CHECK ({condition}) NOT VALID"
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
