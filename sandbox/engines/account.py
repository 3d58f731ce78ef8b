"""The account that the embedded servers run as: never root, which PostgreSQL refuses."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.engines.problem import EngineProblem


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged user that root lends to the servers."""

    uid: int
    gid: int
    name: str

    def can_run(self, *argv: str) -> bool:
        """Say whether the command succeeds for this account, by really running it as it.

        Permission bits alone would not tell: access lists, mount options and security
        modules have their say too.
        """
        try:
            done = subprocess.run(
                argv,
                user=self.uid,
                group=self.gid,
                extra_groups=[],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        except OSError:
            return False
        return done.returncode == 0


def choose(folders: Sequence[Path]) -> Account | None:
    """Return the account for the servers, or None when the caller itself will do.

    Existing folders (of data, then the home) decide by their owner, so that another way of
    calling (by sudo, from a service, as that user) finds everything readable. Then comes who
    called sudo, then a system account.
    """
    if os.getuid() != 0:
        return None
    for folder in folders:
        if folder.is_dir() and (owner := folder.stat()).st_uid != 0:
            return _with_uid(owner.st_uid, owner.st_gid)
    for name in (os.environ.get("SUDO_USER", ""), "postgres", "nobody"):
        account = _named(name)
        if account and account.uid != 0:
            if not account.can_run("/bin/sh", "-c", ":"):
                break
            return account
    raise EngineProblem(
        "PostgreSQL does not run as root, and no other account of this system can be used.",
        "Run the mall as an ordinary user instead.",
    )


def _named(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid, name)


def _with_uid(uid: int, gid: int) -> Account:
    try:
        return Account(uid, gid, pwd.getpwuid(uid).pw_name)
    except KeyError:
        return Account(uid, gid, f"uid {uid}")
