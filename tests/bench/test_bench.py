"""The benchmarks of reads compare equal answers, and leave whole lines behind."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import nullcontext, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import orjson
import pytest
from typing_extensions import override

from bench import growth, reads, reads_matrix, report
from bench.benchmark import Effort, Outcome
from bench.contenders import (
    ADHOC,
    BARE,
    CACHED,
    DETAIL,
    LIST,
    ME,
    NO_DATABASE,
    ORM,
    ORM_CACHES,
    OURS,
    PUBLIC,
    RAW,
    TRUSTED,
    Case,
    answer,
    contenders,
)
from bench.ground import Ground, fill, ground
from bench.load import Gun, LoadProblem, Volley, fly, get, load_process
from bench.reads_matrix import Cell
from sandbox.brand.range import CORE
from sandbox.brand.seeding import Wish
from tests.make import NOON

TINY = Effort(rounds=1, volley_seconds=5, volley_requests=2, connections=2)
SMALL = Wish(products=3 * CORE, members=20)
"""The least of the demo brand of which each shape finds a full page."""
OF_MEMBERS = (BARE, TRUSTED, ORM, ORM_CACHES)
CASES = [
    *((LIST, each) for each in (*OF_MEMBERS, ADHOC)),
    *((DETAIL, each) for each in OF_MEMBERS),
    *((ME, each) for each in OF_MEMBERS),
    *((PUBLIC, each) for each in (NO_DATABASE, CACHED, RAW)),
]
SHAPES = [
    "newest", "a shelf", "by price", "a common word", "an English word", "two common words",
    "a rare word", "nothing", "a word on a shelf", "a word elsewhere", "a word by price",
    "the dearest", "the cheapest", "a later page", "a word with a least price",
    "newest, a price nobody has", "newest, a price none of it has",
    "newest, a price few of it have", "behind the last page", "detail",
]  # fmt: skip
A_FEW = {
    "newest", "a common word", "a later page", "newest, a price nobody has",
    "behind the last page", "detail",
}  # fmt: skip
FIELDS = {
    "benchmark", "at", "machine", "shape", "contender", "workers", "connections", "requests",
    "refused", "server_us", "postgres_us", "server_to_bare", "both_to_bare", "server_to_ours",
    "statements", "requests_per_second", "p50_ms", "p99_ms", "resident_mb", "rounds",
}  # fmt: skip


@pytest.fixture(scope="module")
def base() -> Generator[Ground]:
    """A small mall, which is only read, and takes longer to make than to measure."""
    with ground() as empty:
        fill(empty, SMALL, with_phones=True)
        yield empty


@pytest.fixture(scope="module")
def gun() -> Generator[Gun]:
    """What fires."""
    with load_process() as ready:
        yield ready


@pytest.fixture(scope="module")
def cases(base: Ground) -> Generator[list[Case]]:
    """All servers, with what is asked of each."""
    with contenders(base) as running:
        yield running


def test_all_servers_answer_with_the_same_data(cases: list[Case]):
    assert [(case.shape, case.contender) for case in cases] == CASES
    answers = {(case.shape, case.contender): answer(case) for case in cases}
    for (shape, _), each in answers.items():
        assert each == answers[shape, NO_DATABASE if shape == PUBLIC else BARE]
    assert answers[PUBLIC, CACHED] == answers[LIST, TRUSTED]
    edges = answers[LIST, TRUSTED]["products"]["edges"]
    assert len(edges) == 20
    assert all(edge["node"]["variants"] for edge in edges)
    assert answers[DETAIL, TRUSTED]["product"]["id"] == edges[0]["node"]["id"]
    viewer = answers[ME, TRUSTED]["viewer"]
    assert viewer["phone"]["masked"].startswith("199****")
    assert {each["isGranted"] for each in viewer["consents"]} == {True, False}


def test_nobody_is_answered_without_a_token_that_the_mall_has_signed(cases: list[Case]):
    """Neither by the mall nor beside it: all verify, which is part of what is measured."""
    for case in cases:
        if case.shape != PUBLIC:
            forged = replace(case, request=_with_another_signature(case.request))
            with pytest.raises(LoadProblem, match=r"401|500"):
                answer(forged)


def _with_another_signature(request: bytes) -> bytes:
    """The same request with the first letter of its token's signature changed."""
    token = request.partition(b"Bearer ")[2].partition(b"\r\n")[0]
    head, _, signature = token.rpartition(b".")
    first = b"B" if signature.startswith(b"A") else b"A"
    return request.replace(token, head + b"." + first + signature[1:])


def test_reads_are_measured_in_whole_lines(
    base: Ground, gun: Gun, cases: list[Case], tmp_path: Path
):
    outcome = reads.measure(base, gun, cases, TINY)

    for row in outcome.rows:
        statements, contender = int(str(row["statements"])), row["contender"]
        if contender in OURS:
            assert statements == {LIST: 1, DETAIL: 1, ME: 1, PUBLIC: 0}[str(row["shape"])]
        else:
            by_others = 1 if contender == ADHOC else 2
            assert statements == (0 if row["shape"] == PUBLIC else by_others)
    assert_whole_lines(outcome, tmp_path)
    drawn = report.table(outcome)
    assert all(column.heading in drawn for column in outcome.columns)
    assert [goal.bound for goal in outcome.goals] == [0.80, 0.77, 0.77, 25, 25, 12, 12, 1.2, 1.2]
    assert all(goal.told() in drawn for goal in outcome.goals)


def assert_whole_lines(outcome: Outcome, folder: Path) -> None:
    """Each case has its line in the result file, with all fields."""
    path = report.write("reads", outcome, folder, at=NOON)
    assert path.name == "reads-20261111T040000Z.jsonl"
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert [set(line) for line in lines] == [FIELDS] * len(CASES)
    asked = {(line["shape"] == PUBLIC, line["requests"]) for line in lines}
    assert asked == {
        (False, TINY.volley_requests),
        (True, reads.OF_PUBLIC * TINY.volley_requests),
    }
    assert {"cores", "python", "commit"} <= set(lines[0]["machine"])


def test_a_cell_of_the_matrix_is_measured_as_it_says(
    base: Ground, gun: Gun, cases: list[Case], *, is_soak: bool
):
    """The suite measures a cell of the servers that run; a soak one of two processes of each."""
    if is_soak:
        cells = reads_matrix.measure(base, gun, [Cell(SMALL.products, 2, 4)], TINY)
        processes, asked = 2, [case for case in CASES if case[1] not in {ORM_CACHES, ADHOC, RAW}]
    else:
        cell = Cell(SMALL.products, 1, 4)
        cells, processes, asked = [reads_matrix.cell_of(base, gun, cases, cell, TINY)], 1, CASES

    outcome = reads_matrix.outcome(cells)
    assert [(row["shape"], row["contender"]) for row in outcome.rows] == asked
    for row in outcome.rows:
        assert (row["products"], row["workers"], row["connections"]) == (
            SMALL.products,
            processes,
            4,
        )
    assert all(column.heading in report.table(outcome) for column in outcome.columns)


def test_growth_compares_two_malls_of_which_each_finds_the_same(
    base: Ground, gun: Gun, cases: list[Case], tmp_path: Path, *, is_soak: bool
):
    """The suite asks a few of the shapes, and both malls are one; a soak asks all of two."""
    asked = list(growth.shapes())
    assert [shape.name for shape in asked] == SHAPES
    if not is_soak:
        asked = [shape for shape in asked if shape.name in A_FEW]
    (server,) = [case.server for case in cases if case.contender == ADHOC]
    small = growth.Mall(SMALL.products, base, server)
    with growth.mall(4 * CORE) if is_soak else nullcontext(small) as large:
        outcome = growth.measure(gun, small, large, TINY, asked)

    shapes = [row["shape"] for row in outcome.rows]
    assert shapes == [shape.name for shape in asked]
    assert {row["statements"] for row in outcome.rows} == {1}
    lines = report.write("growth", outcome, tmp_path, at=NOON).read_bytes().splitlines()
    assert [orjson.loads(line)["shape"] for line in lines] == shapes
    assert all(column.heading in report.table(outcome) for column in outcome.columns)


def test_an_answer_that_is_no_200_ends_the_measurement():
    # A handler without methods answers 501 to everything.
    with HTTPServer(("127.0.0.1", 0), SilentHandler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        volley = Volley((server.server_port,), get("/"), requests=2, seconds=5, connections=1)
        with pytest.raises(LoadProblem, match="501 Unsupported method"):
            fly(volley)


async def test_a_volley_deals_its_connections_out_to_all_ports():
    taken: list[int] = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        taken.append(writer.get_extra_info("sockname")[1])
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    async with (
        await asyncio.start_server(greet, "127.0.0.1", 0) as one,
        await asyncio.start_server(greet, "127.0.0.1", 0) as two,
    ):
        ports = tuple(each.sockets[0].getsockname()[1] for each in (one, two))
        volley = Volley(ports, get("/"), requests=3, seconds=30, connections=3)
        flight = await asyncio.to_thread(fly, volley)
    assert flight.requests == 3
    assert sorted(taken) == sorted([ports[0], ports[1], ports[0]])


async def test_what_a_busy_server_refuses_is_sent_again_where_the_volley_says_so(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("bench.load._AGAIN_SECONDS", 0.01)
    heard = 0

    async def refuse_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                heard += 1
                status = b"200 OK" if heard > 1 else b"503 Service Unavailable"
                writer.write(b"HTTP/1.1 %s\r\ncontent-length: 2\r\n\r\nhi" % status)
        writer.close()

    async with await asyncio.start_server(refuse_once, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        patient = Volley((port,), get("/"), requests=2, seconds=30, connections=1, repeats=True)
        flight = await asyncio.to_thread(fly, patient)
        assert (flight.requests, flight.refused) == (2, 1)
        heard = 0
        with pytest.raises(LoadProblem, match="503"):
            await asyncio.to_thread(fly, replace(patient, repeats=False))


class SilentHandler(BaseHTTPRequestHandler):
    """Logs nothing."""

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""
