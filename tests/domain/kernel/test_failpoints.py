"""Failpoints: a process that is killed anywhere in a batch, and a second attempt."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.kernel.db import Database
from domain.kernel.failpoints import Failpoint, arm, reached
from domain.kernel.heartbeats import WorkerHeartbeat
from domain.kernel.idempotency import RequestAnswer
from tests.domain.kernel.dying_batcher import ASKED
from tests.domain.kernel.toy_batch import Born
from tests.make import NOON

ROOT = Path(__file__).parents[3]
PLACES = ["toy.before_batch", "toy.keys_claimed", "toy.written", "toy.committed"]


async def asked(url: str, failpoint: str) -> tuple[int | None, str]:
    """Let a process of its own submit the requests: how it ended, and what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.domain.kernel.dying_batcher", url, failpoint),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        said, _ = await process.communicate()
    return process.returncode, said.decode()


async def rows(database: Database) -> tuple[int, int]:
    """How many workers there are, and how many answers."""
    async with database.writes() as session:
        workers = await session.scalars(select(WorkerHeartbeat.worker_id))
        answers = await session.scalars(select(RequestAnswer.request_id))
        return len(workers.all()), len(answers.all())


@pytest.mark.parametrize("place", PLACES)
async def test_whoever_is_killed_anywhere_in_a_batch_gets_one_answer_by_asking_again(
    database: Database, database_url: str, tmp_path: Path, place: str
):
    flag = tmp_path / "flag"
    flag.touch()
    assert await asked(database_url, f"{place}:{flag}") == (-signal.SIGKILL, "")
    assert not flag.exists()
    assert await rows(database) == ((3, 3) if place == "toy.committed" else (0, 0))
    answers = "".join(f"{Born(birth.worker_id, NOON, 3)}\n" for birth in ASKED)
    for _ in range(2):
        assert await asked(database_url, f"{place}:{flag}") == (0, answers)
    assert await rows(database) == (3, 3)


def test_a_failpoint_is_known_by_its_name_and_does_nothing_unless_it_is_armed(tmp_path: Path):
    place = Failpoint("toy.somewhere")
    assert Failpoint.KNOWN["toy.somewhere"] == place == Failpoint("toy.somewhere")
    flag = tmp_path / "flag"
    flag.touch()
    reached(place)
    arm(f"toy.elsewhere:{flag}")
    reached(place)
    assert flag.exists()
