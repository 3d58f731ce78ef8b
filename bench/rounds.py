"""One request, many times over: what a volley of it cost the server and PostgreSQL."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from api.trusted.registry import TrustedDocument
from bench import load
from bench.benchmark import Effort
from bench.cost import metered
from bench.ground import Ground
from bench.server import Server
from bench.statement_log import statement_log

_COUNTED = 20
"""Requests of which statements are counted: a stray one of the server's own is rounded away."""


@dataclass(frozen=True, slots=True)
class Round:
    """One volley, measured; times are for each request."""

    requests: int
    server_us: float
    postgres_us: float
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    refused: int = 0

    @property
    def both_us(self) -> float:
        """The processor time of the server and of PostgreSQL."""
        return self.server_us + self.postgres_us


def by_id(
    document: TrustedDocument, variables: Mapping[str, object], token: str | None = None
) -> bytes:
    """A request for a trusted document by its id, by whoever holds the token."""
    asked = {"documentId": document.id, "variables": variables}
    return load.post("/graphql", orjson.dumps(asked), token)


def by_get(document: TrustedDocument, variables: Mapping[str, object]) -> bytes:
    """A request by GET for a trusted document that is public, by nobody in particular."""
    asked = {"documentId": document.id, "variables": orjson.dumps(variables).decode()}
    return load.get(f"/graphql?{urlencode(asked)}")


def by_text(
    text: str,
    variables: Mapping[str, object],
    token: str | None = None,
    *,
    path: str = "/graphql",
) -> bytes:
    """A request for a document by its text, which the development profile answers."""
    return load.post(path, orjson.dumps({"query": text, "variables": variables}), token)


def body(server: Server, request: bytes) -> bytes:
    """Ask once; return the answer's body."""
    return load.fly(load.Volley(server.ports, request, 1, seconds=30, connections=1)).body


def answer(server: Server, request: bytes) -> Any:
    """Ask once; return the answer's ``data``."""
    return orjson.loads(body(server, request))["data"]


def warmed(gun: load.Gun, server: Server, request: bytes, effort: Effort) -> None:
    """Fire a short volley that is not measured."""
    gun.fire(_volley(server, request, effort, seconds=effort.volley_seconds / 3))


def measured(base: Ground, gun: load.Gun, server: Server, request: bytes, effort: Effort) -> Round:
    """Fire a volley and measure it; the price of refusals is in that of what was answered."""
    volley = _volley(server, request, effort, seconds=effort.volley_seconds)
    return flown(base, gun, server, volley)


def flown(base: Ground, gun: load.Gun, server: Server, volley: load.Volley) -> Round:
    """Fire this volley and measure it."""
    with metered(server.processes, base.postgres) as spent:
        flight = gun.fire(volley)
    return Round(
        requests=flight.requests,
        server_us=spent.server / flight.requests * 1e6,
        postgres_us=spent.postgres / flight.requests * 1e6,
        requests_per_second=flight.requests_per_second,
        p50_ms=flight.percentile_ms(50),
        p99_ms=flight.percentile_ms(99),
        refused=flight.refused,
    )


def statements_of(base: Ground, gun: load.Gun, asked: Sequence[tuple[Server, bytes]]) -> list[int]:
    """Count the statements of requests, each of a server."""
    return asyncio.run(_statements_of(base, gun, asked))


async def _statements_of(
    base: Ground, gun: load.Gun, asked: Sequence[tuple[Server, bytes]]
) -> list[int]:
    counted: list[int] = []
    async with statement_log(base) as log:
        for server, request in asked:
            gun.fire(load.Volley(server.ports, request, _COUNTED, seconds=30, connections=1))
            counted.append(round(len(await log.asked()) / _COUNTED))
    return counted


def ratio(ours: float, its: float) -> float:
    """Divide; a volley too short for the processor clock's ticks has no ratio."""
    return ours / its if its else 0.0


def _volley(server: Server, request: bytes, effort: Effort, *, seconds: float) -> load.Volley:
    return load.Volley(
        server.ports,
        request,
        effort.volley_requests,
        seconds,
        effort.connections,
        repeats=True,
    )
