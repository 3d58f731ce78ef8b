"""What an operator is told when the mall cannot start on this machine."""

import errno
from pathlib import Path

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class EngineProblem(Exception):
    """The mall cannot start: what is wrong, and what mends it (which may be nothing more)."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__("\n".join(filter(None, (message, hint))))
        self.message = message
        self.hint = hint


def disk_full(folder: Path) -> EngineProblem:
    """Return the one way in which a full disk is told, wherever in a start it was met."""
    return EngineProblem(
        f"There is no room left on the disk of {folder}; the mall's data was not touched.",
        "Free some space (see df -h), or choose another disk: MALL_HOME=/other make run",
    )


def of_system(error: OSError, folder: Path) -> EngineProblem:
    """Tell a failure of the operating system: the full disk as such, others by their file."""
    # A copy of many files fails with many reasons in one error, and no number of its own.
    if error.errno in DISK_FULL or "No space left on device" in str(error):
        return disk_full(folder)
    about = f": {error.filename}" if isinstance(error.filename, str) else ""
    return EngineProblem(f"{error.strerror or error}{about}")


def of_log(what: str, said: str, log: Path, folder: Path) -> EngineProblem:
    """Tell why an engine did not start, by the last lines of what it wrote."""
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return disk_full(folder)
    last = "\n".join(f"  {line}" for line in said.splitlines()[-6:])
    return EngineProblem(f"{what}; its log {log} ends with:\n{last or '  (nothing)'}")
