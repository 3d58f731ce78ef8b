"""Structured logs: one event per decision, and nothing in them that names a person."""

import json
import logging
import re
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import cast

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor

from domain.kernel.log_sink import LogSink, Said, SinkHandler


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How a log line is written."""

    JSON = "json"
    CONSOLE = "console"


PERSONAL = frozenset(
    {
        "address", "authorization", "birthday", "code", "cookie", "device_code", "device_token",
        "email", "login", "name", "nickname", "openid", "password", "phone", "pin", "recipient",
        "secret", "session_key", "token", "unionid", "user_code", "variables",
    }
)  # fmt: skip
"""Keys whose values never reach a log line, whoever passes them."""


TRACE_ID: ContextVar[str] = ContextVar("trace_id", default="")
"""The number of the request that is carried out, in each of its lines; empty outside of any."""

_PLAIN = frozenset({str, int, float, bool, type(None)})
"""What holds nothing: nearly every value, known without asking what it is like."""

_SINK = LogSink()

_BY_HAND: list[Processor] = []
"""What structlog does to our events where lines of requests are made by hand to the same end;
empty where they are not. Whoever captures events puts something else in their place."""

# A row may hold lines of its own: cut up to what PostgreSQL or Python says next.
_DETAIL = re.compile(
    r"DETAIL:.*?(?=\n(?:[A-Z]+: |\[SQL|\n*(?:The above|During handling|Traceback))|\Z)", re.DOTALL
)


def configure_logs(level: LogLevel, log_format: LogFormat) -> None:
    """Send everything that this process logs, our events and the libraries', to stderr."""
    shared: list[Processor] = [
        numbered,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        timestamped,
        structlog.processors.format_exc_info,
        without_personal_data,
        without_rows,
    ]
    last: Processor = (
        _as_json if log_format is LogFormat.JSON else structlog.dev.ConsoleRenderer(colors=False)
    )
    processors = [completed, last]
    _BY_HAND.clear()
    if log_format is LogFormat.JSON and level in {LogLevel.DEBUG, LogLevel.INFO}:
        _BY_HAND.extend(processors)
        processors = _BY_HAND
    # Past the standard library, whose records cost each request more than a statement does.
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Lines,
        cache_logger_on_first_use=True,
    )
    lines = SinkHandler(_SINK)
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    logging.basicConfig(handlers=[lines], level=level.upper(), force=True)
    # At debug it tells the tokens that it issues.
    logging.getLogger("authlib").setLevel(logging.INFO)
    # Of each sweep that it wakes it tells twice, with nothing due twenty lines a second.
    seldom = logging.DEBUG if level is LogLevel.DEBUG else logging.WARNING
    logging.getLogger("arq.worker").setLevel(seldom)
    # Its access lines hold whole addresses, and so the variables of a GET.
    logging.getLogger("uvicorn.access").disabled = True
    # Of a WebSocket it tells the whole address at info and each frame, with tokens, at debug.
    logging.getLogger("uvicorn.error").addFilter(_is_no_socket)


class _Lines:
    """Writes what was rendered, a line each."""

    def __init__(self, name: str | None = None) -> None:
        self.name = name

    def msg(self, line: str) -> None:
        """Write a line, after those that are held."""
        _SINK.write(line + "\n")

    debug = info = warning = error = critical = msg


def _as_json(_logger: object, _method: str, event: EventDict) -> str:
    try:
        return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        # Half a surrogate, or a number beyond 64 bits: what is strange is worth its line most.
        return json.dumps(event, default=repr)


def completed(lines: "_Lines", method: str, event: EventDict) -> EventDict:
    """Do to one of our own events all that is done to those of libraries, in one go.

    There is one for each request, and seven calls for it cost more than to write it.
    """
    event = numbered(lines, method, event)
    event["logger"] = lines.name
    event["level"] = method
    event = timestamped(lines, method, event)
    if "exc_info" in event:
        event = structlog.processors.format_exc_info(lines, method, event)
    return without_rows(lines, method, without_personal_data(lines, method, event))


def numbered(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Say to which request a line belongs."""
    trace_id = TRACE_ID.get()
    if trace_id:
        event.setdefault("trace_id", trace_id)
    return event


def timestamped(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Say when it was, in UTC, as ISO 8601 to the microsecond."""
    event["timestamp"] = _moment(time.time_ns())
    return event


def _moment(nanosecond: int) -> str:
    second, microsecond = divmod(nanosecond // 1_000, 1_000_000)
    return f"{_iso(second)}.{microsecond:06d}Z"


@lru_cache(maxsize=1)
def _iso(second: int) -> str:
    """The second as text: hundreds of lines share one."""
    return datetime.fromtimestamp(second, UTC).replace(tzinfo=None).isoformat()


def without_personal_data(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Hide the value of every key that could name a person or open a door, however deep."""
    return {
        key: value if type(value) in _PLAIN and key not in PERSONAL else _hidden(key, value)
        for key, value in event.items()
    }


def without_rows(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Cut what PostgreSQL quotes of a row in the text of an error: ``DETAIL: Key (phone)=(…)``."""
    for key, value in event.items():
        if isinstance(value, str) and "DETAIL:" in value:
            event[key] = _DETAIL.sub("DETAIL: [hidden]", value)
    return event


def _hidden(key: object, value: object) -> object:
    if key in PERSONAL:
        return "[hidden]"
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Mapping):
        inner = cast("Mapping[object, object]", value)
        return {each: _hidden(each, inner[each]) for each in inner}
    if isinstance(value, list | tuple):
        return [_hidden(None, each) for each in cast("Sequence[object]", value)]
    return value


def _is_no_socket(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG and "WebSocket" not in str(record.msg)


def logger(name: str) -> FilteringBoundLogger:
    """The logger of one module."""
    return cast("FilteringBoundLogger", structlog.get_logger(name))


class RequestLine:
    """What is logged, as info, of each request that ended in one way.

    There are as many such lines as requests. All of one but its number, its moment and how long
    the request took is made once, and it is written within a moment (`log_sink`), together with
    others. Of all other events each is written as it comes.
    """

    def __init__(self, name: str, event: str, **facts: str | int) -> None:
        """Of names that are hidden there may be none."""
        assert PERSONAL.isdisjoint(facts), facts.keys()
        self._log = logger(name)
        self._event = event
        self._facts = facts
        self._begins = _text_of(facts)[:-1] + ',"milliseconds":'
        self._goes_on = "," + _text_of({"event": event})[1:-1] + ',"trace_id":"'
        self._ends = '",' + _text_of({"logger": name, "level": "info"})[1:-1] + ',"timestamp":"'

    def log(self, seconds: float) -> None:
        """Log one request that took so long; its number is that which is carried out."""
        if completed in _BY_HAND:
            _SINK.hold(self._text, (seconds, TRACE_ID.get(), time.time_ns()))
        else:
            self._log.info(self._event, **self._facts, milliseconds=_milliseconds(seconds))

    def _text(self, said: Said) -> str:
        seconds, trace_id, nanosecond = said
        return (
            f"{self._begins}{_milliseconds(seconds)}{self._goes_on}{trace_id}"
            f'{self._ends}{_moment(nanosecond)}"}}\n'
        )


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _text_of(facts: Mapping[str, str | int]) -> str:
    return orjson.dumps(facts).decode()
