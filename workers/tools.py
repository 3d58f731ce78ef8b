"""What every sweep of a worker works with."""

from dataclasses import dataclass
from random import Random
from typing import TypedDict

from domain.kernel.clock import Clock
from domain.kernel.db import Database
from domain.media.ports import ObjectStore


@dataclass(frozen=True, slots=True)
class Tools:
    """A worker's pools, its clock, the store of media, and where ids come from."""

    database: Database
    clock: Clock
    store: ObjectStore
    random: Random


class SweepContext(TypedDict):
    """What arq hands to a sweep."""

    tools: Tools
