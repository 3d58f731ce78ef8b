"""The audit of cases: silent on a mall that is right, and each invariant finds its own fault."""

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from domain.aftersales.audit import INVARIANTS
from domain.aftersales.returns import Finding
from domain.aftersales.words import CaseKind
from domain.kernel.audit import Invariant
from domain.kernel.db import Database
from tests.domain.aftersales.cases import Counter, broken, units, wish
from tests.domain.orders.buying import a_shop
from tests.domain.payments.returns import sent, sold

FIRST = "case_id = (SELECT id FROM cases WHERE ordinal = 1)"
FAULTS = {
    "cases.status_is_the_last_of_the_history": "UPDATE cases SET history = history + 1 "
    "WHERE ordinal = 1",
    "cases.history_is_a_chain": "UPDATE case_history SET from_status = 'refused' "
    f"WHERE number = 2 AND {FIRST}",
    "cases.amounts_are_those_of_the_lines": "UPDATE case_lines SET goods_fen = goods_fen + 1 "
    f"WHERE {FIRST}",
    "cases.claims_are_those_of_the_cases": "UPDATE case_claims "
    "SET claimed_units = claimed_units - 1",
    "cases.refunds_are_theirs": "UPDATE order_refunds SET goods_fen = goods_fen - 1",
    "cases.goods_are_looked_at_before_they_are_paid_back": "DELETE FROM case_inspections",
    "cases.no_more_units_are_in_cases_than_came_in_exchange": "UPDATE case_lines "
    "SET exchange_id = case_id WHERE case_id = (SELECT id FROM cases WHERE ordinal = 3)",
    "cases.no_more_comes_back_than_was_sent_in_exchange": "UPDATE stock_entries "
    "SET source = 'case:nobody:return:case:x' WHERE reason = 'taken_back'",
    # One that was put back is said to have been thrown away: its level has it all the same.
    "cases.what_is_sold_is_away": "UPDATE case_inspections "
    "SET restocked_units = 0, discarded_units = 1",
    "cases.replacements_are_held_until_they_are_sent": "UPDATE stock_entries "
    "SET source = 'case:nobody' WHERE source LIKE 'case:%' AND reason = 'sold'",
}


async def some_cases(database: Database) -> None:
    """A refund that was made, an exchange that was sent, and a return that waits."""
    counter = Counter(await sold(database, await a_shop(database), 4))
    await counter.paid_back(await counter.open(wish(units(1, 1))))
    await sent(database, counter.sold.order_id)
    exchange = await counter.open(wish(units(1, 1), kind=CaseKind.EXCHANGE))
    await counter.approve(exchange)
    await counter.send_back(exchange)
    await counter.receive(exchange)
    await counter.inspect(exchange, Finding(1, 1))
    await counter.replace(exchange)
    await counter.open(wish(units(1, 1), kind=CaseKind.RETURN))


def written_out(invariant: Invariant) -> str:
    """The statement with its values in it, for a connection that no trigger stops."""
    literally = {"literal_binds": True}
    return str(invariant.violations.compile(dialect=dialect(), compile_kwargs=literally))


def test_there_is_a_fault_for_each_invariant():
    assert FAULTS.keys() == {invariant.name for invariant in INVARIANTS}


async def test_each_fault_is_found_and_its_rows_are_counted(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    await some_cases(database)
    assert await broken(database) == {}
    for name, fault in FAULTS.items():
        transaction = owner.transaction()
        await transaction.start()
        await owner.execute(fault)
        (found,) = (each for each in INVARIANTS if each.name == name)
        rows = await owner.fetch(written_out(found))
        await transaction.rollback()
        assert len(rows) == 1, name
