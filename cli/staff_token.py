"""The development mall's staff token: made once, kept in the mall's folder for its owner."""

import os
import secrets
from pathlib import Path

from sandbox.engines.home import give_to_owner

_FILE = "staff-token"
_BYTES = 24


def file_of(home: Path) -> Path:
    """Where a mall's staff token is kept."""
    return home / _FILE


def kept(home: Path) -> str:
    """Return the token that is kept in the mall's folder, made at the first start.

    Only the folder's owner may read it. The mall is claimed meanwhile.
    """
    path = file_of(home)
    if not path.exists():
        _write(path, secrets.token_urlsafe(_BYTES))
    path.chmod(0o600)
    return path.read_text().strip()


def forget(home: Path) -> None:
    """Delete the token with the mall that it belongs to."""
    file_of(home).unlink(missing_ok=True)


def _write(path: Path, token: str) -> None:
    """Write so that a crash leaves a whole token or none."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{token}\n")
        file.flush()
        os.fsync(file.fileno())
    give_to_owner(fresh, path.parent)
    fresh.replace(path)
