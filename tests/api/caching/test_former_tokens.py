"""Tokens that were good once: what is kept is for nobody who has one, as it was without it."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from api.oauth import tokens
from domain.kernel.db import Database
from domain.sessions.rules import ACCESS_LIFE
from tests import make
from tests.api.caching.malls import until_kept
from tests.api.caching.test_over_http import LIST, eight_products, get, told
from tests.api.client import AS_STAFF, Api, statements_run
from tests.api.oauth.desk import SignedIn, ask, bearer, mini_program, refresh, sign_in
from tests.patience import PATIENCE_SECONDS

Spoil = Callable[[Api, SignedIn, str, pytest.MonkeyPatch], Awaitable[None]]


async def let_expire(_: Api, _of: SignedIn, _token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Move the moment at which tokens are over into the past, instead of waiting for it."""
    monkeypatch.setattr(tokens, "_LEEWAY_SECONDS", -ACCESS_LIFE.total_seconds() - 60)


async def revoke(mall: Api, signed_in: SignedIn, _: str, _patch: pytest.MonkeyPatch) -> None:
    form = {"token": signed_in.refresh_token, "client_id": "mini"}
    assert (await ask(mall, "revoke", form=form)).status_code == 200


async def sign_out(mall: Api, of: SignedIn, token: str, _patch: pytest.MonkeyPatch) -> None:
    given = {"sessionId": f"session_{of.session_id.hex}"}
    answer = await mall.run("miniprogram/EndSession", bearer(token), input=given)
    assert answer["data"]["endSession"]["__typename"] == "SessionSignedOut", answer


async def block(mall: Api, of: SignedIn, _: str, _patch: pytest.MonkeyPatch) -> None:
    given = {
        "requestId": str(make.an_id()),
        "memberId": f"member_{of.member_id.hex}",
        "blockReason": "多次恶意退货",
        "reason": "客诉 1188",
    }
    assert "errors" not in await mall.run("playground/BlockMember", AS_STAFF, input=given)


@pytest.mark.parametrize(
    ("spoil", "status", "code"),
    [
        (let_expire, 401, "UNAUTHENTICATED"),
        (revoke, 401, "UNAUTHENTICATED"),
        (sign_out, 401, "UNAUTHENTICATED"),
        (block, 403, "FORBIDDEN"),
    ],
    ids=["expired", "revoked", "signed out", "blocked"],
)
async def test_a_token_that_was_good_once_is_refused_as_if_nothing_were_kept(
    mall: Api,
    api: Api,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Spoil,
    status: int,
    code: str,
):
    await eight_products(database)
    await mini_program(database)
    signed_in = await sign_in(database, "mini")
    token = (await refresh(mall, signed_in.refresh_token)).json()["access_token"]
    headers = bearer(token)
    kept = await until_kept(mall, "ProductList")
    for each in (mall, api):
        assert (await until(each, headers, is_good=True)).json() == kept

    await spoil(mall, signed_in, token, monkeypatch)
    for each in (mall, api):
        await until(each, headers, is_good=False)

    # To anybody else what is kept is still given, and so it is there to be given.
    before = statements_run()
    assert (await get(mall)).json() == kept
    assert statements_run() == before
    for ask_for in (get, post):
        refused = await ask_for(mall, headers)
        assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (
            status,
            code,
        )
        assert told(refused) == told(await ask_for(api, headers))
        assert "data" not in refused.json()
    tagged = {**headers, "if-none-match": (await get(mall)).headers["etag"]}
    assert told(await get(mall, tagged)) == told(await get(api, headers))


async def post(api: Api, headers: dict[str, str]) -> httpx.Response:
    return await api.post({"documentId": LIST}, headers)


async def until(api: Api, headers: dict[str, str], *, is_good: bool) -> httpx.Response:
    """Ask until a token is good or not: a process looks twice a second for keys, and who is out."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (answer := await get(api, headers)).is_success != is_good:
            await asyncio.sleep(0.01)
    return answer
