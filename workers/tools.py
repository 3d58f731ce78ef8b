"""What every sweep of a worker works with."""

from dataclasses import dataclass
from typing import TypedDict

from domain.kernel.clock import Clock
from domain.kernel.db import Database


@dataclass(frozen=True, slots=True)
class Tools:
    """A worker's pools and its clock."""

    database: Database
    clock: Clock


class SweepContext(TypedDict):
    """What arq hands to a sweep."""

    tools: Tools
