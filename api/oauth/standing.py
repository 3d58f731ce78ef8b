"""This process's copy of what tokens are checked with: who is out, and signing keys (0.25)."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from joserfc.jwk import ECKey, Key, KeySet

from api.watched import Watched
from api.writing import writing
from domain.kernel.clock import Clock
from domain.kernel.db import Database
from domain.kernel.errors import Busy
from domain.kernel.logs import logger
from domain.kernel.metrics import STANDING_SEEN
from domain.kernel.sealing import Vault
from domain.sessions import keys
from domain.sessions.rules import ACCESS_LIFE, LEEWAY
from domain.sessions.standing import (
    Ended,
    StandingKey,
    disabled_clients,
    ended_sessions,
    signing_keys,
)

_LOG = logger(__name__)
LOOK_SECONDS = 0.5
"""How often a process looks: what ends a session is known everywhere within a second."""
_KEYS_EVERY = 2
"""Looks at the sessions for each look at the keys, which wait for a minute before they sign."""
_OVERLAP = LEEWAY + timedelta(seconds=30)
"""How far back each look goes: clocks may differ, and what ends a session takes time to commit."""
_REMEMBERED = ACCESS_LIFE + 2 * LEEWAY
"""How long an ended session matters: until no access token of it can be valid."""


class Standing:
    """Ended sessions, disabled clients and signing keys as they were half a second ago.

    Where PostgreSQL is away the copy stays as it is: who is signed in goes on, who was revoked
    stays out. Valkey has no part in this.
    """

    def __init__(self, database: Database, vault: Vault, clock: Clock, random: Random) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._random = random
        self._ended: dict[UUID, Ended] = {}
        self._disabled: frozenset[str] = frozenset()
        self._seen_at: datetime | None = None
        self._keys: list[StandingKey] = []
        self._by_id: dict[str, StandingKey] = {}
        self._pairs: dict[str, tuple[ECKey | None, ECKey]] = {}

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncGenerator[None]:
        """Look, and then again and again, as long as the block runs.

        The first look is over when the block begins, so that its first request is no stranger's;
        where PostgreSQL is away it begins all the same.
        """
        sessions, signing = Watched("sessions", self.look), Watched("keys", self.look_at_keys)
        await signing.look()
        await sessions.look()
        looking = asyncio.create_task(_keep(sessions, signing))
        try:
            yield
        finally:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking

    def require_look(self) -> None:
        """See that this process knows what stands. Fault: `Busy` before the first look."""
        if self._seen_at is None:
            raise Busy

    def ended(self, session_id: UUID) -> Ended | None:
        """Why a session is over; None where it is not. `Busy` before the first look."""
        self.require_look()
        return self._ended.get(session_id)

    def is_disabled(self, client_id: str) -> bool:
        """Whether nothing of a client is taken any more, whatever its sessions are."""
        return client_id in self._disabled

    def signing_key(self) -> ECKey:
        """The key that signs at this moment: the youngest whose time has come. `Busy` if none."""
        now = self._clock()
        for key in reversed(self._keys):
            private, _ = self._imported(key)
            if private is not None and key.signs_from <= now:
                return private
        raise Busy

    def verifying_keys(self) -> KeySet:
        """The public keys whose signatures are taken, and those that will sign soon."""
        live: list[Key] = [self._imported(each)[1] for each in self._live()]
        return KeySet(live)

    def takes(self, key_id: str) -> bool:
        """Whether what the key signed is still taken: it may have been stolen since."""
        key = self._by_id.get(key_id)
        return key is not None and self._is_live(key)

    async def ensure_key(self) -> None:
        """Make sure that there is a key that signs, where this mall has had none so far."""
        if not self._keys:
            async with writing(self._database.writes) as session:
                await keys.ensure(session, self._vault, at=self._clock(), random=self._random)
            await self.look_at_keys()

    async def look(self) -> None:
        """Copy what has ended since the last look, and forget what cannot matter any more."""
        now = self._clock()
        after = now - _REMEMBERED if self._seen_at is None else self._seen_at - _OVERLAP
        fresh = await ended_sessions(self._database.probe, after=after)
        self._disabled = await disabled_clients(self._database.probe)
        kept = {key: each for key, each in self._ended.items() if each.at > now - _REMEMBERED}
        self._ended = kept | fresh
        self._seen_at = now
        STANDING_SEEN.set(now.timestamp())

    async def look_at_keys(self) -> None:
        """Copy the signing keys. One that no master key of this process opens only verifies."""
        known = {str(key.public["kid"]) for key in self._keys}
        self._keys = await signing_keys(self._database.probe, self._vault)
        for key in self._keys:
            if key.private is None and key.public["kid"] not in known:
                _LOG.error("signing_key.not_opened", key_id=key.public["kid"])
        self._by_id = known = {str(key.public["kid"]): key for key in self._keys}
        self._pairs = {key_id: pair for key_id, pair in self._pairs.items() if key_id in known}

    def _imported(self, key: StandingKey) -> tuple[ECKey | None, ECKey]:
        """Both halves of a key as joserfc wants them, which takes longer than a signature."""
        key_id = str(key.public["kid"])
        if key_id not in self._pairs:
            private = None if key.private is None else ECKey.import_key(key.private)
            self._pairs[key_id] = private, ECKey.import_key(key.public)
        return self._pairs[key_id]

    def _live(self) -> list[StandingKey]:
        return [key for key in self._keys if self._is_live(key)]

    def _is_live(self, key: StandingKey) -> bool:
        return key.retires_at is None or key.retires_at > self._clock()


async def _keep(sessions: Watched, signing: Watched) -> None:
    for turn in itertools.count(1):
        await asyncio.sleep(LOOK_SECONDS)
        if turn % _KEYS_EVERY == 0:
            await signing.look()
        await sessions.look()
