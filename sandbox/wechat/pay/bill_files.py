"""The files of bills that were asked for."""

from dataclasses import dataclass, field
from datetime import datetime

_MOST_FILES = 100


@dataclass(frozen=True, slots=True)
class BillFile:
    """A file that can be downloaded, and until when."""

    content: bytes
    ends_at: datetime


@dataclass(slots=True)
class BillFiles:
    """The files that were asked for, by their tokens."""

    kept: dict[str, BillFile] = field(default_factory=dict[str, BillFile])

    def add(self, token: str, file: BillFile) -> None:
        """Keep a file; the oldest goes where there are too many."""
        self.kept[token] = file
        while len(self.kept) > _MOST_FILES:
            self.kept.pop(next(iter(self.kept)))
