"""How tests ask the server for tokens, as clients of each kind do."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import httpx

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.ids import new_id
from domain.members.models import Member
from domain.sessions import actions, clients
from domain.sessions.clients import NewClient
from domain.sessions.models import Client
from domain.sessions.rules import Grant
from tests.api.client import Api

RANDOM = Random(11)
PATIENCE_SECONDS = 30
"""How long something may take that takes a moment."""


@dataclass(frozen=True)
class Partner:
    """A registered client with a secret."""

    id: str
    secret: str

    @property
    def auth(self) -> tuple[str, str]:
        """For HTTP Basic."""
        return self.id, self.secret


async def register(database: Database, new: NewClient, *, with_secret: bool = True) -> Partner:
    """Register a client in a transaction of its own."""
    async with database.writes.begin() as session:
        secret = await clients.register(
            session, new, with_secret=with_secret, at=system_clock(), random=RANDOM
        )
    return Partner(new.id, secret or "")


async def ask(
    api: Api, path: str = "token", *, form: dict[str, str], auth: tuple[str, str] | None = None
) -> httpx.Response:
    """Send a form to an endpoint of the server."""
    return await api.http.post(f"/oauth/{path}", data=form, auth=auth or httpx.USE_CLIENT_DEFAULT)


def bearer(token: str) -> dict[str, str]:
    """The header that carries an access token."""
    return {"authorization": f"Bearer {token}"}


async def until_out(api: Api, token: str) -> httpx.Response:
    """Ask with a token that was revoked until it is refused, and answer with the refusal.

    A process looks twice a second; where many tests run, it may come to that later.
    """
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (answer := await api.post({"query": "{ __typename }"}, bearer(token))).is_success:
            await asyncio.sleep(0.05)
    return answer


def refused(response: httpx.Response, error: str, status: int = 400) -> Any:
    """The body of a refusal, which says why in the word of OAuth and in a sentence."""
    body = response.json()
    assert (response.status_code, body["error"]) == (status, error), body
    assert body["message"]
    assert response.headers["cache-control"] == "no-store"
    assert "access_token" not in body
    return body


@dataclass(frozen=True)
class SignedIn:
    """A member with a session, as their client holds it."""

    member_id: UUID
    session_id: UUID
    refresh_token: str


async def mini_program(database: Database, *, grace: int = 0, id: str = "mini") -> str:  # noqa: A002
    """Register a client of members, public and with so many seconds of grace."""
    new = NewClient(
        id, "小程序", (Grant.REFRESH,), ("member", "openid"), refresh_grace_seconds=grace
    )
    return (await register(database, new, with_secret=False)).id


async def sign_in(
    database: Database, client_id: str, member_id: UUID | None = None, *, at: datetime | None = None
) -> SignedIn:
    """Begin a session of a member, somebody new where none is given."""
    at = at or system_clock()
    async with database.writes.begin() as session:
        if member_id is None:
            member_id = new_id(at, RANDOM)
            session.add(Member(id=member_id, name="山茶", joined_at=at))
            await session.flush()
        begun = await actions.start_session(
            session,
            client_id,
            actions.Owner(member_id=member_id),
            scopes=["member", "openid"],
            at=at,
            random=RANDOM,
        )
        token = RANDOM.randbytes(32).hex()
        await actions.keep_refresh_token(session, begun, token, parent=None, at=at)
    return SignedIn(member_id, begun.id, token)


async def refresh(api: Api, token: str, client_id: str = "mini", **form: str) -> httpx.Response:
    """Change a refresh token for the next."""
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": client_id} | form
    return await ask(api, form=form)


async def as_member(api: Api, database: Database, member_id: UUID | None = None) -> dict[str, str]:
    """The header that makes a request a member's: with a token that the server has signed."""
    async with database.writes() as session:
        is_known = await session.get(Client, "mini") is not None
    if not is_known:
        await mini_program(database)
    signed_in = await sign_in(database, "mini", member_id)
    answer = await refresh(api, signed_in.refresh_token)
    assert answer.status_code == 200, answer.text
    return bearer(answer.json()["access_token"])
