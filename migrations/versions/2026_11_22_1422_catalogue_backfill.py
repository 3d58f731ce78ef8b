"""codes, search and price history for what the catalogue has already

Deploy: right after the columns, while the mall goes on: a thousand rows at a time, each chunk
committed by itself, and begun anew where it was broken off. Who runs the SQL by hand repeats each
statement until it finds nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "b90e5d2c7a18"
down_revision = "a7d30c91e5b2"
branch_labels = None
depends_on = None

CATEGORIES = """
UPDATE categories SET code = id
WHERE id IN (SELECT id FROM categories WHERE code = '' LIMIT 1000)
"""
PRODUCTS = """
UPDATE products SET
    code = CASE WHEN code = '' THEN due.id::text ELSE code END,
    from_price_fen = due.least,
    search_text = due.said,
    search_terms = ARRAY(
        SELECT DISTINCT term
        FROM generate_series(1, length(due.said)) AS place,
            generate_series(1, 3) AS size,
            substr(due.said, place, size) AS term
        WHERE term !~ '\\s' AND (size < 3 OR term ~ '^[[:ascii:]]+$')
        ORDER BY term
    )
FROM (
    SELECT products.id,
        coalesce(min(variants.price_fen), 0) AS least,
        lower(normalize(
            concat_ws(
                E'\\n', products.title_zh, products.title_en, products.id,
                string_agg(variants.sku, E'\\n')
            ),
            NFKC
        )) AS said
    FROM (SELECT * FROM products WHERE search_text = '' LIMIT 1000) AS products
    LEFT JOIN variants ON variants.product_id = products.id
    GROUP BY products.id, products.title_zh, products.title_en
) AS due
WHERE products.id = due.id
"""
PRICES = """
INSERT INTO price_entries (
    variant_id, number, price_fen, is_offered, offered_from, actor, recorded_at
)
SELECT variants.id, 1, variants.price_fen, true, products.visible_from, 'migration', now()
FROM variants JOIN products ON products.id = product_id
WHERE NOT EXISTS (SELECT FROM price_entries WHERE variant_id = variants.id)
LIMIT 1000
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for statement in (CATEGORIES, PRODUCTS, PRICES):
            in_chunks(statement)


def downgrade() -> None:
    """What was filled in goes with its columns."""


def in_chunks(statement: str) -> None:
    """Run a statement until it finds nothing more to do."""
    if op.get_context().as_sql:
        op.execute(statement)
        return
    connection = op.get_bind()
    while connection.execute(sa.text(statement)).rowcount:
        pass
