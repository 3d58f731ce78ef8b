"""payments: payers can be erased, and refunds that people see to are asked about

Deploy: before the release that asks about them. The machines of attempts and refunds let more
through than before and nothing less, so the release before this one goes on. The index that finds
refunds to be asked about is built without blocking writers, and the one before it goes then.
"""

from alembic import op

from migrations.online import build_concurrently, drop_concurrently

revision = "b7e41d90c3a6"
down_revision = "5c1f8e92d7a3"
branch_labels = None
depends_on = None

ATTEMPTS, REFUNDS = "payment_attempts", "payment_refunds"
MACHINE = """
CREATE OR REPLACE FUNCTION {table}_move_as_drawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable text[] := ARRAY[{movable}];
BEGIN
    IF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN ({moves}) THEN
        RAISE EXCEPTION '{table}: no move from % to %', OLD.status, NEW.status
            USING ERRCODE = '23514';
    END IF;
    {more}IF to_jsonb(OLD) - movable <> to_jsonb(NEW) - movable THEN
        RAISE EXCEPTION 'what {table} were begun with is frozen' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END
$$
"""
ERASABLE = """IF NEW.status IN ('paid', 'closed') AND NEW.payer IS NULL AND NEW.request IS NULL THEN
        movable := movable || ARRAY['payer', 'request'];
    END IF;
    """
MOVABLE = {
    ATTEMPTS: "'status', 'prepay_id', 'prepaid_at', 'transaction_id', 'paid_at', 'ask_at', "
    "'asked', 'unapplied_fen', 'unapplied_since', 'refunding_fen'",
    REFUNDS: "'status', 'gateway_id', 'payer_fen', 'finished_at', 'ask_at', 'asked'",
}
MOVES = {
    ATTEMPTS: "('created', 'prepaid'), ('created', 'paid'), ('created', 'closed'), "
    "('prepaid', 'paid'), ('prepaid', 'closed'), ('closed', 'paid')",
    REFUNDS: "('created', 'processing'), ('created', 'succeeded'), ('created', 'closed'), "
    "('created', 'abnormal'), ('processing', 'succeeded'), ('processing', 'closed'), "
    "('processing', 'abnormal'), ('abnormal', 'succeeded'), ('abnormal', 'closed')",
}
BEFORE, NOW = "ix_payment_refunds_ask_at", "ix_payment_refunds_due"


def upgrade() -> None:
    for column in ("payer", "request"):
        # The release before this one reads them of open attempts alone, where they stay.
        op.execute(
            "-- squawk-ignore ban-drop-not-null\n"
            f"ALTER TABLE {ATTEMPTS} ALTER COLUMN {column} DROP NOT NULL"
        )
    draw(ATTEMPTS, more=ERASABLE)
    draw(REFUNDS, moves=f"{MOVES[REFUNDS]}, ('abnormal', 'processing')")
    build_concurrently({NOW: f"{REFUNDS} (ask_at, id) WHERE ask_at IS NOT NULL"})
    drop_concurrently(BEFORE)


def downgrade() -> None:
    under_way = "status IN ('created', 'processing')"
    build_concurrently({BEFORE: f"{REFUNDS} (ask_at, id) WHERE {under_way}"})
    drop_concurrently(NOW)
    draw(REFUNDS)
    draw(ATTEMPTS)
    # Who was erased stays so: the bytes are gone, and the words say it.
    op.execute("ALTER TABLE payment_attempts DISABLE TRIGGER payment_attempts_move_as_drawn")
    op.execute("UPDATE payment_attempts SET payer = 'erased', request = '' WHERE payer IS NULL")
    op.execute("ALTER TABLE payment_attempts ENABLE TRIGGER payment_attempts_move_as_drawn")
    op.alter_column(ATTEMPTS, "payer", nullable=False)
    op.alter_column(ATTEMPTS, "request", nullable=False)


def draw(table: str, *, moves: str = "", more: str = "") -> None:
    """Put a machine in the place of the one before it."""
    moves = moves or MOVES[table]
    op.execute(MACHINE.format(table=table, movable=MOVABLE[table], moves=moves, more=more))
