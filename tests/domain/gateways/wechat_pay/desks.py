"""WeChat Pay as tests play it, with keys that are made for them, and our gateway to it."""

import base64
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from random import Random

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509 import CertificateBuilder, Name
from wechatpayv3 import utils

from domain.gateways.transport import open_transport
from domain.gateways.wechat_pay.gateway import Account, WeChatPay, open_wechat_pay
from domain.gateways.wechat_pay.keys import PublicKey
from domain.gateways.wechat_pay.merchant import Merchant
from domain.kernel.clock import Clock
from tests.domain.gateways.wires import IMPATIENT, Away, HandClock, Reply, Wire
from tests.make import NOON

MERCHANT_ID = "1900000109"
APP_ID = "wx00000000000000aa"
SERIAL = "7132D72A03E93CDDF8C03BBD1F37EEDF00000001"
API_KEY = "an-APIv3-key-of-32-characters-00"
NOTIFY_URL = "https://mall.example/webhooks/wechat-pay"
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000001092026112800000000"
FIRST_SERIAL = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
NEXT_SERIAL = "0057F09EFDC096DE15EBE81A47057A7232F1B8E2"
SEED = 20261128
PROBE = "WECHATPAY/SIGNTEST/" + "A" * 344


@cache
def rsa_key(name: str) -> RSAPrivateKey:
    """A key, the same one for as long as the tests run."""
    assert name
    return generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(key: RSAPrivateKey) -> str:
    """The key as the console's tool writes it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: RSAPublicKey) -> str:
    """The key as the console shows it."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


PAY = {
    "MALL_WECHAT_APP_ID": APP_ID,
    "MALL_WECHAT_APP_SECRET": "secret-of-the-mini-program",
    "MALL_WECHAT_PAY_MERCHANT_ID": MERCHANT_ID,
    "MALL_WECHAT_PAY_SERIAL": SERIAL,
    "MALL_WECHAT_PAY_PRIVATE_KEY": private_pem(rsa_key("merchant")),
    "MALL_WECHAT_PAY_API_KEY": API_KEY,
    "MALL_WECHAT_PAY_NOTIFY_URL": NOTIFY_URL,
}
PAY_KEY = {
    "MALL_WECHAT_PAY_PUBLIC_KEY_ID": PUBLIC_KEY_ID,
    "MALL_WECHAT_PAY_PUBLIC_KEY": public_pem(rsa_key("vendor").public_key()),
}
"""The settings of a mall that takes money, in certificate mode, and what makes it the other."""


def merchant() -> Merchant:
    """Who we are."""
    return Merchant(MERCHANT_ID, SERIAL, rsa_key("merchant"), API_KEY.encode())


def account(*, public_key: bool = True) -> Account:
    """What the mall is at WeChat Pay, in the one mode or the other."""
    vendors = PublicKey(PUBLIC_KEY_ID, rsa_key("vendor").public_key())
    return Account(merchant(), APP_ID, NOTIFY_URL, vendors if public_key else None)


@cache
def certificate_pem(serial: str, begins_at: datetime, ends_at: datetime) -> str:
    """A certificate of WeChat Pay's; its key goes by its serial."""
    key = rsa_key(serial)
    name = Name.from_rfc4514_string("CN=Tenpay.com")
    builder = CertificateBuilder(name, name, key.public_key(), int(serial, 16))
    builder = builder.not_valid_before(begins_at).not_valid_after(ends_at)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


def sealed(content: bytes, *, associated_data: str = "transaction", key: str = API_KEY) -> object:
    """What WeChat Pay encrypts, as it stands in JSON."""
    nonce = "fdasflkja484"
    ciphertext = AESGCM(key.encode()).encrypt(nonce.encode(), content, associated_data.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": nonce,
        "associated_data": associated_data,
        "ciphertext": base64.b64encode(ciphertext).decode(),
    }


@dataclass(frozen=True)
class Vendor:
    """WeChat Pay as it signs: the signatures are made by the independent client's functions."""

    serial: str = PUBLIC_KEY_ID
    key: str = "vendor"
    at: datetime = NOON
    nonce: str = "c5ac7061fccab6bf3e254dcf98995b8c"

    def headers(self, body: bytes) -> dict[str, str]:
        """What stands beside a body."""
        timestamp = str(int(self.at.timestamp()))
        text = f"{timestamp}\n{self.nonce}\n{body.decode()}\n"
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": self.nonce,
            "Wechatpay-Serial": self.serial,
            "Wechatpay-Signature": utils.rsa_sign(rsa_key(self.key), text),
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }

    def reply(self, content: object = None, status: int = 200) -> Reply:
        """A signed answer; without content it is 204."""
        body = b"" if content is None else orjson.dumps(content)
        status = 204 if content is None else status
        return Reply(status, body, {"content-type": "application/json", **self.headers(body)})

    def certificates(self, *serials: str, days: int = 1800, key: str = API_KEY) -> Reply:
        """The list of its certificates, signed with the first of them."""
        signer = replace(self, serial=serials[0], key=serials[0])
        begins_at, ends_at = NOON - timedelta(days=1), NOON + timedelta(days=days)
        data = [
            {
                "serial_no": serial,
                "effective_time": begins_at.isoformat(),
                "expire_time": ends_at.isoformat(),
                "encrypt_certificate": sealed(
                    certificate_pem(serial, begins_at, ends_at).encode(),
                    associated_data="certificate",
                    key=key,
                ),
            }
            for serial in serials
        ]
        return signer.reply({"data": data})

    def notice(
        self,
        event_type: str,
        content: object,
        *,
        associated_data: str = "transaction",
        key: str = API_KEY,
    ) -> tuple[dict[str, str], bytes]:
        """What it posts by itself."""
        plain = content if isinstance(content, bytes) else orjson.dumps(content)
        body = orjson.dumps(
            {
                "id": "EV-2018022511223320873",
                "create_time": "2026-11-12T12:00:00+08:00",
                "resource_type": "encrypt-resource",
                "event_type": event_type,
                "summary": "支付成功",
                "resource": sealed(plain, associated_data=associated_data, key=key),
            }
        )
        return self.headers(body), body


VENDOR = Vendor()
FIRST = Vendor(serial=FIRST_SERIAL, key=FIRST_SERIAL)
NEXT = Vendor(serial=NEXT_SERIAL, key=NEXT_SERIAL)

TRANSACTION = {
    "appid": APP_ID,
    "mchid": MERCHANT_ID,
    "out_trade_no": "P202611280001",
    "transaction_id": "1217752501201407033233368018",
    "trade_type": "JSAPI",
    "trade_state": "SUCCESS",
    "trade_state_desc": "支付成功",
    "bank_type": "OTHERS",
    "success_time": "2026-11-12T12:00:01+08:00",
    "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
    "amount": {"total": 888, "payer_total": 888, "currency": "CNY", "payer_currency": "CNY"},
}
"""A payment as WeChat Pay's documentation shows it."""
REFUND = {
    "refund_id": "50000000382019052709732678859",
    "out_refund_no": "R202611280001",
    "transaction_id": "1217752501201407033233368018",
    "out_trade_no": "P202611280001",
    "channel": "ORIGINAL",
    "user_received_account": "招商银行信用卡0403",
    "create_time": "2026-11-12T12:00:01+08:00",
    "status": "PROCESSING",
    "amount": {"total": 888, "refund": 888, "payer_total": 888, "payer_refund": 880},
}
TOLD_REFUND = {
    "mchid": MERCHANT_ID,
    "transaction_id": "1217752501201407033233368018",
    "out_trade_no": "P202611280001",
    "refund_id": "50000000382019052709732678859",
    "out_refund_no": "R202611280001",
    "refund_status": "SUCCESS",
    "success_time": "2026-11-12T12:05:01+08:00",
    "user_received_account": "招商银行信用卡0403",
    "amount": {"total": 888, "refund": 888, "payer_total": 888, "payer_refund": 880},
}


@asynccontextmanager
async def open_gateway(
    *hosts: Wire | Away | str,
    public_key: bool = True,
    clock: Clock | None = None,
) -> AsyncGenerator[WeChatPay]:
    """Our gateway to hosts that answer as told, or that are at an address."""
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(
                open_transport(
                    host
                    if isinstance(host, str)
                    else await stack.enter_async_context(host.served()),
                    service=f"wechat_pay_{number}",
                    patience=IMPATIENT if isinstance(host, str) else host.patience,
                )
            )
            for number, host in enumerate(hosts)
        ]
        yield await stack.enter_async_context(
            open_wechat_pay(
                opened,
                account(public_key=public_key),
                clock=clock or HandClock(),
                random=Random(SEED),
            )
        )
