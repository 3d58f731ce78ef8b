"""The keys of one merchant at WeChat Pay: theirs, and those that WeChat Pay signs with."""

import base64
import secrets
import string
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from msgspec import Struct

DEMO_MERCHANT = "1900000109"
CERTIFICATE_LIFETIME = timedelta(days=5 * 365)
_BITS = 2048
_EXPONENT = 65537
_API_KEY_CHARACTERS = 32


class PayKeys(Struct, frozen=True):
    """All that a merchant and WeChat Pay know each other by; private keys are PEM texts.

    The merchant has `merchant_key` and `api_key`, and of WeChat Pay's two keys the public parts:
    of `public_key` as a file with an id, of `platform_key` in a certificate that it may fetch.
    """

    merchant_id: str
    merchant_serial: str
    merchant_key: str
    api_key: str
    platform_key: str
    platform_certificate: str
    public_key_id: str
    public_key: str


def generate_keys(now: datetime, merchant_id: str = DEMO_MERCHANT) -> PayKeys:
    """Return new keys; takes about a second."""
    platform = _new_key()
    characters = string.ascii_letters + string.digits
    return PayKeys(
        merchant_id=merchant_id,
        merchant_serial=secrets.token_hex(20).upper(),
        merchant_key=_pem(_new_key()),
        api_key="".join(secrets.choice(characters) for _ in range(_API_KEY_CHARACTERS)),
        platform_key=_pem(platform),
        platform_certificate=_certificate(platform, now),
        public_key_id=f"PUB_KEY_ID_01{merchant_id}{secrets.randbelow(10**19):019d}",
        public_key=_pem(_new_key()),
    )


def private_key(pem: str) -> RSAPrivateKey:
    """Read a private key of these."""
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


def public_part(pem: str) -> str:
    """Return the public part of a private key, as PEM."""
    public = private_key(pem).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def settings_of(keys: PayKeys, *, url: str, notify_url: str) -> dict[str, str]:
    """Return what the mall is told of its account; a PEM goes on one line, as base64."""
    return {
        "MALL_WECHAT_PAY_URL": url,
        "MALL_WECHAT_PAY_MERCHANT_ID": keys.merchant_id,
        "MALL_WECHAT_PAY_SERIAL": keys.merchant_serial,
        "MALL_WECHAT_PAY_PRIVATE_KEY": _one_line(keys.merchant_key),
        "MALL_WECHAT_PAY_API_KEY": keys.api_key,
        "MALL_WECHAT_PAY_PUBLIC_KEY_ID": keys.public_key_id,
        "MALL_WECHAT_PAY_PUBLIC_KEY": _one_line(public_part(keys.public_key)),
        "MALL_WECHAT_PAY_NOTIFY_URL": notify_url,
    }


def _one_line(pem: str) -> str:
    return base64.b64encode(pem.encode()).decode()


def _new_key() -> RSAPrivateKey:
    return generate_private_key(_EXPONENT, _BITS)


def _pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _certificate(key: RSAPrivateKey, now: datetime) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com sign (fake)")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks of one machine differ a little, those of tests more.
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + CERTIFICATE_LIFETIME)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode()
