"""rejected texts: what was rejected before is marked too, and the check holds for the old rows

Deploy: once nothing of the release before runs any more, which rejected without the mark; again by
hand where something of it did. It is a handful of rows: of paid orders whose texts were rejected,
those lines of which something is left to be given back.
"""

from alembic import op

revision = "d1e85b60f3a7"
down_revision = "a94d72e5c8b1"
branch_labels = None
depends_on = None

MARK = """
UPDATE personalisation_reviews review SET owed_place_id = orders.place_id
FROM orders, order_lines line
WHERE review.status = 'rejected' AND review.owed_place_id IS NULL
    AND orders.id = review.order_id
    AND orders.status IN ('paid', 'partly_shipped', 'shipped', 'received')
    AND line.order_id = review.order_id AND line.number = review.line_number
    AND (orders.payable_fen = 0 OR orders.refunding_fen < orders.payable_fen)
    AND NOT EXISTS (
        SELECT FROM order_refund_lines back
        WHERE back.order_id = line.order_id AND back.line_number = line.number
        HAVING sum(back.units) >= line.units
            OR (line.payable_fen > 0 AND sum(back.goods_fen) >= line.payable_fen)
    )
"""


def upgrade() -> None:
    op.execute(MARK)
    op.execute(
        "ALTER TABLE personalisation_reviews "
        "VALIDATE CONSTRAINT ck_personalisation_reviews_what_is_owed_was_rejected"
    )


def downgrade() -> None:
    """Nothing: the marks go with their column."""
