"""The fake WeChat pushes events as the real one: signed, encrypted, and again when unanswered."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.wechat.push import PushKeys, encrypt
from tests.sandbox.platform_client import Platform
from tests.wechat import APP_ID, serving

TOKEN = "pamtest"  # noqa: S105 - from an example of the vendor
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
EVENT = {"Event": "trade_manage_order_settlement", "备注": "发货"}


@dataclass
class Receiver:
    """A mall's address for events, which answers what it is told to, and keeps what came."""

    url: str = ""
    answers: list[Response | float] = field(default_factory=list[Response | float])
    requests: list[tuple[dict[str, str], bytes]] = field(
        default_factory=list[tuple[dict[str, str], bytes]]
    )

    async def answer(self, request: Request) -> Response:
        query = dict(request.query_params)
        self.requests.append((query, await request.body()))
        if request.method == "GET":
            is_signed = query["signature"] == signed(query["timestamp"], query["nonce"])
            return PlainTextResponse(query["echostr"] if is_signed else "no")
        answer = self.answers.pop(0) if self.answers else PlainTextResponse("success")
        if isinstance(answer, Response):
            return answer
        await asyncio.sleep(answer)
        return PlainTextResponse("success")


def signed(*parts: str, token: str = TOKEN) -> str:
    return hashlib.sha1("".join(sorted([token, *parts])).encode()).hexdigest()  # noqa: S324


def opened(encrypted: str, key: str = KEY) -> tuple[bytes, str]:
    """Decrypt by the vendor's description; answers with the message and the id of the app."""
    secret = base64.b64decode(key + "=")
    decryptor = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).decryptor()
    padded = decryptor.update(base64.b64decode(encrypted)) + decryptor.finalize()
    fill = padded[-1]
    assert len(padded) % 32 == 0
    assert 1 <= fill <= 32
    assert padded.endswith(bytes([fill]) * fill)
    framed = padded[16:-fill]
    length = int.from_bytes(framed[:4], "big")
    return framed[4 : 4 + length], framed[4 + length :].decode()


@pytest.fixture
async def receiver() -> AsyncGenerator[Receiver]:
    receiver = Receiver()
    route = Route("/events", receiver.answer, methods=["GET", "POST"])
    async with serving(Starlette(routes=[route])) as port:
        receiver.url = f"http://127.0.0.1:{port}/events"
        yield receiver


async def connect(platform: Platform, receiver: Receiver, token: str = TOKEN) -> int:
    """Set the address in the fake console; answers with the status."""
    body = {"url": receiver.url, "token": token, "key": KEY}
    return (await platform.http.post("/_control/push-address", json=body)).status_code


async def push(platform: Platform, **body: object) -> Any:
    answer = await platform.http.post("/_control/push", json={"event": EVENT, **body})
    return answer.json()["attempts"]


def test_a_message_is_encrypted_to_the_byte_as_in_the_vendors_example():
    keys = PushKeys("wxb11529c136998cb6", TOKEN, KEY)

    encrypted = encrypt("我是中文abcd123".encode(), keys, prefix=b"aaaabbbbccccdddd")

    assert encrypted == (
        "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="
    )
    assert opened(encrypted) == ("我是中文abcd123".encode(), "wxb11529c136998cb6")


def test_messages_of_every_length_are_filled_up_to_32_bytes():
    keys = PushKeys(APP_ID, TOKEN, KEY)
    messages = [b"x" * length for length in range(1, 33)]

    encrypted = [encrypt(message, keys, prefix=b"p" * 16) for message in messages]

    assert [opened(each) for each in encrypted] == [(message, APP_ID) for message in messages]


async def test_an_address_is_taken_after_a_handshake_that_the_token_signs(
    platform: Platform, receiver: Receiver
):
    assert await connect(platform, receiver, "another") == 400
    assert platform.wechat.world.push is None

    assert await connect(platform, receiver) == 200

    query, _ = receiver.requests[-1]
    assert query.keys() == {"signature", "timestamp", "nonce", "echostr"}


async def test_an_event_is_signed_and_only_the_key_opens_it(platform: Platform, receiver: Receiver):
    await connect(platform, receiver)
    person = platform.wechat.person("李雷")

    assert await push(platform, person="李雷") == 1

    query, body = receiver.requests[-1]
    envelope = json.loads(body)
    assert query["signature"] == signed(query["timestamp"], query["nonce"])
    assert query["encrypt_type"] == "aes"
    expected = signed(query["timestamp"], query["nonce"], envelope["Encrypt"])
    assert query["msg_signature"] == expected
    message, app_id = opened(envelope["Encrypt"])
    event = json.loads(message)
    assert app_id == APP_ID
    assert event.pop("CreateTime") == pytest.approx(int(query["timestamp"]), abs=2)
    assert event == EVENT | {
        "ToUserName": envelope["ToUserName"],
        "FromUserName": person.openid,
        "MsgType": "event",
    }


async def test_an_event_is_pushed_again_until_it_is_answered_in_time(
    platform: Platform, receiver: Receiver
):
    await connect(platform, receiver)
    receiver.answers = [Response(status_code=500), PlainTextResponse("later"), 0.5, Response()]

    assert await push(platform, answer_seconds=0.1) == 4

    sent = [json.loads(body)["Encrypt"] for _, body in receiver.requests[1:]]
    assert len(set(sent)) == 4
    assert len({opened(each) for each in sent}) == 1


async def test_an_event_that_is_never_answered_is_given_up(platform: Platform, receiver: Receiver):
    await connect(platform, receiver)
    receiver.answers = [Response(status_code=503) for _ in range(9)]

    assert await push(platform) is None

    assert len(receiver.requests) == 1 + 4
