"""A client of the API, for tests: the application in this process, called as over HTTP."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx
from prometheus_client import REGISTRY

from api.app import open_app
from api.health import Readiness
from api.trusted.registry import trusted_documents
from domain.kernel.clock import Clock, system_clock
from domain.kernel.settings import Settings
from migrations.history import revisions

STAFF_TOKEN = "a-token-of-the-tests"  # noqa: S105 - opens the malls of tests only
AS_STAFF = {"authorization": f"Bearer {STAFF_TOKEN}"}
"""The header that makes a request one of the development mall's staff."""

DOCUMENT_IDS = {document.name: document.id for document in trusted_documents().values()}
"""The ids of the trusted documents by name."""


@dataclass(frozen=True)
class Api:
    """The API and how tests speak to it."""

    http: httpx.AsyncClient
    readiness: Readiness

    async def post(
        self, body: Mapping[str, object] | bytes, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send a body to ``/graphql`` as JSON."""
        headers = {"content-type": "application/json", **(headers or {})}
        if isinstance(body, bytes):
            return await self.http.post("/graphql", content=body, headers=headers)
        return await self.http.post("/graphql", json=body, headers=headers)

    async def query(
        self, text: str, headers: Mapping[str, str] | None = None, **variables: object
    ) -> Any:
        """Run any document and answer with the whole response."""
        response = await self.post({"query": text, "variables": variables}, headers)
        return response.json()

    async def run(
        self, document: str, headers: Mapping[str, str] | None = None, **variables: object
    ) -> Any:
        """Run a trusted document by its name and answer with the whole response."""
        body = {"documentId": DOCUMENT_IDS[document], "variables": variables}
        return (await self.post(body, headers)).json()


@asynccontextmanager
async def running_api(settings: Settings, *, clock: Clock = system_clock) -> AsyncGenerator[Api]:
    """The API with these settings, without a network between."""
    readiness = Readiness()
    async with open_app(
        settings,
        readiness,
        clock=clock,
        random=Random(1),
        older_revisions=revisions().older,
    ) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mall.test") as http:
            yield Api(http, readiness)


def statements_run() -> int:
    """How many statements the read pools of this process have run until now."""
    return int(REGISTRY.get_sample_value("mall_connection_held_seconds_count") or 0)
