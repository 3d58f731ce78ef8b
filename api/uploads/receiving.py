"""``PUT /uploads/{id}?token=…``: where the bytes of an upload arrive when media are files."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import orjson
from sqlalchemy.ext.asyncio import async_sessionmaker
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.errors import fault_view
from api.gate import Gate
from api.language import language_of
from api.writing import writing
from domain.kernel.clock import Clock
from domain.kernel.db import Database, WriteSession
from domain.kernel.errors import BadInput, Busy, Fault, FaultCode
from domain.kernel.ids import key_of
from domain.kernel.language import Language, Sentence
from domain.kernel.logs import logger
from domain.media import actions
from domain.media.ports import Receiver
from domain.media.rules import UploadStatus, incoming_key
from domain.media.views import PromisedUpload, promised_upload

_LOG = logger(__name__)
UPLOAD_SECONDS = 60.0
"""From the first byte to the last."""
SILENCE_SECONDS = 10.0
"""Between two chunks."""
_RECEIVING = 16
_PATIENCE_SECONDS = 1.0
_LENGTH_DIGITS = 18

_NO_SUCH_ADDRESS = Sentence(zh="此上传地址无效。", en="This address for uploads is not valid.")
_EXPIRED = Sentence(
    zh="此上传地址已过期，请重新申请。", en="This address has expired; ask for another one."
)
_HAS_COME = Sentence(zh="文件已经上传过了。", en="The file has been uploaded already.")
_OTHER_TYPE = Sentence(
    zh="Content-Type 必须是 {media_type}，且不压缩。",
    en="The Content-Type must be {media_type}, not compressed.",
)
_NO_LENGTH = Sentence(zh="缺少 Content-Length。", en="The Content-Length is missing.")
_OTHER_SIZE = Sentence(
    zh="文件必须正好是 {size_bytes} 字节。", en="The file must have exactly {size_bytes} bytes."
)
_SLOW = Sentence(zh="文件未能及时收完。", en="The file did not arrive in time.")


class _UploadRefused(Exception):
    """An upload that is not taken, and the status that says so."""

    def __init__(self, status: int, fault: Fault) -> None:
        super().__init__(status, fault)
        self.status = status
        self.fault = fault


class UploadEndpoint:
    """Takes what was promised, once, from whoever holds the token: exactly those bytes."""

    def __init__(self, database: Database, store: Receiver, clock: Clock) -> None:
        self._reads = database.reads
        self._writes: async_sessionmaker[WriteSession] = database.writes
        self._store = store
        self._clock = clock
        self._looking = Gate(
            "upload_looking", running=4, waiting=64, patience_seconds=_PATIENCE_SECONDS
        )
        self._receiving = Gate(
            "upload_receiving",
            running=_RECEIVING,
            waiting=_RECEIVING,
            patience_seconds=_PATIENCE_SECONDS,
        )

    async def put(self, request: Request) -> Response:
        """Answer 204 when the bytes are on the disk; a client that goes away leaves nothing."""
        language = language_of(request.headers.get("accept-language"))
        try:
            await self._take(request)
        except ClientDisconnect:
            _LOG.info("upload.broken_off")
            # Nobody reads this.
            return Response(status_code=400)
        except _UploadRefused as refused:
            return _refusal(refused.status, refused.fault, language)
        except Busy as busy:
            return _refusal(503, busy, language)
        return Response(status_code=204, headers={"cache-control": "no-store"})

    async def _take(self, request: Request) -> None:
        """Look first, and only then read a byte of the body."""
        upload_id = key_of(request.path_params["upload_id"], "upload")
        if upload_id is None:
            raise _UploadRefused(403, Fault(FaultCode.FORBIDDEN, _NO_SUCH_ADDRESS))
        async with self._looking.turn():
            promised = await promised_upload(self._reads, upload_id)
        promised = self._permitted(promised, request)
        _check_headers(request, promised)
        async with self._receiving.turn(), _in_time():
            try:
                await self._store.receive(
                    incoming_key(upload_id),
                    _without_silence(request.stream()),
                    size_bytes=promised.size_bytes,
                )
            except ValueError as error:
                raise _other_size(promised) from error
        async with writing(self._writes) as session:
            has_come_now = await actions.mark_stored(session, upload_id)
        if not has_come_now:
            raise _UploadRefused(409, BadInput(_HAS_COME))
        _LOG.info("upload.stored", upload_id=str(upload_id), size_bytes=promised.size_bytes)

    def _permitted(self, promised: PromisedUpload | None, request: Request) -> PromisedUpload:
        """The upload, for whoever holds its token; to others it looks as if there were none."""
        given = actions.digest_of(request.query_params.get("token", ""))
        # Compared also where there is nothing to compare with: time must not tell.
        expected = promised.token_digest if promised else bytes(len(given))
        if not secrets.compare_digest(given, expected) or promised is None:
            raise _UploadRefused(403, Fault(FaultCode.FORBIDDEN, _NO_SUCH_ADDRESS))
        if promised.status is not UploadStatus.PROMISED:
            raise _UploadRefused(409, BadInput(_HAS_COME))
        if self._clock() > promised.expires_at:
            raise _UploadRefused(410, Fault(FaultCode.FORBIDDEN, _EXPIRED))
        return promised


def _check_headers(request: Request, promised: PromisedUpload) -> None:
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().startswith("charset=") or not parameters.strip()
    encoding = request.headers.get("content-encoding", "identity")
    if media_type.strip().lower() != promised.media_type or encoding != "identity" or not charset:
        raise _UploadRefused(415, BadInput(_OTHER_TYPE, media_type=promised.media_type))
    declared = request.headers.get("content-length", "")
    if not (declared.isascii() and declared.isdigit()):
        raise _UploadRefused(411, BadInput(_NO_LENGTH))
    if int(declared[:_LENGTH_DIGITS]) != promised.size_bytes:
        raise _other_size(promised)


def _other_size(promised: PromisedUpload) -> _UploadRefused:
    return _UploadRefused(400, BadInput(_OTHER_SIZE, size_bytes=promised.size_bytes))


@asynccontextmanager
async def _in_time() -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            yield
    except TimeoutError as error:
        raise _UploadRefused(408, BadInput(_SLOW)) from error


async def _without_silence(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pass the chunks on; TimeoutError where none comes for too long."""
    while True:
        async with asyncio.timeout(SILENCE_SECONDS):
            chunk = await anext(chunks, None)
        if chunk is None:
            return
        yield chunk


def _refusal(status: int, fault: Fault, language: Language) -> Response:
    headers = {
        "content-language": language,
        "vary": "Accept-Language",
        "cache-control": "no-store",
        # What of the body nobody has read must not be taken for the next request.
        "connection": "close",
    }
    if fault.retry_after_seconds is not None:
        headers["retry-after"] = str(fault.retry_after_seconds)
    body = orjson.dumps({"errors": [fault_view(fault, language)]})
    return Response(body, status, headers, media_type="application/json; charset=utf-8")
