"""How tests ask the server for tokens, as clients of each kind do."""

from dataclasses import dataclass
from random import Random
from typing import Any

import httpx

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.sessions import clients
from domain.sessions.clients import NewClient
from tests.api.client import Api

RANDOM = Random(11)


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
    api: Api, path: str = "token", *, auth: tuple[str, str] | None = None, **form: str
) -> httpx.Response:
    """Send a form to an endpoint of the server."""
    return await api.http.post(f"/oauth/{path}", data=form, auth=auth or httpx.USE_CLIENT_DEFAULT)


def bearer(token: str) -> dict[str, str]:
    """The header that carries an access token."""
    return {"authorization": f"Bearer {token}"}


def refused(response: httpx.Response, error: str, status: int = 400) -> Any:
    """The body of a refusal, which says why in the word of OAuth and in a sentence."""
    body = response.json()
    assert (response.status_code, body["error"]) == (status, error), body
    assert body["message"]
    assert response.headers["cache-control"] == "no-store"
    assert "access_token" not in body
    return body
