"""Where the page's sources and builds lie, and how far the present build is."""

import fcntl
import hashlib
import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import msgspec

SOURCES = Path(__file__).parent
BUILDS = SOURCES.parent.parent / "build" / "playground"
"""In the checkout, which is whoever's who may build: it outlives the mall's data."""
LOCK_FILE = "package-lock.json"
INDEX = "index.html"
_PARTS = ("package.json", LOCK_FILE, INDEX, "tsconfig.json", "vite.config.ts", "src")


class Stage(StrEnum):
    """How far the build of the present sources is."""

    READY = "ready"
    BUILDING = "building"
    FAILED = "failed"
    ABSENT = "absent"


class Cause(StrEnum):
    """Why there is no build."""

    NO_NODE = "no_node"
    NO_NETWORK = "no_network"
    OTHER = "other"


class Failure(msgspec.Struct, frozen=True):
    """What the last attempt came to, and the end of what the tools said."""

    cause: Cause
    said: str


class Build:
    """The build of the sources as they are now."""

    def __init__(self, folder: Path = BUILDS, sources: Path = SOURCES) -> None:
        self.sources = sources
        self.folder = folder
        self.digest = _digest(sources)
        """Names everything that the build follows from."""

    @property
    def place(self) -> Path:
        """Where it lies; it comes to be there whole, in one step."""
        return self.folder / self.digest

    @property
    def lock(self) -> Path:
        """The file that whoever builds holds a lock on."""
        return self.folder / "lock"

    @property
    def is_ready(self) -> bool:
        """Whether it is there."""
        return (self.place / INDEX).is_file()

    def stage(self) -> Stage:
        """How far it is."""
        if self.is_ready:
            return Stage.READY
        if self._is_under_way():
            return Stage.BUILDING
        return Stage.FAILED if self.failure() else Stage.ABSENT

    def failure(self) -> Failure | None:
        """Why the last attempt failed; None where there was none."""
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(self._failure_file.read_bytes(), type=Failure)
        return None

    def note(self, failure: Failure | None) -> None:
        """Keep why an attempt failed for those who ask; None forgets it. The lock is held."""
        if failure is None:
            self._failure_file.unlink(missing_ok=True)
        else:
            self._failure_file.write_bytes(msgspec.json.encode(failure))

    @property
    def _failure_file(self) -> Path:
        return self.folder / f"{self.digest}.failure.json"

    def _is_under_way(self) -> bool:
        try:
            descriptor = os.open(self.lock, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False


def _digest(sources: Path) -> str:
    digest = hashlib.sha256()
    for part in _PARTS:
        path = sources / part
        files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else []
        for file in files or [path]:
            content = file.read_bytes()
            digest.update(f"{file.relative_to(sources).as_posix()} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()[:32]
