"""The mini-program's access token: read once for all who need it, kept until it is nearly over.

It comes from WeChat's stable endpoint, which answers with the same token while it is valid: two
processes that read at once do each other no harm. The forced mode, which ends the token that
everybody uses, is never asked for.
"""

import asyncio
import hashlib
from datetime import timedelta

import orjson
from redis.asyncio import Redis

from domain.gateways.transport import Answer, Question, Transport
from domain.gateways.wechat.answers import WrongToken, read_content, text_in
from domain.gateways.wechat.token_shelf import AccessToken, TokenShelf
from domain.kernel.clock import Clock
from domain.kernel.outside import OutsideMisconfigured, OutsideUnavailable

_ENDPOINT = "/cgi-bin/stable_token"
_SHAPE = r"[!-~]{1,1024}"
_EARLY = timedelta(minutes=5)
"""WeChat makes the next token five minutes before the end of this one."""
_MOST_SECONDS = 7200
_SAME_AGAIN = timedelta(seconds=10)


class AccessTokens:
    """Hands out the token of one mini-program; made once for each process."""

    def __init__(
        self, transport: Transport, *, app_id: str, app_secret: str, clock: Clock, redis: Redis
    ) -> None:
        self._transport = transport
        self._app_id = app_id
        self._app_secret = app_secret
        self._clock = clock
        # Which WeChat is part of the name: the real one does not know the tokens of a fake one.
        name = hashlib.sha256(f"{transport.base_url} {app_id}".encode()).hexdigest()[:32]
        self._shelf = TokenShelf(redis, name, clock)
        self._held: AccessToken | None = None
        self._refused: str | None = None
        self._believed_until = clock()
        self._reading: asyncio.Task[str] | None = None

    async def current(self) -> str:
        """The token to use now; all who ask meanwhile get it from one call to WeChat.

        Raises an `OutsideError`; an `OutsideUnavailable` never means that something happened.
        """
        if self._held and self._held.until > self._clock():
            return self._held.value
        if self._reading is None:
            # A task of its own: whoever asked first may be cancelled, and the others still wait.
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(self._end_reading)
        return await asyncio.shield(self._reading)

    def drop(self, token: str) -> None:
        """Do not use a token any more that WeChat has refused; the next call reads anew.

        Where WeChat gives out again what it refuses, that is believed for ten seconds, so that
        each call does not become three.
        """
        if self._held is None or self._held.value != token:
            return
        now = self._clock()
        if token == self._refused and now < self._believed_until:
            return
        self._held, self._refused = None, token
        self._believed_until = now + _SAME_AGAIN

    async def close(self) -> None:
        """End a call under way; whoever still waits for it is cancelled."""
        if self._reading:
            self._reading.cancel()
            await asyncio.wait({self._reading})

    def _end_reading(self, task: asyncio.Task[str]) -> None:
        self._reading = None
        if not task.cancelled():
            # Looked at here, since all who waited may have gone.
            task.exception()

    async def _read(self) -> str:
        async with self._shelf.turn(but=self._refused) as shared:
            token = shared or await self._fetch()
            self._held = token
            if shared is None:
                await self._shelf.put(token)
        return token.value

    async def _fetch(self) -> AccessToken:
        asked_at = self._clock()
        body = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._app_secret,
            "force_refresh": False,
        }
        question = Question("POST", _ENDPOINT, body=orjson.dumps(body))
        try:
            value, lasts = await self._transport.ask(question, _granted)
        except OutsideUnavailable as error:
            raise OutsideUnavailable(
                error.code, may_have_happened=False, reference=error.reference
            ) from None
        return AccessToken(value, asked_at + lasts - _EARLY)


def _granted(answer: Answer) -> tuple[str, timedelta]:
    try:
        content = read_content(answer)
    except WrongToken as error:
        # There is no token yet: here it is the secret that the code means.
        raise OutsideMisconfigured(error.code, reference=error.reference) from None
    seconds = content.get("expires_in")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 1:
        raise OutsideUnavailable("no_expires_in", may_have_happened=False)
    return text_in(content, "access_token", _SHAPE), timedelta(seconds=min(seconds, _MOST_SECONDS))
