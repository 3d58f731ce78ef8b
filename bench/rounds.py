"""One request, many times over: what a volley of it cost the server and PostgreSQL."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from api.trusted.registry import TrustedDocument
from bench import load
from bench.benchmark import Effort
from bench.cost import metered, statements_finished
from bench.ground import Ground
from bench.server import Server


@dataclass(frozen=True, slots=True)
class Round:
    """One volley, measured; times are for each request."""

    requests: int
    server_us: float
    postgres_us: float
    requests_per_second: float
    p50_ms: float
    p99_ms: float

    @property
    def both_us(self) -> float:
        """The processor time of the server and of PostgreSQL."""
        return self.server_us + self.postgres_us


def by_id(document: TrustedDocument, variables: Mapping[str, object]) -> bytes:
    """A request for a trusted document by its id."""
    return load.post("/graphql", orjson.dumps({"documentId": document.id, "variables": variables}))


def by_text(text: str, variables: Mapping[str, object]) -> bytes:
    """A request for a document by its text, which the development profile answers."""
    return load.post("/graphql", orjson.dumps({"query": text, "variables": variables}))


def answer(server: Server, request: bytes) -> Any:
    """Ask once; return the answer's ``data``."""
    flight = load.fly(load.Volley(server.port, request, 1, seconds=30, connections=1))
    return orjson.loads(flight.body)["data"]


def warmed(gun: load.Gun, server: Server, request: bytes, effort: Effort) -> None:
    """Fire a short volley that is not measured."""
    gun.fire(_volley(server, request, effort, seconds=effort.volley_seconds / 3))


def measured(base: Ground, gun: load.Gun, server: Server, request: bytes, effort: Effort) -> Round:
    """Fire a volley and measure it."""
    volley = _volley(server, request, effort, seconds=effort.volley_seconds)
    return flown(base, gun, server, volley)


def flown(base: Ground, gun: load.Gun, server: Server, volley: load.Volley) -> Round:
    """Fire this volley and measure it."""
    with metered(server.process, base.postgres) as spent:
        flight = gun.fire(volley)
    return Round(
        requests=flight.requests,
        server_us=spent.server / flight.requests * 1e6,
        postgres_us=spent.postgres / flight.requests * 1e6,
        requests_per_second=flight.requests_per_second,
        p50_ms=flight.percentile_ms(50),
        p99_ms=flight.percentile_ms(99),
    )


def statements_of(
    base: Ground, gun: load.Gun, server: Server, request: bytes, effort: Effort
) -> int:
    """Count the statements of a request, as the difference between some requests and twice as many.

    What a new connection costs is in both counts, and so in neither. So is what the server asks on
    its own account, a few times a second: both counts take equally long.
    """
    some, seconds = effort.counted_requests, 0.0
    finished = [asyncio.run(statements_finished(base.database_url))]
    for requests in (2 * some, some):
        begun = time.monotonic()
        gun.fire(load.Volley(server.port, request, requests, seconds=30, connections=1))
        # Fewer requests are done sooner than those before.
        time.sleep(max(0.0, begun + seconds - time.monotonic()))
        seconds = time.monotonic() - begun
        finished.append(asyncio.run(statements_finished(base.database_url)))
    before, between, after = finished
    return round(((between - before) - (after - between)) / some)


def ratio(ours: float, its: float) -> float:
    """Divide; a volley too short for the processor clock's ticks has no ratio."""
    return ours / its if its else 0.0


def _volley(server: Server, request: bytes, effort: Effort, *, seconds: float) -> load.Volley:
    return load.Volley(server.port, request, effort.volley_requests, seconds, effort.connections)
