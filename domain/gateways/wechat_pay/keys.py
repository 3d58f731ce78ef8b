"""Whom to believe: WeChat Pay's public key, its platform certificates, or both for a while.

WeChat Pay moves a merchant from one kind to the other over days, and renews its certificates, so
whoever signed is looked up by the serial that stands beside the signature.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from domain.kernel.clock import Clock
from domain.kernel.outside import OutsideError, OutsideRejected, OutsideUnavailable
from domain.payments.ports import UntrustedNotice

_OF_A_CERTIFICATE = re.compile(r"[0-9A-Fa-f]{8,64}")
_RENEW_AFTER = timedelta(hours=12)
"""A new certificate is published days before it signs anything."""
_PAUSE = timedelta(minutes=1)
"""How seldom strangers can make us fetch, whatever serials they think of."""
_PAUSE_AFTER_FAILURE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The key that WeChat Pay has for this merchant, by the id that its console shows."""

    id: str
    key: RSAPublicKey


@dataclass(frozen=True, slots=True)
class Certificate:
    """A platform certificate: a key of WeChat Pay, and when it signs with it."""

    serial: str
    key: RSAPublicKey
    begins_at: datetime
    ends_at: datetime


class VendorKeys:
    """WeChat Pay's keys by their serials; made once for each process.

    ``fetch`` brings all certificates that there are, and raises an `OutsideError`.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Sequence[Certificate]]],
        *,
        public_key: PublicKey | None,
        clock: Clock,
    ) -> None:
        self._fetch = fetch
        self._public_key = public_key
        self._clock = clock
        self._certificates: dict[str, Certificate] = {}
        self._fetched_at = self._pause_until = clock()
        self._failure: OutsideError | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def serial(self) -> str:
        """The serial of the key that answers are to be signed with; requests name it.

        Raises an `OutsideError`; an `OutsideUnavailable` never means that something happened.
        """
        if self._public_key:
            return self._public_key.id
        if not self._valid():
            await self._fetch_now()
        self._renew_in_time()
        valid = self._valid()
        if not valid:
            raise OutsideUnavailable("no_certificate", may_have_happened=False)
        now = self._clock()
        newest = max(valid, key=lambda each: (each.begins_at <= now, each.begins_at))
        return newest.serial

    def held(self, serial: str) -> RSAPublicKey | None:
        """The key of a serial, where it is known and has not run out."""
        if self._public_key and serial == self._public_key.id:
            return self._public_key.key
        certificate = self._certificates.get(serial.upper())
        if certificate is None or certificate.ends_at <= self._clock():
            return None
        return certificate.key

    async def find(self, serial: str) -> RSAPublicKey:
        """The key of a serial, looked for at WeChat Pay where it is new to us.

        Raises `UntrustedNotice` where there is none, and `OutsideUnavailable`, with nothing done,
        where that cannot be told now.
        """
        self._renew_in_time()
        if key := self.held(serial):
            return key
        # Public keys come from the console alone.
        if not _OF_A_CERTIFICATE.fullmatch(serial):
            raise UntrustedNotice("unknown_serial")
        try:
            await self._fetch_now()
        except OutsideRejected:
            # A merchant of today has no certificates at all.
            raise UntrustedNotice("unknown_serial") from None
        except OutsideError as error:
            raise OutsideUnavailable(
                error.code, may_have_happened=False, reference=error.reference
            ) from None
        if key := self.held(serial):
            return key
        raise UntrustedNotice("unknown_serial")

    async def close(self) -> None:
        """End a call under way; whoever still waits for it is cancelled."""
        if self._fetching:
            self._fetching.cancel()
            await asyncio.wait({self._fetching})

    def _valid(self) -> list[Certificate]:
        now = self._clock()
        return [each for each in self._certificates.values() if each.ends_at > now]

    def _renew_in_time(self) -> None:
        """Fetch in the background what was fetched long ago, and go on with that meanwhile."""
        now = self._clock()
        if self._certificates and now >= max(self._fetched_at + _RENEW_AFTER, self._pause_until):
            self._begin_fetching()

    async def _fetch_now(self) -> None:
        """Have the list as it is now; all who need it meanwhile wait for the same call."""
        if self._fetching is None and self._clock() < self._pause_until:
            if self._failure:
                raise self._failure
            return
        # A task of its own: whoever asked first may be cancelled, and the others still wait.
        await asyncio.shield(self._begin_fetching())

    def _begin_fetching(self) -> asyncio.Task[None]:
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._replace())
            self._fetching.add_done_callback(self._end_fetching)
        return self._fetching

    def _end_fetching(self, task: asyncio.Task[None]) -> None:
        self._fetching = None
        if not task.cancelled():
            # Looked at here, since all who waited may have gone.
            task.exception()

    async def _replace(self) -> None:
        """Put the new list in the place of the old one, which stays until the new one is here."""
        try:
            fetched = await self._fetch()
        except OutsideError as error:
            self._failure = error
            self._pause_until = self._clock() + _PAUSE_AFTER_FAILURE
            raise
        now = self._clock()
        self._certificates = {each.serial.upper(): each for each in fetched}
        self._failure, self._fetched_at, self._pause_until = None, now, now + _PAUSE
