"""``mall audit`` as an operator runs it."""

import subprocess
import sys

from sqlalchemy import text

from cli.audit import INVARIANTS
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.stock.actions import Movement, move
from domain.stock.rules import Reason
from tests import make
from tests.make import NOON


def audit(settings: Settings) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli", "audit"],
        env={"MALL_DATABASE_URL": settings.required_database_url()},
        capture_output=True,
        text=True,
        check=False,
    )


async def test_an_operator_is_told_what_holds_and_each_row_that_does_not(
    settings: Settings, database: Database
):
    async with database.writes.begin() as session:
        place = await make.place(session)
        variants = await make.variants(session, 30)
        movements = [Movement(each, place, Reason.RECEIVED, 5, "delivery:1") for each in variants]
        await move(session, movements, actor="test", at=NOON)

    right = audit(settings)
    assert right.returncode == 0, right.stderr
    assert "BROKEN" not in right.stdout
    assert right.stdout.count("ok ") == len(INVARIANTS)

    async with database.writes.begin() as session:
        await session.execute(text("UPDATE stock_levels SET on_hand = 6, supplied = 6"))

    wrong = audit(settings)
    assert wrong.returncode == 1
    lines = wrong.stdout.splitlines()
    named = [line for line in lines if line.startswith("BROKEN stock.level_is_its_last_entry: var")]
    assert len(named) == 20
    assert "BROKEN stock.level_is_its_last_entry: and 10 rows more" in lines
    assert f"variant_id={variants[0]}" in wrong.stdout
