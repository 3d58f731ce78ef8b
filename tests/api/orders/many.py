"""Many orders at once, as no member could place them, for what has to stay quick or whole."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from domain.orders.words import OrderStatus
from tests import make

FIRST_SECOND = 1_760_000_000
SECONDS_APART = 60
_ORDERS = """
INSERT INTO orders (id, number, member_id, channel, status, delivery, place_id, address,
    recipient_phone_index, units, list_fen, discount_fen, freight_list_fen, freight_discount_fen,
    payable_fen, freight_version, placed_at, closed_at, close_reason, history)
SELECT (lpad(to_hex((1760000000 + n * 60) * 1000::bigint), 12, '0') || '70008000'
        || lpad(to_hex(n), 12, '0'))::uuid,
    lpad(n::text, 18, '0'), ($1::uuid[])[1 + n % 100], 'mini_program',
    CASE WHEN n % 10 = 3 THEN 'pending_payment' ELSE 'closed' END, 'pick_up',
    ($2::uuid[])[CASE WHEN n % 50 = 0 THEN 2 ELSE 1 END], NULL,
    decode(md5((n % 1000)::text), 'hex'), 1 + n % 2, 100 * (1 + n % 2), 0, 0, 0,
    100 * (1 + n % 2), 1, to_timestamp(1760000000 + n * 60),
    CASE WHEN n % 10 = 3 THEN NULL ELSE to_timestamp(1760000000 + n * 60 + 9) END,
    CASE WHEN n % 10 = 3 THEN NULL ELSE 'not_paid_in_time' END,
    CASE WHEN n % 10 = 3 THEN 1 ELSE 2 END
FROM generate_series(1, $3::int) n
"""
_LINES = """
INSERT INTO order_lines (order_id, number, variant_id, product_id, sku, product_title_zh,
    product_title_en, variant_title_zh, variant_title_en, image_key, units, unit_fen,
    personalisation, personalisation_unit_fen, list_fen, payable_fen, weight_grams)
SELECT orders.id, line, md5((substr(orders.number, 12)::int % 40)::text)::uuid,
    md5((substr(orders.number, 12)::int % 40)::text)::uuid, 'SKU', '山茶', 'Camellia',
    '瓶', 'Bottle', 'products/1.jpg', 1, 100, '[]', 0, 100, 100, 0
FROM orders, generate_series(1, units) line
"""


@dataclass(frozen=True, slots=True)
class Many:
    """Whose orders they are and where they are from: nearly all from the first of two places."""

    members: list[UUID]
    places: list[UUID]


async def fill_orders(owner: "asyncpg.Connection[asyncpg.Record]", count: int) -> Many:
    """Orders a minute apart, of a hundred members; one in ten waits to be paid.

    Written past every trigger and reference, by whom nothing stops. Half of them have two lines;
    products and variants are not there themselves.
    """
    members, places = [make.an_id() for _ in range(100)], [make.an_id() for _ in range(2)]
    await owner.execute(
        "INSERT INTO members (id, name, joined_at) SELECT key, '山茶', now() "
        "FROM unnest($1::uuid[]) key",
        members,
    )
    await owner.execute(
        "INSERT INTO places (id, code, kind, title_zh, title_en) "
        "SELECT key, 'M-' || key, 'store', '店', 'Store' FROM unnest($1::uuid[]) key",
        places,
    )
    await owner.execute(_ORDERS, members, places, count)
    await owner.execute(_LINES)
    await owner.execute("ANALYZE orders, order_lines, members")
    assert OrderStatus.PENDING_PAYMENT == "pending_payment"
    return Many(members, places)
