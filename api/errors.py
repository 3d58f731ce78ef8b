"""How errors reach a client: a code from the closed list, a sentence, and nothing of a bug."""

from collections.abc import Mapping

from graphql import GraphQLError
from strawberry.exceptions import StrawberryInputCoercionError

from domain.kernel.errors import Fault, FaultCode
from domain.kernel.language import Language, Sentence
from domain.kernel.logs import logger

_LOG = logger(__name__)
_UNEXPECTED = Sentence(
    zh="系统出错了，请稍后再试。错误编号：{trace_id}",
    en="Unexpected error. Its number: {trace_id}",
)

_UNFIT_VALUE = Sentence(
    zh="文档中有一个值不符合它的类型。", en="A value in the document does not fit its type."
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


def invalid_view(error: GraphQLError, language: Language) -> ErrorView:
    """Tell what is wrong with a document or its variables, before anything of it ran.

    Nothing here can be a bug of a resolver. Where a type of ours could not even read a value,
    the exception's own words stay with us.
    """
    told: ErrorView = {**error.formatted, "extensions": {"code": FaultCode.BAD_INPUT}}
    if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
        told["message"] = _UNFIT_VALUE.told_in(language, {})
    return told


def error_view(error: GraphQLError, language: Language, trace_id: str) -> ErrorView:
    """Tell an error of execution; a bug is logged whole and masked."""
    original = error.original_error
    if error.path is None or _blames_an_argument(original):
        return invalid_view(error, language)
    if isinstance(original, StrawberryInputCoercionError):
        # A null where a field may be left out and may not be null: known to strawberry alone,
        # which finds it after validation and tells it in words of Python.
        return invalid_view(error, language) | {"message": _UNFIT_VALUE.told_in(language, {})}
    told: ErrorView = {**error.formatted}
    if isinstance(original, Fault):
        return {**told, "message": original.told_in(language), "extensions": _extensions(original)}
    _LOG.error("graphql.bug", path=error.path, exc_info=original)
    return {
        **told,
        "message": _UNEXPECTED.told_in(language, {"trace_id": trace_id}),
        "extensions": {"code": FaultCode.INTERNAL, "traceId": trace_id},
    }


def _blames_an_argument(original: Exception | None) -> bool:
    """Whether graphql-core refused an argument of a field, and so names its place.

    A value of ours that does not fit its type is refused without a place, and is a bug.
    """
    return original is None or (isinstance(original, GraphQLError) and bool(original.nodes))


def _extensions(fault: Fault) -> dict[str, object]:
    extensions: dict[str, object] = {"code": fault.code}
    if fault.retry_after_seconds is not None:
        extensions["retryAfterSeconds"] = fault.retry_after_seconds
    return extensions
