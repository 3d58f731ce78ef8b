"""Fresh homes for malls that tests start, in a place that an unprivileged account reaches."""

import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest

from sandbox.engines import Engines, engines

SYSTEM_PLACE = Path("/var/lib/shoal")


@pytest.fixture
def open_folder() -> Generator[Path]:
    """Return an empty folder that everybody may pass; pytest's own are private."""
    folder = Path(tempfile.mkdtemp(prefix="mall-test-", dir="/tmp"))
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
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a fresh database of a stopped server, to copy: making one takes a second or more."""
    folder = tmp_path_factory.mktemp("template")
    with engines(folder / "home") as running:
        made = data_folder(running)
    shutil.copytree(made, folder / "postgres")
    remove_outside(folder / "home")
    return folder / "postgres"


@pytest.fixture
def used_home(home: Path, template: Path) -> Path:
    """Return a home that has a database."""
    home.mkdir(mode=0o755)
    shutil.copytree(template, home / "postgres")
    return home


def data_folder(running: Engines) -> Path:
    """Return where a running PostgreSQL keeps its data."""
    return Path(psutil.Process(running.postgres_pid).cwd())


def remove_outside(home: Path) -> None:
    """Remove what a root's mall kept outside of its home."""
    if (home / "home-id").exists():
        shutil.rmtree(SYSTEM_PLACE / (home / "home-id").read_text(), ignore_errors=True)
