"""The mall's folder, claimed by one process at a time, and the record of what runs from it."""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sandbox.engines.problem import EngineProblem

LOG_KEPT_BYTES = 10_000_000
IDENTITY = re.compile("[0-9a-f]{16}")


class RunningChild(msgspec.Struct, frozen=True):
    """A child as it was recorded: enough to find it again and to know that it is the same."""

    name: str
    pid: int
    started_at: float
    argv: tuple[str, ...]
    stop_signal: int


class RunRecord(msgspec.Struct, frozen=True):
    """What runs from a home: who supervises, where it answers, and its children."""

    pid: int
    url: str | None
    children: tuple[RunningChild, ...]


@dataclass(frozen=True, slots=True)
class Home:
    """The folder under which a mall keeps all that it writes, or the way to it."""

    path: Path

    @property
    def media(self) -> Path:
        """Where pictures lie."""
        return self._folder("media")

    def log(self, name: str) -> Path:
        """Return the log file of a child."""
        path = self._folder("log") / f"{name}.log"
        path.touch(mode=0o600)
        self._give(path)
        return path

    def identity(self) -> str:
        """Return the random name of this home, which finds what lies outside it again.

        A fresh clone at the same path has another one, so it never picks up old data.
        """
        path = self.path / "home-id"
        if not path.exists():
            self._write(path, secrets.token_hex(8).encode())
        return path.read_text()

    def record(self) -> RunRecord | None:
        """Return what the last supervisor recorded, also after it was killed."""
        try:
            return msgspec.json.decode((self.path / "run.json").read_bytes(), type=RunRecord)
        except (OSError, msgspec.DecodeError):
            return None

    def write_record(self, record: RunRecord) -> None:
        """Replace the record in one step."""
        self._write(self.path / "run.json", msgspec.json.encode(record))

    def forget_record(self) -> None:
        """Say that nothing runs."""
        (self.path / "run.json").unlink(missing_ok=True)

    def bound_logs(self) -> None:
        """Put logs aside that have grown large, under the pens of those who write them.

        At most two times the bound is kept of each, and what is written between two calls.
        """
        for log in (self.path / "log").glob("*.log"):
            # Somebody may tidy up at the same time.
            with suppress(FileNotFoundError):
                if log.stat().st_size > LOG_KEPT_BYTES:
                    self._put_aside(log)

    def give_files(self) -> None:
        """Let the home's owner have the pictures and uploads that root's mall keeps."""
        if os.getuid() != 0 or self.path.stat().st_uid == 0:
            return
        for folder in filter(Path.is_dir, (self.path / "media", self.path / "private")):
            for path in (folder, *folder.rglob("*")):
                # An upload that is not whole yet goes or gets its name meanwhile.
                with suppress(FileNotFoundError):
                    self._give(path)

    def remove(self) -> None:
        """Remove what belongs to the mall; the folder too, if nothing else is in it."""
        for name in ("log", "media", "private"):
            shutil.rmtree(self.path / name, ignore_errors=True)
        for name in ("run.json", "home-id", "lock"):
            (self.path / name).unlink(missing_ok=True)
        if not any(self.path.iterdir()):
            self.path.rmdir()

    def _folder(self, name: str) -> Path:
        path = self.path / name
        if not path.is_dir():
            path.mkdir(mode=0o700)
            self._give(path)
        return path

    def _put_aside(self, log: Path) -> None:
        fresh = log.with_name(log.name + ".new")
        fresh.unlink(missing_ok=True)
        try:
            fresh.touch(mode=0o600, exist_ok=False)
            with log.open("rb") as source, fresh.open("wb") as target:
                source.seek(-LOG_KEPT_BYTES, os.SEEK_END)
                shutil.copyfileobj(source, target)
            self._give(fresh)
            fresh.replace(log.with_name(log.name + ".1"))
        except OSError:
            # Most likely the disk is full, and then the room is worth more than old lines.
            fresh.unlink(missing_ok=True)
        # Writers append wherever the end is, so they go on at the beginning.
        os.truncate(log, 0)

    def _write(self, path: Path, content: bytes) -> None:
        """Write so that a crash or a full disk leaves the old content or the new, never half."""
        fresh = path.with_name(path.name + ".new")
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self._give(fresh)
        fresh.replace(path)

    def _give(self, path: Path) -> None:
        """Let root leave nothing in a user's home that the user cannot use afterwards."""
        give_to_owner(path, self.path)


@contextmanager
def claimed(path: Path) -> Generator[Home]:
    """Claim a home, made when there is none, for as long as this process lives.

    Raises `EngineProblem` when another process has it.
    """
    home = Home(path.resolve())
    _make(home.path)
    with locked(home.path / "lock") as is_ours:
        if not is_ours:
            raise _taken(home)
        home.bound_logs()
        yield home


@contextmanager
def locked(path: Path) -> Generator[bool]:
    """Try to hold a lock that the kernel frees whatever becomes of its holder."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        give_to_owner(path, path.parent)
        is_ours = False
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = True
        yield is_ours
    finally:
        os.close(descriptor)


def give_to_owner(path: Path, folder: Path) -> None:
    """Give what root made in a folder to whoever owns the folder."""
    owner = folder.stat()
    if os.getuid() == 0 and owner.st_uid != 0:
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _make(path: Path) -> None:
    if path.is_dir():
        if not os.access(path, os.W_OK | os.X_OK):
            raise EngineProblem(
                f"The mall's folder {path} belongs to another account.",
                "Run it as that account (with sudo, if it was made so), or set another MALL_HOME.",
            )
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700)
    if os.getuid() == 0:
        # The servers' account has to pass through, whatever umask root has.
        path.chmod(0o711)


def _taken(home: Home) -> EngineProblem:
    record = home.record()
    who = f" (pid {record.pid})" if record else ""
    where = f" at {record.url}" if record and record.url else ""
    return EngineProblem(f"Shoal already runs from this folder{who}{where}.")
