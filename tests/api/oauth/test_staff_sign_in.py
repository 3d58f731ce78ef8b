"""Staff who sign in in a browser by login and password, and say yes to a client."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from structlog.typing import EventDict

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.sessions import actions, models
from domain.sessions.clients import digest_of
from domain.sessions.rules import EndReason
from tests.api.client import Api
from tests.api.oauth.browser import ORIGIN, Browser, Form, asked, sign_in, told
from tests.api.oauth.desk import Partner
from tests.api.oauth.office import PASSWORD, block, enter, hire, office, row_of, tokens
from tests.wechat import FakeWeChat

pytestmark = pytest.mark.usefixtures("refused_at_once")


def is_password_page(text: str) -> bool:
    return Form(text).steps == ["sign_in", "deny"] and 'name="password"' in text


async def sessions(database: Database) -> list[models.BrowserSession]:
    async with database.writes() as session:
        return [*(await session.scalars(select(models.BrowserSession))).all()]


async def test_staff_sign_in_allow_and_their_client_acts_as_them(
    api: Api, database: Database, desk: Browser
):
    person = await hire(database)
    assert is_password_page((await desk.open(office())).text)
    consent = await desk.press("sign_in", login="lin", password=PASSWORD)
    assert "当前登录：林小满" in consent.text
    # What somebody else has written is text and never markup.
    assert "&lt;后台&gt;" in consent.text
    assert "代表您管理商城" in consent.text
    answer = await tokens(api, desk)
    body = answer.json()
    assert (body["scope"], body["expires_in"]) == ("staff", 900)
    told_of = await api.run(
        "playground/StaffViewer", {"authorization": f"Bearer {body['access_token']}"}
    )
    assert told_of["data"]["staffViewer"]["id"] == f"staff_{person.id.hex}"


async def test_a_page_is_in_english_for_who_reads_english(database: Database, desk: Browser):
    await hire(database)
    desk.language = "en"
    page = await desk.open(office())
    assert page.headers["content-language"] == "en"
    assert "Sign in as staff" in page.text
    wrong = await desk.press("sign_in", login="lin", password=PASSWORD[1:])
    assert "The login or the password is not right." in wrong.text
    consent = await desk.press("sign_in", login="lin", password=PASSWORD)
    assert "run the mall for you" in consent.text
    assert not re.search("[一-鿿]", consent.text.replace("林小满", "").replace("后台", ""))


async def test_a_page_is_locked_and_needs_no_script(desk: Browser):
    page = await desk.open(office())
    assert "<script" not in page.text
    assert '<label for="login">账号</label>' in page.text
    assert 'autocomplete="current-password"' in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("lin", "wrong one here"),
        ("lin", ""),
        ("", PASSWORD),
        ("lin", PASSWORD + "x"),
        ("lin", PASSWORD + "x" * 2_000),
        ("nobody", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        ("l" * 5_000, PASSWORD),
    ],
)
async def test_what_is_wrong_signs_nobody_in(
    database: Database, desk: Browser, login: str, password: str
):
    await hire(database)
    answer = await enter(desk, login, password)
    assert (answer.status_code, is_password_page(answer.text)) == (400, True)
    assert "账号或密码不正确。" in answer.text
    assert await sessions(database) == []


async def test_what_was_typed_comes_back_as_text(database: Database, desk: Browser):
    answer = await enter(desk, '"><b>lin', "a secret thing")
    assert "<b>" not in answer.text
    assert "&#34;&gt;&lt;b&gt;lin" in answer.text
    assert "a secret thing" not in answer.text


async def test_a_success_forgets_the_failures(database: Database, desk: Browser):
    person = await hire(database)
    for _ in range(3):
        await enter(desk, "lin", "wrong one here")
    assert (await row_of(database, person)).password_failures == 3
    assert "allow" in Form((await enter(desk, " lin ")).text).steps
    assert (await row_of(database, person)).password_failures == 0


async def test_signing_in_changes_the_secret_and_lasts_for_twelve_hours(
    database: Database, desk: Browser
):
    person = await hire(database)
    await desk.open(office())
    planted = desk.cookie
    assert planted is not None
    await desk.press("sign_in", login="lin", password=PASSWORD)
    assert desk.cookie not in (None, planted)
    (row,) = await sessions(database)
    assert (row.digest, row.staff_id) == (digest_of(desk.cookie), person.id)
    assert row.expires_at - row.created_at == timedelta(hours=12)
    assert is_password_page((await Browser(desk.api, planted).open(office())).text)
    async with database.writes.begin() as session:
        past = system_clock() - timedelta(hours=12)
        values = {"created_at": past, "expires_at": past + timedelta(hours=12)}
        await session.execute(update(models.BrowserSession).values(**values))
    assert is_password_page((await desk.open(office())).text)


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_hosts(
    database: Database, desk: Browser
):
    await hire(database)
    await desk.open(office())
    fields = Form(desk.page.text).fields | {"login": "lin", "password": PASSWORD}
    answer = await desk.send(office(), fields | {"step": "sign_in"})
    name, *attributes = (part.strip().lower() for part in answer.headers["set-cookie"].split(";"))
    assert name.startswith("__host-mall=")
    assert set(attributes) == {"secure", "httponly", "samesite=lax", "path=/", "max-age=43200"}


Spoil = Callable[[Browser], Awaitable[int]]
SENT = {"login": "lin", "password": PASSWORD, "step": "sign_in"}


async def other_token(browser: Browser) -> int:
    return (await browser.send(office(), SENT | {"csrf": "0" * 64})).status_code


async def no_token(browser: Browser) -> int:
    return (await browser.send(office(), SENT)).status_code


async def no_cookie(browser: Browser) -> int:
    browser.cookie = None
    return (await browser.press("sign_in", login="lin", password=PASSWORD)).status_code


async def from_another_site(browser: Browser) -> int:
    headers = {"origin": "https://thief.example", "sec-fetch-site": "cross-site"}
    return (
        await browser.press("sign_in", headers=headers, login="lin", password=PASSWORD)
    ).status_code


async def from_another_host_of_the_domain(browser: Browser) -> int:
    headers = {"origin": ORIGIN, "sec-fetch-site": "same-site"}
    return (
        await browser.press("sign_in", headers=headers, login="lin", password=PASSWORD)
    ).status_code


@pytest.mark.parametrize(
    "spoil",
    [other_token, no_token, no_cookie, from_another_site, from_another_host_of_the_domain],
)
async def test_a_form_that_is_not_of_our_page_signs_nobody_in(
    database: Database, desk: Browser, spoil: Spoil
):
    person = await hire(database)
    await desk.open(office())
    assert await spoil(desk) == 403
    assert await sessions(database) == []
    assert (await row_of(database, person)).password_failures == 0


async def test_a_yes_counts_with_the_token_of_this_browser_alone(database: Database, desk: Browser):
    await hire(database)
    await enter(desk, "lin")
    fields = Form((await Browser(desk.api).open(office())).text).fields
    assert (await desk.send(office(), fields | {"step": "allow"})).status_code == 403
    async with database.writes() as session:
        assert (await session.scalars(select(models.AuthorizationCode))).all() == []


async def test_who_denies_is_sent_back_without_a_code(database: Database, desk: Browser):
    await hire(database)
    await enter(desk, "lin")
    assert told(await desk.press("deny"))["error"] == "access_denied"
    await desk.open(office())
    assert told(await desk.press("deny"))["error"] == "access_denied"


async def test_a_client_of_our_own_is_allowed_each_time_too(database: Database, desk: Browser):
    await hire(database)
    await enter(desk, "lin")
    first = told(await desk.press("allow"))["code"]
    page = await desk.open(office())
    assert "allow" in Form(page.text).steps
    assert told(await desk.press("allow"))["code"] != first
    assert told(await desk.open(office(prompt="none")))["error"] == "consent_required"


async def test_who_signs_out_has_to_sign_in_again(database: Database, desk: Browser):
    await hire(database)
    await enter(desk, "lin")
    before = desk.cookie
    assert is_password_page((await desk.press("sign_out")).text)
    assert desk.cookie != before
    assert [row.ended_at is not None for row in await sessions(database)] == [True]
    assert told(await desk.open(office(prompt="none")))["error"] == "login_required"


async def test_ending_all_of_somebody_ends_their_browsers_and_codes(
    api: Api, database: Database, desk: Browser
):
    person = await hire(database)
    await enter(desk, "lin")
    code = told(await desk.press("allow"))["code"]
    async with database.writes.begin() as session:
        await actions.end_all_of_staff(
            session, person.id, EndReason.REVOKED, at=system_clock(), note=None
        )
        found = select(models.AuthorizationCode).where(
            models.AuthorizationCode.digest == digest_of(code)
        )
        assert await session.scalar(found) is None
    assert is_password_page((await desk.open(office())).text)


@pytest.mark.parametrize("is_signed_in", [True, False])
async def test_who_is_blocked_reads_the_reason_after_the_right_password(
    database: Database, desk: Browser, *, is_signed_in: bool
):
    person = await hire(database)
    if is_signed_in:
        await enter(desk, "lin")
        await block(database, person)
        answer = await desk.press("allow")
    else:
        await block(database, person)
        wrong = await enter(desk, "lin", "wrong one here")
        assert (wrong.status_code, "已离职" in wrong.text) == (400, False)
        answer = await enter(desk, "lin")
        assert await sessions(database) == []
    assert (answer.status_code, "<form" in answer.text) == (403, False)
    assert "您的账户已停用：已离职" in answer.text
    async with database.writes() as session:
        assert (await session.scalars(select(models.AuthorizationCode))).all() == []


@pytest.mark.usefixtures("phone_text")
async def test_a_member_is_nobody_on_a_page_of_the_staff_and_the_reverse(
    database: Database, desk: Browser, webshop: Partner, wechat: FakeWeChat
):
    await hire(database)
    await sign_in(desk, wechat, asked())
    assert is_password_page((await desk.open(office())).text)
    # A yes of a member is none of the staff.
    fields = Form(desk.page.text).fields | {"step": "allow"}
    assert is_password_page((await desk.send(office(), fields)).text)
    await desk.press("sign_in", login="lin", password=PASSWORD)
    page = await desk.open(asked())
    assert 'name="phone"' in page.text
    fields = Form(page.text).fields | {"step": "allow"}
    assert 'name="phone"' in (await desk.send(asked(), fields)).text
    async with database.writes() as session:
        assert (await session.scalars(select(models.AuthorizationCode))).all() == []


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "member"}, "invalid_scope"),
        ({"scope": "staff pad"}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
    ],
)
async def test_what_a_client_does_wrong_is_told_to_it(
    desk: Browser, changed: dict[str, str | None], error: str
):
    assert told(await desk.open(office(**changed)))["error"] == error


async def test_the_log_knows_people_by_their_ids(
    database: Database, desk: Browser, logged: list[EventDict]
):
    person = await hire(database)
    await enter(desk, "typed-into-the-wrong-field", "wrong one here")
    await enter(desk, "lin", "wrong one here")
    await enter(desk, "lin")
    events = [each for each in logged if str(each["event"]).startswith("staff.")]
    assert [(each["event"], each["staff_id"]) for each in events] == [
        ("staff.sign_in_refused", None),
        ("staff.sign_in_refused", str(person.id)),
        ("staff.signed_in", str(person.id)),
    ]
    text = str(logged)
    assert "wrong" not in text.replace("'outcome': 'wrong'", "")
    assert PASSWORD not in text
