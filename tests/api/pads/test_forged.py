"""Tokens of pads and of staff at pads that nobody should take, however well they are signed."""

from collections.abc import Callable
from typing import Any

from joserfc.jwk import ECKey

from domain.kernel.db import Database
from tests import make
from tests.api.client import Api
from tests.api.oauth.conftest import signing_key
from tests.api.oauth.desk import bearer
from tests.api.oauth.test_forged import changed, read
from tests.api.pads.desk import PadInHand, Shop, somebody, viewer

__all__ = ["signing_key"]
Spoil = Callable[[dict[str, Any]], dict[str, Any]]
OF_PAD: dict[str, Spoil] = {
    "no pad": lambda claims: {"pad": None},
    "another scope": lambda claims: {"scope": "staff"},
    "no scope": lambda claims: {"scope": ""},
    "a member's subject": lambda claims: {"sub": f"member:{make.an_id().hex}"},
    "a subject that is no id": lambda claims: {"sub": "pad:1"},
    "the staff's subject": lambda claims: {"sub": f"staff:{make.an_id().hex}"},
    "a store that is no id": lambda claims: {"pad": claims["pad"] | {"store": "1"}},
    "no store": lambda claims: {"pad": {"id": claims["pad"]["id"], "sid": claims["sid"]}},
    "a list for a pad": lambda claims: {"pad": []},
    "expired": lambda claims: {"exp": claims["iat"] - 100},
}
OF_STAFF: dict[str, Spoil] = {
    "no pad, but the scope of pads": lambda claims: {"pad": None},
    "a pad, but the scope of browsers": lambda claims: {"scope": "staff"},
    "no staff": lambda claims: {"staff": None},
    "a role that is none": lambda claims: {"staff": claims["staff"] | {"role": "god"}},
    "a member's subject": lambda claims: {"sub": f"member:{make.an_id().hex}"},
    "stores that are no ids": lambda claims: {"staff": claims["staff"] | {"stores": ["all"]}},
}
"""Ways to spoil a token that is right, with the mall's own signature."""


async def refused_by(api: Api, token: str) -> str:
    answer = await api.post({"query": "{ padViewer { id } }"}, bearer(token))
    (error,) = answer.json()["errors"]
    return error["extensions"]["code"]


async def test_a_pads_token_with_other_claims_is_refused(
    pad: PadInHand, api: Api, signing_key: ECKey
):
    claims = read(pad.access_token, 1)
    assert claims["sub"] == f"pad:{pad.id.hex}"
    assert "staff" not in claims
    assert await viewer(api, changed(pad.access_token, signing_key, jti="other"))
    for way, spoil in OF_PAD.items():
        forged = changed(pad.access_token, signing_key, **spoil(claims))
        assert await refused_by(api, forged) == "UNAUTHENTICATED", way


async def test_the_token_of_staff_at_a_pad_with_other_claims_is_refused(
    shop: Shop, pad: PadInHand, api: Api, database: Database, signing_key: ECKey
):
    await somebody(database, "guide", stores=[shop.store_id])
    token = (await pad.sign_in("guide")).json()["access_token"]
    claims = read(token, 1)
    assert (claims["pad"]["id"], claims["staff"]["role"]) == (str(pad.id), "guide")
    for way, spoil in OF_STAFF.items():
        forged = changed(token, signing_key, **spoil(claims))
        assert await refused_by(api, forged) == "UNAUTHENTICATED", way


async def test_no_forged_token_of_a_pad_lets_staff_sign_in(
    shop: Shop, pad: PadInHand, database: Database, signing_key: ECKey
):
    await somebody(database, "guide", stores=[shop.store_id])
    claims = read(pad.access_token, 1)
    for way, spoil in OF_PAD.items():
        forged = changed(pad.access_token, signing_key, **spoil(claims))
        answer = await pad.sign_in("guide", device_token=forged)
        assert answer.json()["error"] == "invalid_grant", way
    # Signed by the mall itself, of a session that is another pad's.
    other = claims["pad"] | {"id": str(make.an_id())}
    forged = changed(pad.access_token, signing_key, pad=other, sub=f"pad:{make.an_id().hex}")
    assert (await pad.sign_in("guide", device_token=forged)).status_code == 400
