"""A mall in which tests import products."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from domain.catalog import models
from domain.catalog.importing.models import ProductImport, ProductImportRow
from domain.gateways.media_folder import MediaFolder
from domain.kernel.db import Database
from tests import imports, make
from tests.make import NOON
from workers.product_imports import run_product_imports
from workers.tools import Tools


@dataclass
class Desk:
    """A mall with one shelf and two tags, whose clock the test moves."""

    database: Database
    store: MediaFolder
    now: datetime = NOON
    random: Random = field(default_factory=lambda: Random(3))

    async def sweep(self) -> None:
        tools = Tools(self.database, lambda: self.now, self.store, self.random)
        await run_product_imports({"tools": tools})

    async def run(self, content: bytes, *, seed: int = 5) -> UUID:
        """Import a table to its end."""
        import_id = await imports.asked(self.database, self.store, content, seed=seed)
        await self.sweep()
        return import_id

    async def state(self, import_id: UUID) -> ProductImport:
        async with self.database.writes() as session:
            return await session.get_one(ProductImport, import_id)

    async def outcomes(self, import_id: UUID) -> dict[int, str]:
        """The outcome of each row, by its number in the table."""
        return {each.line: each.outcome for each in await self.rows(import_id)}

    async def problems(self, import_id: UUID) -> dict[int, list[tuple[str, str]]]:
        """What was wrong, by row: column and kind."""
        return {
            each.line: [(one["path"], one["code"]) for one in each.problems]
            for each in await self.rows(import_id)
            if each.problems
        }

    async def rows(self, import_id: UUID) -> Sequence[ProductImportRow]:
        async with self.database.writes() as session:
            found = await session.scalars(
                select(ProductImportRow)
                .where(ProductImportRow.import_id == import_id)
                .order_by(ProductImportRow.line)
            )
            return found.all()

    async def count(self, table: type[Any]) -> int:
        async with self.database.writes() as session:
            return (await session.scalars(select(func.count()).select_from(table))).one()

    async def skus(self) -> dict[str, set[str]]:
        """The SKUs of each product, by its code."""
        async with self.database.writes() as session:
            rows = await session.execute(
                select(models.Product.code, models.Variant.sku).join(
                    models.Variant, models.Variant.product_id == models.Product.id
                )
            )
            found: dict[str, set[str]] = {}
            for code, sku in rows:
                found.setdefault(code, set()).add(sku)
            return found


async def furnish(database: Database) -> None:
    async with database.writes.begin() as session:
        shelf = await make.category(session)
        shelf.code = "SCENT"
        for code in ("NEW", "GIFT"):
            session.add(models.Tag(id=make.an_id(), code=code, title_zh="新", title_en="New"))
