"""The pages in a browser: who is signed in there, and whose forms are taken."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random

import pytest
from asyncpg import Connection, Record
from redis.asyncio import Redis
from sqlalchemy import select, update

from api.oauth.page_endpoint import SUBMISSIONS
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.members.models import ConsentText, Member, OneTimeCode
from domain.sessions import browsers, models
from domain.sessions.clients import digest_of
from tests.api.client import running_api
from tests.api.oauth.browser import ORIGIN, PHONE, Browser, Form, asked, sign_in, told
from tests.wechat import FakeWeChat

pytestmark = pytest.mark.usefixtures("webshop")


async def sessions(database: Database) -> list[models.BrowserSession]:
    async with database.writes() as session:
        return [*(await session.scalars(select(models.BrowserSession))).all()]


def is_phone_page(text: str) -> bool:
    return Form(text).steps == ["send_code", "deny"]


async def test_a_page_is_locked_against_other_sites_and_caches(browser: Browser):
    headers = (await browser.open(asked())).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert "script" not in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["content-type"] == "text/html; charset=utf-8"


async def test_a_page_needs_no_script_and_labels_what_is_asked(browser: Browser):
    page = (await browser.open(asked())).text
    assert "<script" not in page
    assert '<label for="phone">手机号码</label>' in page
    assert 'lang="zh-CN"' in page
    assert 'name="viewport"' in page


async def test_the_consent_lets_a_client_send_people_on(browser: Browser, wechat: FakeWeChat):
    """Browsers hold the redirects after a form against form-action."""
    page = await sign_in(browser, wechat, asked())
    assert "form-action" not in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "shop.example" in page.text


async def test_a_page_is_in_english_for_who_reads_english(browser: Browser, wechat: FakeWeChat):
    browser.language = "en"
    page = await sign_in(browser, wechat, asked())
    assert page.headers["content-language"] == "en"
    assert "Allow access" in page.text
    assert "see your name and your picture" in page.text
    assert "授权" not in page.text


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_hosts(browser: Browser):
    header = (await browser.open(asked())).headers["set-cookie"]
    name, *attributes = (part.strip().lower() for part in header.split(";"))
    assert name.startswith("__host-mall=")
    assert set(attributes) == {"secure", "httponly", "samesite=lax", "path=/", "max-age=43200"}
    # Who has a cookie keeps it.
    assert "set-cookie" not in (await browser.open(asked())).headers


async def test_signing_in_changes_the_secret_and_stores_a_digest(
    browser: Browser, database: Database, wechat: FakeWeChat
):
    """Whoever has put a cookie into somebody's browser is not signed in with them."""
    await browser.open(asked())
    planted = browser.cookie
    assert planted is not None
    await sign_in(browser, wechat, asked())
    assert browser.cookie not in (None, planted)
    (row,) = await sessions(database)
    assert row.digest == digest_of(browser.cookie)
    assert row.expires_at - row.created_at == timedelta(hours=12)
    assert is_phone_page((await Browser(browser.api, planted).open(asked())).text)


Spoil = Callable[[Browser], Awaitable[int]]


async def other_token(browser: Browser) -> int:
    fields = {"csrf": "0" * 64, "step": "allow"}
    return (await browser.send(asked(), fields)).status_code


async def no_token(browser: Browser) -> int:
    return (await browser.send(asked(), {"step": "allow"})).status_code


async def token_of_another_browser(browser: Browser) -> int:
    other = Form((await Browser(browser.api).open(asked())).text).fields
    return (await browser.send(asked(), other | {"step": "allow"})).status_code


async def no_cookie(browser: Browser) -> int:
    browser.cookie = None
    return (await browser.press("allow")).status_code


async def from_another_site(browser: Browser) -> int:
    headers = {"origin": "https://thief.example", "sec-fetch-site": "cross-site"}
    return (await browser.press("allow", headers=headers)).status_code


async def from_another_host_of_the_domain(browser: Browser) -> int:
    headers = {"origin": ORIGIN, "sec-fetch-site": "same-site"}
    return (await browser.press("allow", headers=headers)).status_code


async def from_a_foreign_frame(browser: Browser) -> int:
    return (await browser.press("allow", headers={"origin": "null"})).status_code


async def from_nowhere(browser: Browser) -> int:
    return (await browser.press("allow", headers={})).status_code


@pytest.mark.parametrize(
    "spoil",
    [
        other_token,
        no_token,
        token_of_another_browser,
        no_cookie,
        from_another_site,
        from_another_host_of_the_domain,
        from_a_foreign_frame,
        from_nowhere,
    ],
)
async def test_a_form_that_is_not_of_our_page_in_this_browser_does_nothing(
    browser: Browser, database: Database, wechat: FakeWeChat, spoil: Spoil
):
    """A cookie alone is no yes: it takes the token too, and the right place (9.4, 19)."""
    await sign_in(browser, wechat, asked())
    assert await spoil(browser) == 403
    async with database.writes() as session:
        assert (await session.scalars(select(models.AuthorizationCode))).all() == []


@pytest.mark.parametrize("headers", [{"origin": ORIGIN}, {"sec-fetch-site": "same-origin"}])
async def test_an_older_browser_says_it_in_one_header(
    browser: Browser, wechat: FakeWeChat, headers: dict[str, str]
):
    await sign_in(browser, wechat, asked())
    assert "code" in told(await browser.press("allow", headers=headers))


async def test_a_form_of_another_media_type_is_refused(browser: Browser):
    """Only what is a form is read (9.4, 18)."""
    await browser.open(asked())
    headers = {"cookie": f"__Host-mall={browser.cookie}", "origin": ORIGIN}
    fields = Form(browser.page.text).fields | {"step": "send_code", "phone": PHONE}
    answer = await browser.api.http.post(asked(), json=fields, headers=headers)
    assert answer.status_code == 400


async def test_nobody_allows_who_is_not_signed_in(browser: Browser):
    await browser.open(asked())
    fields = Form(browser.page.text).fields
    assert is_phone_page((await browser.send(asked(), fields | {"step": "allow"})).text)


async def test_who_uses_another_account_is_signed_out_in_this_browser(
    browser: Browser, database: Database, wechat: FakeWeChat
):
    await sign_in(browser, wechat, asked())
    before = browser.cookie
    assert is_phone_page((await browser.press("sign_out")).text)
    assert browser.cookie != before
    assert [row.ended_at is not None for row in await sessions(database)] == [True]


async def test_a_browser_is_signed_in_for_twelve_hours(
    browser: Browser, database: Database, wechat: FakeWeChat
):
    await sign_in(browser, wechat, asked())
    async with database.writes.begin() as session:
        past = system_clock() - timedelta(hours=12)
        await session.execute(
            update(models.BrowserSession).values(
                created_at=past, expires_at=past + timedelta(hours=12)
            )
        )
    assert is_phone_page((await browser.open(asked())).text)


async def aged(database: Database, seconds: int) -> None:
    async with database.writes.begin() as session:
        past = system_clock() - timedelta(seconds=seconds)
        await session.execute(update(models.BrowserSession).values(created_at=past))


@pytest.mark.parametrize("changed", [{"prompt": "login"}, {"max_age": "60"}, {"max_age": "0"}])
async def test_a_client_may_ask_for_somebody_who_signs_in_anew(
    browser: Browser, database: Database, wechat: FakeWeChat, changed: dict[str, str | None]
):
    await sign_in(browser, wechat, asked(scope="openid"))
    await aged(database, 61)
    assert is_phone_page((await browser.open(asked(**changed))).text)
    async with database.writes.begin() as session:
        await session.execute(update(models.BrowserSession).values(ended_at=system_clock()))
    # Whoever has done so is not asked again, but for their yes.
    wechat.messages().sms.clear()
    await forget_codes(database)
    await sign_in(browser, wechat, asked(**changed))
    assert "code" in told(await browser.press("allow"))


async def test_a_yes_of_long_ago_is_no_yes_of_somebody_who_signs_in_anew(
    browser: Browser, database: Database, wechat: FakeWeChat
):
    await sign_in(browser, wechat, asked())
    await aged(database, 61)
    fields = Form(browser.page.text).fields | {"step": "allow"}
    assert is_phone_page((await browser.send(asked(max_age="60"), fields)).text)


async def forget_codes(database: Database) -> None:
    """Let another message be sent to the same phone at once."""
    async with database.writes.begin() as session:
        past = system_clock() - timedelta(minutes=2)
        await session.execute(update(OneTimeCode).values(created_at=past))


async def test_who_signed_in_lately_enough_is_not_asked_again(
    browser: Browser, database: Database, wechat: FakeWeChat
):
    await sign_in(browser, wechat, asked())
    await aged(database, 61)
    assert "allow" in Form((await browser.open(asked(max_age="90"))).text).steps


async def test_a_wrong_code_counts_and_is_told(browser: Browser, wechat: FakeWeChat):
    await browser.open(asked())
    await browser.press("send_code", phone=PHONE)
    code = wechat.messages().sms[-1].code
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        answer = await browser.press("sign_in", code=wrong)
        assert answer.status_code == 400
        assert "验证码不正确。" in answer.text
    assert "验证码错误次数过多" in (await browser.press("sign_in", code=code)).text


async def test_a_page_shows_only_the_end_of_the_phone_and_keeps_the_rest(
    browser: Browser, wechat: FakeWeChat
):
    await browser.open(asked())
    page = (await browser.press("send_code", phone="138 0013 8000")).text
    assert "138****8000" in page
    assert Form(page).fields["phone"] == PHONE
    assert is_phone_page((await browser.press("other_phone")).text)


@pytest.mark.parametrize("phone", ["", "12345", "<script>", "+86138001380001"])
async def test_what_is_no_mobile_number_is_told(browser: Browser, wechat: FakeWeChat, phone: str):
    await browser.open(asked())
    answer = await browser.press("send_code", phone=phone)
    assert answer.status_code == 400
    assert "手机号码有误。" in answer.text
    assert "<script" not in answer.text
    assert not wechat.messages().sms


async def test_who_does_not_agree_does_not_join_and_keeps_the_code(
    browser: Browser, database: Database, wechat: FakeWeChat
):
    await browser.open(asked())
    page = await browser.press("send_code", phone=PHONE)
    # What others have written is text and never markup.
    assert "我们用它&lt;登录&gt;。" in page.text
    code = wechat.messages().sms[-1].code
    answer = await browser.press("sign_in", code=code, consent_version="")
    assert "请先阅读并同意条款。" in answer.text
    answer = await browser.press("sign_in", code=code, consent_version="2")
    assert "请先阅读并同意最新的隐私条款。" in answer.text
    async with database.writes() as session:
        assert (await session.scalars(select(Member))).all() == []
    assert "allow" in Form((await browser.press("sign_in", code=code)).text).steps


async def test_nobody_joins_where_there_is_no_text_to_agree_to(
    browser: Browser, database: Database, wechat: FakeWeChat, owner: "Connection[Record]"
):
    await owner.execute(f"DELETE FROM {ConsentText.__tablename__}")
    await browser.open(asked())
    await browser.press("send_code", phone=PHONE)
    answer = await browser.press("sign_in", code=wechat.messages().sms[-1].code)
    assert (answer.status_code, "<form" in answer.text) == (403, False)
    assert "请先使用微信小程序" in answer.text


@pytest.mark.parametrize("is_signed_in", [True, False])
async def test_a_blocked_member_reads_the_reason(
    browser: Browser, database: Database, wechat: FakeWeChat, *, is_signed_in: bool
):
    await sign_in(browser, wechat, asked())
    async with database.writes.begin() as session:
        member = (await session.scalars(select(Member))).one()
        member.blocked_at, member.block_reason = system_clock(), "多次恶意退货"
    if is_signed_in:
        answer = await browser.press("allow")
    else:
        await forget_codes(database)
        browser.cookie = None
        await browser.open(asked())
        await browser.press("send_code", phone=PHONE)
        answer = await browser.press("sign_in", code=wechat.messages().sms[-1].code)
    assert answer.status_code == 403
    assert "您的账户已停用：多次恶意退货" in answer.text
    async with database.writes() as session:
        assert (await session.scalars(select(models.AuthorizationCode))).all() == []


async def test_another_code_is_sent_after_a_minute_and_not_before(
    browser: Browser, wechat: FakeWeChat
):
    await browser.open(asked())
    await browser.press("send_code", phone=PHONE)
    await browser.open(asked())
    answer = await browser.press("send_code", phone=PHONE)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert "操作过于频繁" in answer.text
    assert len(wechat.messages().sms) == 1


async def test_an_address_that_sends_forms_without_end_is_slowed_down(
    browser: Browser, redis: Redis
):
    await browser.open(asked())
    fields = Form(browser.page.text).fields | {"step": "other_phone"}
    assert (await browser.send(asked(), fields)).status_code == 200
    keys: list[bytes] = await redis.keys("mall:attempts:oauth_submissions:*")
    counted, _, minute = keys[0].decode().rpartition(":")
    assert (len(keys), await redis.get(keys[0])) == (1, b"1")
    # Whichever minute it is by now.
    await redis.mset({f"{counted}:{int(minute) + later}": SUBMISSIONS.most for later in (0, 1)})
    answer = await browser.send(asked(), fields)
    assert answer.status_code == 429
    assert "操作过于频繁" in answer.text


async def test_old_sessions_of_browsers_are_forgotten(
    browser: Browser, database: Database, wechat: FakeWeChat
):
    await sign_in(browser, wechat, asked())
    (row,) = await sessions(database)
    async with database.writes.begin() as session:
        for number in range(3):
            again = {"member_id": row.member_id, "created_at": row.created_at}
            digest = Random(number).randbytes(32)
            session.add(models.BrowserSession(**again, digest=digest, expires_at=row.expires_at))

    async def forgotten(hours: int) -> int:
        async with database.writes.begin() as session:
            at = row.expires_at + timedelta(hours=hours)
            return await browsers.forget_old_browsers(session, at=at, most=3)

    assert [await forgotten(23), await forgotten(25), await forgotten(25)] == [0, 3, 1]


async def test_a_mall_on_loopback_that_sends_no_messages_says_so(
    settings: Settings, database: Database
):
    """Over plain http, which only loopback has, the cookie is without what needs TLS."""
    alone = settings.model_copy(update={"public_url": None, "sms_url": None, "sms_token": None})
    async with running_api(alone) as api:
        answer = await api.http.get(asked())
        assert answer.status_code == 503
        assert "请使用微信小程序" in answer.text
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("mall=")
        assert "secure" not in cookie.lower()
        assert "HttpOnly" in cookie
