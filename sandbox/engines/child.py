"""Child processes: apart from the terminal, never outliving their parent, ended in good order."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from sandbox.engines.account import Account

PR_SET_PDEATHSIG = 1


class Patience:
    """How waiting is done. A supervisor's own ends the waiting when a signal asks it to."""

    def pause(self, seconds: float = 0.03) -> None:
        """Let some time pass; or raise, when there is no more use in waiting."""
        time.sleep(seconds)

    @property
    def is_spent(self) -> bool:
        """Whether even an orderly end takes too long."""
        return False


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, as whom, where it writes, and how it is asked to end.

    Without a log it writes where its parent writes. A task ends by itself when it is done.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    log: Path | None = None
    reads: bytes = b""
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    hurry_signal: signal.Signals = signal.SIGKILL
    stop_seconds: float = 25.0
    is_task: bool = False


class Child:
    """A running `Program`."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._log_start = _size(program.log)
        self._popen = _spawn(program)
        self.pid = self._popen.pid
        self.started_at = _started_at(self.pid)
        self._born = time.monotonic()

    @property
    def exit_status(self) -> int | None:
        """The status it ended with; None while it runs."""
        return self._popen.poll()

    @property
    def age_seconds(self) -> float:
        """How long ago it was started."""
        return time.monotonic() - self._born

    def said(self) -> str:
        """Return what it wrote into its log, or the last of it."""
        if self.program.log is None:
            return ""
        size = _size(self.program.log)
        # A log that is shorter than it was at the start has been put aside since.
        start = self._log_start if self._log_start <= size else 0
        with self.program.log.open("rb") as log:
            log.seek(max(start, size - 20_000))
            return log.read().decode(errors="replace")

    def ask_to_end(self) -> None:
        """Send its stop signal, unless it has ended already."""
        self._popen.send_signal(self.program.stop_signal)

    def wait(self, patience: Patience) -> None:
        """Wait for the end that was asked for; force it when it takes too long."""
        if not self._ends_within(self.program.stop_seconds, patience):
            self._popen.send_signal(self.program.hurry_signal)
            if not self._ends_within(5, Patience()):
                self.kill_group()

    def kill_group(self) -> None:
        """Kill it with everything that it started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()

    def _ends_within(self, seconds: float, patience: Patience) -> bool:
        deadline = time.monotonic() + seconds
        while self.exit_status is None:
            if time.monotonic() > deadline or patience.is_spent:
                return False
            time.sleep(0.01)
        return True


def run_to_end(program: Program, patience: Patience) -> tuple[int, str]:
    """Run a short programme; return its status and what it wrote into its log.

    When the waiting is broken off, it is killed with everything that it started.
    """
    child = Child(program)
    try:
        while (status := child.exit_status) is None:
            patience.pause()
    except BaseException:
        child.kill_group()
        raise
    return status, child.said()


def _spawn(program: Program) -> subprocess.Popen[bytes]:
    account = program.account
    output = program.log.open("ab") if program.log else None
    try:
        popen = subprocess.Popen(
            program.argv,
            env=program.environment,
            cwd=program.folder,
            stdin=subprocess.PIPE if program.reads else subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # The terminal's Ctrl-C is for the supervisor alone: it ends the others in order.
            start_new_session=True,
            umask=0o077 if account else -1,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=_bond(program.stop_signal),  # noqa: PLW1509 - no thread runs yet
        )
    finally:
        if output:
            output.close()
    if popen.stdin:
        # What is read is smaller than a pipe holds, so this cannot wait for the reader.
        with suppress(BrokenPipeError), popen.stdin as pipe:
            pipe.write(program.reads)
    return popen


def _bond(number: signal.Signals) -> Callable[[], None] | None:
    """Return what makes a new child end when its parent is killed; Linux alone can do this.

    The bond is to the parent's thread, so children are started by a thread that stays.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def bind() -> None:
        prctl(PR_SET_PDEATHSIG, int(number))
        # The parent may have gone before the bond was made.
        if os.getppid() != parent:
            os._exit(1)

    return bind


def _started_at(pid: int) -> float:
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        # It has ended already, which its exit status will tell.
        return time.time()


def _size(path: Path | None) -> int:
    return path.stat().st_size if path and path.exists() else 0
