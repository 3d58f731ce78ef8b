"""What a benchmark is: it is told how much effort to make, and answers with rows of one table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.goals import Goal


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to measure: rounds, and the bounds of each volley in time and in requests."""

    rounds: int = 5
    volley_seconds: float = 1.5
    volley_requests: int = 4_000
    connections: int = 4
    counted_requests: int = 100


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the printed table: its heading, the field that it shows, and how precisely."""

    heading: str
    field: str
    digits: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was measured: all fields go into the result file, columns and goals are printed."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, object]]
    notes: tuple[str, ...] = ()
    goals: tuple[Goal, ...] = ()


Benchmark = Callable[[Effort], Outcome]
