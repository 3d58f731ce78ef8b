"""What a process has for the accounts of the staff."""

from dataclasses import dataclass

from api.hashing import Hashing


@dataclass(frozen=True, slots=True)
class StaffDesk:
    """Where passwords are hashed, and what authenticator apps call this mall."""

    hashing: Hashing
    mall: str
