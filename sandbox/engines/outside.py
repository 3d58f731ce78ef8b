"""What root's malls keep under a system folder, when their own homes are closed to the servers."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from sandbox.engines.home import IDENTITY, Home, locked
from sandbox.engines.problem import EngineProblem

SYSTEM_FOLDERS = (Path("/var/lib"), Path("/var/db"))
NOTE = "belongs-to.txt"
NOTE_HEADING = "Data and servers of the Shoal mall in the folder below; make reset deletes them."


def folder_of(identity: str) -> Path:
    """Return where a home's data lies when the servers' account cannot reach the home."""
    return _common() / identity


def make(base: Path) -> None:
    """Make such a folder, and the one that they all lie in."""
    for folder in (base.parent, base):
        if not folder.is_dir():
            folder.mkdir(mode=0o700)
            # The servers' account has to pass through, whatever umask root has.
            folder.chmod(0o711)


def note(base: Path, home: Home) -> None:
    """Note in such a folder whose it is. A home may be moved or copied, so it may have several."""
    homes = _homes(base)
    if home.path not in homes and "\n" not in str(home.path):
        lines = (NOTE_HEADING, *map(str, homes), str(home.path))
        (base / NOTE).write_bytes(os.fsencode("\n".join(lines) + "\n"))


@dataclass(frozen=True, slots=True)
class Orphan:
    """A folder whose mall is gone: nothing finds it any more."""

    folder: Path
    homes: tuple[Path, ...]
    """Where the mall was. It may also be on a disk that is not there today."""

    @property
    def megabytes(self) -> int:
        """The room that it takes."""
        files = (path.lstat() for path in self.folder.rglob("*"))
        return sum(file.st_blocks * 512 for file in files) // 1_000_000

    def remove(self) -> None:
        """Delete it; raises `EngineProblem` when its servers run after all."""
        with locked(self.folder / "lock") as is_ours:
            if not is_ours:
                raise EngineProblem(f"{self.folder} is in use.")
            shutil.rmtree(self.folder)


def orphans() -> list[Orphan]:
    """Return what malls left behind that are gone. Only root can look."""
    if os.getuid() != 0 or not _common().is_dir():
        return []
    folders = sorted(path for path in _common().iterdir() if IDENTITY.fullmatch(path.name))
    return [
        Orphan(folder, homes)
        for folder in folders
        if (homes := _homes(folder)) and _is_gone(folder, homes)
    ]


def _is_gone(folder: Path, homes: tuple[Path, ...]) -> bool:
    if any(_may_live(home, folder.name) for home in homes):
        return False
    with locked(folder / "lock") as is_ours:
        return is_ours


def _may_live(home: Path, identity: str) -> bool:
    try:
        return (home / "home-id").read_text() == identity
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def _homes(folder: Path) -> tuple[Path, ...]:
    try:
        heading, *lines = os.fsdecode((folder / NOTE).read_bytes()).removesuffix("\n").split("\n")
    except OSError:
        return ()
    return tuple(Path(line) for line in lines) if heading == NOTE_HEADING else ()


def _common() -> Path:
    system = next((folder for folder in SYSTEM_FOLDERS if folder.is_dir()), SYSTEM_FOLDERS[0])
    return system / "shoal"
