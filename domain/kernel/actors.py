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


STORE_ROLES = frozenset({Role.GUIDE, Role.STORE_MANAGER})
"""The roles of those who work in stores; the others are of the whole mall."""

BOOKKEEPERS = frozenset({Role.OPERATOR, Role.FINANCE, Role.OWNER})
"""The roles of those who may have the mall's orders as a table."""


class Scope(StrEnum):
    """What a partner system may be allowed to do."""

    CATALOG_READ = "catalog:read"
    STOCK_READ = "stock:read"


@dataclass(frozen=True, slots=True)
class Pad:
    """A device in a store that was let in by a manager; nobody of the staff need be at it."""

    id: UUID
    store_id: UUID
    session_id: UUID

    @property
    def key(self) -> str:
        """Which it is as one word, for rows that outlive the session: ``pad:0192f0…``."""
        return f"pad:{self.id.hex}"


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of the staff who is signed in; ``name`` is what colleagues read.

    ``store_ids`` are the stores that they work in, None for the whole mall. ``pad`` is where they
    signed in by their PIN, None in a browser. Without a session it is the development token.
    """

    id: UUID
    name: str
    role: Role
    session_id: UUID | None = None
    store_ids: frozenset[UUID] | None = None
    pad: Pad | None = None

    def works_at(self, place_id: UUID) -> bool:
        """Whether a place is theirs: at a pad it is the pad's store alone."""
        if self.pad is not None:
            return place_id == self.pad.store_id
        return self.store_ids is None or place_id in self.store_ids

    @property
    def key(self) -> str:
        """Who it is as one word, for rows that outlive the session: ``staff:0192f0…``."""
        return f"staff:{self.id.hex}"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who buys and is signed in, by the session of one device."""

    id: UUID
    session_id: UUID

    @property
    def key(self) -> str:
        """Who it is as one word, for rows that outlive the session: ``member:0192f0…``."""
        return f"member:{self.id.hex}"


@dataclass(frozen=True, slots=True)
class Partner:
    """A system of another firm that is signed in as itself, and what it may do."""

    client_id: str
    session_id: UUID
    scopes: frozenset[Scope]

    @property
    def key(self) -> str:
        """Who it is as one word: ``client:erp``."""
        return f"client:{self.client_id}"


Actor = Member | Partner | Pad | Staff
"""Whoever is signed in."""


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, at what moment, and where new ids come from."""

    staff: Staff
    at: datetime
    random: Random
