"""The benchmark of reads compares equal answers, and leaves whole lines behind."""

import threading
from collections.abc import Generator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import orjson
import pytest
from typing_extensions import override

from bench import growth, reads, report
from bench.benchmark import Effort, Outcome
from bench.ground import Ground, fill, ground
from bench.load import LoadProblem, Volley, fly, get, load_process
from bench.reads import ADHOC, BARE, DETAIL, LIST, TRUSTED
from sandbox.brand.range import CORE
from sandbox.brand.seeding import Wish
from tests.make import NOON

TINY = Effort(rounds=1, volley_seconds=5, volley_requests=2, connections=2, counted_requests=20)
SMALL = Wish(products=3 * CORE, members=0)
"""The least of the demo brand of which each shape finds a full page."""
CASES = [(LIST, BARE), (LIST, TRUSTED), (LIST, ADHOC), (DETAIL, BARE), (DETAIL, TRUSTED)]
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
OF_TWO_STATEMENTS = {"newest", "a shelf"}
FIELDS = {
    "benchmark", "at", "machine", "shape", "contender", "connections", "requests", "server_us",
    "postgres_us", "server_to_bare", "both_to_bare", "statements", "requests_per_second", "p50_ms",
    "p99_ms", "resident_mb", "rounds",
}  # fmt: skip


@pytest.fixture(scope="module")
def base() -> Generator[Ground]:
    """A small mall, which is only read, and takes longer to make than to measure."""
    with ground() as empty:
        fill(empty, SMALL)
        yield empty


def test_reads_compare_equal_answers_and_leave_whole_lines(base: Ground, tmp_path: Path):
    with load_process() as gun, reads.contenders(base) as cases:
        assert [(case.shape, case.contender) for case in cases] == CASES
        assert_equal_answers(cases)
        outcome = reads.measure(base, gun, cases, TINY)

    in_one = (DETAIL, TRUSTED)
    expected = [1.0 if case == in_one else 2.0 for case in CASES]
    assert [row["statements"] for row in outcome.rows] == expected
    assert_whole_lines(outcome, tmp_path)
    drawn = report.table(outcome)
    assert all(column.heading in drawn for column in outcome.columns)


def assert_equal_answers(cases: list[reads.Case]) -> None:
    """All servers answer a shape with the same products, in the shape's full size."""
    answers = {(case.shape, case.contender): reads.answer(case) for case in cases}
    edges = answers[LIST, BARE]["products"]["edges"]
    assert len(edges) == 20
    assert all(edge["node"]["variants"] for edge in edges)
    assert answers[LIST, TRUSTED] == answers[LIST, ADHOC] == answers[LIST, BARE]
    assert answers[DETAIL, BARE]["product"]["id"] == edges[0]["node"]["id"]
    assert answers[DETAIL, TRUSTED] == answers[DETAIL, BARE]


def assert_whole_lines(outcome: Outcome, folder: Path) -> None:
    """Each case has its line in the result file, with all fields."""
    path = report.write("reads", outcome, folder, at=NOON)
    assert path.name == "reads-20261111T040000Z.jsonl"
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert [set(line) for line in lines] == [FIELDS] * len(CASES)
    assert {line["requests"] for line in lines} == {TINY.volley_requests}
    assert {"cores", "python", "commit"} <= set(lines[0]["machine"])


def test_growth_compares_two_malls_of_which_each_finds_the_same(
    base: Ground, tmp_path: Path, request: pytest.FixtureRequest
):
    """The suite asks a few of the shapes, and both malls are one; a soak asks all of two."""
    asked = list(growth.shapes())
    assert [shape.name for shape in asked] == SHAPES
    is_soak = bool(request.config.getoption("--soak"))
    if not is_soak:
        asked = [shape for shape in asked if shape.name in A_FEW]
    with (
        load_process() as gun,
        growth.served(base, SMALL) as small,
        growth.mall(4 * CORE) if is_soak else nullcontext(small) as large,
    ):
        outcome = growth.measure(gun, small, large, TINY, asked)

    shapes = [row["shape"] for row in outcome.rows]
    assert shapes == [shape.name for shape in asked]
    counted = [2 if name in OF_TWO_STATEMENTS else 1 for name in shapes]
    assert [row["statements"] for row in outcome.rows] == counted
    lines = report.write("growth", outcome, tmp_path, at=NOON).read_bytes().splitlines()
    assert [orjson.loads(line)["shape"] for line in lines] == shapes
    assert all(column.heading in report.table(outcome) for column in outcome.columns)


def test_an_answer_that_is_no_200_ends_the_measurement():
    # A handler without methods answers 501 to everything.
    with HTTPServer(("127.0.0.1", 0), SilentHandler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        volley = Volley(server.server_port, get("/"), requests=2, seconds=5, connections=1)
        with pytest.raises(LoadProblem, match="501 Unsupported method"):
            fly(volley)


class SilentHandler(BaseHTTPRequestHandler):
    """Logs nothing."""

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""
