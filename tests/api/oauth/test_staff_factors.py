"""What comes after the password: an authenticator, a lost phone, a password of one's own."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select, update

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.sessions import models
from domain.staff import credentials
from domain.staff.models import AuditEntry, RecoveryCode, StaffMember
from tests.api.client import Api, running_api
from tests.api.oauth.browser import Browser, Form, told
from tests.api.oauth.desk import until_out
from tests.api.oauth.office import (
    OTHER_PASSWORD,
    PASSWORD,
    Later,
    Person,
    as_staff,
    block,
    code_of,
    enter,
    hire,
    row_of,
    tokens,
)
from tests.api.oauth.office import (
    office as address,
)

pytestmark = pytest.mark.usefixtures("refused_at_once")

STEP = timedelta(seconds=credentials.STEP_SECONDS)


@pytest.fixture
def clock() -> Later:
    """The clock of a mall of its own."""
    return Later()


@pytest.fixture
async def slow(
    settings: Settings, database: Database, office: None, clock: Later
) -> AsyncGenerator[Browser]:
    """A browser at a mall whose time stands still until a test moves it."""
    async with running_api(settings, clock=clock) as api:
        yield Browser(api)


def is_signed_in(answer: httpx.Response) -> bool:
    return "allow" in Form(answer.text).steps


def asks_for_login(answer: httpx.Response) -> bool:
    return Form(answer.text).steps == ["sign_in", "deny"]


async def browsers(database: Database) -> int:
    async with database.writes() as session:
        return len((await session.scalars(select(models.BrowserSession))).all())


async def trail(database: Database) -> list[AuditEntry]:
    async with database.writes() as session:
        return [*(await session.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()]


@pytest.mark.parametrize("steps", [-1, 0, 1])
async def test_who_has_an_authenticator_shows_its_code_too(
    database: Database, slow: Browser, clock: Later, steps: int
):
    """A phone may be half a minute behind or ahead."""
    await hire(database, has_totp=True)
    page = await enter(slow, "lin")
    assert Form(page.text).steps == ["code", "use_recovery", "deny"]
    assert await browsers(database) == 0
    shown = code_of(clock.now, steps=steps)
    answer = await slow.press("code", code=f"{shown[:3]} {shown[3:]}")
    assert is_signed_in(answer)


@pytest.mark.parametrize("steps", [-2, 2, 100])
async def test_a_code_of_another_time_opens_nothing(
    database: Database, slow: Browser, clock: Later, steps: int
):
    await hire(database, has_totp=True)
    await enter(slow, "lin")
    answer = await slow.press("code", code=code_of(clock.now, steps=steps))
    assert answer.status_code == 400
    assert "验证码不正确或已使用过。" in answer.text
    assert await browsers(database) == 0


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "1" * 500, "１２３４５６", "-1", "0x1F"])
async def test_what_is_no_code_opens_nothing(database: Database, desk: Browser, code: str):
    await hire(database, has_totp=True)
    await enter(desk, "lin")
    assert (await desk.press("code", code=code)).status_code == 400
    assert await browsers(database) == 0


async def test_a_code_is_good_once(database: Database, slow: Browser, clock: Later):
    await hire(database, has_totp=True)
    for expected in (200, 400):
        await enter(slow, "lin")
        if Form(slow.page.text).steps[0] == "code":
            answer = await slow.press("code", code=code_of(clock.now))
            assert answer.status_code == expected
        await slow.open(address())
        slow.cookie = None
    await enter(slow, "lin")
    # Nor is one of before, now that a later one was used.
    assert (await slow.press("code", code=code_of(clock.now, steps=-1))).status_code == 400
    clock.now += STEP
    assert is_signed_in(await slow.press("code", code=code_of(clock.now)))


async def test_of_six_that_show_one_code_at_once_one_signs_in(database: Database, desk: Browser):
    await hire(database, has_totp=True)
    halves: list[tuple[Browser, Form]] = []
    for _ in range(6):
        browser = Browser(desk.api)
        halves.append((browser, Form((await enter(browser, "lin")).text)))
    code = code_of(system_clock())

    async def show(browser: Browser, form: Form) -> int:
        fields = form.fields | {"code": code, "step": "code"}
        return (await browser.send(form.action, fields)).status_code

    answers = await asyncio.gather(*(show(browser, form) for browser, form in halves))
    assert answers.count(303) == 1
    assert await browsers(database) == 1


async def test_who_has_lost_their_phone_signs_in_by_a_recovery_code(
    api: Api, database: Database, desk: Browser
):
    """A drill: the phone is gone, and what was written down opens the door, once."""
    person = await hire(database, has_totp=True)
    await enter(desk, "lin")
    page = await desk.press("use_recovery")
    assert Form(page.text).steps == ["recover", "use_code", "deny"]
    typed = f"  {person.codes[0].upper().replace('-', ' ')} "
    page = await desk.press("recover", code=typed)
    assert "还剩 2 个恢复码" in page.text
    assert await browsers(database) == 0
    assert is_signed_in(await desk.press("continue"))
    assert (await tokens(api, desk)).status_code == 200
    (entry,) = await trail(database)
    assert (entry.action, entry.subject_id) == ("staff.recovery_code_used", person.id)
    assert (entry.actor, entry.after) == (f"staff:{person.id.hex}", {"codes_left": 2})
    # The same code again opens nothing.
    await desk.open(address())
    await desk.press("sign_out")
    await desk.press("sign_in", login="lin", password=PASSWORD)
    await desk.press("use_recovery")
    assert (await desk.press("recover", code=person.codes[0])).status_code == 400
    desk.language = "en"
    page = await desk.press("recover", code=person.codes[1])
    assert "Recovery codes that are left: 1." in page.text


async def test_of_six_that_use_one_recovery_code_at_once_one_succeeds(
    database: Database, desk: Browser
):
    person = await hire(database, has_totp=True)
    await enter(desk, "lin")
    form = Form((await desk.press("use_recovery")).text)

    async def use() -> httpx.Response:
        browser = Browser(desk.api, desk.cookie)
        fields = form.fields | {"code": person.codes[0], "step": "recover"}
        return await browser.send(form.action, fields)

    answers = await asyncio.gather(*(use() for _ in range(6)))
    assert ["continue" in Form(each.text).steps for each in answers].count(True) == 1
    assert len(await trail(database)) == 1
    async with database.writes() as session:
        used = select(RecoveryCode).where(RecoveryCode.used_at.is_not(None))
        assert len((await session.scalars(used)).all()) == 1


async def test_a_recovery_code_of_somebody_else_opens_nothing(database: Database, desk: Browser):
    await hire(database, has_totp=True)
    other = await hire(database, "wang", has_totp=True)
    await enter(desk, "lin")
    await desk.press("use_recovery")
    for code in (*other.codes, "", "x" * 500):
        answer = await desk.press("recover", code=code)
        if answer.status_code == 429:
            break
        assert (answer.status_code, "use_code" in Form(answer.text).steps) == (400, True)
    assert await trail(database) == []


async def test_a_recovery_code_is_no_code_of_an_authenticator_nor_the_reverse(
    database: Database, desk: Browser
):
    person = await hire(database, has_totp=True)
    await enter(desk, "lin")
    assert (await desk.press("code", code=person.codes[0])).status_code == 400
    await desk.press("use_recovery")
    assert (await desk.press("recover", code=code_of(system_clock()))).status_code == 400


async def half_of(browser: Browser, step: str = "code") -> dict[str, str]:
    """The fields of the page that a password has opened, and the step that it asks for."""
    fields = Form((await enter(browser, "lin")).text).fields
    assert "half" in fields
    return fields | {"step": step}


async def test_a_half_sign_in_is_good_in_its_own_browser_alone(database: Database, desk: Browser):
    await hire(database, has_totp=True)
    stolen = (await half_of(desk))["half"]
    thief = Browser(desk.api)
    fields = Form((await thief.open(address())).text).fields
    typed = {"half": stolen, "code": code_of(system_clock()), "step": "code"}
    answer = await thief.send(address(), fields | typed)
    assert asks_for_login(answer)
    assert "登录已超时" in answer.text
    assert await browsers(database) == 0


async def test_a_half_sign_in_is_good_for_five_minutes(
    database: Database, slow: Browser, clock: Later
):
    await hire(database, has_totp=True)
    await half_of(slow)
    clock.now += timedelta(minutes=5, seconds=-1)
    answer = await slow.press("code", code="000000")
    assert answer.status_code == 400
    # A wrong code does not make it young again.
    clock.now += timedelta(seconds=1)
    answer = await slow.press("code", code=code_of(clock.now))
    assert asks_for_login(answer)
    assert "登录已超时" in answer.text


@pytest.mark.parametrize("half", ["", "x", "AAAA", "A" * 400, "é", "=" * 9])
async def test_a_half_sign_in_cannot_be_made_up(database: Database, desk: Browser, half: str):
    await hire(database, has_totp=True)
    fields = await half_of(desk)
    for step in ("code", "recover", "continue", "choose", "use_recovery", "use_code"):
        answer = await desk.send(address(), fields | {"half": half, "step": step})
        assert asks_for_login(answer), step


@pytest.mark.parametrize("step", ["continue", "choose"])
async def test_no_step_can_be_left_out(database: Database, desk: Browser, step: str):
    """Who has shown a password alone neither goes on nor chooses another one."""
    person = await hire(database, has_totp=True, is_temporary=True)
    fields = await half_of(desk, step)
    typed = {"password": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    answer = await desk.send(address(), fields | typed)
    assert not is_signed_in(answer)
    assert (await row_of(database, person)).is_password_temporary
    assert await browsers(database) == 0


async def test_a_half_sign_in_ends_with_the_password_and_with_the_person(
    database: Database, desk: Browser
):
    person = await hire(database, has_totp=True)
    fields = await half_of(desk) | {"code": code_of(system_clock())}
    async with database.writes.begin() as session:
        other = credentials.hashed(OTHER_PASSWORD)
        await session.execute(update(StaffMember).values(password_hash=other))
    assert not is_signed_in(await desk.send(address(), fields))
    await block(database, person)
    answer = await desk.send(address(), fields)
    assert (answer.status_code, "已离职" in answer.text) == (403, True)
    assert await browsers(database) == 0


async def newcomer(database: Database, desk: Browser) -> Person:
    """Somebody who has typed the password that the owner has given them."""
    person = await hire(database, is_temporary=True)
    page = await enter(desk, "lin")
    assert Form(page.text).steps == ["choose", "deny"]
    return person


async def test_a_temporary_password_leads_to_one_of_ones_own(
    api: Api, database: Database, desk: Browser
):
    person = await newcomer(database, desk)
    before = await as_staff(api, database, person)
    answer = await desk.press("choose", password=OTHER_PASSWORD, again=OTHER_PASSWORD)
    assert is_signed_in(answer)
    row = await row_of(database, person)
    assert not row.is_password_temporary
    assert row.revision == 2
    assert credentials.is_right(OTHER_PASSWORD, row.password_hash)
    (entry,) = await trail(database)
    assert (entry.action, entry.subject_id) == ("staff.choose_password", person.id)
    assert "argon2" not in str((entry.before, entry.after))
    # What was signed in with the other one is out.
    gone = await until_out(api, before["authorization"].removeprefix("Bearer "))
    assert gone.status_code == 401
    desk.cookie = None
    assert (await enter(desk, "lin")).status_code == 400
    assert is_signed_in(await enter(desk, "lin", OTHER_PASSWORD))


@pytest.mark.parametrize(
    ("password", "again", "zh", "en"),
    [
        ("short", "short", "至少 10 个字符。", "Must have at least 10 characters."),
        ("", "", "至少 10 个字符。", "Must have at least 10 characters."),
        ("lin-lin-lin-2026", "lin-lin-lin-2026", "太容易猜到", "Is too easy to guess"),
        ("x" * 500, "x" * 500, "不能超过 128 个字。", "Must have at most 128 characters."),
        (PASSWORD, PASSWORD, "不能与原来的密码相同。", "Must not be the same as before."),
        (OTHER_PASSWORD, PASSWORD, "两次输入的密码不一致。", "The two passwords are not the same."),
    ],
)
async def test_a_password_that_will_not_do_is_told_in_the_persons_language(
    database: Database, desk: Browser, password: str, again: str, zh: str, en: str
):
    person = await newcomer(database, desk)
    answer = await desk.press("choose", password=password, again=again)
    assert (answer.status_code, zh in answer.text) == (400, True)
    assert not password or password not in answer.text
    desk.language = "en"
    answer = await desk.press("choose", password=password, again=again)
    assert en in answer.text
    assert (await row_of(database, person)).is_password_temporary
    assert await browsers(database) == 0


async def test_two_pages_for_a_password_of_ones_own_are_good_once(
    database: Database, desk: Browser
):
    await newcomer(database, desk)
    form = Form(desk.page.text)
    await desk.press("choose", password=OTHER_PASSWORD, again=OTHER_PASSWORD)
    typed = {"password": "yet another one 2027", "again": "yet another one 2027"}
    answer = await desk.send(form.action, form.fields | typed | {"step": "choose"})
    # The page was of the browser as it was before.
    assert answer.status_code == 403
    assert await browsers(database) == 1


async def test_after_the_authenticator_a_temporary_password_is_still_changed(
    database: Database, desk: Browser
):
    person = await hire(database, has_totp=True, is_temporary=True)
    await enter(desk, "lin")
    page = await desk.press("code", code=code_of(system_clock()))
    assert Form(page.text).steps == ["choose", "deny"]
    assert is_signed_in(await desk.press("choose", password=OTHER_PASSWORD, again=OTHER_PASSWORD))
    assert not (await row_of(database, person)).is_password_temporary


async def test_an_authenticator_that_was_not_confirmed_is_not_asked_for(
    database: Database, desk: Browser
):
    await hire(database, has_totp=True)
    async with database.writes.begin() as session:
        await session.execute(update(StaffMember).values(totp_confirmed_at=None))
    assert is_signed_in(await enter(desk, "lin"))
    assert "code" in told(await desk.press("allow"))
