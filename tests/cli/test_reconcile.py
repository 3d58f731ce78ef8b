"""``mall reconcile`` and ``mall report`` as an operator runs them, with a gateway in memory."""

from datetime import date, timedelta
from pathlib import Path
from random import Random

import click
import pytest
from click.testing import CliRunner

from cli.reconcile import command, reconciled
from cli.report import reported
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.payments.bills import BillKind
from domain.reconciliation.models import BillRow
from domain.reconciliation.rules import LINES_KEPT
from tests import make
from tests.conftest import MASTER_KEY
from tests.domain.members.people import rows
from tests.domain.reconciliation.books import DAY, Books, payment, some_books
from tests.domain.reports.histories import FIRST, a_history
from workers.sweeps import forget_bill_lines
from workers.tools import Tools


def tools_of(books: Books) -> Tools:
    """A worker's tools, on the clock of the books."""
    store = make.media_folder(Path("/nowhere"))
    return Tools(books.database, books.clock, store, Random(1), books.gateway)


async def test_an_operator_is_told_which_bills_were_had_and_what_differs(
    database: Database, capsys: pytest.CaptureFixture[str]
):
    books = await some_books(database)
    await books.paid("A-1")
    books.tell(payment("A-1"))
    assert await reconciled(tools_of(books), books.desk, None)
    assert capsys.readouterr().out.splitlines() == [f"{DAY} trades taken", f"{DAY} funds  taken"]

    books.tell(payment("A-1"), payment("B-2", 990), day=DAY + timedelta(days=1))
    books.clock.now += timedelta(days=1)
    assert not await reconciled(tools_of(books), books.desk, None)
    told = capsys.readouterr().out.splitlines()
    assert [line.split(", since")[0] for line in told if line.startswith("DIFFERS")] == [
        f"DIFFERS {DAY + timedelta(days=1)} trades missing_here payment B-2: ours None, "
        "theirs 990 fen"
    ]


async def test_a_day_is_compared_again_and_its_sums_are_told(
    database: Database, capsys: pytest.CaptureFixture[str]
):
    books = await some_books(database)
    await books.paid("A-1")
    books.tell(payment("A-1"))
    await books.run()
    assert await reconciled(tools_of(books), books.desk, DAY)
    assert f"{DAY} trades payments 1 of 100 fen, refunds 0 of 0 fen, others 0" in (
        capsys.readouterr().out
    )
    with pytest.raises(click.ClickException, match="no bill is due"):
        await reconciled(tools_of(books), books.desk, DAY + timedelta(days=5))


async def test_lines_are_forgotten_after_their_time_but_for_what_is_open(database: Database):
    books = await some_books(database)
    await books.paid("A-1")
    books.tell(payment("A-1"), payment("B-2"))
    await books.run()
    tools = tools_of(books)
    books.clock.now += LINES_KEPT - timedelta(days=1)
    await forget_bill_lines({"tools": tools})
    assert len(await rows(database, BillRow)) == 2
    books.clock.now += timedelta(days=1)
    await forget_bill_lines({"tools": tools})
    (kept,) = await rows(database, BillRow)
    assert (kept.number, kept.bill) == ("B-2", BillKind.TRADES)
    # What the day came to stays, and nobody takes all of it for missing at the gateway.
    assert (await books.days())[-1].payments == 2
    with pytest.raises(click.ClickException, match="forgotten"):
        await reconciled(tools, books.desk, DAY)
    assert await books.told() == [("B-2", "missing_here")]


def test_without_a_gateway_there_is_nobody_to_ask(settings: Settings):
    env = {
        "MALL_PROFILE": "development",
        "MALL_HOME": str(settings.home),
        "MALL_DATABASE_URL": settings.required_database_url(),
        "MALL_REDIS_URL": settings.required_redis_url(),
        "MALL_MASTER_KEYS": MASTER_KEY,
    }
    answer = CliRunner().invoke(command, [], env=env)
    assert answer.exit_code == 1
    assert "MALL_WECHAT_PAY_" in answer.output


async def test_a_report_of_a_day_is_told_in_lines(
    database: Database, capsys: pytest.CaptureFixture[str]
):
    await a_history(database, Random(2), 15)
    await reported(database.reads, FIRST)
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(f"{FIRST}: placed ")
    assert any(line.startswith(f"{FIRST} wechat_pay: payments ") for line in told)
    assert told[-1] == f"{FIRST} differences: 0 open of 0"
    assert date.fromisoformat("2026-11-01") == FIRST
