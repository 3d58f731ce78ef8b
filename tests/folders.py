"""Where the suite keeps what it throws away: in memory where there is room, else on the disk."""

import os
import shutil
from pathlib import Path

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - only folders of random names are made in it
ON_DISK = Path("/tmp")  # noqa: S108 - likewise; short, as the paths of sockets must be
ROOM_BYTES = 2_000_000_000


def folder_for_throwaways() -> Path:
    """Return a folder that everybody may pass, short enough for sockets.

    A disk makes every fsync of a lasting server wait; memory does not, and programmes that are
    copied there must be allowed to run.
    """
    if not IN_MEMORY.is_dir() or not os.access(IN_MEMORY, os.W_OK | os.X_OK):
        return ON_DISK
    may_run = not os.statvfs(IN_MEMORY).f_flag & os.ST_NOEXEC
    return IN_MEMORY if may_run and shutil.disk_usage(IN_MEMORY).free > ROOM_BYTES else ON_DISK
