"""A mall under test: the supervisor as a process of its own, with stubs for the mall's children."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
STUB = ROOT / "tests" / "cli" / "stub_mall.py"
PATIENCE_SECONDS = 30
_MOST_WORKERS = 4
"""As many processes run tests side by side at the most (`make test`)."""
_GIVEN: set[int] = set()


class MallProcess:
    """A started mall; its output is read from a file."""

    def __init__(
        self,
        output: Path,
        command: Sequence[str],
        *,
        folder: Path = ROOT,
        environ: Mapping[str, str],
    ) -> None:
        self._output = output
        clean = {name: value for name, value in os.environ.items() if not _is_ours(name)}
        with output.open("wb") as file:
            self.popen = subprocess.Popen(
                command,
                cwd=folder,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=clean | {"PYTHONPATH": str(ROOT)} | dict(environ),
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """What it wrote so far."""
        return self._output.read_text()

    def until(self, text: str, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until it has written this; fail when it ends before."""
        wait_for(lambda: text in self.said or self.popen.poll() is not None, seconds)
        assert text in self.said, self.said

    def descendants(self) -> list[psutil.Process]:
        """Return all processes below it."""
        return psutil.Process(self.popen.pid).children(recursive=True)

    def child(self, mark: str) -> psutil.Process | None:
        """Return the child whose command line has this word, if it runs."""
        for child in self.descendants():
            with suppress(psutil.Error):
                if mark in child.cmdline():
                    return child
        return None

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit status; every descendant must be gone then."""
        below = self.descendants()
        self.popen.send_signal(number)
        status = self.popen.wait(PATIENCE_SECONDS)
        assert not any(process.is_running() for process in below), self.said
        return status

    def kill(self) -> list[psutil.Process]:
        """Kill it as no signal handler can answer; return what was below it."""
        below = self.descendants()
        self.popen.kill()
        self.popen.wait()
        return below


def stubs(home: Path, port: int) -> list[str]:
    """Return the command line of a mall of stubs."""
    return [sys.executable, str(STUB), str(home), str(port)]


def free_port() -> int:
    """Return a port that is free, outside of the range the system itself gives out.

    Whoever gets it listens only later. So none is given twice, and each of the processes that run
    tests side by side has ports of its own.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    first = 20_000 + int(worker.removeprefix("gw")) % _MOST_WORKERS
    while True:
        port = random.randrange(first, 32_000, _MOST_WORKERS)
        with socket.socket() as probe:
            if port not in _GIVEN and probe.connect_ex(("127.0.0.1", port)) != 0:
                _GIVEN.add(port)
                return port


def wait_for(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until the condition holds; fail when that takes long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _is_ours(name: str) -> bool:
    return name.startswith(("MALL_", "STUB_", "MAKE"))
