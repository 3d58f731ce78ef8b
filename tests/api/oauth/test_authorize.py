"""The authorization code with PKCE: from a client's question to its tokens."""

import asyncio
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select, update

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.members.models import Member
from domain.sessions import actions, codes, models
from domain.sessions.clients import NewClient
from domain.sessions.rules import EndReason, Grant
from tests.api.client import Api
from tests.api.oauth.browser import (
    REDIRECT_URI,
    VERIFIER,
    Browser,
    asked,
    code_for,
    sign_in,
    told,
)
from tests.api.oauth.desk import Partner, ask, bearer, refused, register
from tests.wechat import FakeWeChat

PROBE = "{ products(first: 1) { edges { node { id } } } }"


def form(code: str, **changed: str) -> dict[str, str]:
    """What a client sends to change a code for tokens."""
    right = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    return {name: value for name, value in (right | changed).items() if value}


async def only_session(database: Database) -> models.Session | None:
    async with database.writes() as session:
        return (await session.scalars(select(models.Session))).one_or_none()


async def ended(database: Database) -> EndReason | None:
    found = await only_session(database)
    assert found is not None
    return found.end_reason


@pytest.fixture
async def code(browser: Browser, webshop: Partner, wechat: FakeWeChat) -> str:
    """A code that was just issued, which nobody has used."""
    return await code_for(browser, wechat, scope="openid member")


async def test_a_member_signs_in_allows_and_the_client_has_tokens(
    api: Api, browser: Browser, webshop: Partner, wechat: FakeWeChat
):
    page = await sign_in(browser, wechat, asked(scope="openid member"))
    # What somebody else has written is text and never markup.
    assert "&lt;官网&gt;" in page.text
    answer = told(await browser.press("allow"))
    assert answer["state"] == "a state"
    tokens = await ask(api, form=form(answer["code"]), auth=webshop.auth)
    body = tokens.json()
    assert tokens.headers["cache-control"] == "no-store"
    assert (body["scope"], body["expires_in"]) == ("openid member", 900)
    assert "errors" not in await api.query(PROBE, bearer(body["access_token"]))
    again = await ask(
        api,
        form={"grant_type": "refresh_token", "refresh_token": body["refresh_token"]},
        auth=webshop.auth,
    )
    # Refreshing gives no other id token (9.4, 17).
    assert again.status_code == 200
    assert "id_token" not in again.json()


async def test_a_client_without_the_refresh_grant_has_no_refresh_token(
    api: Api, browser: Browser, database: Database, wechat: FakeWeChat, webshop: Partner
):
    new = NewClient("kiosk", "展台", (Grant.AUTHORIZATION_CODE,), ("openid",), (REDIRECT_URI,))
    await register(database, new, with_secret=False)
    code = await code_for(browser, wechat, client_id="kiosk", scope="openid")
    body = (await ask(api, form=form(code, client_id="kiosk"))).json()
    assert set(body) == {"token_type", "access_token", "expires_in", "scope", "id_token"}


async def test_of_six_that_redeem_one_code_at_once_one_succeeds(
    api: Api, database: Database, webshop: Partner, code: str
):
    """Consumed by a conditional update (9.4, 2), and each later use ends what the first began."""
    answers = await asyncio.gather(
        *(ask(api, form=form(code), auth=webshop.auth) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400, 400]
    assert await ended(database) is EndReason.REUSED


async def test_a_code_that_comes_again_ends_what_it_began(
    api: Api, database: Database, webshop: Partner, code: str
):
    first = (await ask(api, form=form(code), auth=webshop.auth)).json()
    refused(await ask(api, form=form(code), auth=webshop.auth), "invalid_grant")
    # The refusal was committed: the tokens of the first use are worth nothing.
    assert await ended(database) is EndReason.REUSED
    form_again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    refused(await ask(api, form=form_again, auth=webshop.auth), "invalid_grant")
    told_of = await ask(api, "introspect", form={"token": first["access_token"]}, auth=webshop.auth)
    assert told_of.json() == {"active": False}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": VERIFIER + "\n"}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": "https://shop.example/callback"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
    ],
)
async def test_a_wrong_verifier_or_address_burns_the_code(
    api: Api,
    database: Database,
    webshop: Partner,
    code: str,
    changed: dict[str, str],
    error: str,
):
    refused(await ask(api, form=form(code, **changed), auth=webshop.auth), error)
    refused(await ask(api, form=form(code), auth=webshop.auth), "invalid_grant")
    assert await only_session(database) is None


async def test_another_client_can_neither_use_nor_burn_a_code(
    api: Api, database: Database, webshop: Partner, code: str
):
    new = NewClient("thief", "贼", (Grant.AUTHORIZATION_CODE,), ("openid",), (REDIRECT_URI,))
    thief = await register(database, new)
    refused(await ask(api, form=form(code), auth=thief.auth), "invalid_grant")
    # Nor does its id, without the secret that the client has (9.4, 16).
    refused(await ask(api, form=form(code, client_id="webshop")), "invalid_client", 401)
    assert (await ask(api, form=form(code), auth=webshop.auth)).status_code == 200


async def test_a_code_is_good_for_a_minute(
    api: Api, database: Database, webshop: Partner, code: str
):
    """And not for the ten days that Authlib gives one (9.4, 8)."""
    async with database.writes.begin() as session:
        row = (await session.scalars(select(models.AuthorizationCode))).one()
        assert row.expires_at - row.issued_at == timedelta(seconds=60)
        assert row.digest.hex() != code
        past = row.issued_at - timedelta(minutes=1)
        await session.execute(
            update(models.AuthorizationCode).values(issued_at=past, expires_at=system_clock())
        )
    refused(await ask(api, form=form(code), auth=webshop.auth), "invalid_grant")


async def test_who_was_blocked_in_the_meantime_is_refused_with_the_reason(
    api: Api, database: Database, webshop: Partner, code: str
):
    async with database.writes.begin() as session:
        member = (await session.scalars(select(Member))).one()
        member.blocked_at, member.block_reason = system_clock(), "多次恶意退货"
    body = refused(await ask(api, form=form(code), auth=webshop.auth), "access_denied")
    assert body["reason"] == "多次恶意退货"


async def test_ending_all_of_a_member_ends_their_codes_and_browsers_too(
    api: Api, browser: Browser, database: Database, webshop: Partner, code: str
):
    async with database.writes.begin() as session:
        member = (await session.scalars(select(Member))).one()
        await actions.end_all_of_member(
            session, member.id, EndReason.REVOKED, at=system_clock(), note=None
        )
    refused(await ask(api, form=form(code), auth=webshop.auth), "invalid_grant")
    assert 'name="phone"' in (await browser.open(asked())).text


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "https://thief.example/callback"},
        {"redirect_uri": REDIRECT_URI + "&x=1"},
        {"redirect_uri": REDIRECT_URI.upper()},
        {"redirect_uri": "https://thief.example/\"'<官网>"},
        {"redirect_uri": REDIRECT_URI, "client_id": "mini-program"},
        {"response_type": "码"},
        {"response_type": 'code"'},
        {"state": "换"},
        {"scope": "openid\nmember"},
    ],
)
async def test_a_wrong_client_or_address_never_redirects(
    browser: Browser, webshop: Partner, changed: dict[str, str | None]
):
    """Nor does what Authlib could not put into a description (9.4, 13)."""
    answer = await browser.open(asked(**changed))
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "<h1>无法继续</h1>" in answer.text
    assert "<form" not in answer.text


async def test_a_parameter_that_comes_twice_never_redirects(browser: Browser, webshop: Partner):
    answer = await browser.open(asked() + "&client_id=webshop")
    assert (answer.status_code, "location" in answer.headers) == (400, False)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scope": "openid catalog:read"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"request": "x.y.z"}, "request_not_supported"),
        ({"request_uri": "https://thief.example"}, "request_uri_not_supported"),
        ({"nonce": "n" * 501}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
async def test_any_other_mistake_is_told_to_the_client(
    browser: Browser, webshop: Partner, changed: dict[str, str | None], error: str
):
    """PKCE by S256 is asked of every client, also of this one with a secret (9.4, 5)."""
    answer = told(await browser.open(asked(**changed)))
    assert (answer["error"], answer["state"]) == (error, "a state")
    assert "code" not in answer


async def test_who_denies_is_sent_back_without_a_code(
    browser: Browser, webshop: Partner, wechat: FakeWeChat, database: Database
):
    await sign_in(browser, wechat, asked())
    answer = told(await browser.press("deny"))
    assert (answer["error"], answer["state"]) == ("access_denied", "a state")
    assert "code" not in answer
    async with database.writes() as session:
        assert (await session.scalars(select(models.AuthorizationCode))).all() == []


async def test_each_client_has_to_be_allowed_each_time(
    browser: Browser, webshop: Partner, wechat: FakeWeChat
):
    first = await code_for(browser, wechat)
    page = await browser.open(asked())
    assert "code=" not in page.headers.get("location", "")
    assert told(await browser.open(asked(prompt="none")))["error"] == "consent_required"
    await browser.open(asked())
    # The same nonce again: who goes back and says yes once more does no harm (9.4, 17).
    assert told(await browser.press("allow"))["code"] != first


async def test_old_codes_are_forgotten_a_day_after_their_expiry(
    api: Api, database: Database, webshop: Partner, code: str
):
    assert (await ask(api, form=form(code), auth=webshop.auth)).status_code == 200
    now = system_clock()

    async def forgotten(hours: int) -> int:
        async with database.writes.begin() as session:
            return await codes.forget_old_authorization_codes(
                session, at=now + timedelta(hours=hours), most=5
            )

    assert await forgotten(23) == 0
    async with database.writes.begin() as session:
        row = (await session.scalars(select(models.AuthorizationCode))).one()
        for number in range(6):
            again = {column.key: getattr(row, column.key) for column in row.__table__.columns}
            digest = Random(number).randbytes(32)
            session.add(models.AuthorizationCode(**again | {"digest": digest}))
    assert [await forgotten(25) for _ in range(3)] == [5, 2, 0]
    assert await only_session(database) is not None


async def test_a_session_takes_its_code_with_it(
    api: Api, database: Database, webshop: Partner, code: str
):
    assert (await ask(api, form=form(code), auth=webshop.auth)).status_code == 200
    async with database.writes.begin() as session:
        later = system_clock() + timedelta(days=400)
        await actions.forget_expired_tokens(session, at=later, most=10)
        assert await actions.forget_old_sessions(session, at=later, most=10) == 1
    async with database.writes() as session:
        assert (await session.scalars(select(models.AuthorizationCode))).all() == []
