"""Lines of requests are written together, and yet none is lost, late or out of order."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import redirect_stderr
from io import StringIO
from typing import Any

import pytest
from typing_extensions import override

from domain.kernel import log_sink
from domain.kernel.log_sink import MOST_HELD, WHOLE_BYTES, LogSink, Said
from domain.kernel.logs import TRACE_ID, LogFormat, LogLevel, RequestLine, configure_logs, logger
from tests.domain.kernel.test_logs import lines, restored
from tests.patience import PATIENCE_SECONDS

__all__ = ["restored"]

SAID: Said = (0.0, "", 0)
FACTS = {"document": "miniprogram/ProductList", "outcome": "ok", "status": 200}

PROCESS = """
import logging, signal, sys, time
# Whoever starts tests in the background may have it ignored, which is inherited.
signal.signal(signal.SIGINT, signal.default_int_handler)
from domain.kernel.logs import LogFormat, LogLevel, RequestLine, configure_logs, logger
configure_logs(LogLevel.INFO, LogFormat.JSON)
line = RequestLine("api", "answered", document="d")
line.log(0.001)
"""


class Written(StringIO):
    """What is written to stderr, each time that something is."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []

    @override
    def write(self, text: str, /) -> int:
        self.writes.append(text)
        return len(text)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Generator[LogSink]:
    """A sink that holds lines for longer than any test lasts."""
    monkeypatch.setattr(log_sink, "HELD_SECONDS", 3_600)
    sink = LogSink()
    yield sink
    sink.end()


def numbered(number: int) -> Callable[[Said], str]:
    """A line with a number, a hundred characters long."""
    return lambda _: f"{number:099d}\n"


def test_a_line_of_a_request_is_as_any_other(capsys: pytest.CaptureFixture[str]):
    configure_logs(LogLevel.INFO, LogFormat.JSON)
    number = TRACE_ID.set("00c0ffee00c0ffee")
    RequestLine("api.endpoint", "graphql.answered", **FACTS).log(0.01234)
    logger("api.endpoint").info("graphql.answered", **FACTS, milliseconds=12.3)
    TRACE_ID.reset(number)
    by_hand, as_any = lines(capsys)
    assert str(by_hand.pop("timestamp")) <= str(as_any.pop("timestamp"))
    assert list(by_hand.items()) == list(as_any.items())


@pytest.mark.parametrize(
    ("level", "log_format", "told"),
    [(LogLevel.WARNING, LogFormat.JSON, False), (LogLevel.INFO, LogFormat.CONSOLE, True)],
)
def test_a_line_of_a_request_heeds_level_and_format(
    capsys: pytest.CaptureFixture[str], level: LogLevel, log_format: LogFormat, *, told: bool
):
    configure_logs(level, log_format)
    RequestLine("api.endpoint", "graphql.answered", **FACTS).log(0.01234)
    logger("test").warning("last.of_all")
    said = capsys.readouterr().err
    assert ("graphql.answered" in said) is told
    assert "last.of_all" in said


def ended(rest: str) -> tuple[int, list[dict[str, Any]]]:
    """How a process ends that has logged a request, and what it logged."""
    done = subprocess.run(
        [sys.executable, "-c", PROCESS + rest],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
        timeout=PATIENCE_SECONDS,
        encoding="utf-8",
    )
    told = [line for line in done.stderr.splitlines() if line.startswith("{")]
    return done.returncode, [json.loads(line) for line in told]


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        ("", 0),
        ("sys.exit(3)", 3),
        ("raise LookupError", 1),
        ("signal.raise_signal(signal.SIGINT)", -signal.SIGINT),
    ],
    ids=["end", "exit", "bug", "Ctrl-C"],
)
def test_a_process_that_ends_has_told_of_its_last_request(rest: str, status: int):
    returned, told = ended(rest)
    assert returned == status
    assert [line["event"] for line in told] == ["answered"]


def test_what_is_told_at_once_comes_after_what_is_held():
    rest = """
logger("mall").warning("late")
line.log(0.002)
logger("mall").info("calm")
line.log(0.003)
logging.getLogger("library").error("theirs")
line.log(0.004)
"""
    _, told = ended(rest)
    said = [(line["event"], line.get("milliseconds")) for line in told]
    assert said == [
        ("answered", 1.0),
        ("late", None),
        ("answered", 2.0),
        ("calm", None),
        ("answered", 3.0),
        ("theirs", None),
        ("answered", 4.0),
    ]


def test_a_process_that_stands_still_has_told_of_its_last_request():
    """Its event loop does nothing for longer than anybody waits; then it is killed."""
    rest = """
import asyncio
async def stand_still():
    time.sleep(3_600)
asyncio.run(stand_still())
"""
    with subprocess.Popen([sys.executable, "-c", PROCESS + rest], stderr=subprocess.PIPE) as still:
        try:
            assert still.stderr
            assert json.loads(still.stderr.readline())["event"] == "answered"
        finally:
            still.kill()


def test_lines_are_written_together_and_none_is_cut(slow: LogSink):
    """Processes that share a pipe would cut each other's lines otherwise."""
    with redirect_stderr(Written()) as written:
        for number in range(MOST_HELD - 1):
            slow.hold(numbered(number), SAID)
        assert written.writes == []
        slow.write("the last\n")
    told = [*(f"{number:099d}" for number in range(MOST_HELD - 1)), "the last"]
    assert "".join(written.writes).splitlines() == told
    assert len(written.writes) == MOST_HELD * 100 // WHOLE_BYTES
    assert all(len(each) <= WHOLE_BYTES and each.endswith("\n") for each in written.writes)


def test_what_is_not_ascii_counts_for_what_it_takes(slow: LogSink):
    with redirect_stderr(Written()) as written:
        for _ in range(WHOLE_BYTES // 100):
            slow.hold(lambda _: "收" * 99 + "\n", SAID)
        slow.flush()
    assert all(len(each.encode()) <= WHOLE_BYTES for each in written.writes)
    assert "".join(written.writes).count("\n") == WHOLE_BYTES // 100


def test_garbage_that_logs_while_lines_are_written_holds_up_nobody():
    """The thread that writes wants a library's lock, and who has that one wants the sink's."""
    rest = """
import threading
from domain.kernel import logs
is_writing, has_lock = threading.Event(), threading.Event()
class Garbage:
    def __del__(self):
        is_writing.set()
        has_lock.wait(0.5)
        logging.getLogger("asyncio").error("never retrieved")
class Theirs:
    def __str__(self):
        has_lock.set()
        return "theirs"
def text_of(said):
    Garbage()
    return "{}\\n"
def write():
    logs._SINK.hold(text_of, (0.0, "", 0))
    logs._SINK.flush()
writer = threading.Thread(target=write)
writer.start()
is_writing.wait()
logging.getLogger("httpx").error("%s", Theirs())
writer.join()
"""
    returned, told = ended(rest)
    assert returned == 0
    said = {line.get("event") for line in told}
    assert {"answered", "never retrieved", "theirs"} <= said


def test_a_longer_line_is_written_whole(slow: LogSink):
    long = "x" * (2 * WHOLE_BYTES) + "\n"
    with redirect_stderr(Written()) as written:
        slow.hold(numbered(1), SAID)
        slow.write(long)
    assert written.writes == [numbered(1)(SAID), long]


def test_no_more_than_so_many_lines_are_held(slow: LogSink):
    with redirect_stderr(Written()) as written:
        for number in range(MOST_HELD):
            assert written.writes == []
            slow.hold(numbered(number), SAID)
    assert len("".join(written.writes).splitlines()) == MOST_HELD


def test_after_the_end_nothing_is_held():
    sink = LogSink()
    sink.end()
    with redirect_stderr(Written()) as written:
        for number in range(3):
            sink.hold(numbered(number), SAID)
            assert len(written.writes) == number + 1


def test_the_work_goes_on_where_nobody_reads_the_lines_of_requests(slow: LogSink):
    closed = StringIO()
    closed.close()
    with redirect_stderr(closed):
        slow.hold(numbered(1), SAID)
        slow.flush()
    with redirect_stderr(Written()) as written:
        slow.write("again\n")
    assert written.writes == ["again\n"]
