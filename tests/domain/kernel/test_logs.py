"""Logs: lines a machine can read, and in them nothing that names a person."""

import json
import logging
import sys
from collections.abc import Generator
from io import StringIO

import pytest
import structlog

from domain.kernel.logs import PERSONAL, LogFormat, LogLevel, configure_logs, logger, without_rows


@pytest.fixture(autouse=True)
def restored() -> Generator[None]:
    """Put the logging of the test process back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    # In its place: lines of requests are made by hand as long as this list says so.
    structlog.get_config()["processors"].clear()
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_line_of_json_with_its_particulars(capsys: pytest.CaptureFixture[str]):
    configure_logs(LogLevel.INFO, LogFormat.JSON)
    structlog.get_logger("test").info("points.settled", points=7, order="2026-1")
    (line,) = lines(capsys)
    assert line["event"] == "points.settled"
    assert (line["points"], line["order"], line["level"]) == (7, "2026-1", "info")
    assert str(line["timestamp"]).endswith("Z")


@pytest.mark.parametrize("key", sorted(PERSONAL))
def test_what_names_a_person_or_opens_a_door_is_hidden(
    capsys: pytest.CaptureFixture[str], key: str
):
    configure_logs(LogLevel.INFO, LogFormat.JSON)
    structlog.get_logger("test").info("member.changed", **{key: "13800138000"})
    (line,) = lines(capsys)
    assert line[key] == "[hidden]"


def test_what_staff_and_pads_sign_in_with_is_personal():
    assert {"login", "password", "pin", "user_code", "device_code", "device_token"} <= PERSONAL


def test_what_is_personal_is_hidden_at_any_depth(capsys: pytest.CaptureFixture[str]):
    configure_logs(LogLevel.INFO, LogFormat.JSON)
    member = {"tier": "gold", "phone": "13800138000", "devices": [{"token": "t0p"}]}
    structlog.get_logger("test").info("member.changed", member=member)
    (line,) = lines(capsys)
    assert line["member"] == {
        "tier": "gold",
        "phone": "[hidden]",
        "devices": [{"token": "[hidden]"}],
    }


def test_a_library_logs_in_the_same_form(capsys: pytest.CaptureFixture[str]):
    configure_logs(LogLevel.INFO, LogFormat.JSON)
    logging.getLogger("uvicorn.error").info("Started %s", "well")
    logging.getLogger("uvicorn.access").info("GET /graphql?variables=secret")
    (line,) = lines(capsys)
    assert line["event"] == "Started well"


def test_a_bug_is_logged_with_its_trace(capsys: pytest.CaptureFixture[str]):
    configure_logs(LogLevel.INFO, LogFormat.JSON)
    try:
        raise LookupError("in the drawer")
    except LookupError:
        structlog.get_logger("test").exception("graphql.bug")
    (line,) = lines(capsys)
    assert "LookupError: in the drawer" in str(line["exception"])


def test_events_below_the_level_are_not_logged(capsys: pytest.CaptureFixture[str]):
    configure_logs(LogLevel.WARNING, LogFormat.JSON)
    structlog.get_logger("test").info("quiet")
    logger("test").warning("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud"]


@pytest.mark.parametrize("strange", ["\ud800", 2**70, {1: object}])
def test_what_no_json_can_hold_is_told_all_the_same(
    capsys: pytest.CaptureFixture[str], strange: object
):
    configure_logs(LogLevel.INFO, LogFormat.JSON)
    structlog.get_logger("test").info("strange.value", value=strange)
    (line,) = lines(capsys)
    assert line["event"] == "strange.value"


def test_the_work_goes_on_where_nobody_can_read_its_log(monkeypatch: pytest.MonkeyPatch):
    configure_logs(LogLevel.INFO, LogFormat.JSON)
    closed = StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    structlog.get_logger("test").info("points.settled")


def test_the_console_is_for_people(capsys: pytest.CaptureFixture[str]):
    configure_logs(LogLevel.INFO, LogFormat.CONSOLE)
    structlog.get_logger("test").info("api.draining", seconds=5)
    assert "api.draining" in capsys.readouterr().err


def test_tokens_are_not_logged_however_much_else_is(capsys: pytest.CaptureFixture[str]):
    configure_logs(LogLevel.DEBUG, LogFormat.JSON)
    authlib = logging.getLogger("authlib.oauth2.rfc6749.grants.authorization_code")
    authlib.debug("Issue token %r to %r", {"access_token": "x.y.z"}, "webshop")
    structlog.get_logger("test").debug("points.settled")
    assert [line["event"] for line in lines(capsys)] == ["points.settled"]


def test_frames_and_addresses_of_sockets_are_not_logged(capsys: pytest.CaptureFixture[str]):
    configure_logs(LogLevel.DEBUG, LogFormat.JSON)
    uvicorn = logging.getLogger("uvicorn.error")
    uvicorn.debug("< TEXT '%s'", '{"authorization": "Bearer secret"}')
    uvicorn.info('%s - "WebSocket %s" [accepted]', "10.0.0.1", "/graphql?token=secret")
    assert lines(capsys) == []


def test_a_row_that_is_quoted_is_hidden_with_all_its_lines():
    told = "null value\nDETAIL:  Failing row contains (1, 请放\n\n门口 13800138000).\n[SQL: INSERT]"
    event = without_rows(None, "info", {"event": "bug", "exception": told})
    assert event["exception"] == "null value\nDETAIL: [hidden]\n[SQL: INSERT]"
    chained = "DETAIL: Key (phone)=(13800138000).\n\nThe above exception was the direct cause"
    event = without_rows(None, "info", {"event": "bug", "exception": chained})
    assert event["exception"] == "DETAIL: [hidden]\n\nThe above exception was the direct cause"


@pytest.mark.parametrize(("level", "told"), [(LogLevel.INFO, False), (LogLevel.DEBUG, True)])
def test_what_wakes_sweeps_tells_of_each_only_where_everything_is_told(
    capsys: pytest.CaptureFixture[str], level: LogLevel, *, told: bool
):
    configure_logs(level, LogFormat.JSON)
    logging.getLogger("arq.worker").info("0.94s → track_parcels()")
    logging.getLogger("arq.worker").warning("max retries exceeded")
    said = [line["event"] for line in lines(capsys)]
    assert said == [*(["0.94s → track_parcels()"] if told else []), "max retries exceeded"]
