"""How errors reach a client: a code from the closed list, a sentence, and nothing of a bug."""

from collections.abc import Mapping

from graphql import GraphQLError

from domain.kernel.errors import Fault, FaultCode
from domain.kernel.language import Language, Sentence
from domain.kernel.logs import logger

_LOG = logger(__name__)
_UNEXPECTED = Sentence(
    zh="系统出错了，请稍后再试。错误编号：{trace_id}",
    en="Unexpected error. Its number: {trace_id}",
)

STATUS_BY_CODE: Mapping[FaultCode, int] = {
    FaultCode.UNAUTHENTICATED: 401,
    FaultCode.FORBIDDEN: 403,
    FaultCode.RATE_LIMITED: 429,
    FaultCode.BUSY: 503,
}
"""The HTTP status of an answer that such a fault left without data, for any client."""

ErrorView = dict[str, object]
"""One entry of ``errors`` as it is sent."""


def fault_view(fault: Fault, language: Language) -> ErrorView:
    """Tell a fault that is about the whole request."""
    return {"message": fault.told_in(language), "extensions": _extensions(fault)}


def error_view(error: GraphQLError, language: Language, trace_id: str) -> ErrorView:
    """Tell an error of validation or execution; a bug is logged whole and masked."""
    original = error.original_error
    told: ErrorView = {**error.formatted}
    told.pop("extensions", None)
    if isinstance(original, Fault):
        return {**told, "message": original.told_in(language), "extensions": _extensions(original)}
    if original is None or isinstance(original, GraphQLError):
        return {**told, "extensions": {"code": FaultCode.BAD_INPUT}}
    _LOG.error("graphql.bug", path=error.path, exc_info=original)
    return {
        **told,
        "message": _UNEXPECTED.told_in(language, {"trace_id": trace_id}),
        "extensions": {"code": FaultCode.INTERNAL, "traceId": trace_id},
    }


def _extensions(fault: Fault) -> dict[str, object]:
    extensions: dict[str, object] = {"code": fault.code}
    if fault.retry_after_seconds is not None:
        extensions["retryAfterSeconds"] = fault.retry_after_seconds
    return extensions
