"""A small S3-compatible server that checks every signature by the published algorithm.

It follows the description of AWS Signature Version 4 and shares no code with the library that
signs, so that what is not bound by a signature shows. Objects live in memory.
"""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, unquote

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.kernel.clock import system_clock

ACCESS_KEY = "mall-key"
SECRET_KEY = "mall-secret"  # noqa: S105
REGION = "cn-east-1"
PUBLIC_BUCKET = "mall-public"
PRIVATE_BUCKET = "mall-private"
_NOT_SIGNED = "UNSIGNED-PAYLOAD"


@dataclass
class Stored:
    """An object and the headers that it came with."""

    content: bytes
    headers: Mapping[str, str]


@dataclass
class S3Server:
    """The server, what it holds, and what it does wrong when it is told."""

    url: str = ""
    objects: dict[tuple[str, str], Stored] = field(default_factory=dict[tuple[str, str], Stored])
    fails_with: int | None = None
    offset: timedelta = timedelta()

    async def answer(self, request: Request) -> Response:
        """Answer one request for an object."""
        content = await request.body()
        if self.fails_with:
            return _error(self.fails_with, "SlowDown")
        if problem := self._problem(request, content):
            return _error(403, problem)
        place = request.path_params["bucket"], request.path_params["key"]
        if request.method == "PUT":
            self.objects[place] = Stored(content, dict(request.headers))
            return Response()
        if request.method == "DELETE":
            self.objects.pop(place, None)
            return Response(status_code=204)
        stored = self.objects.get(place)
        return Response(stored.content) if stored else _error(404, "NoSuchKey")

    def _problem(self, request: Request, content: bytes) -> str | None:
        """Why a request is not let in; None for the owner's, and for reads of what is public."""
        query = dict(parse_qsl(request.url.query, keep_blank_values=True))
        if "X-Amz-Signature" in query:
            signed, at = query, query["X-Amz-Date"]
            expires = _moment(at) + timedelta(seconds=int(query["X-Amz-Expires"]))
            if system_clock() + self.offset > expires:
                return "ExpiredToken"
            payload = _NOT_SIGNED
        elif authorization := request.headers.get("authorization"):
            words = authorization.removeprefix("AWS4-HMAC-SHA256 ").split(", ")
            signed = {f"X-Amz-{k}": v for k, _, v in (word.partition("=") for word in words)}
            at, payload = request.headers["x-amz-date"], request.headers["x-amz-content-sha256"]
            if payload not in {_NOT_SIGNED, hashlib.sha256(content).hexdigest()}:
                return "XAmzContentSHA256Mismatch"
        else:
            is_public = request.method == "GET" and request.path_params["bucket"] == PUBLIC_BUCKET
            return None if is_public else "AccessDenied"
        return self._wrong_signature(request, query, signed, at=at, payload=payload)

    def _wrong_signature(
        self,
        request: Request,
        query: Mapping[str, str],
        signed: Mapping[str, str],
        *,
        at: str,
        payload: str,
    ) -> str | None:
        names = signed["X-Amz-SignedHeaders"].split(";")
        canonical = "\n".join(
            (
                request.method,
                quote(unquote(request.scope["raw_path"].decode()), safe="/-_.~"),
                "&".join(
                    f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
                    for name, value in sorted(query.items())
                    if name != "X-Amz-Signature"
                ),
                *(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in names),
                "",
                ";".join(names),
                payload,
            )
        )
        scope = f"{at[:8]}/{REGION}/s3/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{digest}"
        secret = f"AWS4{SECRET_KEY}".encode()
        for word in scope.split("/"):
            secret = hmac.digest(secret, word.encode(), "sha256")
        expected = hmac.new(secret, to_sign.encode(), "sha256").hexdigest()
        is_right = signed["X-Amz-Credential"] == f"{ACCESS_KEY}/{scope}"
        return (
            None if is_right and expected == signed["X-Amz-Signature"] else "SignatureDoesNotMatch"
        )


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _error(status: int, code: str) -> Response:
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>no</Message></Error>'
    return Response(body, status, media_type="application/xml")


@asynccontextmanager
async def s3_server() -> AsyncGenerator[S3Server]:
    """Serve on a loopback port of its own."""
    server = S3Server()
    route = Route("/{bucket}/{key:path}", server.answer, methods=["GET", "PUT", "DELETE"])
    config = uvicorn.Config(
        Starlette(routes=[route]), port=0, log_config=None, lifespan="off", access_log=False
    )
    running = uvicorn.Server(config)
    task = asyncio.create_task(running.serve())
    while not running.started:
        await asyncio.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    server.url = f"http://127.0.0.1:{port}"
    try:
        yield server
    finally:
        running.should_exit = True
        await task
