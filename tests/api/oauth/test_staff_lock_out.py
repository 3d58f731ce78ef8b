"""Guessing at the staff's passwords and codes: slower with each failure, whoever it is aimed at."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from api.hashing import Hashing
from api.lock_outs import LockOuts
from domain.kernel.db import Database
from domain.kernel.errors import Busy
from domain.kernel.settings import Settings
from domain.staff.lock_out import PASSWORDS
from tests.api.client import running_api
from tests.api.oauth import office
from tests.api.oauth.browser import Browser, Form
from tests.api.oauth.desk import register
from tests.api.oauth.office import (
    HASH,
    PASSWORD,
    VAULT,
    Later,
    code_of,
    enter,
    hire,
    row_of,
)

pytestmark = pytest.mark.usefixtures("refused_at_once")

WRONG = "wrong one here"
TRACE = "x-request-id"


@pytest.fixture
def clock() -> Later:
    """The clock of a mall of its own."""
    return Later()


@pytest.fixture
async def slow(
    settings: Settings, database: Database, redis: Redis, clock: Later
) -> AsyncGenerator[Browser]:
    """A browser at a mall whose time stands still until a test moves it."""
    await register(database, office.OFFICE, with_secret=False)
    async with running_api(settings, clock=clock) as api:
        yield Browser(api)


def is_locked(answer: httpx.Response, seconds: int) -> bool:
    return (
        answer.status_code == 429
        and answer.headers["retry-after"] == str(seconds)
        and f"请在 {seconds} 秒后重试" in answer.text
        and "<form" not in answer.text
    )


async def sent(desk: Browser, form: Form, typed: dict[str, str]) -> httpx.Response:
    """Send a form beside others; on a slow machine again, for who was told BUSY was not charged."""
    browser = Browser(desk.api, desk.cookie)
    answer = await browser.send(form.action, form.fields | typed)
    while answer.status_code == 503:
        answer = await browser.send(form.action, form.fields | typed)
    return answer


@pytest.mark.parametrize("login", ["lin", "nobody"])
async def test_each_failure_after_five_locks_for_twice_as_long(
    database: Database, slow: Browser, clock: Later, login: str
):
    """And so does a login that nobody has, to the second."""
    await hire(database)
    for _ in range(5):
        assert (await enter(slow, login, WRONG)).status_code == 400
    for seconds in (30, 60, 120, 240, 480, 960, 1920, 3600, 3600):
        assert is_locked(await enter(slow, login, WRONG), seconds)
        clock.now += timedelta(seconds=seconds - 1)
        # What is refused counts nothing, be it right or wrong.
        assert is_locked(await enter(slow, login), 1)
        clock.now += timedelta(seconds=1)
        assert (await enter(slow, login, WRONG)).status_code == 400


async def test_a_success_after_the_wait_takes_the_locks_back(
    database: Database, slow: Browser, clock: Later
):
    person = await hire(database)
    for _ in range(5):
        await enter(slow, "lin", WRONG)
    clock.now += timedelta(seconds=30)
    assert "allow" in Form((await enter(slow, "lin")).text).steps
    row = await row_of(database, person)
    assert (row.password_failures, row.password_locked_until) == (0, None)


async def test_a_login_that_nobody_has_looks_like_one_that_somebody_has(
    database: Database, slow: Browser
):
    """The bytes of each page are the same, and so are status and headers."""
    await hire(database, "somebody-1")
    await slow.open(office.office())
    form = Form(slow.page.text)
    known: list[tuple[object, ...]] = []
    unknown: list[tuple[object, ...]] = []
    for login, seen in (("somebody-1", known), ("somebody-2", unknown)):
        for _ in range(6):
            typed = {"login": login, "password": WRONG, "step": "sign_in"}
            answer = await slow.send(form.action, form.fields | typed)
            # Each answer has a number of its own, whoever asks.
            headers = {name: each for name, each in answer.headers.items() if name != TRACE}
            seen.append((answer.status_code, answer.text.replace(login, "…"), headers))
    assert [each[0] for each in known] == [400] * 5 + [429]
    assert known == unknown


async def test_of_twenty_guesses_at_once_five_are_looked_at(database: Database, desk: Browser):
    """A thousand at once get no more tries than one after the other, and the right one is late."""
    person = await hire(database)
    await desk.open(office.office())
    form = Form(desk.page.text)

    async def guess(password: str) -> httpx.Response:
        typed = {"login": "lin", "password": password, "step": "sign_in"}
        return await sent(desk, form, typed)

    answers = await asyncio.gather(*(guess(f"guess number {number}") for number in range(20)))
    assert sorted(each.status_code for each in answers) == [400] * 5 + [429] * 15
    row = await row_of(database, person)
    assert row.password_failures == 5
    assert (await guess(PASSWORD)).status_code == 429


async def test_of_twenty_guesses_at_nobody_five_are_counted(desk: Browser):
    await desk.open(office.office())
    form = Form(desk.page.text)

    async def guess() -> int:
        typed = {"login": "nobody", "password": WRONG, "step": "sign_in"}
        return (await sent(desk, form, typed)).status_code

    answers = await asyncio.gather(*(guess() for _ in range(20)))
    assert sorted(answers) == [400] * 5 + [429] * 15


async def test_codes_are_charged_to_the_same_count_and_a_password_forgives_none(
    database: Database, slow: Browser, clock: Later
):
    """Who has stolen a password does not get more tries at the code by typing it again."""
    person = await hire(database, has_totp=True)
    for _ in range(5):
        await enter(slow, "lin")
        assert (await slow.press("code", code="000000")).status_code == 400
    assert (await row_of(database, person)).password_failures == 5
    # The page was open before; nothing of it is looked at, not even what is right.
    assert is_locked(await slow.press("code", code=code_of(clock.now)), 30)
    assert is_locked(await enter(slow, "lin"), 30)
    clock.now += timedelta(seconds=30)
    await enter(slow, "lin")
    assert (await row_of(database, person)).password_failures == 5
    answer = await slow.press("code", code=code_of(clock.now))
    assert "allow" in Form(answer.text).steps
    assert (await row_of(database, person)).password_failures == 0


async def test_of_twenty_codes_at_once_five_are_looked_at(database: Database, desk: Browser):
    person = await hire(database, has_totp=True)
    await enter(desk, "lin")
    form = Form(desk.page.text)

    async def guess(step: str) -> int:
        return (await sent(desk, form, {"code": "000000", "step": step})).status_code

    steps = ["code", "recover"] * 10
    answers = await asyncio.gather(*(guess(step) for step in steps))
    assert sorted(answers) == [400] * 5 + [429] * 15
    assert (await row_of(database, person)).password_failures == 5


async def test_without_valkey_the_process_locks_by_itself(
    settings: Settings, database: Database, desk: Browser
):
    away = SecretStr("unix:///nowhere/valkey.sock")
    async with running_api(settings.model_copy(update={"redis_url": away})) as api:
        browser = Browser(api)
        for _ in range(5):
            assert (await enter(browser, "nobody", WRONG)).status_code == 400
        assert (await enter(browser, "nobody", WRONG)).status_code == 429


@pytest.mark.parametrize("is_away", [True, False])
async def test_the_schedule_of_nobody_is_that_of_somebody(
    redis: Redis, clock: Later, *, is_away: bool
):
    lost = Redis.from_url("unix:///nowhere/valkey.sock")
    lock_outs = LockOuts(lost if is_away else redis, VAULT, clock)
    for failures in range(1, 16):
        assert await lock_outs.charge("nobody") is None
        lock = PASSWORDS.after(failures)
        if lock:
            assert await lock_outs.charge("nobody") == lock.total_seconds()
        clock.now += lock
    keys = [each.decode() for each in await redis.keys("*")]
    assert len(keys) == (0 if is_away else 1)
    assert "nobody" not in "".join(keys)


async def test_nobodys_failures_are_forgotten_after_an_hour_or_a_day_after_a_lock(
    redis: Redis, clock: Later
):
    lock_outs = LockOuts(redis, VAULT, clock)
    for failures in range(1, 8):
        clock.now += PASSWORDS.longest
        assert await lock_outs.charge("nobody") is None
        (key,) = await redis.keys("*")
        hours = 1 if failures < PASSWORDS.tries else 24
        assert hours * 3_600 - 60 < await redis.ttl(key) <= hours * 3_600


@pytest.mark.parametrize("typed", ["zh", "我的密码是山茶花", "two words", "x" * 60])
async def test_what_can_be_no_login_is_wrong_and_kept_nowhere(
    desk: Browser, redis: Redis, typed: str
):
    for _ in range(7):
        assert (await enter(desk, typed, WRONG)).status_code == 400
    assert [key for key in await redis.keys("*") if b"lock-out" in key] == []


@pytest.mark.parametrize("typed", ["Lin", " lin ", "LIN"])
async def test_a_login_is_one_however_it_is_typed(database: Database, desk: Browser, typed: str):
    person = await hire(database)
    assert (await enter(desk, typed, WRONG)).status_code == 400
    assert (await row_of(database, person)).password_failures == 1
    assert "allow" in Form((await enter(desk, typed)).text).steps


@pytest.mark.usefixtures("database")
async def test_nobodys_login_is_counted_as_one_however_it_is_typed(desk: Browser):
    for typed in ("nobody", "Nobody", " nobody", "NOBODY ", "nobodY"):
        assert (await enter(desk, typed, WRONG)).status_code == 400
    assert (await enter(desk, "nobody", WRONG)).status_code == 429


async def test_hashes_are_made_two_at_once_and_a_rush_is_busy():
    """Whoever has no turn is not charged either: the try is charged within it."""
    hashing = Hashing()

    async def looked() -> bool:
        async with hashing.turn() as turn:
            return await turn.is_right(PASSWORD, HASH)

    outcomes = await asyncio.gather(*(looked() for _ in range(40)), return_exceptions=True)
    busy = sum(isinstance(each, Busy) for each in outcomes)
    assert busy == 8
    assert sum(each is True for each in outcomes) == 40 - busy
    hashing.close()
