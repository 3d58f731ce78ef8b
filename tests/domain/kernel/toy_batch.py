"""A toy use case for batches: workers that come to life, by the table of heartbeats."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from domain.kernel.errors import Refused
from domain.kernel.hot_pool import Sender
from domain.kernel.idempotency import RequestKey

_ALIVE = "SELECT worker_id FROM worker_heartbeats WHERE worker_id = ANY ($1)"
_MAKE = (
    "INSERT INTO worker_heartbeats (worker_id, started_at, beat_at)"
    " SELECT unnest($1::uuid[]), $2, $2"
)


@dataclass(eq=False)
class AlreadyAlive(Refused):
    """The worker is alive."""

    worker_id: UUID


class Birth(msgspec.Struct, frozen=True):
    """A worker to be made."""

    worker_id: UUID
    is_broken: bool = False


class Born(msgspec.Struct, frozen=True):
    """A worker that was made, and with how many others."""

    worker_id: UUID
    at: datetime
    among: int


def key_of(birth: Birth, *, digest: bytes = b"1") -> RequestKey:
    """The key of the request for it."""
    return RequestKey("staff:1", "bear", birth.worker_id, digest)


@dataclass
class Ward:
    """Makes workers, set-wise, and remembers in which batches."""

    batches: list[list[UUID]] = field(default_factory=list[list[UUID]])
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    entered: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Nobody waits at first."""
        self.is_open.set()

    async def bear(
        self, session: Sender, births: Sequence[Birth], at: datetime
    ) -> Sequence[Born | Refused]:
        """Make those who are not alive yet."""
        self.batches.append([birth.worker_id for birth in births])
        ids = [birth.worker_id for birth in births]
        alive = {row[0] for row in await session.send(_ALIVE, [ids])}
        outcomes: list[Born | Refused] = [
            AlreadyAlive(each) if each in alive else Born(each, at, len(ids)) for each in ids
        ]
        self.entered.set()
        await self.is_open.wait()
        if any(birth.is_broken for birth in births):
            raise RuntimeError("broken")
        new = [outcome for outcome in outcomes if isinstance(outcome, Born)]
        if new:
            await session.send(_MAKE, [[each.worker_id for each in new], at])
        return outcomes
