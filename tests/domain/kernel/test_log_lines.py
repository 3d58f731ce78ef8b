"""The log of a process of its own, line by line."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

from domain.kernel.clock import system_clock

SECRET = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"  # noqa: S105

LOGGING = f"""
import logging
from domain.kernel.logs import TRACE_ID, LogFormat, configure_logs, logger

configure_logs("%s", LogFormat("%s"))
log = logger("mall.test")
log.debug("hidden.by_level")
number = TRACE_ID.set("t1")
log.info("order.placed", order="山茶", openid="{SECRET}", fen=15800)
TRACE_ID.reset(number)
logging.getLogger("library").warning("of a library: %%s", 7)
logging.getLogger("uvicorn.access").warning("/graphql?variables={SECRET}")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("order.bug", token="{SECRET}")
"""


def logged(level: str, log_format: str) -> str:
    """What a process of its own writes to stderr with that configuration."""
    done = subprocess.run(
        [sys.executable, "-c", LOGGING % (level, log_format)],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8"},
    )
    assert done.stdout == ""
    assert SECRET not in done.stderr
    return done.stderr


def test_each_event_is_one_line_of_json():
    before = system_clock()
    lines: list[dict[str, Any]] = [json.loads(line) for line in logged("info", "json").splitlines()]
    assert [line["event"] for line in lines] == ["order.placed", "of a library: 7", "order.bug"]
    placed, library, bug = lines
    at = datetime.strptime(placed.pop("timestamp"), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert before <= at <= system_clock()
    assert placed == {
        "event": "order.placed",
        "level": "info",
        "logger": "mall.test",
        "trace_id": "t1",
        "order": "山茶",
        "openid": "[hidden]",
        "fen": 15800,
    }
    assert "trace_id" not in library
    assert (library["level"], library["logger"]) == ("warning", "library")
    assert "ZeroDivisionError" in bug["exception"]
    assert bug["token"] == "[hidden]"  # noqa: S105


def test_chinese_is_written_as_chinese():
    assert "山茶" in logged("info", "json")


def test_people_read_lines_without_json():
    lines = logged("info", "console")
    assert "order.placed" in lines
    assert "[hidden]" in lines
    assert '"event"' not in lines
