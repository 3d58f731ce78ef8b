"""OpenID Connect, as a relying party sees it: the id token, the user info and the discovery."""

import base64
import hashlib
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import select

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.members.models import Member, MemberPhone
from domain.sessions import actions
from domain.sessions.rules import EndReason
from tests.api.client import Api
from tests.api.oauth.browser import ORIGIN, REDIRECT_URI, VERIFIER, Browser, code_for
from tests.api.oauth.desk import Partner, ask, bearer
from tests.wechat import FakeWeChat

PROBE = "{ products(first: 1) { edges { node { id } } } }"
USERINFO = "/oauth/userinfo"


async def tokens(
    api: Api, browser: Browser, webshop: Partner, wechat: FakeWeChat, **changed: str | None
) -> dict[str, str]:
    """What a client gets for a member's yes."""
    form = {
        "grant_type": "authorization_code",
        "code": await code_for(browser, wechat, **changed),
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    return (await ask(api, form=form, auth=webshop.auth)).json()


async def verified(api: Api, id_token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of an id token that a relying party takes, which knows only the issuer."""
    discovery = (await api.http.get("/.well-known/openid-configuration")).json()
    assert discovery["issuer"] == ORIGIN
    document = (await api.http.get(discovery["jwks_uri"].removeprefix(ORIGIN))).json()
    algorithms = discovery["id_token_signing_alg_values_supported"]
    token = jwt.decode(id_token, KeySet.import_key_set(document), algorithms=algorithms)
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ORIGIN},
        aud={"essential": True, "value": "webshop"},
        exp={"essential": True},
        nonce={"essential": True, "value": "a-nonce"},
    ).validate(token.claims)
    assert token.header["kid"] in {key["kid"] for key in document["keys"]}
    assert all("d" not in key for key in document["keys"])
    return token.header, token.claims


async def test_a_relying_party_verifies_the_id_token_from_the_keys_document_alone(
    api: Api, browser: Browser, webshop: Partner, wechat: FakeWeChat, database: Database
):
    answer = await tokens(api, browser, webshop, wechat)
    header, claims = await verified(api, answer["id_token"])
    assert (header["alg"], header["typ"]) == ("ES256", "JWT")
    async with database.writes() as session:
        member = (await session.scalars(select(Member))).one()
    digest = hashlib.sha256(answer["access_token"].encode()).digest()
    at_hash = base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()
    assert claims["sub"] == f"member_{member.id.hex}"
    assert claims["at_hash"] == at_hash
    assert claims["exp"] - claims["iat"] == 300
    assert time.time() - 60 < claims["auth_time"] <= claims["iat"]
    names = {"iss", "aud", "sub", "iat", "exp", "auth_time", "nonce", "at_hash"}
    assert set(claims) == names


async def test_without_the_scope_openid_there_is_no_id_token(
    api: Api, browser: Browser, webshop: Partner, wechat: FakeWeChat
):
    answer = await tokens(api, browser, webshop, wechat, scope="member")
    assert "id_token" not in answer
    refused = await api.http.get(USERINFO, headers=bearer(answer["access_token"]))
    assert (refused.status_code, refused.json()) == (403, {"error": "insufficient_scope"})


async def test_a_nonce_that_was_not_sent_is_not_told(
    api: Api, browser: Browser, webshop: Partner, wechat: FakeWeChat
):
    answer = await tokens(api, browser, webshop, wechat, nonce=None)
    claims = jwt.decode(
        answer["id_token"],
        KeySet.import_key_set((await api.http.get("/oauth/jwks")).json()),
        algorithms=["ES256"],
    ).claims
    assert "nonce" not in claims


async def test_an_id_token_is_no_access_token(
    api: Api, browser: Browser, webshop: Partner, wechat: FakeWeChat
):
    answer = await tokens(api, browser, webshop, wechat, scope="openid member")
    assert "errors" not in await api.query(PROBE, bearer(answer["access_token"]))
    shown = bearer(answer["id_token"])
    assert (await api.post({"query": PROBE}, shown)).status_code == 401
    assert (await api.http.get(USERINFO, headers=shown)).status_code == 401


async def test_knowing_a_member_does_not_mean_acting_for_them(
    api: Api, browser: Browser, webshop: Partner, wechat: FakeWeChat
):
    answer = await tokens(api, browser, webshop, wechat, scope="openid profile")
    shown = bearer(answer["access_token"])
    assert (await api.post({"query": PROBE}, shown)).status_code == 401


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_client_learns_the_name_and_the_picture_and_never_the_phone(
    api: Api,
    browser: Browser,
    webshop: Partner,
    wechat: FakeWeChat,
    database: Database,
    method: str,
):
    answer = await tokens(api, browser, webshop, wechat)
    _, claims = await verified(api, answer["id_token"])
    async with database.writes.begin() as session:
        member = (await session.scalars(select(Member))).one()
        member.name, member.picture_key = "林晓", "members/1.webp"
        assert (await session.scalars(select(MemberPhone))).one().member_id == member.id
    told = await api.http.request(method, USERINFO, headers=bearer(answer["access_token"]))
    assert told.json() == {
        "sub": claims["sub"],
        "name": "林晓",
        "picture": f"{ORIGIN}/media/members/1.webp",
    }
    assert told.headers["cache-control"] == "no-store"


async def test_without_the_scope_profile_a_client_learns_no_name(
    api: Api, browser: Browser, webshop: Partner, wechat: FakeWeChat
):
    answer = await tokens(api, browser, webshop, wechat, scope="openid")
    told = await api.http.get(USERINFO, headers=bearer(answer["access_token"]))
    assert set(told.json()) == {"sub"}


async def test_who_was_signed_out_a_moment_ago_is_unknown(
    api: Api, browser: Browser, webshop: Partner, wechat: FakeWeChat, database: Database
):
    answer = await tokens(api, browser, webshop, wechat)
    shown = bearer(answer["access_token"])
    assert (await api.http.get(USERINFO, headers=shown)).status_code == 200
    async with database.writes.begin() as session:
        member = (await session.scalars(select(Member))).one()
        await actions.end_all_of_member(
            session, member.id, EndReason.REVOKED, at=system_clock(), note=None
        )
    refused = await api.http.get(USERINFO, headers=shown)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic eDp5"])
async def test_who_shows_no_token_is_told_nothing(api: Api, header: str):
    headers = {"authorization": header} if header else {}
    refused = await api.http.get(USERINFO, headers=headers)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert "sub" not in refused.json()


async def test_the_discovery_says_what_the_server_does(api: Api):
    told = (await api.http.get("/.well-known/openid-configuration")).json()
    assert told["authorization_endpoint"] == f"{ORIGIN}/oauth/authorize"
    assert told["userinfo_endpoint"] == f"{ORIGIN}/oauth/userinfo"
    assert told["response_types_supported"] == ["code"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["id_token_signing_alg_values_supported"] == ["ES256"]
    assert told["subject_types_supported"] == ["public"]
    assert told["authorization_response_iss_parameter_supported"] is True
    assert {"openid", "profile", "member"} <= set(told["scopes_supported"])
    # What is left out would mean that it can be done (OpenID Connect Discovery 3).
    assert told["request_uri_parameter_supported"] is False
