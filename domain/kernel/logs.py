"""Structured logs: one event per decision, and nothing in them that names a person."""

import logging
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import cast

import structlog
from structlog.typing import EventDict, Processor


class LogFormat(StrEnum):
    """How a log line is written."""

    JSON = "json"
    CONSOLE = "console"


PERSONAL = frozenset(
    {
        "address", "authorization", "birthday", "code", "cookie", "email", "name", "nickname",
        "openid", "password", "phone", "recipient", "secret", "session_key", "token", "unionid",
        "variables",
    }
)  # fmt: skip
"""Keys whose values never reach a log line, whoever passes them."""


def configure_logs(level: str, log_format: LogFormat) -> None:
    """Send everything that this process logs, our events and the libraries', to stderr."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_personal_data,
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
    # Its access lines hold whole addresses, and so the variables of a GET.
    logging.getLogger("uvicorn.access").disabled = True


def without_personal_data(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Hide the value of every key that could name a person or open a door, however deep."""
    return {key: _hidden(key, value) for key, value in event.items()}


def _hidden(key: object, value: object) -> object:
    if key in PERSONAL:
        return "[hidden]"
    if isinstance(value, Mapping):
        inner = cast("Mapping[object, object]", value)
        return {each: _hidden(each, inner[each]) for each in inner}
    if isinstance(value, list | tuple):
        return [_hidden(None, each) for each in cast("Sequence[object]", value)]
    return value


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of one module."""
    return structlog.stdlib.get_logger(name)
