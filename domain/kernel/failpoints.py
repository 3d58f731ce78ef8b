"""Places at which a process can be told to die, so that a test proves what is left then.

A failpoint is declared beside the code that reaches it. Only a main arms one, from a setting
that there is in development alone, and it works once: the second attempt gets past it.
"""

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Failpoint:
    """A place in the code, by a name such as ``place.committed``."""

    name: str

    KNOWN: ClassVar[dict[str, "Failpoint"]] = {}
    """All that have been declared, by name; whoever is built twice declares its own again."""

    def __post_init__(self) -> None:
        """Make the place known."""
        Failpoint.KNOWN.setdefault(self.name, self)


class _Armed:
    """The one failpoint at which this process dies, and the flag that it has not yet."""

    name: ClassVar[str | None] = None
    flag: ClassVar[Path] = Path()


def arm(setting: str) -> None:
    """Die at the failpoint ``<name>:<path>`` names, once, if there is a file at that path then."""
    name, _, path = setting.partition(":")
    _Armed.name, _Armed.flag = name, Path(path)


def reached(place: Failpoint) -> None:
    """Die here, by SIGKILL and for good, where this place is armed; otherwise do nothing."""
    if _Armed.name is not None and _Armed.name == place.name:
        _die()


def _die() -> None:
    try:
        _Armed.flag.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
