"""Files of the mall's folder that only its owner reads."""

import os
from pathlib import Path

from sandbox.engines.home import give_to_owner

_OWNER_ONLY = 0o600


def read_secret(path: Path) -> str | None:
    """Return what a file keeps, closed to everybody but its owner; None where there is none."""
    if not path.exists():
        return None
    path.chmod(_OWNER_ONLY)
    return path.read_text().strip()


def write_secret(path: Path, text: str) -> None:
    """Write so that a crash leaves the whole text or none; the mall is claimed meanwhile."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(fresh, flags, _OWNER_ONLY), "w") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    give_to_owner(fresh, path.parent)
    fresh.replace(path)
