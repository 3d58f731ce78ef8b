"""The sweeps over imports of products: going on with one, and forgetting old ones."""

from collections.abc import Sequence

from domain.catalog.importing import actions
from domain.catalog.importing.grouping import ProductRows, products_of
from domain.catalog.importing.models import ProductImport
from domain.catalog.importing.table import read_table
from domain.kernel.db import WriteSession
from domain.media.table_jobs import Claim
from workers.table_jobs import Work, forget_table_jobs, run_table_job
from workers.tools import SweepContext, Tools


async def run_product_imports(ctx: SweepContext) -> None:
    """Go on with the import that is due first: `workers.table_jobs.run_table_job`."""
    await run_table_job(ctx, _WORK)


async def forget_product_imports(ctx: SweepContext) -> None:
    """Forget imports that ended long ago, with their tables; the rest waits for the next one."""
    await forget_table_jobs(ctx, _WORK)


def _read(content: bytes) -> list[ProductRows]:
    return products_of(read_table(content))


async def _go_on(
    session: WriteSession, claimed: Claim, products: Sequence[ProductRows], tools: Tools
) -> Claim | None:
    return await actions.go_on(session, claimed, products, at=tools.clock(), random=tools.random)


_WORK = Work(ProductImport, _read, actions.note_table, _go_on, actions.forget_rows)
