"""What the control API and the phone page are asked: JSON, checked, with clear refusals."""

from http import HTTPStatus
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.wechat.people import Person
from sandbox.wechat.world import World

_AskedT = TypeVar("_AskedT")
Name = Annotated[str, Meta(min_length=1, max_length=64)]
AccessToken = Annotated[str, Meta(pattern="^[!-~]{1,8192}$")]


class MemberAsked(msgspec.Struct, forbid_unknown_fields=True):
    """What the page of the phone asks for as the member who is signed in at the mall."""

    access_token: AccessToken


async def asked(request: Request, type_: type[_AskedT]) -> _AskedT:
    """Read what was asked; HTTP 415 or 400 with a reason when it cannot be.

    JSON has to be called so, which a form of a foreign page cannot do.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send application/json")
    try:
        return msgspec.json.decode(await request.body(), type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise refused(str(error)) from None


def refused(reason: str) -> HTTPException:
    """Return what is raised when something that was asked cannot be done: HTTP 400."""
    return HTTPException(HTTPStatus.BAD_REQUEST, reason)


def somebody(world: World, name: str) -> Person:
    """Return the person of this name; HTTP 404 when there is none."""
    if not (person := world.people.named(name)):
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is nobody called {name}")
    return person


def language_of(request: Request) -> str:
    """Return the languages that somebody reads, as their browser tells them."""
    return request.headers.get("accept-language", "zh-CN")


def told(answer: object, status: int = HTTPStatus.OK) -> Response:
    """Return any value as JSON."""
    return Response(msgspec.json.encode(answer), status, media_type="application/json")


def told_refusal(_: Request, error: Exception) -> Response:
    """Answer with the reason of an `HTTPException` as JSON."""
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)
