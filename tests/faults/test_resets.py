"""A network that breaks: connections between the API and PostgreSQL are reset at any chunk.

A batch is some eighty chunks on a new connection. Where four of a hundred are resets, one batch
in twenty comes through: that is the long form. The suite has one of a hundred.
"""

import asyncio
from itertools import chain
from typing import Any

import pytest

from domain.kernel.db import Database
from domain.orders.words import OrderStatus
from tests.domain.orders.buying import a_shop
from tests.faults.buyers import Buyer, Request, buyers
from tests.faults.end_state import end_state
from tests.faults.rig import Process, Rig

pytestmark = pytest.mark.xdist_group("faults")

SECONDS = 1_200.0
"""How long the most unlucky may have to ask again, in the long form."""
EACH = 10
"""How many orders each buyer places, of another variant each time."""


async def test_whoever_asks_again_over_a_broken_network_has_each_order_once(
    rig: Rig, both: list[Process], database: Database, *, is_soak: bool
):
    orders, share = (2_000, 0.04) if is_soak else (200, 0.01)
    apis = [each.api for each in both]
    shop = await a_shop(database, units=orders, prices_fen=(15_800,) * EACH)
    cart = [(each, 1) for each in shop.variants]
    made = await buyers(both[0], database, [cart for _ in range(orders // EACH)])

    async def buy(buyer: Buyer, turn: int) -> list[tuple[Request, Any]]:
        """Place an order of each line by itself, at one process or the other."""
        turns = apis[turn:] + apis[:turn]
        answers: list[tuple[Request, Any]] = []
        for line_id in buyer.line_ids:
            token = await buyer.quote(turns, line_id, seconds=SECONDS)
            request = buyer.placing(token)
            answers.append((request, await request.answered(turns, seconds=SECONDS)))
        return answers

    rig.postgres.share = share
    try:
        bought = await asyncio.gather(*(buy(each, n % 2) for n, each in enumerate(made)))
        answers = list(chain(*bought))
        again = await asyncio.gather(
            *(request.answered(apis, seconds=SECONDS) for request, _ in answers)
        )
    finally:
        rig.postgres.share = 0.0
    assert rig.postgres.resets > orders / 20

    assert [answer for _, answer in answers] == again
    assert {answer["__typename"] for answer in again} == {"OrderPlaced"}
    placed = {answer["orderId"] for answer in again}
    state = await end_state(database)
    assert placed == {f"order_{each.hex}" for each in state.orders}
    assert state.counted == {OrderStatus.PENDING_PAYMENT: orders}
    assert state.held == dict.fromkeys(shop.variants, orders // EACH)
    assert state.facts == orders
