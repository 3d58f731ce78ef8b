"""What a request to the server says: a form, each field once, and perhaps a client's secret."""

import base64
import binascii
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from api.arriving import HttpRequest
from api.wire import NUL, Unreadable, read_body
from domain.kernel.errors import BadInput
from domain.kernel.language import Sentence

_LARGEST = 10_000
_LONGEST_QUERY = 8_000
_MOST_FIELDS = 20
_PRINTABLE = re.compile("[ -~]*")
_WORDS = re.compile("[A-Za-z_ ]*")
_MEDIA_TYPE = Sentence(
    zh="请求体必须是 application/x-www-form-urlencoded 表单，且不压缩。",
    en="The body must be an application/x-www-form-urlencoded form, not compressed.",
)
_NOT_A_FORM = Sentence(
    zh="请求体不是有效的表单，或有字段重复。",
    en="The body is not a valid form, or has a field twice.",
)
_NOT_A_QUERY = Sentence(
    zh="登录链接无效，请返回应用重新登录。",
    en="The link to sign in is not valid; go back to the app and sign in again.",
)
_AUTHORIZATION = Sentence(
    zh="Authorization 请求头无效。", en="The Authorization header is not valid."
)


async def read_form(request: Request) -> Mapping[str, str]:
    """Read a form (RFC 6749 3.2): no field twice, nothing but text. Raises `Unreadable`."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (
        media_type != "application/x-www-form-urlencoded"
        or request.headers.get("content-encoding", "identity") != "identity"
    ):
        raise Unreadable(400, BadInput(_MEDIA_TYPE))
    body = await read_body(HttpRequest(request.scope, request.receive), _LARGEST)
    try:
        form = _fields(body.decode("ascii"))
    except ValueError as error:
        raise Unreadable(400, BadInput(_NOT_A_FORM)) from error
    if any("\x00" in text for pair in form.items() for text in pair):
        raise Unreadable(400, BadInput(NUL))
    return form


def read_query(request: Request) -> Mapping[str, str]:
    """Read what a client asks of a person (RFC 6749 3.1): no parameter twice. Raises `Unreadable`.

    Only characters that OAuth knows: Authlib repeats some in its descriptions and raises a
    ValueError of its own at others (integrations 9.4, 13).
    """
    try:
        query = request.scope["query_string"].decode("ascii")
        parameters = _fields(query)
    except ValueError as error:
        raise Unreadable(400, BadInput(_NOT_A_QUERY)) from error
    if (
        len(query) > _LONGEST_QUERY
        or not all(_PRINTABLE.fullmatch(text) for text in parameters.values())
        or not _WORDS.fullmatch(parameters.get("response_type", ""))
    ):
        raise Unreadable(400, BadInput(_NOT_A_QUERY))
    return parameters


def client_headers(request: Request) -> Mapping[str, str]:
    """The header in which a client may show its secret, safe to decode. Raises `Unreadable`."""
    given = request.headers.getlist("authorization")
    if not given:
        return {}
    scheme, _, encoded = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "basic":
        raise Unreadable(400, BadInput(_AUTHORIZATION))
    try:
        text = base64.b64decode(encoded, validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise Unreadable(400, BadInput(_AUTHORIZATION)) from error
    if "\x00" in text or "%00" in text:
        raise Unreadable(400, BadInput(NUL))
    return {"Authorization": given[0]}


def _fields(text: str) -> dict[str, str]:
    """The fields by name; ValueError for one that comes twice, or for no form at all."""
    pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field comes twice")
    # An empty field counts as one that was left out (RFC 6749 3.2).
    return {name: value for name, value in fields.items() if value}
