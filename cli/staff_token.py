"""The development mall's staff token: made once, kept in the mall's folder for its owner."""

import secrets
from pathlib import Path

from cli.secret_file import read_secret, write_secret

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
    if token := read_secret(path):
        return token
    token = secrets.token_urlsafe(_BYTES)
    write_secret(path, token)
    return token


def forget(home: Path) -> None:
    """Delete the token with the mall that it belongs to."""
    file_of(home).unlink(missing_ok=True)
