"""Where the embedded servers keep data, sockets and binaries, and the account that runs them.

Root lends the servers an unprivileged account. That account must reach its folders, and the
way there must not be opened for it: the checkout may lie in a private home. So when it cannot
reach them, they lie under a system folder instead, found again by the home's random name.
"""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.engines import account as accounts
from sandbox.engines import binaries, outside, sockets
from sandbox.engines.account import Account
from sandbox.engines.binaries import Binaries
from sandbox.engines.home import IDENTITY, Home, locked
from sandbox.engines.problem import EngineProblem


@dataclass(frozen=True, slots=True)
class Place:
    """The folders, binaries and account of one home's servers."""

    home: Home
    base: Path
    account: Account | None
    binaries: Binaries
    sockets: Path

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data."""
        return self.base / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's data."""
        return self.base / "valkey"

    def make_folder(self, path: Path) -> None:
        """Make a folder for the servers' account alone."""
        make_private(path, self.account)

    def adopt(self, data: Path) -> None:
        """Give data that belongs to root, such as a restored copy, to the servers' account."""
        if self.account is None or not data.is_dir() or data.stat().st_uid != 0:
            return
        for path in (data, *data.rglob("*")):
            os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)

    def remove(self) -> None:
        """Remove the data, the sockets and everything that lies outside the home."""
        shutil.rmtree(self.sockets, ignore_errors=True)
        if not self.is_inside:
            shutil.rmtree(self.base, ignore_errors=True)
            return
        for pattern in ("postgres", "postgres.new", "valkey", "valkey.bad-*", "engines"):
            for path in self.base.glob(pattern):
                shutil.rmtree(path, ignore_errors=True)

    @property
    def is_inside(self) -> bool:
        """Whether the data lies in the home itself."""
        return self.base == self.home.path


@contextmanager
def settled(home: Home) -> Generator[Place]:
    """Find or make the place of a claimed home, and claim what of it lies elsewhere."""
    away = _away(home)
    account = accounts.choose([home.path / "postgres", away / "postgres", home.path])
    base = _base(home, away, account)
    if base == home.path:
        yield _place(home, base, account)
        return
    outside.make(base)
    # A copied home names the same place, and has a lock of its own.
    with locked(base / "lock") as is_ours:
        if not is_ours:
            raise EngineProblem(f"Another copy of {home.path} runs already, on the same data.")
        outside.note(base, home)
        yield _place(home, base, account)


def make_private(path: Path, account: Account | None) -> None:
    """Make a folder with mode 0700 that belongs to the servers' account, if it is not there."""
    if path.is_dir():
        return
    path.mkdir(mode=0o700)
    if account:
        os.chown(path, account.uid, account.gid)


def _place(home: Home, base: Path, account: Account | None) -> Place:
    return Place(
        home=home,
        base=base,
        account=account,
        binaries=binaries.within_reach(account, base),
        sockets=sockets.folder(home, base, account),
    )


def _away(home: Home) -> Path:
    identity = home.identity()
    if not IDENTITY.fullmatch(identity):
        raise EngineProblem(
            f"{home.path / 'home-id'} is damaged: it should hold 16 letters and digits.",
            "Restore it; if the data of this mall is of no value, delete the file.",
        )
    return outside.folder_of(identity)


def _base(home: Home, away: Path, account: Account | None) -> Path:
    if account is None:
        _refuse_data_of_others(home, away)
        return home.path
    is_reached = account.can_run("/bin/sh", "-c", 'cd "$0"', str(home.path))
    # Data stays where it is: a permission that somebody changes must not bring an empty mall.
    if (away / "postgres").is_dir():
        return away
    if (home.path / "postgres").is_dir() and not is_reached:
        raise EngineProblem(
            f"The account {account.name}, which runs PostgreSQL, can no longer reach the mall's "
            f"data in {home.path}.",
            "Give the folders above it their old permissions back (chmod o+x), or move it there.",
        )
    return home.path if is_reached else away


def _refuse_data_of_others(home: Home, away: Path) -> None:
    if away.is_dir():
        raise EngineProblem(
            f"This mall's data lies in {away}, where root put it.", "Run it as root, with sudo."
        )
    data = home.path / "postgres"
    if data.is_dir() and data.stat().st_uid != os.getuid():
        raise EngineProblem(
            f"The mall's data in {data} belongs to another account.",
            "Run it as before (with sudo, if it was made so), or set another MALL_HOME.",
        )
