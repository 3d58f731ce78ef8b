"""The benchmark of importing products: ten thousand rows, of which ten are bad."""

import asyncio
import csv
import time
from io import StringIO
from random import SystemRandom
from uuid import UUID

from sqlalchemy import event

from bench.benchmark import Column, Effort, Outcome
from bench.ground import Ground, ground
from bench.statements import counted_statements
from domain.catalog.importing import actions
from domain.catalog.importing.models import ProductImport
from domain.catalog.models import Category
from domain.gateways.media_folder import MediaFolder
from domain.kernel.actors import By, Role, Staff
from domain.kernel.clock import system_clock
from domain.kernel.db import Database, open_database
from domain.kernel.ids import new_id
from domain.media import actions as media
from domain.media.actions import Expected
from domain.media.rules import MediaType, Purpose
from workers.product_imports import run_product_imports
from workers.tools import Tools

ROWS = 10_000
BAD = 10
VARIANTS = 4
_COLUMNS = (
    Column("case", "case"),
    Column("rows", "rows"),
    Column("written", "written"),
    Column("refused", "refused"),
    Column("held back", "held_back"),
    Column("statements", "statements"),
    Column("longest chunk ms", "longest_chunk_ms"),
    Column("seconds", "seconds", 2),
    Column("rows/s", "rows_per_second"),
)
_NAMES = (
    *("code", "title_zh", "title_en", "category_code", "image_key"),
    *("sku", "variant_title_zh", "variant_title_en", "price_yuan"),
)


def run(_effort: Effort) -> Outcome:
    """Import the table into an empty mall, then the same once more."""
    with ground() as base:
        return asyncio.run(measure(base, rows=ROWS))


async def measure(base: Ground, *, rows: int) -> Outcome:
    """Import a table of so many rows twice, through the sweep."""
    store = MediaFolder(base.home / "media", base.home / "private", base_url="https://mall.example")
    content = table(rows)
    async with open_database(
        base.database_url, read_connections=1, write_connections=4
    ) as database:
        tools = Tools(database, system_clock, store, SystemRandom())
        await _furnish(tools)
        measured = [
            await _measured(tools, case, content) for case in ("new products", "the same again")
        ]
    return Outcome(
        title=f"Importing a table of {rows:,} rows, {VARIANTS} variants each, {BAD} rows bad",
        columns=_COLUMNS,
        rows=measured,
        notes=("Statements of the write pool, with BEGIN and COMMIT left out.",),
    )


def table(rows: int) -> bytes:
    """The table, with its bad rows spread over it, each in a product of its own."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_NAMES)
    bad = {number * (rows // BAD) for number in range(BAD)}
    for number in range(rows):
        price = "free" if number in bad else f"{100 + number % 900}.50"
        writer.writerow(
            (
                *(f"P-{number // VARIANTS}", f"山茶 {number // VARIANTS}", "Camellia", "SCENT"),
                *("products/1.jpg", f"S-{number}", f"{number % VARIANTS}0ml", "Bottle", price),
            )
        )
    return text.getvalue().encode("utf-8-sig")


async def _furnish(tools: Tools) -> None:
    shelf = new_id(tools.clock(), tools.random)
    async with tools.database.writes.begin() as session:
        session.add(Category(id=shelf, code="SCENT", title_zh="香氛", title_en="Scent"))


async def _measured(tools: Tools, case: str, content: bytes) -> dict[str, object]:
    import_id = await _asked(tools, content)
    chunks = [0.0]
    _listen(tools.database, chunks)
    begun = time.perf_counter()
    with counted_statements(tools.database) as statements:
        state = await _state(tools.database, import_id)
        while state.finished_at is None:
            await run_product_imports({"tools": tools})
            state = await _state(tools.database, import_id)
    seconds = time.perf_counter() - begun
    rows = state.row_count or 0
    return {
        "case": case,
        "rows": rows,
        "written": state.created + state.edited + state.unchanged,
        "refused": state.refused,
        "held_back": state.held_back,
        "statements": statements.total(),
        "longest_chunk_ms": max(chunks) * 1_000,
        "seconds": seconds,
        "rows_per_second": rows / seconds,
    }


def _listen(database: Database, chunks: list[float]) -> None:
    """Time each transaction: others wait while one writes."""
    engine = database.writes.kw["bind"].sync_engine
    begun = [0.0]

    def begin(*_: object) -> None:
        begun[0] = time.perf_counter()

    def commit(*_: object) -> None:
        chunks.append(time.perf_counter() - begun[0])

    event.listen(engine, "begin", begin)
    event.listen(engine, "commit", commit)


async def _asked(tools: Tools, content: bytes) -> UUID:
    at, random = tools.clock(), tools.random
    staff = Staff(UUID(int=1), "小满", Role.OPERATOR)
    expected = Expected(Purpose.PRODUCT_IMPORT, MediaType.CSV, len(content))
    async with tools.database.writes.begin() as session:
        ticket = await media.promise(session, expected, owner=staff.key, at=at, random=random)
        upload = await media.own(session, ticket.upload_id, owner=staff.key)
        ready = await media.mark_ready(session, upload, size=None, at=at)
        assert ready.object_key is not None
        await tools.store.put(ready.object_key, content, MediaType.CSV)
        by = By(staff, at, random)
        return (await actions.ask(session, upload.id, reason="bench", by=by)).import_id


async def _state(database: Database, import_id: UUID) -> ProductImport:
    async with database.writes() as session:
        return await session.get_one(ProductImport, import_id)
