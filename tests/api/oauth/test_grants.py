"""The ways to a token: those that were looked at, and no other of the library's."""

from unittest.mock import create_autospec

import pytest

from api.oauth.code_grant import AuthorizationCode, IdToken, OnlyS256
from api.oauth.server import TokenRequest
from api.oauth.standing import Standing
from domain.kernel.db import Database
from domain.sessions.rules import Grant
from tests.api.client import Api
from tests.api.oauth.desk import ask, refused

pytestmark = pytest.mark.usefixtures("own_clients")
OTHERS = (
    "password",
    "implicit",
    "urn:ietf:params:oauth:grant-type:saml2-bearer",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "authorization_code refresh_token",
)


@pytest.mark.parametrize("grant_type", OTHERS)
async def test_there_is_no_other_way(api: Api, database: Database, grant_type: str):
    form = {"grant_type": grant_type, "client_id": "mini-program", "device_code": "x", "code": "x"}
    refused(
        await ask(api, form=form | {"username": "a", "password": "b"}), "unsupported_grant_type"
    )


@pytest.mark.parametrize("grant_type", [Grant.DEVICE_CODE, Grant.STAFF_PIN])
async def test_the_ways_of_pads_are_for_pads(api: Api, database: Database, grant_type: str):
    form = {"grant_type": grant_type, "client_id": "mini-program", "device_code": "x"}
    more = {"device_token": "x", "login": "x", "pin": "x"}
    refused(await ask(api, form=form | more), "unauthorized_client")


async def test_the_document_of_the_server_names_those_that_there_are(api: Api):
    told = (await api.http.get("/.well-known/oauth-authorization-server")).json()
    assert set(told["grant_types_supported"]) == set(Grant)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_token_is_asked_for_by_post_alone(api: Api, method: str):
    assert (await api.http.request(method, "/oauth/token")).status_code == 405


def test_each_event_has_one_hook():
    """The library keeps them in a set, so of two the order is anybody's guess (9.4, 12)."""
    grant = AuthorizationCode(TokenRequest({}, {}), None)
    standing = create_autospec(Standing, instance=True)
    for extension in (OnlyS256(), IdToken(standing, "https://mall.example")):
        extension(grant)
    hooks: dict[str, set[object]] = vars(grant)["_hooks"]
    assert sum(len(each) for each in hooks.values()) == 3
    assert all(len(each) == 1 for each in hooks.values() if each)
