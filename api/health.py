"""``/livez``, ``/readyz`` and ``/metrics``: what a supervisor, a balancer and a graph ask for."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus

import asyncpg
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from domain.kernel.clock import Clock
from domain.kernel.db import ReadPool
from domain.kernel.errors import Busy
from domain.kernel.heartbeats import SILENT_AFTER
from domain.kernel.logs import logger

_LOG = logger(__name__)
_DATABASE_SECONDS = 0.5
_REDIS_SECONDS = 0.2
KEPT_SECONDS = 1.0
"""How long an answer about the parts is good."""
_LOOK_SQL = (
    "SELECT (SELECT version_num FROM alembic_version), (SELECT max(beat_at) FROM worker_heartbeats)"
)


@dataclass(slots=True)
class Readiness:
    """Whether this process should get requests; leaving begins by saying no."""

    is_draining: bool = False
    farewells: list[Callable[[], Awaitable[None]]] = field(
        default_factory=list[Callable[[], Awaitable[None]]]
    )
    """What is said to clients whose connections stay open, before those are closed."""


class Health:
    """The three answers about this process, none of which needs a signed-in caller."""

    def __init__(
        self,
        readiness: Readiness,
        probe: ReadPool,
        redis: Redis,
        clock: Clock,
        *,
        older_revisions: frozenset[str],
        metrics_token: str | None,
        metrics_are_open: bool,
    ) -> None:
        self._readiness = readiness
        self._probe = probe
        self._redis = redis
        self._clock = clock
        self._older_revisions = older_revisions
        self._looking = asyncio.Lock()
        self._looked_at = float("-inf")
        self._parts: dict[str, str] = {}
        self._metrics_token = metrics_token
        self._metrics_are_open = metrics_are_open

    async def livez(self, _request: Request) -> Response:
        """The loop turns. Nothing else: a database that is away must not restart everything."""
        return PlainTextResponse("ok")

    async def readyz(self, _request: Request) -> Response:
        """Ready when PostgreSQL answers at this release's schema or a newer one.

        Without Valkey or a worker the mall goes on: ready, but ``degraded``. The parts are looked
        at once a second at the most, whoever asks how often.
        """
        async with self._looking:
            if time.monotonic() >= self._looked_at + KEPT_SECONDS:
                before, self._parts = self._parts, await self._look()
                if self._parts != before:
                    _LOG.info("api.health", **self._parts)
                self._looked_at = time.monotonic()
        is_ready = self._parts["database"] == "ok" and not self._readiness.is_draining
        is_whole = self._parts["redis"] == "ok" and self._parts["worker"] == "ok"
        status = ("ready" if is_whole else "degraded") if is_ready else "not ready"
        if self._readiness.is_draining:
            status = "draining"
        code = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"status": status, **self._parts}, code, {"cache-control": "no-store"})

    async def metrics(self, request: Request) -> Response:
        """The measurements, for whoever holds the token; without one, where they are open."""
        if not self._may_read_metrics(request):
            return PlainTextResponse("Not Found", HTTPStatus.NOT_FOUND)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def _look(self) -> dict[str, str]:
        (database, worker), redis = await asyncio.gather(self._database(), self._valkey())
        return {"database": database, "redis": redis, "worker": worker}

    async def _database(self) -> tuple[str, str]:
        try:
            async with asyncio.timeout(_DATABASE_SECONDS):
                ((revision, beat_at),) = await self._probe.rows(_LOOK_SQL, ())
        except (Busy, TimeoutError):
            return "away", "unknown"
        except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
            # A migrator makes the tables first and then gives this role its rights on them.
            return "not migrated", "unknown"
        # A revision that this release does not know belongs to a newer one, which keeps
        # the previous release running (expand, deploy, contract).
        is_behind = revision is None or revision in self._older_revisions
        is_silent = beat_at is None or self._clock() - beat_at > SILENT_AFTER
        return "not migrated" if is_behind else "ok", "silent" if is_silent else "ok"

    async def _valkey(self) -> str:
        try:
            async with asyncio.timeout(_REDIS_SECONDS):
                await self._redis.ping()
        except (RedisError, OSError, TimeoutError):
            return "away"
        return "ok"

    def _may_read_metrics(self, request: Request) -> bool:
        if self._metrics_token is None:
            return self._metrics_are_open
        given = request.headers.get("authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {self._metrics_token}".encode())
