"""Access tokens that nobody should take: forged, changed, expired, revoked, or of another kind."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey
from redis.asyncio import Redis

from api.oauth.tokens import AUDIENCE
from domain.kernel.db import Database
from tests.api.client import Api
from tests.api.oauth.desk import as_member, ask, mini_program, refresh, sign_in

THIEF = ECKey.generate_key("P-256", {"kid": "thief"})
PROBE = "{ products(first: 1) { edges { node { id } } } }"
"""Open to anybody, so that only the token can be what is refused."""
Spoil = Callable[[str, ECKey], str]


def part(value: object) -> str:
    """A part of a token as it is written."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read(token: str, index: int) -> dict[str, Any]:
    """A part of a token as it is meant."""
    text = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def unsigned(token: str, algorithm: str) -> str:
    """The claims without a signature, and a header that says that this is right."""
    return f"{part(read(token, 0) | {'alg': algorithm})}.{part(read(token, 1))}."


def by_hmac(token: str, key: ECKey) -> str:
    """Signed with the public key as if it were a shared secret."""
    text = f"{part(read(token, 0) | {'alg': 'HS256'})}.{part(read(token, 1))}"
    public = json.dumps(key.as_dict(private=False)).encode()
    return f"{text}.{part(hmac.digest(public, text.encode(), 'sha256'))}"


def by_thief(token: str, **header: object) -> str:
    """The same claims, signed by somebody else's key."""
    return signed(THIEF, read(token, 0) | header, read(token, 1))


def signed(key: ECKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token of these parts, whatever they are, with a right signature of that key."""
    registered = {name: value for name, value in header.items() if value is not None}
    text = f"{part(registered)}.{part(claims)}"
    assert key.private_key is not None
    der = key.private_key.sign(text.encode(), ec.ECDSA(SHA256()))
    numbers = utils.decode_dss_signature(der)
    return f"{text}.{part(b''.join(number.to_bytes(32, 'big') for number in numbers))}"


def changed(token: str, key: ECKey, **claims: object) -> str:
    """A token that the mall's own key has signed, with other claims; None leaves one out."""
    all_claims = read(token, 1) | claims
    return signed(key, read(token, 0), {k: v for k, v in all_claims.items() if v is not None})


def retyped(token: str, key: ECKey, **header: object) -> str:
    """A token that the mall's own key has signed, with another header."""
    return signed(key, read(token, 0) | header, read(token, 1))


def cut(token: str, index: int, value: str) -> str:
    """A token with one part put in the place of another."""
    parts = token.split(".")
    parts[index] = value
    return ".".join(parts)


FORGED: dict[str, Spoil] = {
    "nothing": lambda _token, _key: "x",
    "dots": lambda _token, _key: "..",
    "four parts": lambda token, _key: token + ".x",
    "two parts": lambda token, _key: token.rpartition(".")[0],
    "no header": lambda token, _key: cut(token, 0, ""),
    "no claims": lambda token, _key: cut(token, 1, ""),
    "no signature": lambda token, _key: cut(token, 2, ""),
    "header is no json": lambda token, _key: cut(token, 0, part(b"{")),
    "header is a list": lambda token, _key: cut(token, 0, part([])),
    "claims are no json": lambda token, _key: cut(token, 1, part(b"{")),
    "claims are a list": lambda token, _key: cut(token, 1, part([])),
    "no base64": lambda token, _key: cut(token, 1, "&&&"),
    "very long": lambda token, _key: token + "A" * 50_000,
    "alg none": lambda token, _key: unsigned(token, "none"),
    "alg None": lambda token, _key: unsigned(token, "None"),
    "alg NONE": lambda token, _key: unsigned(token, "NONE"),
    "alg empty": lambda token, _key: unsigned(token, ""),
    "alg unknown": lambda token, _key: unsigned(token, "ES999"),
    "alg of another curve": lambda token, _key: cut(
        token, 0, part(read(token, 0) | {"alg": "ES384"})
    ),
    "public key as a secret": by_hmac,
    "a thief's key with its own name": lambda token, _key: by_thief(token, kid="thief"),
    "a thief's key with our name": lambda token, _key: by_thief(token),
    "a thief's key in the header": lambda token, _key: by_thief(
        token, jwk=THIEF.as_dict(private=False)
    ),
    "a thief's key at an address": lambda token, _key: by_thief(
        token, jku="https://thief.example/jwks"
    ),
    "a name that leads to a file": lambda token, _key: by_thief(token, kid="../../dev/null"),
    "a name with a quote": lambda token, _key: by_thief(token, kid="' OR 1=1 --"),
    "an unknown critical header": lambda token, _key: cut(
        token, 0, part(read(token, 0) | {"crit": ["bork"], "bork": 1})
    ),
    "an encrypted token": lambda token, _key: f"{token}.x.y",
    "claims changed after signing": lambda token, _key: cut(
        token, 1, part(read(token, 1) | {"scope": "member catalog:read"})
    ),
    "the signature of another token": lambda token, key: cut(
        token, 2, changed(token, key, jti="other").split(".")[2]
    ),
    "signature zero": lambda token, _key: cut(token, 2, part(bytes(64))),
    "signature of one bit less": lambda token, _key: token[:-6] + "AAAAAA",
    "typ of an id token": lambda token, key: retyped(token, key, typ="JWT"),
    "typ missing": lambda token, key: retyped(token, key, typ=None),
    "typ of a refresh token": lambda token, key: retyped(token, key, typ="rt+jwt"),
    "another issuer": lambda token, key: changed(token, key, iss="https://thief.example"),
    "no issuer": lambda token, key: changed(token, key, iss=None),
    "another audience": lambda token, key: changed(token, key, aud="another-mall"),
    "a list of audiences": lambda token, key: changed(token, key, aud=[AUDIENCE]),
    "no audience": lambda token, key: changed(token, key, aud=None),
    "expired": lambda token, key: changed(token, key, exp=int(time.time()) - 61),
    "no expiry": lambda token, key: changed(token, key, exp=None),
    "expiry as text": lambda token, key: changed(token, key, exp="tomorrow"),
    "expiry as infinity": lambda token, key: changed(token, key, exp=float("inf")),
    "issued in the future": lambda token, key: changed(token, key, iat=int(time.time()) + 120),
    "no session": lambda token, key: changed(token, key, sid=None),
    "a session that is no id": lambda token, key: changed(token, key, sid="1"),
    "no subject": lambda token, key: changed(token, key, sub=None),
    "a subject of another kind": lambda token, key: changed(token, key, sub="staff:1"),
    "a subject that is no id": lambda token, key: changed(token, key, sub="member:1"),
    "scopes of no member": lambda token, key: changed(token, key, scope="openid"),
    "no scopes": lambda token, key: changed(token, key, scope=""),
    "scopes as a list": lambda token, key: changed(token, key, scope=["member"]),
}
"""Ways to spoil a token that is right, given the mall's own private key where it takes that."""


@pytest.fixture
async def token(api: Api, database: Database, redis: Redis) -> str:
    """A member's token, which is taken."""
    header = (await as_member(api, database))["authorization"]
    return header.removeprefix("Bearer ")


def test_there_are_at_least_fifty_ways():
    assert len(FORGED) >= 50


async def test_each_of_them_is_refused(api: Api, token: str, signing_key: ECKey):
    assert "errors" not in await api.query(PROBE, {"authorization": f"Bearer {token}"})
    for way, spoil in FORGED.items():
        forged = spoil(token, signing_key)
        answer = await api.post({"query": PROBE}, {"authorization": f"Bearer {forged}"})
        assert answer.status_code == 401, way
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "UNAUTHENTICATED", way
        assert "data" not in answer.json(), way


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Basic {token}", "{token}", "Bearer {token} x", "Bearer\t{token}"],
)
async def test_a_token_in_another_form_is_refused(api: Api, token: str, header: str):
    answer = await api.post({"query": PROBE}, {"authorization": header.format(token=token)})
    assert answer.status_code == 401


async def test_a_refresh_token_is_no_access_token(api: Api, database: Database, redis: Redis):
    signed_in = await sign_in(database, await mini_program(database))
    answer = await api.post(
        {"query": PROBE}, {"authorization": f"Bearer {signed_in.refresh_token}"}
    )
    assert answer.status_code == 401


async def test_an_access_token_does_not_refresh(api: Api, token: str):
    assert (await refresh(api, token)).json()["error"] == "invalid_grant"


async def test_what_was_forged_is_inactive(api: Api, token: str, signing_key: ECKey):
    for way in ("claims changed after signing", "alg none", "typ of an id token", "expired"):
        shown = FORGED[way](token, signing_key)
        answer = await ask(api, "revoke", form={"token": shown, "client_id": "mini"})
        assert answer.status_code == 200
    assert "errors" not in await api.query(PROBE, {"authorization": f"Bearer {token}"})
