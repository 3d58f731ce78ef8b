"""A network that breaks: connections between the API and PostgreSQL are reset at any chunk.

Where four of a hundred chunks are resets most batches fail, and only patience brings an order
through: that is the long form. The suite has one of a hundred.
"""

import asyncio
from collections.abc import Sequence
from itertools import chain
from typing import Any

from domain.kernel.db import Database
from domain.orders.words import OrderStatus
from tests.api.client import Api
from tests.domain.orders.buying import a_shop
from tests.faults.buyers import Buyer, Request, buyers
from tests.faults.end_state import end_state
from tests.faults.rig import Process, Rig

SECONDS = 800.0
"""How long the most unlucky may have to ask again: as long as they are signed in."""
ORDERS = 200
"""How many orders there are in a round; the long form has ten."""
EACH = 4
"""How many orders each buyer places, of another variant each time."""

FEWEST_RESETS = 8
"""With fewer in a round there was no broken network."""


async def buy_each(buyer: Buyer, apis: Sequence[Api]) -> list[tuple[Request, Any]]:
    """Place an order of each line of the cart by itself; what was sent, and the answers."""
    answers: list[tuple[Request, Any]] = []
    for line_id in buyer.line_ids:
        token = await buyer.quote(apis, line_id, seconds=SECONDS)
        request = buyer.placing(token)
        answers.append((request, await request.answered(apis, seconds=SECONDS)))
    return answers


async def test_whoever_asks_again_over_a_broken_network_has_each_order_once(
    rig: Rig, both: list[Process], database: Database, *, is_soak: bool
):
    rounds, share = (10, 0.04) if is_soak else (1, 0.01)
    apis = [each.api for each in both]
    shop = await a_shop(database, units=rounds * ORDERS, prices_fen=(15_800,) * EACH)
    cart = [(each, 1) for each in shop.variants]
    placed: set[str] = set()
    for _ in range(rounds):
        made = await buyers(both[0], database, [cart for _ in range(ORDERS // EACH)])
        before, rig.postgres.share = rig.postgres.resets, share
        try:
            bought = await asyncio.gather(
                *(buy_each(buyer, apis[n % 2 :] + apis[: n % 2]) for n, buyer in enumerate(made))
            )
            answers = list(chain(*bought))
            again = await asyncio.gather(
                *(request.answered(apis, seconds=SECONDS) for request, _ in answers)
            )
        finally:
            rig.postgres.share = 0.0
        assert rig.postgres.resets - before >= FEWEST_RESETS

        assert [answer for _, answer in answers] == again
        assert {answer["__typename"] for answer in again} == {"OrderPlaced"}
        placed |= {answer["orderId"] for answer in again}

    state = await end_state(database)
    assert placed == {f"order_{each.hex}" for each in state.orders}
    assert state.counted == {OrderStatus.PENDING_PAYMENT: rounds * ORDERS}
    assert state.held == dict.fromkeys(shop.variants, rounds * ORDERS // EACH)
    assert state.facts == rounds * ORDERS
