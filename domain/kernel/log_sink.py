"""Where log lines go: stderr, at once, or a moment later together with others."""

import atexit
import logging
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import cast

from typing_extensions import override

HELD_SECONDS = 0.02
"""How long a line is held at the most: what is lost where a process is killed outright."""
MOST_HELD = 1_000
"""Lines; with more of them whoever logs writes them, and waits where nobody reads them."""
WHOLE_BYTES = 4_000
"""Of one write, if no line is longer: what a pipe takes whole (4,096), so that processes which
share one do not cut each other's lines."""
_MOST_BYTES_OF_A_CHARACTER = 4


Said = tuple[float, str, int]
"""Of one line the seconds that were taken, the number of the request, and the nanosecond."""
Held = str | tuple[Callable[[Said], str], Said]
"""A line, or what writes it and what of; many are written cheaper in one go."""


class LogSink:
    """Writes lines in the order in which they come.

    A thread of its own writes what is held, so that it gets out also while the event loop stands
    still. At the end of the process the rest is written, and from then on nothing is held.
    """

    def __init__(self) -> None:
        self._held: deque[Held] = deque()
        self.lock = threading.RLock()
        """Who writes has it; once more, where a signal's handler or garbage logs meanwhile."""
        self._is_due = False
        self._wakes = threading.Event()
        self._has_ended = threading.Event()
        self._thread: threading.Thread | None = None

    def write(self, line: str) -> None:
        """Write a line, after all that are held."""
        self._held.append(line)
        self.flush()

    def hold(self, text_of: Callable[[Said], str], said: Said) -> None:
        """Write a line within a moment."""
        held = self._held
        held.append((text_of, said))
        if not self._is_due:
            self._make_due()
        if len(held) >= MOST_HELD:
            self.flush()

    def flush(self) -> None:
        """Write what is held; where nobody can read it any more the work goes on all the same."""
        with self.lock, suppress(OSError, ValueError):
            for lines in self._taken():
                sys.stderr.write(lines)

    def end(self) -> None:
        """Write what is held, and from now on each line as it comes."""
        self._has_ended.set()
        self._wakes.set()
        if self._thread is not None:
            # It must not be in the middle of a write when the interpreter ends.
            self._thread.join()
        self._is_due = False
        self.flush()

    def _make_due(self) -> None:
        if self._has_ended.is_set():
            self.flush()
            return
        if self._thread is None:
            thread = threading.Thread(target=self._keep_writing, name="log", daemon=True)
            thread.start()
            self._thread = thread
            atexit.register(self.end)
        self._is_due = True
        self._wakes.set()

    def _keep_writing(self) -> None:
        while not self._has_ended.is_set():
            self._wakes.wait()
            self._has_ended.wait(HELD_SECONDS)
            self._wakes.clear()
            # Before the flush: what is held from here on makes it due again.
            self._is_due = False
            # Whatever is wrong with stderr: without this thread nothing would be due any more.
            with suppress(Exception):
                self.flush()

    def _taken(self) -> Iterator[str]:
        """All lines that are held, as many together as are written whole."""
        together: list[str] = []
        size = 0
        # Lines are added by other threads, and taken by whoever logs in a signal's handler.
        with suppress(IndexError):
            while True:
                held = self._held.popleft()
                line = held if isinstance(held, str) else held[0](held[1])
                own = len(line) if line.isascii() else len(line) * _MOST_BYTES_OF_A_CHARACTER
                if together and size + own > WHOLE_BYTES:
                    yield "".join(together)
                    together, size = [], 0
                together.append(line)
                size += own
        if together:
            yield "".join(together)


class SinkHandler(logging.Handler):
    """Writes what libraries log, in one order with what the mall does."""

    def __init__(self, sink: LogSink) -> None:
        self._sink = sink
        super().__init__()

    @override
    def createLock(self) -> None:
        """Have the sink's own lock: of two, garbage that logs would take the other one first."""
        # As the standard library makes one of its own, though its types say otherwise.
        self.lock = cast("threading.Lock", self._sink.lock)

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Write one of their lines."""
        # As the standard library's own handlers do.
        try:
            self._sink.write(self.format(record) + "\n")
        except Exception:
            self.handleError(record)
