"""Fresh homes for malls that tests start, in a place that an unprivileged account reaches."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest

from sandbox.engines import Engines, engines

SYSTEM_PLACE = Path("/var/lib/shoal")
FOLDER = "TEST_FOLDER"
"""The variable that names the folder of one run, which is gone after it."""


@pytest.fixture
def open_folder() -> Generator[Path]:
    """Return an empty folder that everybody may pass; pytest's own are private."""
    folder = Path(tempfile.mkdtemp(prefix="mall-test-", dir=os.environ[FOLDER]))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def home(open_folder: Path) -> Generator[Path]:
    """Return a home that is still to be made."""
    path = open_folder / "home"
    yield path
    remove_outside(path)


@pytest.fixture(scope="session")
def template() -> Path:
    """Return a fresh database of a stopped server, to copy: making one costs a second or more.

    The processes of one run share it.
    """
    folder = Path(os.environ[FOLDER])
    made = folder / "template"
    with (folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _make_template(folder).rename(made)
    return made


@pytest.fixture
def used_home(home: Path, template: Path) -> Path:
    """Return a home that has a database."""
    home.mkdir(mode=0o755)
    copy(template, home / "postgres")
    return home


def _make_template(folder: Path) -> Path:
    """Make a database and halve it: what it holds beside the mall's own is in every copy too."""
    fresh = folder / "template.new"
    with engines(folder / "template-home") as running:
        drop = [running.bin / "psql", running.owner_url, "-qc", "DROP DATABASE postgres"]
        subprocess.run(drop, check=True)
        data = data_folder(running)
    copy(data, fresh)
    account = running.account
    subprocess.run(
        [running.bin / "pg_resetwal", "--wal-segsize=1", fresh],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
        user=account.uid if account else None,
        group=account.gid if account else None,
    )
    remove_outside(folder / "template-home")
    return fresh


def copy(source: Path, target: Path) -> None:
    """Copy a folder with its owners; by the programme, which is much quicker than shutil."""
    subprocess.run(["cp", "-a", source, target], check=True)


def data_folder(running: Engines) -> Path:
    """Return where a running PostgreSQL keeps its data."""
    return Path(psutil.Process(running.postgres_pid).cwd())


def remove_outside(home: Path) -> None:
    """Remove what a root's mall kept outside of its home."""
    if (home / "home-id").exists():
        shutil.rmtree(SYSTEM_PLACE / (home / "home-id").read_text(), ignore_errors=True)
