"""virtual goods: what of an order is not sent, and what its member reads of it

Deploy: before the release that sells virtual goods. Columns have a default, for the release before
this one; checks let more words through for new rows at once, and for the old ones by the next
revision. No API and no worker of the release before may run any more when the first virtual product
is created: they fail over each row with a word that they do not know.
"""

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "4e9c70b2a1d8"
down_revision = "4f0c83d6b1a9"
branch_labels = None
depends_on = None

NOTES = ("delivery_note_zh", "delivery_note_en")
NOTED = ("variants", "order_lines")
DELIVERIES_BEFORE = "'delivery', 'pick_up'"
DELIVERIES_NOW = f"{DELIVERIES_BEFORE}, 'virtual'"
SHIPMENT_KINDS_BEFORE = "'express', 'pick_up'"
SHIPMENT_KINDS_NOW = f"{SHIPMENT_KINDS_BEFORE}, 'virtual'"
KINDS_BEFORE = (
    "'order_paid', 'order_closed', 'payment_refunded', 'order_shipped', 'case_moved', "
    "'order_ready', 'order_fetched', 'invoice_issued', 'invoice_rejected'"
)
KINDS_NOW = f"{KINDS_BEFORE}, 'order_delivered'"
REPLACED: Mapping[tuple[str, str], tuple[str, str]] = {
    ("orders", "delivery_is_known"): (
        f"delivery IN ({DELIVERIES_NOW})",
        f"delivery IN ({DELIVERIES_BEFORE})",
    ),
    ("shipments", "kind_is_known"): (
        f"kind IN ({SHIPMENT_KINDS_NOW})",
        f"kind IN ({SHIPMENT_KINDS_BEFORE})",
    ),
    ("inbox_messages", "kind_is_known"): (f"kind IN ({KINDS_NOW})", f"kind IN ({KINDS_BEFORE})"),
    ("message_sends", "kind_is_known"): (f"kind IN ({KINDS_NOW})", f"kind IN ({KINDS_BEFORE})"),
}
"""Checks that are replaced: as they are now, and as they were."""


def upgrade() -> None:
    for table in NOTED:
        for name in NOTES:
            column = sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''"))
            op.add_column(table, column)
    for (table, name), (condition, _) in REPLACED.items():
        replace_check(table, name, condition)
    note_is_whole = "(delivery_note_zh = '') = (delivery_note_en = '')"
    op.execute(
        "ALTER TABLE variants ADD CONSTRAINT ck_variants_note_is_in_both_languages "
        f"CHECK ({note_is_whole}) NOT VALID"
    )


def downgrade() -> None:
    for (table, name), (_, condition) in REPLACED.items():
        replace_check(table, name, condition)
    for table in NOTED:
        for name in NOTES:
            op.drop_column(table, name)


def replace_check(table: str, name: str, condition: str) -> None:
    """Hold a check for new rows in the place of another one."""
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}"
    )
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition}) NOT VALID"
    )
