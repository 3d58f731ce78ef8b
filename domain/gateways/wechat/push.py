"""WeChat's own messages to the mall (message push), in JSON and secure mode: verified, then opened.

WeChat wants an answer within five seconds and sends a message again otherwise, so one message can
come several times, and each time encrypted anew.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

import orjson
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

MOST_PUSH_BYTES = 64 * 1024
"""More than WeChat sends at once; a route reads no more of a body."""

_WINDOW = timedelta(minutes=5)
_KEY_BYTES = 32
_PADDING_BLOCK = 32
_NOISE = 16
_LENGTH = 4
_ECHO = re.compile(r"[!-~]{1,256}")
_SECONDS = re.compile(r"[0-9]{1,11}")


class PushRefused(Exception):
    """The message is not one that WeChat has sent to this mini-program just now."""


@dataclass(frozen=True, slots=True)
class PushSecrets:
    """What messages for one mini-program are signed and encrypted with; see `push_secrets`."""

    app_id: str
    token: str = field(repr=False)
    key: bytes = field(repr=False)


def push_secrets(app_id: str, token: str, encoding_aes_key: str) -> PushSecrets:
    """The secrets as WeChat's console shows them; ValueError unless the key has 43 characters."""
    key = base64.b64decode(f"{encoding_aes_key}=")
    if len(key) != _KEY_BYTES:
        raise ValueError("an EncodingAESKey has 43 characters")
    return PushSecrets(app_id, token, key)


def handshake_echo(secrets: PushSecrets, query: Mapping[str, str]) -> str:
    """The text to answer WeChat's GET with, plainly; raises `PushRefused` for anybody else's."""
    signed = (secrets.token, query.get("timestamp", ""), query.get("nonce", ""))
    _require_signature(query.get("signature", ""), signed)
    echo = query.get("echostr", "")
    if not _ECHO.fullmatch(echo):
        raise PushRefused("no_echo")
    return echo


def opened(
    secrets: PushSecrets, query: Mapping[str, str], body: bytes, *, at: datetime
) -> Mapping[str, object]:
    """The event in a POST; raises `PushRefused` before anything of a stranger's is decrypted.

    A timestamp more than five minutes from ``at`` is a replay.
    """
    encrypted = _encrypted(body)
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    signed = (secrets.token, timestamp, nonce, encrypted)
    _require_signature(query.get("msg_signature", ""), signed)
    sent = int(timestamp) if _SECONDS.fullmatch(timestamp) else 0
    if abs(at.timestamp() - sent) > _WINDOW.total_seconds():
        raise PushRefused("old")
    return _object(_message(secrets, _decrypted(secrets.key, encrypted)))


def _require_signature(told: str, signed: tuple[str, ...]) -> None:
    joined = "".join(sorted(signed)).encode()
    # The vendor's algorithm; what it protects is protected by the secret in it.
    right = hashlib.sha1(joined, usedforsecurity=False).hexdigest()
    if not hmac.compare_digest(told.encode(), right.encode()):
        raise PushRefused("signature")


def _encrypted(body: bytes) -> str:
    if len(body) > MOST_PUSH_BYTES:
        raise PushRefused("too_large")
    encrypted = _object(body).get("Encrypt")
    if not isinstance(encrypted, str):
        raise PushRefused("not_encrypted")
    return encrypted


def _object(content: bytes) -> Mapping[str, object]:
    try:
        read: object = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise PushRefused("no_json") from None
    if not isinstance(read, dict):
        raise PushRefused("no_object")
    return cast("Mapping[str, object]", read)


def _decrypted(key: bytes, encrypted: str) -> bytes:
    try:
        content = base64.b64decode(encrypted, validate=True)
    except ValueError:
        raise PushRefused("no_base64") from None
    if not content or len(content) % _PADDING_BLOCK:
        raise PushRefused("length")
    opening = Cipher(algorithms.AES256(key), modes.CBC(key[:_NOISE])).decryptor()
    padded = opening.update(content) + opening.finalize()
    padding = padded[-1]
    if not 1 <= padding <= _PADDING_BLOCK or not padded.endswith(bytes([padding]) * padding):
        raise PushRefused("padding")
    return padded[:-padding]


def _message(secrets: PushSecrets, plain: bytes) -> bytes:
    """What lies between the noise with the length and the id of the mini-program that it is for."""
    begin = _NOISE + _LENGTH
    end = begin + int.from_bytes(plain[_NOISE:begin], "big")
    if not hmac.compare_digest(plain[end:], secrets.app_id.encode()):
        raise PushRefused("other_app")
    return plain[begin:end]
