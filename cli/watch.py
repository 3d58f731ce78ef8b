"""What keeps a mall running: ended children are started again, and files stay in order."""

import time
from collections.abc import Callable
from typing import NoReturn

from sandbox.engines.child import Child, Patience
from sandbox.engines.crew import Crew
from sandbox.engines.home import Home

FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 10.0
STEADY_AFTER_SECONDS = 30.0
BETWEEN_LOOKS_SECONDS = 5.0


class Watch:
    """Looks after a crew, its logs and the files that it keeps until the waiting is broken off."""

    def __init__(self, crew: Crew, home: Home, tell: Callable[[str], None]) -> None:
        self._crew = crew
        self._home = home
        self._tell = tell
        self._delays: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self._done: set[str] = set()
        self._look_due = 0.0

    def keep(self, patience: Patience) -> NoReturn:
        """Start again what ends (ever more slowly) and is no task, until the patience raises."""
        while True:
            for child in self._crew.children:
                if child.exit_status is not None:
                    self._attend(child)
            self._look_at_files()
            patience.pause(0.1)

    def _look_at_files(self) -> None:
        now = time.monotonic()
        if now >= self._look_due:
            self._home.bound_logs()
            self._home.give_files()
            self._look_due = now + BETWEEN_LOOKS_SECONDS

    def _attend(self, ended: Child) -> None:
        name = ended.program.name
        if ended.program.is_task:
            self._note_end(ended)
            return
        due = self._due.get(name)
        if due is None:
            self._due[name] = time.monotonic() + self._next_delay(ended)
        elif time.monotonic() >= due:
            del self._due[name]
            self._crew.start_again(ended)

    def _note_end(self, task: Child) -> None:
        name = task.program.name
        if name not in self._done and task.exit_status != 0:
            self._tell(
                f"{name} failed with status {task.exit_status}; the mall goes on "
                f"(log: {task.program.log})"
            )
        self._done.add(name)

    def _next_delay(self, ended: Child) -> float:
        name = ended.program.name
        delay = min(self._delays.get(name, 0) * 2, LONGEST_DELAY_SECONDS)
        if not delay or ended.age_seconds > STEADY_AFTER_SECONDS:
            delay = FIRST_DELAY_SECONDS
        self._delays[name] = delay
        self._tell(
            f"{name} ended by itself with status {ended.exit_status}; it starts again in "
            f"{delay:g} s (log: {ended.program.log})"
        )
        return delay
