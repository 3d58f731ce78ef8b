"""GraphQL over HTTP, inwards: from a request's bytes to what is asked for."""

from collections.abc import Mapping

import msgspec
import orjson

from api.arriving import HttpRequest
from api.deadlines import Deadlines
from domain.kernel.errors import BadInput, Fault
from domain.kernel.language import Sentence

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
"""What a JSON text may hold."""

LARGEST_BODY_BYTES = 100_000
BODY_SECONDS = 3.0
_BODIES = Deadlines(BODY_SECONDS)
_LONGEST_PARAMETERS = 8_000
_LENGTH_DIGITS = 18

_TOO_LARGE = Sentence(
    zh="请求体超过 {largest} 字节。", en="The body is larger than {largest} bytes."
)
_SLOW = Sentence(zh="请求体未能及时收完。", en="The body did not arrive in time.")
_MEDIA_TYPE = Sentence(
    zh="请求体必须是 UTF-8 编码的 application/json，且不压缩。",
    en="The body must be application/json in UTF-8, not compressed.",
)
_NOT_JSON = Sentence(zh="请求体不是有效的 JSON 对象。", en="The body is not a valid JSON object.")
_WRONG_PARAMETER = Sentence(
    zh="参数 {name} 缺失或类型不对。", en="The parameter {name} is missing or of a wrong type."
)
NUL = Sentence(zh="文本中不能有 NUL 字符。", en="Text must not hold NUL characters.")


class Unreadable(Exception):
    """A request that cannot be read, and the status and headers that say so."""

    def __init__(self, status: int, fault: Fault, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, fault)
        self.status = status
        self.fault = fault
        self.headers = headers or {}


class GraphQLRequest(msgspec.Struct, frozen=True):
    """What a request asks for: a trusted document by its id, or a document by its text."""

    document_id: str | None
    query: str | None
    variables: Mapping[str, Json]
    operation_name: str | None


async def read_post(request: HttpRequest) -> GraphQLRequest:
    """Read a POST; raises `Unreadable`."""
    _check_media_type(request)
    body = await read_body(request, LARGEST_BODY_BYTES)
    try:
        parameters: Json = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable(400, BadInput(_NOT_JSON)) from error
    if not isinstance(parameters, dict):
        raise Unreadable(400, BadInput(_NOT_JSON))
    if b"\\u0000" in body:
        refuse_nul(parameters)
    return asked_by(parameters)


def read_get(request: HttpRequest) -> GraphQLRequest:
    """Read a GET of a trusted document; raises `Unreadable`."""
    if len(request.query) > _LONGEST_PARAMETERS:
        raise Unreadable(414, BadInput(_TOO_LARGE, largest=_LONGEST_PARAMETERS))
    given = request.parameters()
    parameters: dict[str, Json] = {
        name: value for name, value in given.items() if name in {"documentId", "operationName"}
    }
    try:
        parameters["variables"] = orjson.loads(given.get("variables") or "null")
    except orjson.JSONDecodeError as error:
        raise Unreadable(400, BadInput(_WRONG_PARAMETER, name="variables")) from error
    refuse_nul(parameters)
    if "documentId" not in parameters:
        raise Unreadable(400, BadInput(_WRONG_PARAMETER, name="documentId"))
    return asked_by(parameters)


async def read_body(request: HttpRequest, largest: int) -> bytes:
    """Read at most so many bytes within `BODY_SECONDS`; raises `Unreadable`."""
    declared = request.header(b"content-length") or ""
    # No more digits than a length has: a longer number is itself a way to hurt.
    if declared.isdecimal() and int(declared[:_LENGTH_DIGITS]) > largest:
        raise _too_large(largest)
    parts: list[bytes] = []
    size, is_whole = 0, False
    try:
        with _BODIES.block():
            while not is_whole:
                part, is_whole = await request.part()
                parts.append(part)
                size += len(part)
                if size > largest:
                    raise _too_large(largest)
    except TimeoutError as error:
        raise Unreadable(408, BadInput(_SLOW)) from error
    return b"".join(parts)


def _too_large(largest: int) -> Unreadable:
    return Unreadable(413, BadInput(_TOO_LARGE, largest=largest))


def _check_media_type(request: HttpRequest) -> None:
    media_type, _, parameters = (request.header(b"content-type") or "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if (
        media_type.strip().lower() != "application/json"
        or charset not in {"", "charset=utf-8"}
        or request.header(b"content-encoding") not in {None, "identity"}
    ):
        raise Unreadable(415, BadInput(_MEDIA_TYPE))


def asked_by(parameters: Mapping[str, Json]) -> GraphQLRequest:
    """What the parameters of a request ask for; raises `Unreadable`."""
    document_id = _text(parameters, "documentId")
    query = _text(parameters, "query")
    if (document_id is None) == (query is None):
        raise Unreadable(400, BadInput(_WRONG_PARAMETER, name="query"))
    _map(parameters, "extensions")
    return GraphQLRequest(
        document_id=document_id,
        query=query,
        variables=_map(parameters, "variables"),
        operation_name=_text(parameters, "operationName"),
    )


def _text(parameters: Mapping[str, Json], name: str) -> str | None:
    value = parameters.get(name)
    if value is None or isinstance(value, str):
        return value
    raise Unreadable(400, BadInput(_WRONG_PARAMETER, name=name))


def _map(parameters: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    value = parameters.get(name)
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise Unreadable(400, BadInput(_WRONG_PARAMETER, name=name))


def refuse_nul(value: Json) -> None:
    """Raise `Unreadable` for a NUL anywhere in a value.

    PostgreSQL refuses it in text, with a fault of its own that would look like a bug.
    """
    unread = [value]
    while unread:
        each = unread.pop()
        if isinstance(each, str) and "\x00" in each:
            raise Unreadable(400, BadInput(NUL))
        if isinstance(each, dict):
            unread += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            unread += each
