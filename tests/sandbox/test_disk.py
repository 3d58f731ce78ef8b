"""A full disk is told as such, and costs no data."""

import os
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from sandbox.engines import EngineProblem, engines
from tests.sandbox.homes import copy

FULL = r"no room left on the disk|is full: \d+ MB are free and the mall needs"
"""Either, by what comes first: the look at the disk, or the copy of the servers that root makes
where their account cannot reach the wheels."""

Disk = Callable[[int], Path]


@pytest.fixture
def disk(open_folder: Path) -> Generator[Disk]:
    """Return what mounts a small disk of so many megabytes."""
    mounted: list[Path] = []

    def mount(megabytes: int) -> Path:
        folder = open_folder / "disk"
        folder.mkdir()
        options = f"size={megabytes}m,mode=755"
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if os.getuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("no disk can be mounted here")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_first_start_wants_room(disk: Disk):
    home = disk(100) / "home"

    with (
        pytest.raises(EngineProblem, match=r"is full: \d+ MB are free and the mall needs 300"),
        engines(home),
    ):
        pass

    assert not (home / "postgres").exists()


def test_a_disk_that_filled_up_is_told_and_the_data_is_there_afterwards(disk: Disk, template: Path):
    folder = disk(400)
    (folder / "home").mkdir()
    copy(template, folder / "home" / "postgres")
    filling = folder / "filling"
    with filling.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, os.statvfs(folder).f_bavail * 4096 - 20_000_000)

    with pytest.raises(EngineProblem, match=FULL), engines(folder / "home"):
        pass

    filling.unlink()
    with engines(folder / "home") as running:
        assert running.postgres_pid


def test_not_a_byte_left_is_told_too(disk: Disk):
    folder = disk(400)
    with (folder / "filling").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, os.statvfs(folder).f_bavail * 4096)

    with pytest.raises(EngineProblem, match=FULL), engines(folder / "home"):
        pass
