"""What WeChat Pay signs: its answers and its notices, by headers beside the raw bytes."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from domain.kernel.metrics import WECHAT_PAY_UNTRUSTED
from domain.kernel.outside import OutsideUnavailable
from domain.payments.ports import UntrustedNotice

SIGNATURE = "wechatpay-signature"
_SCHEME = "WECHATPAY2-SHA256-RSA2048"
_PROBE = "WECHATPAY/SIGNTEST/"
"""How WeChat Pay begins the wrong signatures that it sends to see that they are refused."""
_WINDOW = timedelta(minutes=5)
_SECONDS = re.compile(r"[0-9]{1,11}")
_WORD = re.compile(r"[!-~]{1,128}")
_LONG_WORD = re.compile(r"[!-~]{1,2048}")


@dataclass(frozen=True, slots=True)
class Signature:
    """What was told about who signed, and when; nothing of it is believed yet."""

    timestamp: str
    nonce: str
    serial: str
    value: str


def signature_in(headers: Mapping[str, str], *, at: datetime) -> Signature:
    """The signature among the headers, written in any case; it has to be of the last five minutes.

    Raises `UntrustedNotice`. What is looked at here costs nothing: strangers send it as well.
    """
    told = {name.lower(): value for name, value in headers.items()}
    if told.get("wechatpay-signature-type", _SCHEME) != _SCHEME:
        raise UntrustedNotice("scheme")
    signature = Signature(
        timestamp=_header(told, "wechatpay-timestamp", _SECONDS),
        nonce=_header(told, "wechatpay-nonce", _WORD),
        serial=_header(told, "wechatpay-serial", _WORD),
        value=_header(told, SIGNATURE, _LONG_WORD),
    )
    if abs(at.timestamp() - int(signature.timestamp)) > _WINDOW.total_seconds():
        raise UntrustedNotice("old")
    if signature.value.startswith(_PROBE):
        raise UntrustedNotice("probe")
    return signature


def require_signed(signature: Signature, key: RSAPublicKey, body: bytes) -> None:
    """Raise `UntrustedNotice` unless the owner of the key has signed exactly these bytes."""
    signed = f"{signature.timestamp}\n{signature.nonce}\n".encode() + body + b"\n"
    try:
        value = base64.b64decode(signature.value, validate=True)
        key.verify(value, signed, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        raise UntrustedNotice("signature") from None


def untrusted_answer(error: UntrustedNotice) -> OutsideUnavailable:
    """Count an answer that cannot be believed; the request may have been carried out all the same.

    Nobody is woken by it: WeChat Pay sends some on purpose.
    """
    WECHAT_PAY_UNTRUSTED.labels("answer", error.reason).inc()
    return OutsideUnavailable(f"untrusted_{error.reason}", may_have_happened=True)


def _header(headers: Mapping[str, str], name: str, pattern: re.Pattern[str]) -> str:
    value = headers.get(name, "")
    if not pattern.fullmatch(value):
        raise UntrustedNotice("headers")
    return value
