"""The audit of invoices: silent on books that are right, and each invariant finds its own fault."""

import asyncpg
import pytest

from domain.invoices.audit import INVARIANTS
from domain.kernel.audit import violations
from domain.kernel.db import Database
from tests.domain.invoices.bureau import a_paid_order, asked, gone_back, issued
from tests.domain.orders.buying import a_shop
from tests.domain.payments.tills import MemoryGateway

FAULTS = {
    "invoices.are_of_what_was_paid": "UPDATE invoice_requests SET paid_fen = paid_fen + 1",
    "invoices.are_made_for_what_was_left": "UPDATE invoice_requests "
    "SET amount_fen = amount_fen - 1 WHERE status = 'issued'",
    "invoices.no_more_is_red_lettered_than_was_made": "UPDATE invoice_refunds "
    "SET fen = 1000000 WHERE effect = 'due'",
    "invoices.something_is_left_of_open_requests": "UPDATE invoice_requests "
    "SET status = 'requested', ended_at = NULL WHERE status = 'cancelled'",
    "invoices.every_refund_is_counted": "DELETE FROM invoice_refunds WHERE effect = 'due'",
    "invoices.refunds_are_of_their_order": "UPDATE payment_refunds SET status = 'processing', "
    "finished_at = NULL, payer_fen = NULL",
}


async def broken(database: Database) -> set[str]:
    """The invariants that some row breaks."""
    async with database.writes() as session:
        return {
            invariant.name
            for invariant in INVARIANTS
            if [row async for row in violations(session, invariant)]
        }


async def some_invoices(database: Database) -> None:
    """One that was made and owes a red letter, one that is open, and one that came to nothing."""
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await a_paid_order(database, shop, gateway)
    await gone_back(database, order.order_id, 10)
    await issued(database, await asked(database, member, order.order_id), order.payable_fen - 10)
    await gone_back(database, order.order_id, 20)
    member, order = await a_paid_order(database, shop, gateway)
    await asked(database, member, order.order_id)
    await gone_back(database, order.order_id, 30)
    member, order = await a_paid_order(database, shop, gateway)
    await asked(database, member, order.order_id)
    await gone_back(database, order.order_id, order.payable_fen)


async def test_books_that_are_right_have_nothing_to_find(database: Database):
    await some_invoices(database)
    assert await broken(database) == set()


def test_there_is_a_fault_for_each_invariant():
    assert FAULTS.keys() == {invariant.name for invariant in INVARIANTS}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_found(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]", name: str
):
    """Made by a superuser whom no trigger stops: what an audit is for."""
    await some_invoices(database)
    await owner.execute(FAULTS[name])
    assert name in await broken(database)
