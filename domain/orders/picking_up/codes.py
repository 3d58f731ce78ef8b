"""The codes of pick-ups: twelve digits, which nobody can guess and a pad can scan or type."""

import re
import unicodedata
from random import Random
from uuid import UUID

from domain.kernel.sealing import Vault

DIGITS = 12
_PURPOSE = "pick_up_code"
_BETWEEN = re.compile(r"[\s\-‐-―－]+")
_CODE = re.compile(rf"[0-9]{{{DIGITS}}}")
_LONGEST_TYPED = 40


def new_code(random: Random) -> str:
    """A new code. ``random`` must be a source that nobody can guess."""
    return f"{random.randrange(10**DIGITS):0{DIGITS}}"


def sealed(vault: Vault, order_id: UUID, code: str, random: Random) -> bytes:
    """The code of an order, for its row alone."""
    return vault.seal(code.encode(), purpose=_PURPOSE, owner=order_id.hex, random=random)


def opened(vault: Vault, order_id: UUID, sealed_code: bytes) -> str:
    """The code of an order; `Unsealable` for what was sealed for another one."""
    return vault.open(sealed_code, purpose=_PURPOSE, owner=order_id.hex).decode()


def digest_of(vault: Vault, code: str) -> bytes:
    """What finds the order of a code."""
    return vault.index(code, purpose=_PURPOSE)


def typed(written: str) -> str | None:
    """A code as somebody scanned or typed it, in groups perhaps; None where it can be none."""
    if len(written) > _LONGEST_TYPED:
        return None
    code = _BETWEEN.sub("", unicodedata.normalize("NFKC", written))
    return code if _CODE.fullmatch(code) else None
