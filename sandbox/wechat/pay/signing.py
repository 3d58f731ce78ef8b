"""Signatures and encryption of WeChat Pay, as both sides make them."""

import base64
from dataclasses import dataclass
from random import Random
from string import ascii_letters, digits

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

SCHEME = "WECHATPAY2-SHA256-RSA2048"
_NONCE_CHARACTERS = 32
_GCM_NONCE_CHARACTERS = 12


@dataclass(frozen=True, slots=True)
class Signer:
    """A key of WeChat Pay, and the serial that it is known by."""

    serial: str
    key: RSAPrivateKey

    def headers(self, body: bytes, *, timestamp: int, nonce: str) -> dict[str, str]:
        """Return the headers that a reply or a notice with this body is signed by."""
        return {
            "Wechatpay-Timestamp": str(timestamp),
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": sign(self.key, lines(str(timestamp), nonce, body)),
            "Wechatpay-Serial": self.serial,
            "Wechatpay-Signature-Type": SCHEME,
        }


def lines(*parts: str | bytes) -> bytes:
    """Return what is signed: every part and the end of its line."""
    return b"".join((part.encode() if isinstance(part, str) else part) + b"\n" for part in parts)


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """Sign with RSA and SHA-256, as base64."""
    return base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def is_signed(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether this key signed this message."""
    try:
        key.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def encrypted(api_key: str, clear: bytes, about: str, random: Random) -> dict[str, str]:
    """Encrypt for the merchant: AES-256-GCM with the APIv3 key."""
    nonce = new_nonce(random, _GCM_NONCE_CHARACTERS)
    sealed = AESGCM(api_key.encode()).encrypt(nonce.encode(), clear, about.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": nonce,
        "associated_data": about,
        "ciphertext": base64.b64encode(sealed).decode(),
    }


def new_nonce(random: Random, length: int = _NONCE_CHARACTERS) -> str:
    """Return letters and digits that nobody has used."""
    return "".join(random.choices(ascii_letters + digits, k=length))
