"""The signals that end a run, noted when they come and acted on where it is safe."""

import os
import re
import signal
import time
from pathlib import Path
from types import FrameType

from typing_extensions import override

from sandbox.engines.child import Patience

HURRY_AFTER_SECONDS = 0.5
_FATAL_TO_MAKE = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
CAUGHT_SIGNALS = re.compile(r"^SigCgt:\s*([0-9a-f]+)$", re.MULTILINE)


class StopRequested(Exception):
    """Somebody asked the mall to stop."""


class Signals(Patience):
    """The supervisor's way of waiting: a signal ends the wait with `StopRequested`.

    A handler that raised by itself would do so anywhere, also between a child's start and
    the note of it. A later Ctrl-C says that an orderly end takes too long.
    """

    def __init__(self) -> None:
        self._asked_at: float | None = None
        self._is_spent = False
        self._make = MakeParent(os.getppid()) if "MAKELEVEL" in os.environ else None

    def install(self) -> None:
        """Take over Ctrl-C, SIGTERM and, unless under nohup, the terminal's end."""
        signal.signal(signal.SIGINT, self._note)
        signal.signal(signal.SIGTERM, self._note)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._note)

    @override
    def pause(self, seconds: float = 0.03) -> None:
        self._check()
        time.sleep(seconds)
        self._check()

    @property
    @override
    def is_spent(self) -> bool:
        return self._is_spent

    def _check(self) -> None:
        if self._asked_at is not None or (self._make and self._make.has_given_up()):
            raise StopRequested

    def _note(self, number: int, _: FrameType | None) -> None:
        now = time.monotonic()
        if self._asked_at is None:
            self._asked_at = now
        elif number == signal.SIGINT and now - self._asked_at > HURRY_AFTER_SECONDS:
            # One Ctrl-C may arrive twice, from the terminal and through make.
            self._is_spent = True


class MakeParent:
    """The make that started this process. It passes SIGTERM on, but not every end of its own.

    Killed, it cannot; and at an interrupt or a hang-up that reaches it alone (from a script, or
    when it leads a terminal's session that is closed) it only stops catching the signal and waits
    for its child, which knows nothing.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._caught = [number for number in _FATAL_TO_MAKE if self._catches(number)]

    def has_given_up(self) -> bool:
        """Say whether make ended, or waits for this process to end."""
        if os.getppid() != self._pid:
            return True
        return not all(self._catches(number) for number in self._caught)

    def _catches(self, number: signal.Signals) -> bool:
        """Read the signals that make handles; Linux alone shows them."""
        try:
            status = Path(f"/proc/{self._pid}/status").read_text()
        except OSError:
            return False
        caught = CAUGHT_SIGNALS.search(status)
        return bool(caught and int(caught[1], 16) >> (number - 1) & 1)
