"""Structured logs: one event per decision, and nothing in them that names a person."""

import logging
import re
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import cast

import structlog
from structlog.typing import EventDict, Processor


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


# A row may hold lines of its own: cut up to what PostgreSQL or Python says next.
_DETAIL = re.compile(
    r"DETAIL:.*?(?=\n(?:[A-Z]+: |\[SQL|\n*(?:The above|During handling|Traceback))|\Z)", re.DOTALL
)


def configure_logs(level: LogLevel, log_format: LogFormat) -> None:
    """Send everything that this process logs, our events and the libraries', to stderr."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_personal_data,
        without_rows,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    last: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format is LogFormat.JSON
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    logging.basicConfig(handlers=[lines], level=level.upper(), force=True)
    # At debug it tells the tokens that it issues.
    logging.getLogger("authlib").setLevel(logging.INFO)
    # Its access lines hold whole addresses, and so the variables of a GET.
    logging.getLogger("uvicorn.access").disabled = True
    # Of a WebSocket it tells the whole address at info and each frame, with tokens, at debug.
    logging.getLogger("uvicorn.error").addFilter(_is_no_socket)


def without_personal_data(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Hide the value of every key that could name a person or open a door, however deep."""
    return {key: _hidden(key, value) for key, value in event.items()}


def without_rows(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Cut what PostgreSQL quotes of a row in the text of an error: ``DETAIL: Key (phone)=(…)``."""
    for key, value in event.items():
        if isinstance(value, str) and "DETAIL:" in value:
            event[key] = _DETAIL.sub("DETAIL: [hidden]", value)
    return event


def _hidden(key: object, value: object) -> object:
    if key in PERSONAL:
        return "[hidden]"
    if isinstance(value, Mapping):
        inner = cast("Mapping[object, object]", value)
        return {each: _hidden(each, inner[each]) for each in inner}
    if isinstance(value, list | tuple):
        return [_hidden(None, each) for each in cast("Sequence[object]", value)]
    return value


def _is_no_socket(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG and "WebSocket" not in str(record.msg)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of one module."""
    return structlog.stdlib.get_logger(name)
