"""Passwords, PINs and authenticator codes: what is taken, and what is too easy."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from argon2 import Parameters, Type, extract_parameters
from pyotp.totp import TOTP

from domain.staff import credentials
from tests.make import NOON

ROOT = Path(__file__).parents[3]
SECRET = b"12345678901234567890"
"""The key of the test vectors of RFC 6238."""
STEP = timedelta(seconds=credentials.STEP_SECONDS)


def test_a_password_is_right_however_a_keyboard_writes_it():
    kept = credentials.hashed("山茶ｃａｍｅｌｌｉａ2026")
    assert credentials.is_right("山茶camellia2026", kept)
    assert not credentials.is_right("山茶camellia2027", kept)
    assert kept.startswith("$argon2id$")


def test_a_mall_hashes_as_owasp_asks_of_argon2id_also_where_nothing_is_kept():
    alone = "from domain.staff import credentials as c; print(c.hashed('x'), c._NOBODY)"
    said = subprocess.run(
        [sys.executable, "-c", alone], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    assert [extract_parameters(each) for each in said] == [
        Parameters(Type.ID, 19, 16, 32, time_cost=1, memory_cost=46 * 1024, parallelism=1)
    ] * 2


def test_nothing_is_right_where_nothing_is_kept():
    assert not credentials.is_right("nobody has this password", None)
    assert not credentials.is_right("x", "no hash")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "too_short"),
        ("aaaaaaaaaaaaaa", "too_simple"),
        ("guide.lin.2026", "too_simple"),
        ("abcdefgh" * 16, None),
        ("abcdefgh" * 16 + "i", "too_long"),
        ("长一点的山茶花香水密码", None),
        ("correct horse battery", None),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str, code: str | None):
    problems = list(credentials.problems_of_password(password, "guide.lin"))
    assert [problem.code for problem in problems] == ([code] if code else [])


@pytest.mark.parametrize(
    ("pin", "code"),
    [
        ("12345", "no_pin"),
        ("１２３４５６", "no_pin"),
        ("111111", "too_simple"),
        ("345678", "too_simple"),
        ("876543", "too_simple"),
        ("274951", None),
    ],
)
def test_a_pin_that_is_easy_to_guess_is_refused(pin: str, code: str | None):
    assert [each.code for each in credentials.problems_of_pin(pin)] == ([code] if code else [])


def test_codes_are_those_of_the_standard():
    """RFC 6238, appendix B, SHA-1: at 59 s the code is 94287082, of which apps show six digits."""
    at = NOON.fromtimestamp(59, NOON.tzinfo)
    assert credentials.totp_step(SECRET, "287082", at=at, after=None) == 1


def test_a_code_is_good_once_and_a_clock_may_be_one_step_apart():
    step = credentials.totp_step(SECRET, code_at(0), at=NOON, after=None)
    assert step is not None
    assert credentials.totp_step(SECRET, code_at(0), at=NOON, after=step) is None
    assert credentials.totp_step(SECRET, code_at(-1), at=NOON, after=None) == step - 1
    assert credentials.totp_step(SECRET, code_at(1), at=NOON, after=step) == step + 1
    assert credentials.totp_step(SECRET, code_at(2), at=NOON, after=None) is None
    assert credentials.totp_step(SECRET, "", at=NOON, after=None) is None


def test_an_app_is_told_the_secret_and_whose_it_is():
    address = credentials.totp_address(SECRET, login="guide.lin", mall="屿光")
    assert address == (
        "otpauth://totp/%E5%B1%BF%E5%85%89:guide.lin"
        "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E5%B1%BF%E5%85%89"
    )


def test_a_recovery_code_is_the_same_however_it_is_typed():
    code = credentials.new_recovery_code(Random(1))
    assert len(code) == 23
    assert credentials.recovery_digest(f" {code.upper()} ") == credentials.recovery_digest(code)
    assert credentials.recovery_digest("another") != credentials.recovery_digest(code)


def code_at(steps: int) -> str:
    """What an app shows so many steps after noon."""
    moment = NOON + steps * STEP
    return TOTP(credentials.totp_words(SECRET)).at(moment)
