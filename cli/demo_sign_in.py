"""What the demo brand's staff sign in with: made once, kept in the mall's folder for its owner."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cli.secret_file import read_secret, write_secret

LOGINS = ("owner.yuguang", "operator.1.yuguang")
"""Whom a person is told of who has just started a mall."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS = 4
_PIN_DIGITS = 6


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """One password and one PIN for all of the demo staff; of a development mall only."""

    password: str = field(repr=False)
    pin: str = field(repr=False)


def file_of(home: Path) -> Path:
    """Where a mall's password and PIN are kept: a line for each."""
    return home / "demo-sign-in"


def kept(home: Path) -> DemoSignIn | None:
    """Return what is kept in the mall's folder; None where its demo staff have got nothing yet."""
    if not (text := read_secret(file_of(home))):
        return None
    password, pin = text.split()
    return DemoSignIn(password, pin)


def made() -> DemoSignIn:
    """Make what nobody can guess."""
    groups = ["".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(_GROUPS)]
    # Of these digits no six are in a row, so that no PIN is too simple.
    digits = secrets.SystemRandom().sample("0369147", _PIN_DIGITS)
    return DemoSignIn("-".join(groups), "".join(digits))


def keep(home: Path, sign_in: DemoSignIn) -> None:
    """Keep it once the mall's staff have it: whoever reads the file can sign in with it."""
    write_secret(file_of(home), f"{sign_in.password}\n{sign_in.pin}")


def forget(home: Path) -> None:
    """Delete it with the mall that it opens."""
    file_of(home).unlink(missing_ok=True)
