"""A merchant at the fake WeChat Pay that signs by the vendor's page and believes nothing."""

import asyncio
import base64
import json
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.wechat.people import Person
from tests.wechat import APP_ID, FakeWeChat, serving
from tests.wechat_pay import CERTIFICATES, CLOSE, PREPAY, QUERY, QUERY_BY_ID, QUERY_REFUND, REFUND

NUMBER = "20261128-0001"
SCHEME = "WECHATPAY2-SHA256-RSA2048"
NOWHERE = "http://127.0.0.1:9/webhooks/wechat-pay"


@dataclass
class Merchant:
    """The merchant, the fake platform it calls, and where it takes notices."""

    wechat: FakeWeChat
    http: httpx.AsyncClient
    payer: Person
    notify_url: str = NOWHERE
    answered_by: str | None = None
    """The serial of the key that replies are wanted to be signed with."""

    def body(self, **changes: object) -> dict[str, object]:
        """An order of 1.00 yuan, but for the changes; None leaves a field out."""
        usual: dict[str, object] = {
            "appid": APP_ID,
            "mchid": self.wechat.pay.keys.merchant_id,
            "description": "小鱼 · 白茶",
            "out_trade_no": NUMBER,
            "notify_url": self.notify_url,
            "amount": {"total": 100, "currency": "CNY"},
            "payer": {"openid": self.payer.openid},
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def refund_body(self, number: str = "R1", fen: int = 30, **changes: object) -> dict[str, Any]:
        """A refund of the order, but for the changes."""
        usual: dict[str, object] = {
            "out_trade_no": NUMBER,
            "out_refund_no": number,
            "reason": "缺货",
            "notify_url": self.notify_url,
            "amount": {"refund": fen, "total": 100, "currency": "CNY"},
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    async def prepay(self, **changes: object) -> httpx.Response:
        """Make the order known."""
        return await self.post(PREPAY, self.body(**changes))

    async def paid(self) -> None:
        """Have an order that is paid."""
        assert (await self.prepay()).status_code == 200
        self.wechat.pay.pay(NUMBER)

    async def query(self, number: str = NUMBER, merchant: str | None = None) -> httpx.Response:
        """Ask how an order stands."""
        merchant = merchant or self.wechat.pay.keys.merchant_id
        return await self.get(f"{QUERY.format(out_trade_no=number)}?mchid={merchant}")

    async def query_by_id(self, transaction_id: str) -> httpx.Response:
        """Ask for an order by the number of its payment."""
        path = QUERY_BY_ID.format(transaction_id=transaction_id)
        return await self.get(f"{path}?mchid={self.wechat.pay.keys.merchant_id}")

    async def close(self, number: str = NUMBER) -> httpx.Response:
        """Close an order."""
        merchant = {"mchid": self.wechat.pay.keys.merchant_id}
        return await self.post(CLOSE.format(out_trade_no=number), merchant)

    async def refund(self, number: str = "R1", fen: int = 30, **changes: object) -> httpx.Response:
        """Give money back."""
        return await self.post(REFUND, self.refund_body(number, fen, **changes))

    async def query_refund(self, number: str = "R1") -> httpx.Response:
        """Ask how a refund stands."""
        return await self.get(QUERY_REFUND.format(out_refund_no=number))

    async def certificates(self) -> httpx.Response:
        """Ask for the platform's certificates."""
        return await self.get(CERTIFICATES)

    async def get(self, target: str) -> httpx.Response:
        """Call with a signature and check that of the answer."""
        return verified(self, await self.http.get(target, headers=self.headers("GET", target)))

    async def post(self, target: str, body: object) -> httpx.Response:
        """Call with a signature and check that of the answer."""
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = self.headers("POST", target, content)
        return verified(self, await self.http.post(target, content=content, headers=headers))

    def headers(
        self, method: str, target: str, content: bytes = b"", **changes: str
    ) -> dict[str, str]:
        """What a call is signed with, but for the changes to what is signed or said."""
        keys = self.wechat.pay.keys
        now = str(int(self.wechat.world.clock().timestamp()))
        said = {"mchid": keys.merchant_id, "nonce_str": secrets.token_hex(16), "timestamp": now}
        said |= {"serial_no": keys.merchant_serial} | changes
        signed = [method, target, said["timestamp"], said["nonce_str"], ""]
        message = "\n".join(signed).encode() + content + b"\n"
        said.setdefault("signature", signature(private(keys.merchant_key), message))
        parameters = ",".join(f'{name}="{value}"' for name, value in said.items())
        headers = {"authorization": f"{SCHEME} {parameters}", "content-type": "application/json"}
        return headers | ({"wechatpay-serial": self.answered_by} if self.answered_by else {})


@dataclass
class Mall:
    """Takes notices, answers what it is told to, as slowly as it is told to, keeps what came."""

    url: str = ""
    answers: list[int | Response] = field(default_factory=list[int | Response])
    slow: list[float] = field(default_factory=list[float])
    """The seconds that its next answers take."""
    notices: list[tuple[dict[str, str], bytes]] = field(
        default_factory=list[tuple[dict[str, str], bytes]]
    )

    async def answer(self, request: Request) -> Response:
        self.notices.append((dict(request.headers), await request.body()))
        answer = self.answers.pop(0) if self.answers else 204
        if self.slow:
            await asyncio.sleep(self.slow.pop(0))
        return answer if isinstance(answer, Response) else Response(status_code=answer)


@asynccontextmanager
async def running_mall() -> AsyncGenerator[Mall]:
    """Serve an address for notices."""
    mall = Mall()
    app = Starlette(routes=[Route("/webhooks/wechat-pay", mall.answer, methods=["POST"])])
    async with serving(app) as port:
        mall.url = f"http://127.0.0.1:{port}/webhooks/wechat-pay"
        yield mall


@cache
def private(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


def signature(key: RSAPrivateKey, message: bytes) -> str:
    return base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def certificate_serial(wechat: FakeWeChat) -> str:
    pem = wechat.pay.keys.platform_certificate
    return f"{load_pem_x509_certificate(pem.encode()).serial_number:X}"


def verified(merchant: Merchant, answer: httpx.Response) -> httpx.Response:
    """Check who signed an answer: the key that was wanted, or the certificate's."""
    expected = merchant.answered_by or certificate_serial(merchant.wechat)
    assert answer.headers["wechatpay-serial"] == expected
    check_signed(merchant.wechat, answer.headers, answer.content)
    return answer


def check_signed(wechat: FakeWeChat, headers: Any, body: bytes) -> None:
    """Raise `InvalidSignature` unless WeChat Pay signed these bytes, and fail unless just now."""
    signed = [headers["wechatpay-timestamp"], headers["wechatpay-nonce"], ""]
    sent_at = int(headers["wechatpay-timestamp"])
    assert abs(wechat.world.clock().timestamp() - sent_at) < timedelta(minutes=5).total_seconds()
    assert headers["wechatpay-signature-type"] == SCHEME
    public = platform_key(wechat, headers["wechatpay-serial"])
    value = base64.b64decode(headers["wechatpay-signature"])
    public.verify(value, "\n".join(signed).encode() + body + b"\n", PKCS1v15(), SHA256())


def platform_key(wechat: FakeWeChat, serial: str) -> RSAPublicKey:
    keys = wechat.pay.keys
    if serial == keys.public_key_id:
        return private(keys.public_key).public_key()
    assert serial == certificate_serial(wechat)
    key = load_pem_x509_certificate(keys.platform_certificate.encode()).public_key()
    assert isinstance(key, RSAPublicKey)
    return key


def opened(wechat: FakeWeChat, sealed: dict[str, str]) -> bytes:
    """Decrypt by the vendor's description."""
    assert sealed["algorithm"] == "AEAD_AES_256_GCM"
    key = AESGCM(wechat.pay.keys.api_key.encode())
    ciphertext = base64.b64decode(sealed["ciphertext"])
    return key.decrypt(sealed["nonce"].encode(), ciphertext, sealed["associated_data"].encode())
