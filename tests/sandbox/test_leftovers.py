"""What a killed run left behind is ended, and nothing else ever is."""

import os
import signal
import subprocess
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest

from sandbox.engines.home import Home, RunningChild, RunRecord, claimed
from sandbox.engines.leftovers import end_recorded

SLEEP = ("sleep", "600")


@pytest.fixture
def sleeper() -> Generator[subprocess.Popen[bytes]]:
    """Return a process that would go on for long."""
    process = subprocess.Popen(SLEEP)
    yield process
    process.kill()
    process.wait()


def record(home: Home, pid: int, *, started_at: float, argv: tuple[str, ...] = SLEEP) -> None:
    """Record a child as a run does."""
    child = RunningChild("api", pid, started_at, argv, int(signal.SIGTERM))
    home.write_record(RunRecord(pid=1, url=None, children=(child,)))


def test_a_recorded_child_is_ended(home: Path, sleeper: subprocess.Popen[bytes]):
    with claimed(home) as claim:
        record(claim, sleeper.pid, started_at=psutil.Process(sleeper.pid).create_time())

        assert end_recorded(claim) == ["api"]

        assert sleeper.wait(5) is not None
        assert claim.record() is None


def test_one_that_does_not_end_is_killed(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sandbox.engines.leftovers.STOP_SECONDS", 0.2)
    argv = ("sh", "-c", "trap '' TERM; echo ready; sleep 600 & wait; wait")
    with (
        subprocess.Popen(argv, stdout=subprocess.PIPE, start_new_session=True) as stubborn,
        claimed(home) as claim,
    ):
        assert stubborn.stdout
        stubborn.stdout.readline()
        record(
            claim,
            stubborn.pid,
            started_at=psutil.Process(stubborn.pid).create_time(),
            argv=argv,
        )

        assert end_recorded(claim) == ["api"]

        assert stubborn.wait(5) is not None
        os.killpg(stubborn.pid, signal.SIGKILL)


def test_a_process_that_has_the_number_by_chance_lives_on(
    home: Path, sleeper: subprocess.Popen[bytes]
):
    started_at = psutil.Process(sleeper.pid).create_time()
    with claimed(home) as claim:
        record(claim, sleeper.pid, started_at=started_at - 100)
        assert end_recorded(claim) == []
        record(claim, sleeper.pid, started_at=started_at, argv=("sleep", "601"))
        assert end_recorded(claim) == []

    assert sleeper.poll() is None


def test_a_record_that_cannot_be_read_is_no_record(home: Path):
    with claimed(home) as claim:
        (home / "run.json").write_text('{"pid": 1')

        assert end_recorded(claim) == []
