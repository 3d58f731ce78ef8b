"""Messages that WeChat sends: only its own, only new ones, only for this mini-program."""

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

import orjson
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from domain.gateways.wechat.push import (
    MOST_PUSH_BYTES,
    PushRefused,
    PushSecrets,
    handshake_echo,
    opened,
    push_secrets,
)
from sandbox.wechat.push import PushKeys, encrypt, signature
from tests.make import NOON

APP_ID = "wx00000000000000aa"
TOKEN = "pushToken"  # noqa: S105
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SECRETS = push_secrets(APP_ID, TOKEN, KEY)
NOW = str(int(NOON.timestamp()))
EVENT = {"ToUserName": "gh_1", "MsgType": "event", "Event": "trade_manage_order_settlement"}


@dataclass(frozen=True)
class Sender:
    """WeChat as it signs and encrypts, written from the vendor's description."""

    token: str = TOKEN
    key: str = KEY
    app_id: str = APP_ID
    timestamp: str = NOW

    def signed(self, *more: str) -> str:
        """The signature over what is sent."""
        joined = "".join(sorted([self.token, self.timestamp, "n1", *more]))
        return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()

    def encrypted(self, content: bytes, *, length: int | None = None) -> str:
        """Noise, length, content and app id, padded to 32 bytes."""
        told = len(content) if length is None else length
        plain = b"0123456789abcdef" + told.to_bytes(4, "big") + content + self.app_id.encode()
        missing = 32 - len(plain) % 32
        return self.sealed(plain + bytes([missing]) * missing)

    def sealed(self, padded: bytes) -> str:
        """Encrypt what is padded already."""
        key = base64.b64decode(self.key + "=")
        sealing = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        return base64.b64encode(sealing.update(padded) + sealing.finalize()).decode()

    def post(self, encrypted: str) -> tuple[dict[str, str], bytes]:
        """The query and the body of a POST."""
        query = {
            "signature": self.signed(),
            "timestamp": self.timestamp,
            "nonce": "n1",
            "openid": "somebody",
            "encrypt_type": "aes",
            "msg_signature": self.signed(encrypted),
        }
        return query, orjson.dumps({"ToUserName": "gh_1", "Encrypt": encrypted})


WECHAT = Sender()


def receive(query: dict[str, str], body: bytes) -> object:
    """Open a message at noon."""
    return opened(SECRETS, query, body, at=NOON)


def refused(query: dict[str, str], body: bytes) -> str:
    """Why a message is refused."""
    with pytest.raises(PushRefused) as caught:
        receive(query, body)
    return str(caught.value)


def test_a_message_of_wechat_is_opened():
    for size in range(70):
        event = EVENT | {"more": "长" * size}
        assert receive(*WECHAT.post(WECHAT.encrypted(orjson.dumps(event)))) == event


def test_a_message_that_comes_again_is_opened_again():
    later = replace(WECHAT, timestamp=str(int((NOON - timedelta(minutes=5)).timestamp())))
    for _ in range(2):
        assert receive(*later.post(later.encrypted(orjson.dumps(EVENT)))) == EVENT


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"token": "otherToken"}, "signature"),
        ({"key": KEY[::-1]}, "padding"),
        ({"app_id": "wx00000000000000bb"}, "other_app"),
        ({"app_id": APP_ID + "a"}, "other_app"),
        ({"app_id": ""}, "other_app"),
        ({"timestamp": str(int(NOW) - 301)}, "old"),
        ({"timestamp": str(int(NOW) + 301)}, "old"),
        ({"timestamp": ""}, "old"),
        ({"timestamp": "soon"}, "old"),
        ({"timestamp": "٣"}, "old"),
        ({"timestamp": "9" * 400}, "old"),
    ],
)
def test_what_is_not_wechats_to_this_mini_program_now_is_refused(
    change: dict[str, str], reason: str
):
    sender = replace(WECHAT, **change)
    assert refused(*sender.post(sender.encrypted(orjson.dumps(EVENT)))) == reason


@pytest.mark.parametrize("name", ["timestamp", "nonce", "msg_signature"])
@pytest.mark.parametrize("value", ["", "1", "é", None])
def test_a_changed_or_absent_part_of_the_query_is_refused(name: str, value: str | None):
    query, body = WECHAT.post(WECHAT.encrypted(orjson.dumps(EVENT)))
    changed = {key: each for key, each in query.items() if key != name}
    assert refused(changed if value is None else changed | {name: value}, body) == "signature"


def test_any_changed_character_is_refused(random: Random):
    query, body = WECHAT.post(WECHAT.encrypted(orjson.dumps(EVENT)))
    begin, end = body.index(b'"Encrypt":"') + 11, len(body) - 2
    for place in random.sample(range(begin, end), 40):
        other = b"A" if body[place : place + 1] != b"A" else b"B"
        assert refused(query, body[:place] + other + body[place + 1 :]) == "signature"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no_json"),
        (b"<xml><Encrypt>a</Encrypt></xml>", "no_json"),
        (b"\xff", "no_json"),
        (b"[]", "no_object"),
        (b"{}", "not_encrypted"),
        (orjson.dumps(EVENT), "not_encrypted"),
        (b'{"Encrypt": 7}', "not_encrypted"),
        (b'{"Encrypt": "' + b"a" * MOST_PUSH_BYTES + b'"}', "too_large"),
    ],
)
def test_a_body_that_is_not_sealed_is_refused(body: bytes, reason: str):
    query, _ = WECHAT.post("a")
    assert refused(query, body) == reason


@pytest.mark.parametrize(
    ("encrypted", "reason"),
    [
        ("", "length"),
        ("AAAA", "length"),
        ("%%%%", "no_base64"),
        ("AAAAA", "no_base64"),
        ("密文", "no_base64"),
        (WECHAT.sealed(bytes(16)), "length"),
        (WECHAT.sealed(bytes(32)), "padding"),
        (WECHAT.sealed(b"\x21" * 64), "padding"),
        (WECHAT.sealed(b"x" * 30 + b"\x01\x02"), "padding"),
        (WECHAT.sealed(b"\x20" * 32), "other_app"),
        (WECHAT.encrypted(b"{}", length=2**32 - 1), "other_app"),
        (WECHAT.encrypted(b"{}", length=1), "other_app"),
        (WECHAT.encrypted(b"[]"), "no_object"),
        (WECHAT.encrypted(b"<xml>"), "no_json"),
        (WECHAT.encrypted(b""), "no_json"),
    ],
)
def test_nonsense_under_a_good_signature_is_refused(encrypted: str, reason: str):
    assert refused(*WECHAT.post(encrypted)) == reason


def test_the_handshake_is_echoed_to_wechat_alone():
    query = {"signature": WECHAT.signed(), "timestamp": NOW, "nonce": "n1", "echostr": "4375120948"}
    assert handshake_echo(SECRETS, query) == "4375120948"
    for name in ("signature", "timestamp", "nonce"):
        for value in ("", "é", "0" * 40):
            with pytest.raises(PushRefused, match="signature"):
                handshake_echo(SECRETS, query | {name: value})
    with pytest.raises(PushRefused, match="signature"):
        handshake_echo(SECRETS, {})


@pytest.mark.parametrize("echo", ["", "<script>\n", "a b", "x" * 257])
def test_nothing_else_is_echoed(echo: str):
    query = {"signature": WECHAT.signed(), "timestamp": NOW, "nonce": "n1", "echostr": echo}
    with pytest.raises(PushRefused, match="no_echo"):
        handshake_echo(SECRETS, query)


def test_a_signature_is_sha1_of_the_sorted_and_joined_parts():
    """As ``printf 1409659813AAAAAnonce9 | sha1sum`` prints it."""
    secrets = replace(SECRETS, token="AAAAA")  # noqa: S106
    query = {"timestamp": "1409659813", "nonce": "nonce9", "echostr": "1"}
    right = "035dbd4920440af57c770b359b07352b2d996387"
    assert handshake_echo(secrets, query | {"signature": right}) == "1"


@pytest.mark.parametrize("key", ["", KEY[:-1], KEY + "a"])
def test_a_key_has_its_length(key: str):
    with pytest.raises(ValueError, match=r"43|padding|data characters"):
        push_secrets(APP_ID, TOKEN, key)


def test_secrets_do_not_show():
    assert isinstance(SECRETS, PushSecrets)
    for secret in (TOKEN, KEY, repr(SECRETS.key)):
        assert secret not in repr(SECRETS)


def test_what_the_fake_wechat_sends_is_opened():
    keys = PushKeys(APP_ID, TOKEN, KEY)
    sealed = encrypt(orjson.dumps(EVENT), keys, prefix=b"another 16 bytes")
    query = {"timestamp": NOW, "nonce": "1", "msg_signature": signature(TOKEN, NOW, "1", sealed)}
    assert receive(query, orjson.dumps({"Encrypt": sealed})) == EVENT
