"""How tests measure time beside others, and how long they wait for them."""

import asyncio
import re
import time
from importlib import import_module
from pathlib import Path

import pytest

import workers
from api import health
from domain.kernel import db, idempotency
from domain.kernel.db import open_database
from domain.kernel.settings import Settings
from tests.patience import make_hasty, stopwatch


async def test_what_is_waited_for_counts_and_what_the_machine_takes_does_not():
    async with stopwatch() as took:
        await asyncio.sleep(0.3)
        time.sleep(1)  # noqa: ASYNC251 - the process stands still
        assert took.passed > 1.2
        assert 0.1 < took.seconds < 1
        await asyncio.sleep(0.3)
        assert 0.2 < took.seconds < 1.2


async def test_the_malls_of_tests_are_patient_and_those_of_hasty_tests_are_not(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    async def lock_timeout() -> str:
        url = settings.required_database_url()
        async with open_database(url, read_connections=1, write_connections=1) as database:
            return (await database.reads.rows("SHOW lock_timeout", ()))[0][0]

    assert await lock_timeout() == "10s"
    assert (idempotency.TWIN_WAIT_SECONDS, health.KEPT_SECONDS) == (20, 1.0)
    with monkeypatch.context() as patch:
        make_hasty(patch, "LOCK_TIMEOUT_MS")
        assert await lock_timeout() == "1s"
        assert idempotency.TWIN_WAIT_SECONDS == 20
    with monkeypatch.context() as patch:
        make_hasty(patch)
        assert (idempotency.TWIN_WAIT_SECONDS, db.POOL_WAIT_SECONDS) == (2, 1.0)
    assert await lock_timeout() == "10s"


def test_every_sweep_of_tests_has_ten_times_as_long():
    told = re.compile(r"^_LONGEST_SECONDS = ([0-9.]+)$", re.MULTILINE)
    found = {
        path.stem: float(own[1])
        for path in Path(workers.__file__).parent.glob("*.py")
        if (own := told.search(path.read_text()))
    }
    assert "points" in found
    for name, seconds in found.items():
        assert 10 * seconds == import_module(f"workers.{name}")._LONGEST_SECONDS, name
