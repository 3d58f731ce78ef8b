"""The children of one run: recorded as they start, ended in reverse order."""

import os
from types import TracebackType
from typing import Self

from sandbox.engines.child import Child, Patience, Program
from sandbox.engines.home import Home, RunningChild, RunRecord


class Crew:
    """A context that leaves no child behind.

    Children are started in ranks. At the end the last rank goes first, and the next one is
    asked only when it has gone.
    """

    def __init__(self, home: Home, patience: Patience, *, url: str | None = None) -> None:
        self._home = home
        self._patience = patience
        self._url = url
        self._ranks: list[list[Child]] = []

    def __enter__(self) -> Self:
        self._write_record()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._ranks:
            for child in self._ranks[-1]:
                child.ask_to_end()
            for child in self._ranks[-1]:
                child.wait(self._patience)
            self._ranks.pop()
        self._home.forget_record()

    @property
    def children(self) -> list[Child]:
        """Every child, in the order of starting."""
        return [child for rank in self._ranks for child in rank]

    def start(self, program: Program) -> Child:
        """Start a child that ends before all that run now."""
        child = Child(program)
        self._ranks.append([child])
        self._write_record()
        return child

    def start_beside(self, program: Program) -> Child:
        """Start a child that ends together with the last one."""
        child = Child(program)
        self._ranks[-1].append(child)
        self._write_record()
        return child

    def start_again(self, ended: Child) -> Child:
        """Start a child in the place of one that has ended."""
        child = Child(ended.program)
        for rank in self._ranks:
            rank[:] = [child if old is ended else old for old in rank]
        self._write_record()
        return child

    def _write_record(self) -> None:
        recorded = tuple(
            RunningChild(
                name=child.program.name,
                pid=child.pid,
                started_at=child.started_at,
                argv=child.program.argv,
                stop_signal=int(child.program.stop_signal),
            )
            for child in self.children
        )
        self._home.write_record(RunRecord(pid=os.getpid(), url=self._url, children=recorded))
