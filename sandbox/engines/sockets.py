"""The private folder of the servers' sockets, short enough for the system's limit."""

import hashlib
import os
import re
import shutil
import stat
from pathlib import Path

from sandbox.engines.account import Account
from sandbox.engines.home import Home
from sandbox.engines.problem import EngineProblem

# sun_path holds 104 bytes on a Mac and 108 on Linux, the closing zero included.
LONGEST_PATH_BYTES = 103
LONGEST_NAME = "/.s.PGSQL.5432"
PRIVATE = 0o700
# A comma would separate two folders for PostgreSQL; others need quoting in many a tool.
PLAIN_PATH = re.compile(r"[A-Za-z0-9._/+-]+")


def folder(home: Home, base: Path, account: Account | None) -> Path:
    """Return the folder, made with mode 0700 for the servers' account.

    Whoever can enter it is let in by the servers without a password.
    """
    near = base / "run"
    if _fits(near):
        # Made anew, so that it belongs to the account of today whoever had it before.
        shutil.rmtree(near, ignore_errors=True)
        path = near
    else:
        # Copies of a home share its name, so the path makes their sockets differ.
        name = hashlib.sha256(f"{home.identity()} {home.path}".encode()).hexdigest()[:12]
        path = Path("/tmp") / f"shoal-{name}"  # noqa: S108 - short; strangers are refused
    uid, gid = (account.uid, account.gid) if account else (os.getuid(), os.getgid())
    try:
        path.mkdir(mode=PRIVATE)
        os.chown(path, uid, gid)
    except FileExistsError:
        _refuse_strange(path, uid)
    return path


def _fits(path: Path) -> bool:
    name = str(path) + LONGEST_NAME
    return len(name.encode()) <= LONGEST_PATH_BYTES and bool(PLAIN_PATH.fullmatch(name))


def _refuse_strange(path: Path, uid: int) -> None:
    """Refuse a folder that somebody else put there, or opened: /tmp is everybody's."""
    found = path.lstat()
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == uid
    if not is_ours or stat.S_IMODE(found.st_mode) != PRIVATE:
        raise EngineProblem(
            f"{path} should be a folder with mode 0700 of uid {uid}, for the servers' sockets.",
            f"Nothing of value is in it: remove it (rm -rf {path}) and start again.",
        )
