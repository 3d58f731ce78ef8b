"""How PostgreSQL finds the rows of whatever a purchase sends, in a mall that has grown."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import asyncpg
import pytest

from api.orders.ordering import Ordering, open_ordering
from domain.kernel.db import Database
from domain.kernel.hot_pool import PLANS
from domain.kernel.idempotency import RequestKey
from domain.orders.closing import Closed, Closing
from domain.orders.errors import PaymentUnderWay
from domain.orders.placing.values import Placement
from domain.orders.refunding.rules import UnitsBack
from domain.orders.words import CloseReason
from domain.payments.beginning import Begun, Counter, PaymentWish
from domain.payments.ports import GatewayState, Notice
from tests.domain.orders import buying
from tests.domain.payments.purchases import a_payer
from tests.domain.payments.returns import sold
from tests.domain.payments.tills import RANDOM, MemoryGateway, a_till
from tests.make import NOON, an_id

_MANY = 3_000
_KEY, _OTHER = "md5(n::text)::uuid", "md5('other' || n)::uuid"
_GROWN = {
    "members": {"id": _OTHER},
    "member_identities": {"id": _KEY, "member_id": _OTHER, "subject": "'subject' || n"},
    "addresses": {"id": _KEY, "member_id": _OTHER},
    "cart_lines": {"id": _KEY, "member_id": _OTHER},
    "products": {"id": _KEY, "code": "'code' || n"},
    "variants": {"id": _KEY, "product_id": _KEY, "sku": "'sku' || n"},
    "stock_levels": {"variant_id": _KEY},
    "orders": {
        "id": _KEY,
        "number": "'number' || n",
        "member_id": _OTHER,
    },
    "order_lines": {"order_id": _KEY, "product_id": _KEY, "variant_id": _KEY},
    "order_payments": {"order_id": _KEY},
    "order_deadlines": {"order_id": _KEY},
    "payment_attempts": {
        "id": _KEY,
        "order_id": _KEY,
        "number": "'number' || n",
    },
    "order_refunds": {"id": _KEY, "order_id": _KEY, "source": "'source' || n"},
    "order_refund_lines": {"refund_id": _KEY, "order_id": _KEY},
    "request_answers": {"request_id": _KEY},
}
"""Tables that purchases read, and what is another one's in each copy of a row."""
_COPIED = {"orders": "status = 'pending_payment'", "payment_attempts": "status = 'prepaid'"}
"""Which row is copied, of tables that hold rows in several states: of the one that waits."""
_SMALL = frozenset({"pk_freight_versions"})
_OF_A_KEY = re.compile(r"\b(id|number|variant_id|order_id|member_id|product_id|request_id) =")


def key(operation: str) -> RequestKey:
    """The key of a new request."""
    return RequestKey("member:1", operation, an_id(), b"1")


async def begun(
    database: Database, ordering: Ordering, shop: buying.Shop, gateway: MemoryGateway
) -> Begun:
    """An order that can be paid, by the way that each takes."""
    member = await a_payer(database)
    await buying.in_cart(database, member, shop.variants[0], 1)
    placement = buying.placement(member, await buying.seen(database, member))
    asked = key("placeOrder")
    order = await ordering.placing.submit(asked, placement)
    # A repeat has statements of its own.
    assert await ordering.placing.submit(asked, placement) == order
    wish = PaymentWish(order.order_id, member)
    begun = await ordering.paying.submit(key("payOrder"), wish)
    assert begun.attempt_id is not None
    await a_till(database, gateway).payable(begun.attempt_id)
    return begun


async def closed(
    database: Database, ordering: Ordering, begun: Begun, gateway: MemoryGateway, why: CloseReason
) -> None:
    """Close the order, so that a payment of it comes late."""
    closing, asked = Closing(begun.order_id, why, "test"), key("cancelOrder")
    with pytest.raises(PaymentUnderWay):
        await ordering.cancelling.submit(asked, closing)
    await a_till(database, gateway).release(begun.order_id)
    told = await ordering.cancelling.submit(asked, closing)
    assert told == Closed(begun.order_id)


async def two_at_once(
    database: Database, ordering: Ordering, shop: buying.Shop, gateway: MemoryGateway
) -> None:
    """Place, begin to pay and cancel as a batch: what one row is sent for has another form."""
    placements: list[Placement] = []
    for _ in range(2):
        member = await a_payer(database)
        await buying.in_cart(database, member, shop.variants[0], 1)
        placements.append(buying.placement(member, await buying.seen(database, member)))
    asked = [(key("placeOrder"), each) for each in placements]
    orders = await asyncio.gather(*(ordering.placing.submit(*each) for each in asked))
    assert await asyncio.gather(*(ordering.placing.submit(*each) for each in asked)) == orders
    pairs = zip(orders, placements, strict=True)
    wishes = [PaymentWish(order.order_id, each.member_id) for order, each in pairs]
    paying = (ordering.paying.submit(key("payOrder"), wish) for wish in wishes)
    for attempt in await asyncio.gather(*paying):
        assert attempt.attempt_id is not None
        await a_till(database, gateway).payable(attempt.attempt_id)
        await a_till(database, gateway).release(attempt.order_id)
    why = CloseReason.CANCELLED_BY_MEMBER
    closings = [Closing(order.order_id, why, "test") for order in orders]
    cancelling = (ordering.cancelling.submit(key("cancelOrder"), each) for each in closings)
    told = await asyncio.gather(*cancelling)
    assert told == [Closed(order.order_id) for order in orders]


async def sent(database: Database, heard: Callable[[str], None]) -> None:
    """Let one order be paid, one be paid late and one in vain, and leave one that waits."""
    gateway, shop = MemoryGateway(), await buying.a_shop(database)
    till, counter = a_till(database, gateway), Counter(gateway, "山茶")
    reasons = (None, CloseReason.NOT_PAID_IN_TIME, CloseReason.CANCELLED_BY_STAFF)
    async with open_ordering(database.hot, lambda: NOON, RANDOM, counter) as ordering:
        database.hot.heard_by = heard
        try:
            for why in reasons:
                order = await begun(database, ordering, shop, gateway)
                number = f"{order.order_number}-1"
                if why is not None:
                    await closed(database, ordering, order, gateway, why)
                    payment = replace(gateway.payments[number], state=GatewayState.NOT_PAID)
                    gateway.payments[number] = payment
                notice = Notice(number, "TRANSACTION.SUCCESS", NOON, gateway.pay(number))
                await till.told(gateway.provider, notice)
            await begun(database, ordering, shop, gateway)
            await two_at_once(database, ordering, shop, gateway)
        finally:
            database.hot.heard_by = None
    # What purchases read and do not write: somebody's cart, and what came back of an order.
    await buying.in_cart(database, await a_payer(database), shop.variants[0], 1)
    refunded = await sold(database, shop, 1)
    await refunded.back(UnitsBack(1, 1))
    await refunded.run()


def parts(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan and all that it is made of."""
    yield plan
    for part in cast("list[dict[str, Any]]", plan.get("Plans", [])):
        yield from parts(part)


async def grow(owner: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Make a mall of what one purchase has written: so many orders, members and goods."""
    for table, others in _GROWN.items():
        names = await owner.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass"
            " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
            table,
        )
        columns = [str(name) for (name,) in names]
        values = ", ".join(others.get(each, f"it.{each}") for each in columns)
        made = await owner.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values}"
            f" FROM (SELECT * FROM {table} WHERE {_COPIED.get(table, 'true')} LIMIT 1) AS it,"
            f" generate_series(1, {_MANY}) AS n"
        )
        assert made == f"INSERT 0 {_MANY}", table
        await owner.execute(f"ANALYZE {table}")


async def plan_of(owner: "asyncpg.Connection[asyncpg.Record]", sql: str) -> dict[str, Any]:
    """The plan for any values."""
    numbers = [int(number) for number in re.findall(r"\$(\d+)", sql)]
    values = f"({', '.join(['NULL'] * max(numbers))})" if numbers else ""
    await owner.execute(f"PREPARE it AS {sql}")
    told = await owner.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE it {values}")
    await owner.execute("DEALLOCATE it")
    return json.loads(told)[0]["Plan"]


def is_bound(part: dict[str, Any]) -> bool:
    """Whether a part of a plan looks up nothing but the rows that it is about."""
    if part["Node Type"] not in {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}:
        return part["Node Type"] != "Seq Scan"
    return part["Index Name"] in _SMALL or bool(_OF_A_KEY.search(part.get("Index Cond", "")))


async def test_whatever_a_purchase_sends_finds_its_rows_by_their_keys(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    statements: dict[str, None] = {}
    await sent(database, lambda sql: statements.update({sql: None}))
    assert len(statements) > 30
    for form in ("unnest($1::UUID[], $2::TEXT[]", "(SELECT $1::UUID, $2::VARCHAR"):
        assert any("INSERT INTO orders" in sql and form in sql for sql in statements), form
    await grow(owner)
    for name, value in PLANS.items():
        await owner.execute(f"SET {name} = {value}")
    try:
        unbound = [
            (part["Index Name"], part.get("Index Cond"), sql)
            for sql in statements
            for part in parts(await plan_of(owner, sql))
            if not is_bound(part)
        ]
    finally:
        for name in PLANS:
            await owner.execute(f"RESET {name}")
    assert unbound == []
