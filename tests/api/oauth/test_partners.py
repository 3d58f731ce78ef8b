"""Partner systems: client credentials, scopes, revocation and introspection."""

import pytest
from redis.asyncio import Redis

from domain.kernel.db import Database
from domain.sessions.clients import NewClient
from domain.sessions.rules import Grant
from tests import make
from tests.api.client import Api
from tests.api.oauth.desk import Partner, ask, bearer, refused, register, until_out

CREDENTIALS = {"grant_type": "client_credentials"}
STOCK = "{ places { id } }"
CATALOG = "{ staffProducts(first: 1) { edges { node { id } } } }"


@pytest.fixture
async def erp(database: Database, redis: Redis) -> Partner:
    """A system that may read stock and the catalogue."""
    grants, scopes = (Grant.CLIENT_CREDENTIALS,), ("stock:read", "catalog:read")
    return await register(database, NewClient("erp", "仓库系统", grants, scopes))


async def token_of(api: Api, partner: Partner, scope: str = "") -> str:
    response = await ask(api, auth=partner.auth, form={**CREDENTIALS, "scope": scope})
    assert response.status_code == 200, response.text
    return response.json()["access_token"]


async def test_a_partner_reads_what_its_scopes_allow(api: Api, erp: Partner):
    response = await ask(api, auth=erp.auth, form=CREDENTIALS)
    body = response.json()
    token = body.pop("access_token")
    scope = "stock:read catalog:read"
    assert body == {"token_type": "Bearer", "expires_in": 900, "scope": scope}
    assert response.headers["cache-control"] == "no-store"
    headers = bearer(token)
    assert "errors" not in await api.query(STOCK, headers)
    assert "errors" not in await api.query(CATALOG, headers)


async def test_a_token_for_fewer_scopes_reads_less(api: Api, erp: Partner):
    headers = bearer(await token_of(api, erp, "stock:read"))
    assert "errors" not in await api.query(STOCK, headers)
    answer = await api.post({"query": CATALOG}, headers)
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_partner_is_no_staff(api: Api, erp: Partner):
    headers = bearer(await token_of(api, erp))
    for document in ("{ staffTags { id } }", "{ staffHomePage { revision } }"):
        answer = await api.query(document, headers)
        assert answer["errors"][0]["extensions"]["code"] in {"FORBIDDEN", "BAD_INPUT"}


async def test_the_ledger_of_stock_names_staff_and_is_for_staff(api: Api, erp: Partner):
    headers = bearer(await token_of(api, erp, "stock:read"))
    variant, place = f"variant_{make.an_id().hex}", f"place_{make.an_id().hex}"
    arguments = f'variantId: "{variant}", placeId: "{place}"'
    ledger = f"{{ stockEntries({arguments}) {{ edges {{ node {{ actor }} }} }} }}"
    answer = await api.query(ledger, headers)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("scope", ["member", "stock:write", "stock:read member"])
async def test_a_scope_that_a_client_may_not_have_is_refused(api: Api, erp: Partner, scope: str):
    refused(await ask(api, auth=erp.auth, form={**CREDENTIALS, "scope": scope}), "invalid_scope")


@pytest.mark.parametrize(
    "auth", [("erp", "wrong"), ("erp", ""), ("nobody", "x"), ("erp\x7f", "x"), None]
)
async def test_a_client_that_does_not_show_its_secret_is_refused(
    api: Api, erp: Partner, auth: tuple[str, str] | None
):
    refused(
        await ask(api, auth=auth, form={**CREDENTIALS, "client_id": "erp"}), "invalid_client", 401
    )


async def test_a_secret_may_come_in_the_form_too(api: Api, erp: Partner):
    form = {**CREDENTIALS, "client_id": erp.id, "client_secret": erp.secret}
    assert (await ask(api, form=form)).status_code == 200


async def test_an_access_token_is_told_about_to_whom_it_was_issued_to_alone(
    api: Api, erp: Partner, database: Database
):
    other = await register(
        database, NewClient("crm", "客服系统", (Grant.CLIENT_CREDENTIALS,), ("stock:read",))
    )
    token = await token_of(api, erp)
    told = (await ask(api, "introspect", auth=erp.auth, form={"token": token})).json()
    assert told["active"] is True
    assert told["sub"] == "client:erp"
    assert told["scope"] == "stock:read catalog:read"
    assert told["iss"] == "https://mall.example"
    for auth, shown in ((other.auth, token), (erp.auth, "nonsense"), (erp.auth, token + "x")):
        answer = await ask(api, "introspect", auth=auth, form={"token": shown})
        assert answer.json() == {"active": False}
    refused(
        await ask(api, "introspect", form={"token": token, "client_id": "erp"}),
        "invalid_client",
        401,
    )


async def test_a_revoked_token_is_refused(api: Api, erp: Partner):
    token = await token_of(api, erp)
    headers = bearer(token)
    assert "errors" not in await api.query(STOCK, headers)
    answer = await ask(api, "revoke", auth=erp.auth, form={"token": token})
    assert (answer.status_code, answer.json()) == (200, {})
    await until_out(api, token)
    answer = await api.post({"query": STOCK}, headers)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert answer.headers["www-authenticate"] == "Bearer"
    told = await ask(api, "introspect", auth=erp.auth, form={"token": token})
    assert told.json() == {"active": False}


async def test_nobody_revokes_the_token_of_another_client(
    api: Api, erp: Partner, database: Database
):
    other = await register(
        database, NewClient("crm", "客服系统", (Grant.CLIENT_CREDENTIALS,), ("stock:read",))
    )
    token = await token_of(api, erp)
    refused(await ask(api, "revoke", auth=other.auth, form={"token": token}), "invalid_grant")
    told = await ask(api, "introspect", auth=erp.auth, form={"token": token})
    assert told.json()["active"] is True
    # An unknown token is no error: whoever wants it gone has what they want (RFC 7009 2.2).
    unknown = token[::-1]
    assert (await ask(api, "revoke", auth=erp.auth, form={"token": unknown})).status_code == 200
