"""The development mall's master key: made once, kept in the mall's folder for its owner."""

import base64
import secrets
from pathlib import Path

from cli.secret_file import read_secret, write_secret

_BYTES = 32


def file_of(home: Path) -> Path:
    """Where a mall's master key is kept."""
    return home / "master-key"


def kept(home: Path) -> str:
    """Return the key that is kept in the mall's folder, made at the first start.

    Without it nobody reads the phones of this mall's members again. The mall is claimed meanwhile.
    """
    path = file_of(home)
    if key := read_secret(path):
        return key
    key = base64.b64encode(secrets.token_bytes(_BYTES)).decode()
    write_secret(path, key)
    return key


def forget(home: Path) -> None:
    """Delete the key with the mall whose secrets it opens."""
    file_of(home).unlink(missing_ok=True)
