"""The sweeps over imports of parcels: going on with one, and forgetting old ones."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from domain.kernel.db import WriteSession
from domain.media.table_jobs import Claim
from domain.orders.shipping.importing import actions
from domain.orders.shipping.importing.grouping import OrderRows, orders_of
from domain.orders.shipping.importing.models import ShipmentImport
from domain.orders.shipping.importing.table import read_table
from workers.table_jobs import Work, forget_table_jobs, run_table_job
from workers.tools import SweepContext, Tools


async def run_shipment_imports(ctx: SweepContext) -> None:
    """Go on with the import that is due first: `workers.table_jobs.run_table_job`."""
    await run_table_job(ctx, _WORK)


async def forget_shipment_imports(ctx: SweepContext) -> None:
    """Forget imports that ended long ago, with their tables; the rest waits for the next one."""
    await forget_table_jobs(ctx, _WORK)


def _read(content: bytes) -> list[OrderRows]:
    return orders_of(read_table(content))


@asynccontextmanager
async def _undone(session: WriteSession) -> AsyncGenerator[None]:
    """A savepoint that is always rolled back."""
    savepoint = await session.begin_nested()
    try:
        yield
    finally:
        await savepoint.rollback()


async def _go_on(
    session: WriteSession, claimed: Claim, orders: Sequence[OrderRows], tools: Tools
) -> Claim | None:
    return await actions.go_on(
        session,
        claimed,
        orders,
        undoing=_undone,
        receipt_after=tools.refund_terms.receipt_after,
        at=tools.clock(),
        random=tools.random,
    )


_WORK = Work(ShipmentImport, _read, actions.note_table, _go_on, actions.forget_rows)
