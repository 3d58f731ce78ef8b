"""``/livez``, ``/readyz`` and ``/metrics``: what a supervisor, a balancer and a graph ask for."""

import asyncio
import secrets
from dataclasses import dataclass
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
from domain.kernel.heartbeats import SILENT_AFTER, last_beat

_DATABASE_SECONDS = 0.5
_REDIS_SECONDS = 0.2
_REVISION_SQL = "SELECT version_num FROM alembic_version"


@dataclass(slots=True)
class Readiness:
    """Whether this process should get requests; leaving begins by saying no."""

    is_draining: bool = False


class Health:
    """The three answers about this process, none of which needs a signed-in caller."""

    def __init__(
        self,
        readiness: Readiness,
        reads: ReadPool,
        redis: Redis,
        clock: Clock,
        *,
        older_revisions: frozenset[str],
        metrics_token: str | None,
        metrics_are_open: bool,
    ) -> None:
        self._readiness = readiness
        self._reads = reads
        self._redis = redis
        self._clock = clock
        self._older_revisions = older_revisions
        self._metrics_token = metrics_token
        self._metrics_are_open = metrics_are_open

    async def livez(self, _request: Request) -> Response:
        """The loop turns. Nothing else: a database that is away must not restart everything."""
        return PlainTextResponse("ok")

    async def readyz(self, _request: Request) -> Response:
        """Ready when PostgreSQL answers at this release's schema or a newer one.

        Without Valkey the mall goes on, slower: ready, but ``degraded``.
        """
        database, redis, worker = await asyncio.gather(
            self._database(), self._valkey(), self._worker()
        )
        is_ready = database == "ok" and not self._readiness.is_draining
        is_whole = redis == "ok" and worker == "ok"
        status = ("ready" if is_whole else "degraded") if is_ready else "not ready"
        if self._readiness.is_draining:
            status = "draining"
        parts = {"status": status, "database": database, "redis": redis, "worker": worker}
        code = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse(parts, code, {"cache-control": "no-store"})

    async def metrics(self, request: Request) -> Response:
        """The measurements, for whoever holds the token; without one, where they are open."""
        if not self._may_read_metrics(request):
            return PlainTextResponse("Not Found", HTTPStatus.NOT_FOUND)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def _database(self) -> str:
        try:
            async with asyncio.timeout(_DATABASE_SECONDS):
                rows = await self._reads.rows(_REVISION_SQL, ())
        except (Busy, TimeoutError):
            return "away"
        except asyncpg.UndefinedTableError:
            return "not migrated"
        # A revision that this release does not know belongs to a newer one, which keeps
        # the previous release running (expand, deploy, contract).
        return "not migrated" if not rows or rows[0][0] in self._older_revisions else "ok"

    async def _valkey(self) -> str:
        try:
            async with asyncio.timeout(_REDIS_SECONDS):
                await self._redis.ping()
        except (RedisError, OSError, TimeoutError):
            return "away"
        return "ok"

    async def _worker(self) -> str:
        try:
            async with asyncio.timeout(_DATABASE_SECONDS):
                beat_at = await last_beat(self._reads)
        except (Busy, TimeoutError, asyncpg.UndefinedTableError):
            return "unknown"
        if beat_at is None or self._clock() - beat_at > SILENT_AFTER:
            return "silent"
        return "ok"

    def _may_read_metrics(self, request: Request) -> bool:
        if self._metrics_token is None:
            return self._metrics_are_open
        given = request.headers.get("authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {self._metrics_token}".encode())
