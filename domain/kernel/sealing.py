"""Secrets at rest: sealed texts, and indexes that find a sealed text without opening it.

The mall has master keys, 32 random bytes each. The first seals; every one opens, so a new key is
put before the old ones. The last is never taken away: it makes the indexes.
"""

import base64
import hmac
from hashlib import sha256
from random import Random

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32
_NAME_BYTES = 4
_NONCE_BYTES = 12


class Unsealable(Exception):
    """None of the master keys opens it for this purpose and owner."""


class Vault:
    """Seals and opens with keys derived from the master keys, one for each purpose.

    ``purpose`` says what is sealed (``phone``), ``owner`` whose it is (the key of a row): what
    was sealed for one is not opened for another.
    """

    def __init__(self, master_keys: list[bytes]) -> None:
        """Take the master keys, the sealing one first. ValueError for none, or for short ones."""
        if not master_keys or any(len(key) != _KEY_BYTES for key in master_keys):
            raise ValueError("master keys have 32 bytes")
        self._keys = {sha256(key).digest()[:_NAME_BYTES]: key for key in master_keys}
        self._first = next(iter(self._keys))
        self._last = master_keys[-1]
        self._derived: dict[tuple[bytes, str], bytes] = {}

    def seal(self, text: bytes, *, purpose: str, owner: str, random: Random) -> bytes:
        """Seal a text. ``random`` must be a source that nobody can guess."""
        nonce = random.randbytes(_NONCE_BYTES)
        cipher = AESGCM(self._derive(self._keys[self._first], purpose))
        return self._first + nonce + cipher.encrypt(nonce, text, owner.encode())

    def open(self, sealed: bytes, *, purpose: str, owner: str) -> bytes:
        """Open what was sealed for this purpose and owner; `Unsealable` for anything else."""
        key = self._keys.get(sealed[:_NAME_BYTES])
        if key is None:
            raise Unsealable("its master key is not among those given")
        nonce = sealed[_NAME_BYTES : _NAME_BYTES + _NONCE_BYTES]
        cipher = AESGCM(self._derive(key, purpose))
        try:
            return cipher.decrypt(nonce, sealed[_NAME_BYTES + _NONCE_BYTES :], owner.encode())
        except (InvalidTag, ValueError) as error:
            raise Unsealable("it was sealed for something else, or changed") from error

    def index(self, text: str, *, purpose: str) -> bytes:
        """A digest that is the same for the same text, and tells nothing without the key."""
        return hmac.digest(self._derive(self._last, f"index:{purpose}"), text.encode(), "sha256")

    def _derive(self, master: bytes, purpose: str) -> bytes:
        known = self._derived.get((master, purpose))
        if known is None:
            derivation = HKDF(SHA256(), _KEY_BYTES, salt=None, info=purpose.encode())
            known = self._derived[master, purpose] = derivation.derive(master)
        return known


def master_keys(text: str) -> list[bytes]:
    """Read master keys: each 32 bytes in base64, with commas between them. ValueError if not."""
    try:
        keys = [base64.b64decode(each, validate=True) for each in text.split(",")]
    except ValueError as error:
        raise ValueError("must be base64, with commas between several") from error
    if any(len(key) != _KEY_BYTES for key in keys):
        raise ValueError("must be 32 bytes in base64: `openssl rand -base64 32`")
    if len(set(keys)) != len(keys):
        raise ValueError("must not name a key twice")
    return keys
