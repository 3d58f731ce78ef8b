"""A pad is let in: it asks, a manager types its code and chooses the store, it has one session."""

import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from api.oauth.device_pages import USER_CODES_OF_STAFF
from api.oauth.views import DEVICES
from domain.kernel.actors import Role
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.sessions.clients import NewClient
from domain.sessions.models import DeviceCode, Pad, Session
from domain.sessions.rules import PAD_SCOPE, DeviceCodeStatus, Grant
from domain.staff.models import AuditEntry
from tests.api.client import Api
from tests.api.oauth.browser import Browser, Form
from tests.api.oauth.desk import ask, refresh, refused, register
from tests.api.pads.desk import (
    Shop,
    a_store,
    ask_in,
    browser_of,
    poll,
    somebody,
    viewer,
)


async def count(database: Database, model: type[Pad] | type[Session] | type[AuditEntry]) -> int:
    async with database.writes() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def later(database: Database, seconds: float) -> None:
    """Let the last poll and the expiry of each code lie so much further back."""
    past = timedelta(seconds=seconds)
    async with database.writes.begin() as session:
        await session.execute(
            update(DeviceCode).values(
                issued_at=DeviceCode.issued_at - past,
                expires_at=DeviceCode.expires_at - past,
                last_polled_at=DeviceCode.last_polled_at - past,
            )
        )


async def test_a_pad_is_let_in_from_its_question_to_its_token(
    shop: Shop, api: Api, database: Database
):
    asked = await ask_in(api)
    codes = asked.json()
    assert asked.headers["cache-control"] == "no-store"
    assert re.fullmatch("[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", codes["user_code"])
    assert codes["verification_uri"] == "https://mall.example/oauth/device"
    assert codes["verification_uri_complete"].endswith(f"/device?user_code={codes['user_code']}")
    assert (codes["expires_in"], codes["interval"]) == (600, 5)
    waiting = await poll(api, codes["device_code"])
    assert refused(waiting, "authorization_pending")["interval"] == 5
    assert waiting.headers["retry-after"] == "5"

    page = await shop.browser.open(f"/oauth/device?user_code={codes['user_code']}")
    assert Form(page.text).fields["user_code"] == codes["user_code"]
    page = await shop.browser.press("find")
    for said in (codes["user_code"], "python-httpx", "127.0.0.1", "不到 1 分钟前", "请核对"):
        assert said in page.text
    page = await shop.browser.press("approve", store=shop.store, name=" 收银台 1 ")
    assert "已授权" in page.text

    body = (await poll(api, codes["device_code"])).json()
    assert (body["scope"], body["expires_in"]) == (PAD_SCOPE, 900)
    seen = await viewer(api, body["access_token"])
    assert (seen["name"], seen["store"]["id"], seen["staff"]) == ("收银台 1", shop.store, None)
    again = await refresh(api, body["refresh_token"], "pad")
    assert (await viewer(api, again.json()["access_token"]))["id"] == seen["id"]
    # Without grace: a pad stands where strangers are.
    refused(await refresh(api, body["refresh_token"], "pad"), "invalid_grant")
    async with database.writes() as session:
        entry = (await session.scalars(select(AuditEntry))).one()
    assert (entry.action, entry.actor) == ("pad.approve", f"staff:{shop.manager_id.hex}")
    assert public_id("pad", entry.subject_id) == seen["id"]
    assert entry.after is not None
    assert entry.after["store_id"] == str(shop.store_id)


async def test_of_eight_questions_at_once_one_gets_the_token(
    shop: Shop, api: Api, database: Database
):
    codes = (await ask_in(api)).json()
    await shop.approve(codes["user_code"])
    answers = await asyncio.gather(*(poll(api, codes["device_code"]) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7
    for answer in answers:
        if answer.status_code != 200:
            refused(answer, "invalid_grant")
    assert await count(database, Session) == 1
    refused(await poll(api, codes["device_code"]), "invalid_grant")


async def test_a_pad_that_asks_too_early_asks_less_often_from_then_on(
    shop: Shop, api: Api, database: Database
):
    code = (await ask_in(api)).json()["device_code"]
    refused(await poll(api, code), "authorization_pending")
    hasty = await poll(api, code)
    assert refused(hasty, "slow_down")["interval"] == 10
    assert hasty.headers["retry-after"] == "10"
    # It was committed: after the first interval it is still too early.
    await later(database, 6)
    assert refused(await poll(api, code), "slow_down")["interval"] == 15
    await later(database, 15)
    assert refused(await poll(api, code), "authorization_pending")["interval"] == 15
    async with database.writes() as session:
        assert (await session.scalars(select(DeviceCode.early_polls))).one() == 2


async def test_eight_questions_too_early_are_all_counted_and_the_pause_has_an_end(
    shop: Shop, api: Api, database: Database
):
    code = (await ask_in(api)).json()["device_code"]
    answers = await asyncio.gather(*(poll(api, code) for _ in range(8)))
    told = sorted(answer.json()["error"] for answer in answers)
    assert told == ["authorization_pending"] + ["slow_down"] * 7
    for _ in range(6):
        answers = [await poll(api, code)]
    assert refused(answers[0], "slow_down")["interval"] == 60


async def test_a_pad_that_was_turned_away_is_told(shop: Shop, api: Api, database: Database):
    codes = (await ask_in(api)).json()
    await shop.browser.open("/oauth/device")
    await shop.browser.press("find", user_code=codes["user_code"].lower().replace("-", " "))
    page = await shop.browser.press("refuse")
    assert "已拒绝" in page.text
    refused(await poll(api, codes["device_code"]), "access_denied")
    assert await count(database, Pad) == 0


@pytest.mark.parametrize("is_approved", [False, True])
async def test_a_code_that_expired_is_told_apart(
    shop: Shop, api: Api, database: Database, *, is_approved: bool
):
    codes = (await ask_in(api)).json()
    if is_approved:
        await shop.approve(codes["user_code"])
    await later(database, 601)
    refused(await poll(api, codes["device_code"]), "expired_token")


async def test_unknown_codes_and_those_of_other_clients_open_nothing(
    shop: Shop, api: Api, database: Database
):
    code = (await ask_in(api)).json()["device_code"]
    refused(await poll(api, "unknown"), "invalid_grant")
    new = NewClient("till", "收银", (Grant.DEVICE_CODE,), (PAD_SCOPE,))
    await register(database, new, with_secret=False)
    refused(await poll(api, code, "till"), "invalid_grant")
    refused(await poll(api, code), "authorization_pending")


async def test_only_a_client_with_the_grant_and_the_scope_may_ask(
    shop: Shop, api: Api, database: Database
):
    without_grant = NewClient("no-grant", "无", (Grant.REFRESH,), (PAD_SCOPE,))
    without_scope = NewClient("no-scope", "无", (Grant.DEVICE_CODE,), ("member",))
    for new in (without_grant, without_scope):
        await register(database, new, with_secret=False)
    refused(await ask_in(api, client_id="no-grant"), "unauthorized_client")
    refused(await ask_in(api, client_id="no-scope"), "invalid_scope")
    refused(await ask_in(api, scope="pad member"), "invalid_scope")
    refused(await ask_in(api, scope="staff"), "invalid_scope")
    refused(await ask_in(api, client_id="nobody"), "invalid_client")
    refused(await ask(api, "device_authorization", form={"scope": "pad"}), "invalid_client")
    answer = await api.http.post("/oauth/device_authorization", json={"client_id": "pad"})
    refused(answer, "invalid_request")
    async with database.writes() as session:
        assert await session.scalar(select(func.count()).select_from(DeviceCode)) == 0


async def test_what_the_table_holds_opens_nothing(shop: Shop, api: Api, database: Database):
    codes = (await ask_in(api)).json()
    async with database.writes() as session:
        row = (await session.scalars(select(DeviceCode))).one()
    stored = repr({each.name: getattr(row, each.name) for each in DeviceCode.__table__.columns})
    for secret in (codes["device_code"], codes["user_code"], codes["user_code"].replace("-", "")):
        assert secret not in stored


async def test_one_address_asks_only_so_often(shop: Shop, api: Api):
    answers = [await ask_in(api)]
    while answers[-1].status_code == 200:
        assert len(answers) <= 2 * DEVICES.most
        answers.append(await ask_in(api))
    refused(answers[-1], "rate_limited", 429)
    assert len(answers) > DEVICES.most


async def test_two_managers_who_approve_one_code_make_one_pad(
    shop: Shop, api: Api, database: Database
):
    codes = (await ask_in(api)).json()
    pages: list[Browser] = []
    owner = await somebody(database, "owner", Role.OWNER)
    for person in (shop.manager_id, owner):
        browser = await browser_of(api, database, person)
        await browser.open("/oauth/device")
        await browser.press("find", user_code=codes["user_code"])
        pages.append(browser)
    answers = await asyncio.gather(
        *(browser.press("approve", store=shop.store, name="收银台") for browser in pages)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 400]
    assert (await count(database, Pad), await count(database, AuditEntry)) == (1, 1)


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.GUIDE, False),
        (Role.FINANCE, False),
        (Role.ENGINEER, False),
        (Role.STORE_MANAGER, True),
        (Role.OPERATOR, True),
        (Role.OWNER, True),
    ],
)
async def test_only_those_in_charge_let_pads_in(
    shop: Shop, api: Api, database: Database, role: Role, *, may: bool
):
    person = await somebody(database, "person", role, [shop.store_id])
    browser = await browser_of(api, database, person, "en")
    page = await browser.open("/oauth/device")
    assert page.status_code == (200 if may else 403)
    assert ("Code on the pad" in page.text) is may
    codes = (await ask_in(api)).json()
    form = Form((await shop.browser.open("/oauth/device")).text)
    if not may:
        answer = await browser.send("/oauth/device", {"step": "approve", **codes, **form.fields})
        assert answer.status_code == 403
        refused(await poll(api, codes["device_code"]), "authorization_pending")


async def test_a_manager_chooses_among_their_own_stores_and_no_other(
    shop: Shop, other_shop: Shop, api: Api, database: Database
):
    codes = (await ask_in(api)).json()
    await shop.browser.open("/oauth/device")
    page = await shop.browser.press("find", user_code=codes["user_code"])
    assert shop.store in page.text
    assert other_shop.store not in page.text
    page = await shop.browser.press("approve", store=other_shop.store, name="收银台")
    assert (page.status_code, await count(database, Pad)) == (400, 0)
    assert "这不是您所在的门店" in page.text
    page = await shop.browser.press("approve", store=shop.store, name=" ")
    assert page.status_code == 400
    # Who runs the mall sees all stores, and no warehouse.
    owner = await browser_of(api, database, await somebody(database, "owner", Role.OWNER))
    await owner.open("/oauth/device")
    page = await owner.press("find", user_code=codes["user_code"])
    assert shop.store in page.text
    assert other_shop.store in page.text
    refused(await poll(api, codes["device_code"]), "authorization_pending")


async def test_a_code_that_waits_no_more_is_told_apart_from_no_unknown_one(
    shop: Shop, api: Api, database: Database
):
    used, denied, expired = [(await ask_in(api)).json() for _ in range(3)]
    await shop.approve(used["user_code"])
    await shop.browser.open("/oauth/device")
    await shop.browser.press("find", user_code=denied["user_code"])
    await shop.browser.press("refuse")
    await later(database, 601)
    said: set[str] = set()
    for typed in (
        used["user_code"],
        denied["user_code"],
        expired["user_code"],
        "BBBB-BBBB",
        "BBBB-B",
    ):
        await shop.browser.open("/oauth/device")
        page = await shop.browser.press("find", user_code=typed)
        assert page.status_code == 400
        said.add(page.text.replace(typed, ""))
    assert len(said) == 1


async def test_one_manager_types_only_so_many_codes(shop: Shop):
    page, tries = await shop.browser.open("/oauth/device"), 0
    while page.status_code != 429:
        tries += 1
        assert tries <= 2 * USER_CODES_OF_STAFF.most + 1
        page = await shop.browser.press("find", user_code="BBBB-BBBB")
    assert int(page.headers["retry-after"]) <= USER_CODES_OF_STAFF.seconds


async def test_a_form_of_another_site_lets_nothing_in(shop: Shop, api: Api, database: Database):
    codes = (await ask_in(api)).json()
    await shop.browser.open("/oauth/device")
    await shop.browser.press("find", user_code=codes["user_code"])
    for headers in ({"origin": "https://thief.example"}, {"sec-fetch-site": "cross-site"}, {}):
        form = Form(shop.browser.page.text)
        fields = {**form.fields, "step": "approve", "store": shop.store, "name": "x"}
        answer = await shop.browser.send(form.action, fields, headers)
        assert answer.status_code == 403
        await shop.browser.open("/oauth/device")
        await shop.browser.press("find", user_code=codes["user_code"])
    assert await count(database, Pad) == 0


@pytest.mark.parametrize(
    ("headers", "has_cookie", "csrf", "lacks"),
    [
        ({}, True, None, "Origin"),
        ({}, False, None, "Origin"),
        ({"origin": "https://thief.example"}, True, None, "another site"),
        ({"sec-fetch-site": "same-origin"}, False, None, "cookie"),
        ({"sec-fetch-site": "same-origin"}, True, "0" * 64, "expired"),
    ],
)
async def test_a_form_that_is_not_taken_is_told_what_it_lacks(
    shop: Shop, headers: dict[str, str], csrf: str | None, lacks: str, *, has_cookie: bool
):
    browser = shop.browser
    browser.language = "en"
    form = Form((await browser.open("/oauth/device")).text)
    if not has_cookie:
        browser.cookie = None
    fields = {**form.fields, "step": "find", "user_code": "BCDF-GHJK"}
    answer = await browser.send(form.action, fields | ({"csrf": csrf} if csrf else {}), headers)
    assert answer.status_code == 403
    said = {word for word in ("Origin", "another site", "cookie", "expired") if word in answer.text}
    assert said == ({lacks, "expired"} if lacks == "cookie" else {lacks})


async def test_nobody_is_asked_for_a_code_before_they_have_signed_in(shop: Shop, api: Api):
    shop.browser.cookie = None
    page = await shop.browser.open("/oauth/device?user_code=BCDF-GHJK")
    assert "BCDF-GHJK" not in page.text.replace("user_code=BCDF-GHJK", "")
    assert "user_code" not in Form(page.text).fields


async def test_a_pad_that_is_revoked_before_it_asks_again_gets_nothing(
    shop: Shop, api: Api, database: Database
):
    codes = (await ask_in(api)).json()
    await shop.approve(codes["user_code"])
    async with database.writes.begin() as session:
        await session.execute(update(Pad).values(revoked_at=system_clock()))
    refused(await poll(api, codes["device_code"]), "access_denied")
    async with database.writes() as session:
        assert (await session.scalars(select(DeviceCode.status))).one() is DeviceCodeStatus.APPROVED


async def test_a_store_is_needed_to_let_a_pad_in(shop: Shop, api: Api, database: Database):
    await a_store(database, "S-EMPTY")
    person = await somebody(database, "without", Role.STORE_MANAGER)
    browser = await browser_of(api, database, person)
    codes = (await ask_in(api)).json()
    await browser.open("/oauth/device")
    page = await browser.press("find", user_code=codes["user_code"])
    assert page.status_code == 403


async def test_the_discovery_names_the_endpoint_and_the_grants(shop: Shop, api: Api):
    told = (await api.http.get("/.well-known/oauth-authorization-server")).json()
    assert told["device_authorization_endpoint"] == (
        "https://mall.example/oauth/device_authorization"
    )
    assert {Grant.DEVICE_CODE, Grant.STAFF_PIN} <= set(told["grant_types_supported"])
