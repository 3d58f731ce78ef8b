"""The audit of duties: silent on a mall that is right, and each invariant finds its own fault."""

import asyncpg
import pytest

from domain.kernel.db import Database
from domain.shipping_duty.audit import INVARIANTS
from tests.domain.orders.buying import a_shop
from tests.domain.shipping_duty.duties import (
    MemoryWeChat,
    a_paid_order,
    a_teller,
    broken,
    relayed,
    sent,
    worked,
)

FAULTS = {
    "shipping_duty.each_payment_of_an_order_is_a_duty": "DELETE FROM shipping_duties "
    "WHERE status = 'waiting_for_shipment'",
    "shipping_duty.what_was_sent_whole_does_not_wait": "UPDATE shipping_duties "
    "SET status = 'waiting_for_shipment' WHERE status = 'accepted'",
    "shipping_duty.accepted_has_all_parcels": "UPDATE shipping_duties "
    "SET told = jsonb_set(told, '{parcels}', '[]') WHERE status = 'accepted'",
    "shipping_duty.returned_is_what_went_back": "UPDATE shipping_duties SET returned_fen = 1",
}


async def a_mall_with_duties(database: Database) -> None:
    """An order that was sent and told, and one that waits to be sent."""
    shop, wechat = await a_shop(database), MemoryWeChat()
    order_id = await a_paid_order(database, shop)
    await sent(database, order_id, "YT10203040", units=1)
    await sent(database, order_id, "YT10203041")
    await a_paid_order(database, shop)
    await worked(a_teller(database, wechat))


async def test_a_mall_that_is_right_has_nothing_to_find(database: Database):
    await a_mall_with_duties(database)
    assert await broken(database) == set()
    await relayed(database)
    assert await broken(database) == set()


def test_there_is_a_fault_for_each_invariant():
    assert FAULTS.keys() == {invariant.name for invariant in INVARIANTS}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_found(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]", name: str
):
    await a_mall_with_duties(database)
    await relayed(database)
    await owner.execute(FAULTS[name])
    assert await broken(database) == {name}


async def test_a_dead_letter_is_nothing_to_wait_for(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    await a_mall_with_duties(database)
    name = "shipping_duty.each_payment_of_an_order_is_a_duty"
    await owner.execute(FAULTS[name])
    assert await broken(database) == set(), "the facts are still to take effect"
    await owner.execute("UPDATE outbox SET failed_at = now(), failure = 'IntegrityError'")
    assert await broken(database) == {name}
