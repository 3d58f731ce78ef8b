"""The room on the disk: looked at before a server finds out in the middle of a write."""

import shutil
from pathlib import Path

from sandbox.engines.problem import EngineProblem

MEGABYTE = 1_000_000
FIRST_START_MEGABYTES = 300
LATER_START_MEGABYTES = 50


def check_room(folder: Path, *, is_first_start: bool) -> None:
    """Raise `EngineProblem` when a start would soon fill the disk."""
    needed = FIRST_START_MEGABYTES if is_first_start else LATER_START_MEGABYTES
    free = shutil.disk_usage(folder).free // MEGABYTE
    if free < needed:
        raise EngineProblem(
            f"The disk of {folder} is full: {free} MB are free and the mall needs {needed} MB.",
            "Free some space, or choose another disk: MALL_HOME=/other make run",
        )
