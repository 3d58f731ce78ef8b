"""What staff sign in with: passwords, PINs and the codes of authenticator apps.

Pure, apart from the time that a hash takes: callers hash outside of transactions and beside the
event loop.
"""

import base64
import hmac
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from random import Random
from urllib.parse import quote

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pyotp.totp import TOTP

from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Sentence
from domain.kernel.problems import TOO_LONG

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 128
TOTP_PURPOSE = "totp"
"""What the secret of an authenticator is sealed for, with the id of whose it is as the owner."""
PIN = re.compile("[0-9]{6}")
STEP_SECONDS = 30
"""How long an authenticator shows a code."""
_STEPS_APART = 1
"""Steps that a phone's clock may be behind or ahead of the mall's."""
_SECRET_BYTES = 20
_RECOVERY_BYTES = 10
TOO_SHORT = ProblemKind(
    "too_short", Sentence(zh="至少 {least} 个字符。", en="Must have at least {least} characters.")
)
TOO_SIMPLE = ProblemKind(
    "too_simple",
    Sentence(zh="太容易猜到，请换一个。", en="Is too easy to guess; choose another one."),
)
NOT_NEW = ProblemKind(
    "not_new", Sentence(zh="不能与原来的密码相同。", en="Must not be the same as before.")
)
NO_PIN = ProblemKind("no_pin", Sentence(zh="必须是 6 位数字。", en="Must be six digits."))
# 46 MiB and one pass: what OWASP asks of argon2id, and 30 ms of a core.
_HASHER = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
# Of a password that nobody knows. It is written here because each start would pay for making it.
_NOBODY = (
    "$argon2id$v=19$m=47104,t=1,p=1$HLnTAq2LL15kA9PsUlI/jg"
    "$aQTXQ/GSXikAH9aNuL6Ye2mjbaNx/73873e3LabB2FY"
)


def problems_of_password(password: str, login: str) -> Iterator[Problem]:
    """What is wrong with a password that somebody chooses."""
    if len(password) < SHORTEST_PASSWORD:
        yield TOO_SHORT.at("password", least=SHORTEST_PASSWORD)
    elif len(password) > LONGEST_PASSWORD:
        yield TOO_LONG.at("password", most=LONGEST_PASSWORD)
    elif _is_simple(_normalised(password), login):
        yield TOO_SIMPLE.at("password")


def problems_of_new_password(password: str, login: str, *, is_same: bool) -> Iterator[Problem]:
    """What is wrong with a password that takes the place of another one."""
    yield from problems_of_password(password, login)
    if is_same:
        yield NOT_NEW.at("password")


def problems_of_pin(pin: str) -> Iterator[Problem]:
    """What is wrong with a PIN that somebody chooses."""
    if not PIN.fullmatch(pin):
        yield NO_PIN.at("pin")
    elif len(set(pin)) == 1 or pin in "0123456789876543210":
        yield TOO_SIMPLE.at("pin")


def hashed(secret: str) -> str:
    """The argon2id hash of a password or a PIN. Takes 30 ms and 46 MiB."""
    return _HASHER.hash(_normalised(secret))


def is_right(secret: str, kept: str | None) -> bool:
    """Whether a secret is what was hashed. As long where nothing is kept, so that it tells nothing.

    Takes as long as `hashed`.
    """
    try:
        return _HASHER.verify(kept or _NOBODY, _normalised(secret)) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def are_same(one: str, other: str) -> bool:
    """Whether two secrets that somebody typed are one, however their keyboard writes it."""
    return _normalised(one) == _normalised(other)


def new_totp_secret(random: Random) -> bytes:
    """Make the secret of an authenticator; ``random`` must be a source nobody can guess."""
    return random.randbytes(_SECRET_BYTES)


def totp_address(secret: bytes, *, login: str, mall: str) -> str:
    """What an authenticator app scans: an ``otpauth://`` address (Key URI Format)."""
    label = f"{quote(mall)}:{quote(login)}"
    return f"otpauth://totp/{label}?secret={totp_words(secret)}&issuer={quote(mall)}"


def totp_words(secret: bytes) -> str:
    """The secret as a person types it into an app: base 32 (RFC 4648) without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def totp_step(secret: bytes, code: str, *, at: datetime, after: int | None) -> int | None:
    """The step whose code somebody typed (RFC 6238), later than ``after``; None for a wrong one."""
    now = int(at.timestamp()) // STEP_SECONDS
    typed = _normalised(code).replace(" ", "").encode()
    totp = TOTP(totp_words(secret), interval=STEP_SECONDS)
    for step in range(now - _STEPS_APART, now + _STEPS_APART + 1):
        if (after is None or step > after) and hmac.compare_digest(
            totp.generate_otp(step).encode(), typed
        ):
            return step
    return None


def new_recovery_code(random: Random) -> str:
    """Make a code of 80 bits that takes the place of a lost authenticator: ``4f3a9-…``."""
    digits = random.randbytes(_RECOVERY_BYTES).hex()
    return "-".join(digits[start : start + 5] for start in range(0, len(digits), 5))


def recovery_digest(typed: str) -> bytes:
    """What is kept of a recovery code, however it is typed: with 80 bits a digest is enough."""
    code = re.sub(r"[\s-]", "", _normalised(typed).lower())
    return sha256(code.encode()).digest()


def _normalised(secret: str) -> str:
    """One form for what different keyboards send for the same keys (NIST SP 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKC", secret)


def _is_simple(password: str, login: str) -> bool:
    """Of a few different characters, or about the login: what is tried first."""
    word = password.casefold()
    return len(set(word)) < SHORTEST_PASSWORD // 2 or login.casefold() in word
