"""This process's copy of what tokens are checked with: ended sessions, and signing keys (0.25)."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import datetime
from random import Random
from uuid import UUID

from joserfc.jwk import ECKey, Key, KeySet

from api.writing import writing
from domain.kernel.clock import Clock
from domain.kernel.db import Database
from domain.kernel.errors import Busy
from domain.kernel.logs import logger
from domain.kernel.sealing import Vault
from domain.sessions import keys
from domain.sessions.standing import Ended, StandingKey, ended_sessions, signing_keys

_LOG = logger(__name__)
LOOK_SECONDS = 0.5
"""How often a process looks: what ends a session is known everywhere within a second."""
_KEYS_EVERY = 2
"""Looks at the sessions for each look at the keys, which wait for a minute before they sign."""


class Standing:
    """Ended sessions and signing keys as they were half a second ago.

    Where PostgreSQL is away the copy stays as it is: who is signed in goes on, who was revoked
    stays out. Valkey has no part in this.
    """

    def __init__(self, database: Database, vault: Vault, clock: Clock, random: Random) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._random = random
        self._ended: dict[UUID, Ended] | None = None
        self._keys: list[StandingKey] = []
        self._pairs: dict[str, tuple[ECKey, ECKey]] = {}
        self._is_away = False

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncGenerator[None]:
        """Look again and again, as long as the block runs."""
        looking = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking

    def ended(self, session_id: UUID) -> Ended | None:
        """Why a session is over; None where it is not. `Busy` before the first look."""
        if self._ended is None:
            raise Busy
        return self._ended.get(session_id)

    def signing_key(self) -> ECKey:
        """The key that signs at this moment: the youngest whose time has come. `Busy` if none."""
        now = self._clock()
        for key in reversed(self._keys):
            if key.signs_from <= now:
                return self._imported(key)[0]
        raise Busy

    def verifying_keys(self) -> KeySet:
        """The public keys whose signatures are taken, and those that will sign soon."""
        live: list[Key] = [self._imported(each)[1] for each in self._live(self._clock())]
        return KeySet(live)

    def takes(self, key_id: str) -> bool:
        """Whether what the key signed is still taken: it may have been stolen since."""
        return any(key.public["kid"] == key_id for key in self._live(self._clock()))

    async def ensure_key(self) -> None:
        """Make sure that there is a key that signs, where this mall has had none so far."""
        if not self._keys:
            async with writing(self._database.writes) as session:
                await keys.ensure(session, self._vault, at=self._clock(), random=self._random)
            await self.look_at_keys()

    async def look(self) -> None:
        """Copy the sessions that have ended lately."""
        self._ended = await ended_sessions(self._database.probe, at=self._clock())

    async def look_at_keys(self) -> None:
        """Copy the signing keys."""
        self._keys = await signing_keys(self._database.probe, self._vault)
        known = {str(key.public["kid"]) for key in self._keys}
        self._pairs = {key_id: pair for key_id, pair in self._pairs.items() if key_id in known}

    def _imported(self, key: StandingKey) -> tuple[ECKey, ECKey]:
        """Both halves of a key as joserfc wants them, which takes longer than a signature."""
        key_id = str(key.public["kid"])
        if key_id not in self._pairs:
            self._pairs[key_id] = ECKey.import_key(key.private), ECKey.import_key(key.public)
        return self._pairs[key_id]

    def _live(self, now: datetime) -> list[StandingKey]:
        return [key for key in self._keys if key.retires_at is None or key.retires_at > now]

    async def _keep(self) -> None:
        looks = 0
        while True:
            try:
                if looks % _KEYS_EVERY == 0:
                    await self.look_at_keys()
                await self.look()
                looks += 1
                self._is_away = False
            except Exception as error:
                # A fault of any kind may not end the looking: nobody would be signed out again.
                if not self._is_away:
                    _LOG.warning("standing.not_seen", reason=repr(error))
                self._is_away = True
            await asyncio.sleep(LOOK_SECONDS)
