"""The merchant before WeChat Pay: its number, its API certificate's key, and its APIv3 key."""

import base64
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

_ALGORITHM = "AEAD_AES_256_GCM"


class Unopened(Exception):
    """It was not sealed with this APIv3 key, or not as WeChat Pay seals."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What WeChat Pay has encrypted, as it stands in a notice or among the certificates."""

    algorithm: str
    nonce: str
    ciphertext: str
    associated_data: str | None = None


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who asks. ``serial`` is of the certificate that ``key`` belongs to; neither key shows."""

    id: str
    serial: str
    key: RSAPrivateKey = field(repr=False)
    api_key: bytes = field(repr=False)

    def sign(self, *lines: bytes) -> str:
        """The signature over some lines, each of which is ended, in base64."""
        signed = b"".join(line + b"\n" for line in lines)
        return base64.b64encode(self.key.sign(signed, PKCS1v15(), SHA256())).decode()

    def open(self, sealed: Sealed) -> bytes:
        """What was encrypted for this merchant; `Unopened` for anything else."""
        if sealed.algorithm != _ALGORITHM:
            raise Unopened
        try:
            return AESGCM(self.api_key).decrypt(
                sealed.nonce.encode(),
                base64.b64decode(sealed.ciphertext, validate=True),
                (sealed.associated_data or "").encode(),
            )
        except (InvalidTag, ValueError):
            raise Unopened from None
