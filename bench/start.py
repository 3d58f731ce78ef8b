"""The benchmark of the start: how soon a worker answers, and what it holds with all documents."""

import http.client
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import orjson
import psutil

from api.trusted.registry import TrustedDocument, trusted_documents
from bench.benchmark import Column, Effort, Outcome
from bench.cost import processor_seconds
from bench.ground import Ground, ground
from bench.load import LoadProblem
from bench.server import Server, mall_api
from domain.kernel.settings import Profile

FIRST = "miniprogram/ProductList"
"""The document of the first answer."""
_PUBLIC_URL = "http://mall.bench"
_SECONDS = 60
_UNHEARD = {http.client.TOO_MANY_REQUESTS, http.client.SERVICE_UNAVAILABLE}
_NOT_IN_PRODUCTION = ("rich",)
"""What a library of the mall's loads where it is installed, as it is for the checks alone."""
_COLUMNS = (
    Column("starts", "starts"),
    Column("seconds to the first answer", "first_seconds", 2),
    Column("CPU s", "first_cpu", 2),
    Column("RSS MB", "first_mb"),
    Column("documents", "documents"),
    Column("CPU s for all", "all_cpu", 2),
    Column("RSS MB with all", "all_mb"),
)
_NOTES = (
    "From the start of the process until a trusted document is answered; then each other one is",
    "asked for without variables, by a stranger: it is parsed, validated and compiled. RSS in",
    "millions of bytes. Medians.",
)


def run(effort: Effort) -> Outcome:
    """Start the API several times on a migrated, empty mall."""
    with ground() as base:
        # It may compile the mall's code.
        measure(base, starts=1)
        return measure(base, starts=effort.rounds)


def measure(base: Ground, *, starts: int, more: Mapping[str, str] | None = None) -> Outcome:
    """Start the API so many times; ``more`` is added to its environment."""
    measured = [_measured(base, more or {}) for _ in range(starts)]
    middle = {name: median(each[name] for each in measured) for name in measured[0]}
    return Outcome(
        title="start: one worker in the production profile",
        columns=_COLUMNS,
        rows=[{"starts": starts, **middle}],
        notes=_NOTES,
    )


def _measured(base: Ground, more: Mapping[str, str]) -> dict[str, float]:
    documents = {each.name: each for each in trusted_documents().values()}
    begun = time.perf_counter()
    given = {"PYTHONPATH": str(_hidden(base)), "PYTHONDONTWRITEBYTECODE": "", **more}
    with mall_api(base, Profile.PRODUCTION, public_url=_PUBLIC_URL, more=given) as server:
        status = _asked(server, documents[FIRST])
        first_seconds = time.perf_counter() - begun
        if status != http.client.OK:
            raise LoadProblem(f"{FIRST} is answered with {status}")
        (process,) = server.processes
        first_cpu, first_mb = processor_seconds(process), _megabytes(process)
        statuses = {name: _asked(server, document) for name, document in documents.items()}
        if unheard := [name for name, status in statuses.items() if status in _UNHEARD]:
            raise LoadProblem(f"not even looked at: {unheard}")
        return {
            "first_seconds": first_seconds,
            "first_cpu": first_cpu,
            "first_mb": first_mb,
            "documents": len(documents),
            "all_cpu": processor_seconds(process) - first_cpu,
            "all_mb": _megabytes(process),
        }


def _megabytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 1_000_000


def _hidden(base: Ground) -> Path:
    """A folder in which Python finds, before all others, that these are not there."""
    folder = base.home / "hidden"
    folder.mkdir(exist_ok=True)
    for name in _NOT_IN_PRODUCTION:
        (folder / f"{name}.py").write_text("raise ImportError\n")
    return folder


def _asked(server: Server, document: TrustedDocument) -> int:
    """The status of the answer: what is not for strangers, or wants variables, is refused."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_SECONDS)
    try:
        body = orjson.dumps({"documentId": document.id})
        connection.request("POST", "/graphql", body, {"content-type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()
