"""Message push: events that the platform sends to the mall, signed and encrypted."""

import asyncio
import base64
import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from random import Random

import httpx
import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

from domain.kernel.clock import Clock

ANSWER_SECONDS = 5.0
ATTEMPTS = 4
"""The first one and three repeats."""
_PREFIX_BYTES = 16
_PADDED_TO = 32
_DONE = {b"", b"success"}


@dataclass(frozen=True, slots=True)
class PushKeys:
    """What the platform and the mall share for message push, as set in the vendor's console."""

    app_id: str
    token: str
    encoding_key: str
    """EncodingAESKey: 43 characters."""

    @property
    def aes_key(self) -> bytes:
        """The 32 bytes that messages are encrypted with."""
        return base64.b64decode(self.encoding_key + "=")


@dataclass(frozen=True, slots=True)
class PushAddress:
    """Where the mall takes events, and the keys that it knows them by."""

    url: str
    keys: PushKeys


class Pusher:
    """Sends events to one address."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        address: PushAddress,
        *,
        clock: Clock,
        random: Random,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._http = http
        self._url = address.url
        self._keys = address.keys
        self._clock = clock
        self._random = random
        self._answer_seconds = answer_seconds

    async def shake_hands(self) -> bool:
        """Ask whether the mall is there and knows the token, as the console does on saving."""
        echo = str(self._random.randrange(10**18, 10**19))
        answer = await self._attempt("GET", self._signed() | {"echostr": echo})
        return answer == echo.encode()

    async def deliver(self, event: Mapping[str, object]) -> int | None:
        """Send an event until it is answered; return the attempts that took, None when in vain.

        An answer is HTTP 200 with ``success`` or nothing, within five seconds. A repeat carries the
        same event, encrypted and signed anew.
        """
        clear = msgspec.json.encode(event)
        for attempt in range(1, ATTEMPTS + 1):
            prefix = self._random.randbytes(_PREFIX_BYTES)
            encrypted = encrypt(clear, self._keys, prefix=prefix)
            body = {"ToUserName": event.get("ToUserName", ""), "Encrypt": encrypted}
            if await self._attempt("POST", self._signed(encrypted), body) in _DONE:
                return attempt
        return None

    def _signed(self, encrypted: str | None = None) -> dict[str, str]:
        timestamp = str(int(self._clock().timestamp()))
        nonce = str(self._random.randrange(10**8, 10**10))
        token = self._keys.token
        query = {
            "signature": signature(token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
        }
        if encrypted is None:
            return query
        signed = signature(token, timestamp, nonce, encrypted)
        return query | {"encrypt_type": "aes", "msg_signature": signed}

    async def _attempt(
        self, method: str, query: Mapping[str, str], body: Mapping[str, object] | None = None
    ) -> bytes | None:
        """Return what the mall answers in time with HTTP 200."""
        try:
            async with asyncio.timeout(self._answer_seconds):
                answer = await self._http.request(method, self._url, params=query, json=body)
        except (httpx.HTTPError, TimeoutError):
            return None
        return answer.content if answer.status_code == HTTPStatus.OK else None


def encrypt(clear: bytes, keys: PushKeys, *, prefix: bytes) -> str:
    """Encrypt a message as the vendor does: a random prefix, its length, itself, the app's id."""
    framed = prefix + struct.pack("!I", len(clear)) + clear + keys.app_id.encode()
    fill = _PADDED_TO - len(framed) % _PADDED_TO
    key = keys.aes_key
    encryptor = Cipher(AES256(key), CBC(key[:16])).encryptor()
    encrypted = encryptor.update(framed + bytes([fill]) * fill) + encryptor.finalize()
    return base64.b64encode(encrypted).decode()


def signature(*parts: str) -> str:
    """Sign parts, of which the token is one, as message push does."""
    # The vendor's protocol is SHA-1; what it keeps secret is the token.
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - so above
