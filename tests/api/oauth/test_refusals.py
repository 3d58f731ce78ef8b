"""How soon staff are told no: no sooner for one login than for another, in browsers and at pads."""

import asyncio
from collections.abc import Generator
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from sqlalchemy import update

from api.attempts import Attempts
from api.hashing import Hashing
from api.lock_outs import LockOuts
from api.oauth.driver import Driver
from api.oauth.end_user import Page, Visit
from api.oauth.pins import Pins
from api.oauth.refusals import REFUSED_AFTER_SECONDS, Refusals
from api.oauth.staff_pages import SIGN_IN, StaffSignIn
from api.oauth.tokens import AccessTokens
from domain.kernel.actors import Pad
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.language import Language
from domain.staff.models import StaffMember
from tests import make
from tests.api.oauth.desk import RANDOM
from tests.api.oauth.office import PASSWORD, VAULT, hire
from tests.api.pads.desk import PIN, WRONG_PIN, a_store, somebody

WRONG = "wrong one here"


class Time:
    """A time that stands still until somebody moves it, and how long was slept in it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        """The moment that it is."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Note how long somebody would sleep."""
        self.slept.append(round(seconds, 6))


class OnePad(AccessTokens):
    """Knows one pad, by whatever token."""

    def __init__(self, pad: Pad) -> None:
        self._pad = pad

    def actor(self, token: str) -> Pad:
        """The pad."""
        return self._pad


@pytest.fixture
def hashing() -> Generator[Hashing]:
    """Where hashes are made."""
    made = Hashing()
    yield made
    made.close()


@pytest.fixture
def time() -> Time:
    """The time that refusals go by."""
    return Time()


@pytest.fixture
def driver(database: Database) -> Driver:
    """Where the server's parts run."""
    return Driver(database.writes, VAULT, system_clock, RANDOM)


@pytest.fixture
def staff(redis: Redis, driver: Driver, hashing: Hashing, time: Time) -> StaffSignIn:
    """The sign-in of staff in browsers."""
    lock_outs = LockOuts(redis, VAULT, system_clock)
    return StaffSignIn(driver, hashing, lock_outs, Refusals(time.now, time.sleep))


async def enter(staff: StaffSignIn, login: str, password: str = WRONG) -> int:
    """The status of the page that somebody sees who types that."""
    form = {"step": SIGN_IN, "login": login, "password": password}
    page = await staff.submitted(form, Visit({}, "secret", "127.0.0.1", Language.ZH), "new secret")
    return page.status if isinstance(page, Page) else 200


async def test_each_refusal_waits_be_it_of_somebody_nobody_or_one_locked_out(
    database: Database, staff: StaffSignIn, time: Time
):
    await hire(database)
    for login in ("lin", "nobody"):
        assert [await enter(staff, login) for _ in range(7)] == [400] * 5 + [429] * 2
    assert await enter(staff, "no login") == 400
    assert time.slept == [REFUSED_AFTER_SECONDS] * 15


async def test_who_is_right_does_not_wait(database: Database, staff: StaffSignIn, time: Time):
    await hire(database)
    assert await enter(staff, "lin", PASSWORD) == 200
    assert time.slept == []


async def test_waiting_for_a_turn_to_hash_uses_none_of_it_up(
    staff: StaffSignIn, hashing: Hashing, time: Time
):
    async with hashing.turn(), hashing.turn():
        entering = asyncio.create_task(enter(staff, "nobody"))
        await asyncio.sleep(0.05)
        time.seconds += 1
    assert await entering == 400
    assert time.slept == [REFUSED_AFTER_SECONDS]


async def test_a_wrong_pin_waits_and_so_does_one_of_nobody_or_of_one_locked(
    database: Database, redis: Redis, driver: Driver, hashing: Hashing, time: Time
):
    store_id = await a_store(database)
    await somebody(database, "guide", stores=[store_id])
    await somebody(database, "locked", stores=[store_id])
    later = system_clock() + timedelta(hours=1)
    async with database.writes.begin() as session:
        locking = update(StaffMember).where(StaffMember.login == "locked")
        await session.execute(locking.values(pin_locked_until=later))
    attempts = Attempts(redis, VAULT, system_clock)
    tokens = OnePad(Pad(make.an_id(), store_id, make.an_id()))
    pins = Pins(driver, tokens, attempts, hashing, Refusals(time.now, time.sleep))
    for login, pin in (("guide", WRONG_PIN), ("nobody", PIN), ("locked", PIN), ("guide", PIN)):
        await pins.proof({"device_token": "x", "login": login, "pin": pin})
    assert time.slept == [REFUSED_AFTER_SECONDS] * 3
