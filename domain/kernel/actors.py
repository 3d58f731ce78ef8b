"""Who acts: the people whose doing is written into ledgers, answers and the audit trail."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from random import Random
from uuid import UUID


class Role(StrEnum):
    """What a member of the staff is in charge of."""

    GUIDE = "guide"
    STORE_MANAGER = "store_manager"
    OPERATOR = "operator"
    FINANCE = "finance"
    ENGINEER = "engineer"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of the staff who is signed in; ``name`` is what colleagues read."""

    id: UUID
    name: str
    role: Role

    @property
    def key(self) -> str:
        """Who it is as one word, for rows that outlive the session: ``staff:0192f0…``."""
        return f"staff:{self.id.hex}"


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, at what moment, and where new ids come from."""

    staff: Staff
    at: datetime
    random: Random
