"""What keeps a running mall: logs stay within their bound, and a task that ended stays so."""

import time
from pathlib import Path

import pytest
from typing_extensions import override

from cli.watch import Watch
from sandbox.engines.child import Patience, Program
from sandbox.engines.crew import Crew
from sandbox.engines.home import claimed

BOUND = 1_000


class Over(Exception):
    """The test has seen enough."""


class UntilKept(Patience):
    """Waits until something was put aside, and a moment more."""

    def __init__(self, aside: Path) -> None:
        self._aside = aside
        self._deadline = time.monotonic() + 20
        self._more = 5

    @override
    def pause(self, seconds: float = 0.03) -> None:
        super().pause(seconds)
        assert time.monotonic() < self._deadline
        self._more -= self._aside.exists()
        if self._more == 0:
            raise Over


def test_a_child_writes_on_while_its_log_is_put_aside_again_and_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sandbox.engines.home.LOG_KEPT_BYTES", BOUND)
    monkeypatch.setattr("cli.watch.BETWEEN_LOOKS_SECONDS", 0.0)
    told: list[str] = []
    with claimed(home) as claim, Crew(claim, Patience()) as crew:
        log = claim.log("chatty")
        writing = ("sh", "-c", "while :; do echo 0123456789; sleep 0.002; done")
        child = crew.start(Program("chatty", writing, {"PATH": "/usr/bin:/bin"}, home, log))

        with pytest.raises(Over):
            Watch(crew, claim, told.append).keep(UntilKept(log.with_name("chatty.log.1")))

        assert child.exit_status is None
        assert log.with_name("chatty.log.1").stat().st_size == BOUND
        assert log.read_text().startswith("0123456789\n")
    assert told == []


class ForTurns(Patience):
    """Waits a number of times."""

    def __init__(self, turns: int) -> None:
        self._turns = turns

    @override
    def pause(self, seconds: float = 0.03) -> None:
        super().pause(0.03)
        self._turns -= 1
        if self._turns == 0:
            raise Over


@pytest.mark.parametrize(
    ("status", "told"),
    [(0, []), (3, ["build failed with status 3; the mall goes on (log: {log})"])],
)
def test_a_task_that_ended_is_not_started_again(home: Path, status: int, told: list[str]):
    said: list[str] = []
    with claimed(home) as claim, Crew(claim, Patience()) as crew:
        log = claim.log("build")
        words = ("sh", "-c", f"echo once; exit {status}")
        crew.start(Program("build", words, {"PATH": "/usr/bin:/bin"}, home, log, is_task=True))

        with pytest.raises(Over):
            Watch(crew, claim, said.append).keep(ForTurns(40))

        assert log.read_text() == "once\n"
    assert said == [line.format(log=log) for line in told]
