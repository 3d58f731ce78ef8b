"""Exports through their sweep: every row once, whatever happens to the worker; and over HTTP."""

import csv
from datetime import timedelta
from io import StringIO
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import func, select

from domain.gateways.media_folder import MediaFolder
from domain.kernel import spreadsheets
from domain.kernel.actors import By, Role
from domain.kernel.db import Database
from domain.kernel.errors import Busy
from domain.media.rules import MediaType
from domain.orders.cart.models import EngravedText
from domain.orders.exporting import actions, reading, table
from domain.orders.exporting.models import RETENTION, OrderExport, OrderExportPart, part_key
from domain.orders.exporting.passes import LIFE, holder, new_pass
from domain.orders.refunding.rules import UnitsBack
from domain.orders.views import finding
from domain.orders.views.finding import OrderFilter
from domain.orders.words import OrderStatus
from tests import make, make_orders
from tests.api.contexts import VAULT
from tests.api.orders.many import fill_orders
from tests.api.orders.parcels import bought, paid, paid_order
from tests.api.staff.desk import someone
from tests.domain.orders.refunding.given import refunded
from tests.make import NOON
from workers.order_exports import forget_order_exports, run_order_exports
from workers.tools import Tools


class Worker:
    """A worker whose clock and store the test has in hand."""

    def __init__(self, database: Database, store: MediaFolder) -> None:
        self.database = database
        self.store: Any = store
        self.now = NOON + timedelta(hours=1)
        self.random = Random(3)

    async def sweep(self) -> None:
        """Go on with what is due."""
        await run_order_exports({"tools": self.tools})

    async def forget(self) -> None:
        """Forget what is old."""
        await forget_order_exports({"tools": self.tools})

    @property
    def tools(self) -> Tools:
        """What sweeps work with."""
        return Tools(self.database, lambda: self.now, self.store, self.random)

    async def ask(self, wanted: OrderFilter | None = None) -> UUID:
        """Ask for an export."""
        by = By(await someone(self.database, Role.FINANCE), self.now, self.random)
        async with self.database.writes.begin() as session:
            asked = await actions.ask(session, wanted or OrderFilter(), reason="对账", by=by)
        return asked.export_id

    async def state(self, export_id: UUID) -> OrderExport:
        """How far it has come."""
        async with self.database.writes() as session:
            return await session.get_one(OrderExport, export_id)

    async def content(self, export_id: UUID) -> bytes:
        """The whole file, put together of the parts that count."""
        parts = select(OrderExportPart.id).where(
            OrderExportPart.export_id == export_id, OrderExportPart.number.is_not(None)
        )
        async with self.database.writes() as session:
            keys = await session.scalars(parts.order_by(OrderExportPart.number))
            found = [await self.store.read(part_key(each), most_bytes=10**8) for each in keys]
        return b"".join(found)


@pytest.fixture
def worker(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Worker:
    """A worker with a store of its own."""
    return Worker(database, make.media_folder(tmp_path_factory.mktemp("exports")))


def rows_of(content: bytes) -> list[dict[str, str]]:
    """The rows of a file, by the columns' names."""
    assert content.startswith(b"\xef\xbb\xbf")
    text = content.decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text, newline="")))
    assert rows[0] == list(table.COLUMNS.values())
    return [dict(zip(table.COLUMNS, row, strict=True)) for row in rows[1:]]


async def numbers(database: Database, status: str | None = None) -> list[str]:
    """The number of each line's order, oldest first, as a file has them."""
    async with database.writes() as session:
        lines = await session.execute(make_orders_lines(status))
        return [f"{number}\t" for (number,) in lines]


def make_orders_lines(status: str | None) -> Any:
    """The numbers of orders, once for each line."""
    from_lines = (
        select(finding.Order.number)
        .join(finding.OrderLine, finding.OrderLine.order_id == finding.Order.id)
        .order_by(finding.Order.id, finding.OrderLine.number)
    )
    return from_lines.where(finding.Order.status == status) if status else from_lines


async def test_a_row_says_what_a_line_is_and_no_cell_is_a_formula(worker: Worker):
    async with worker.database.writes.begin() as session:
        member_id = await make_orders.a_member(session, "=cmd|'/c calc'!A1")
        (variant,) = await make_orders.goods(session, fields=make_orders.FIELDS, units=None)
        texts = [EngravedText("name", "山茶")]
        order = await make_orders.an_order(
            session, member_id, variant, units=2, texts=texts, member_note="+1\n@me"
        )
    export_id = await worker.ask()
    await worker.sweep()
    state = await worker.state(export_id)
    assert (state.status, state.orders_seen, state.rows_written) == ("done", 1, 1)
    (row,) = rows_of(await worker.content(export_id))
    assert row["number"] == f"{order.number}\t"
    assert row["placed_at"] == "2026-11-11 12:00:00"
    assert (row["status"], row["delivery"]) == ("待付款 Pending payment", "快递 Delivery")
    assert row["member_name"] == "'=cmd|'/c calc'!A1"
    assert row["member_note"] == "'+1\n@me"
    assert row["recipient_phone"] == "****8000"
    assert (row["units"], row["unit_yuan"], row["personalisation_yuan"]) == ("2", "158.00", "5.00")
    assert (row["line_list_yuan"], row["payable_yuan"]) == ("326.00", "326.00")
    assert row["personalisation"] == "name: 山茶"


async def test_who_packs_from_a_table_sees_what_is_refunded_of_a_line(worker: Worker):
    order = await paid_order(worker.database, 3)
    await refunded(worker.database, order.order_id, UnitsBack(1, 1))
    await refunded(worker.database, order.order_id, UnitsBack(1, 1), is_back=False)
    other = await bought(worker.database, 1, shop=order.shop)
    await paid(worker.database, other.order_id)
    export_id = await worker.ask()
    await worker.sweep()
    rows = rows_of(await worker.content(export_id))
    told = sorted(
        (row["units"], row["refunding_units"], row["line_refunding_yuan"]) for row in rows
    )
    assert told == [("1", "0", "0.00"), ("3", "2", "316.00")]


def test_every_word_of_orders_is_told_in_both_languages():
    for words in (OrderStatus, reading.CloseReason, reading.DeliveryMethod, reading.Channel):
        assert all(table.word(each) for each in words)


@pytest.mark.parametrize("begun", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_text_begins_a_formula(begun: str):
    assert spreadsheets.safe(f"{begun}1") == f"'{begun}1"
    assert spreadsheets.safe(f"1{begun}") == f"1{begun}"


async def test_only_what_fits_and_was_placed_before_is_in_the_file(
    worker: Worker, owner: "asyncpg.Connection[asyncpg.Record]", monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "ORDERS_AT_ONCE", 7)
    await fill_orders(owner, 50)
    export_id = await worker.ask(OrderFilter(status=OrderStatus.PENDING_PAYMENT))
    await worker.sweep()
    rows = rows_of(await worker.content(export_id))
    expected = await numbers(worker.database, "pending_payment")
    assert [row["number"] for row in rows] == expected
    assert 0 < len(expected) < 50


class Killed(BaseException):
    """The process ends here."""


async def kill_after(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, parts: int, *, is_put: bool
) -> None:
    """Let a worker die at its next part, before or after its object is there."""
    store, left = worker.store, [parts]

    class Mortal(MediaFolder):
        async def put(self, key: str, content: bytes, media_type: MediaType) -> None:
            if left[0] == 0:
                if is_put:
                    await store.put(key, content, media_type)
                raise Killed
            left[0] -= 1
            await store.put(key, content, media_type)

    worker.store = Mortal(store.public_folder, store.private_folder, store.base_url)
    with pytest.raises(Killed):
        await worker.sweep()
    worker.store = store


@pytest.mark.parametrize("is_put", [True, False])
async def test_killed_in_the_middle_and_gone_on_there_is_every_row_once(
    worker: Worker,
    owner: "asyncpg.Connection[asyncpg.Record]",
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_put: bool,
):
    monkeypatch.setattr(reading, "ORDERS_AT_ONCE", 10)
    await fill_orders(owner, 64)
    export_id = await worker.ask()
    for done in (2, 3):
        await kill_after(worker, monkeypatch, 2 if done == 2 else 1, is_put=is_put)
        state = await worker.state(export_id)
        assert (state.status, state.part_count, state.orders_seen) == ("running", done, done * 10)
        await worker.sweep()
        assert (await worker.state(export_id)).part_count == done
        worker.now += actions.CLAIM_LIFE + timedelta(seconds=1)
    await worker.sweep()
    state = await worker.state(export_id)
    assert state.status == "done"
    rows = rows_of(await worker.content(export_id))
    expected = await numbers(worker.database)
    assert [row["number"] for row in rows] == expected
    assert (state.orders_seen, state.rows_written) == (64, len(expected))


async def test_a_worker_that_was_only_slow_adds_nothing(
    worker: Worker, owner: "asyncpg.Connection[asyncpg.Record]"
):
    await fill_orders(owner, 5)
    export_id = await worker.ask()
    async with worker.database.writes.begin() as session:
        slow = await actions.claim(session, at=worker.now, random=worker.random)
    assert slow
    worker.now += actions.CLAIM_LIFE + timedelta(seconds=1)
    await worker.sweep()
    chunk = await reading.next_chunk(worker.database.reads, slow.wanted, after=slow.after)
    with pytest.raises(actions.ClaimLost):
        async with worker.database.writes.begin() as session:
            await actions.go_on(
                session, slow, chunk, size_bytes=1, at=worker.now, random=worker.random
            )
    assert len(rows_of(await worker.content(export_id))) == len(await numbers(worker.database))


async def test_a_store_that_is_away_lets_the_export_rest(worker: Worker):
    export_id = await worker.ask()
    store = worker.store

    class Away(MediaFolder):
        async def put(self, key: str, content: bytes, media_type: MediaType) -> None:
            raise Busy

    worker.store = Away(store.public_folder, store.private_folder, store.base_url)
    await worker.sweep()
    assert (await worker.state(export_id)).status == "running"
    worker.store = store
    worker.now += timedelta(seconds=6)
    await worker.sweep()
    assert (await worker.state(export_id)).status == "done"
    assert rows_of(await worker.content(export_id)) == []


async def test_a_bug_fails_the_export_and_no_other(worker: Worker, monkeypatch: pytest.MonkeyPatch):
    export_id = await worker.ask()

    async def broken(*_: object, **__: object) -> None:
        raise KeyError("a word that nobody has translated")

    with monkeypatch.context() as patched:
        patched.setattr("workers.order_exports.next_chunk", broken)
        with pytest.raises(KeyError):
            await worker.sweep()
    state = await worker.state(export_id)
    assert state.status == "failed"
    assert state.failure
    assert state.failure["code"] == "export_broken"


async def test_ten_thousand_lines_are_never_in_memory_together(
    worker: Worker, owner: "asyncpg.Connection[asyncpg.Record]", monkeypatch: pytest.MonkeyPatch
):
    await fill_orders(owner, 7_000)
    largest = [0]
    counted = table.body

    def body(rows: Any) -> bytes:
        largest[0] = max(largest[0], len(rows))
        return counted(rows)

    monkeypatch.setattr("workers.order_exports.body", body)
    export_id = await worker.ask()
    while (await worker.state(export_id)).status != "done":
        await worker.sweep()
    state = await worker.state(export_id)
    assert state.rows_written > 10_000
    assert largest[0] <= 2 * reading.ORDERS_AT_ONCE
    assert state.part_count == 7
    rows = rows_of(await worker.content(export_id))
    assert [row["number"] for row in rows] == await numbers(worker.database)


async def test_after_a_week_nothing_is_left_of_an_export(
    worker: Worker, owner: "asyncpg.Connection[asyncpg.Record]", monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "ORDERS_AT_ONCE", 10)
    await fill_orders(owner, 25)
    export_id = await worker.ask()
    await kill_after(worker, monkeypatch, 1, is_put=True)
    worker.now += actions.CLAIM_LIFE + timedelta(seconds=1)
    await worker.sweep()
    files = list(worker.store.private_folder.rglob("*.csv"))
    assert len(files) == 4
    worker.now += RETENTION
    await worker.forget()
    assert (await worker.state(export_id)).status == "done"
    worker.now += timedelta(seconds=1)
    await worker.forget()
    async with worker.database.writes() as session:
        for model in (OrderExport, OrderExportPart):
            assert await session.scalar(select(func.count()).select_from(model)) == 0
    assert list(worker.store.private_folder.rglob("*.csv")) == []


def test_a_pass_holds_for_a_while_for_one_file_and_in_one_name():
    export_id, other, staff_id = make.an_id(), make.an_id(), make.an_id()
    given = new_pass(VAULT, export_id, staff_id, at=NOON)
    assert holder(given, VAULT, export_id, at=NOON) == staff_id
    assert holder(given, VAULT, export_id, at=NOON + LIFE - timedelta(seconds=1)) == staff_id
    assert holder(given, VAULT, export_id, at=NOON + LIFE) is None
    assert holder(given, VAULT, other, at=NOON) is None
    until, _, signature = given.split(".")
    forged = [
        f"{int(until) + 900}.{staff_id.hex}.{signature}",
        f"{until}.{other.hex}.{signature}",
        f"{until}.{signature}",
    ]
    for each in (*forged, "", ".", "1.x", given + "é", "9" * 40 + ".x"):
        assert holder(each, VAULT, export_id, at=NOON) is None
