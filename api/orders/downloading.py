"""``GET /downloads/orders/{id}.csv?pass=…``: the file of an export, part by part."""

from collections.abc import AsyncIterator, Sequence
from random import Random
from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from api.auth import DEVELOPER
from api.gate import Gate
from api.writing import writing
from domain.kernel.actors import By
from domain.kernel.clock import Clock
from domain.kernel.db import Database
from domain.kernel.errors import Busy
from domain.kernel.ids import key_of
from domain.kernel.logs import logger
from domain.kernel.sealing import Vault
from domain.media.ports import ObjectMissing, ObjectStore
from domain.orders.exporting.actions import EXPORT
from domain.orders.exporting.fetching import bookkeeper, record_fetch
from domain.orders.exporting.passes import holder
from domain.orders.exporting.views import FileView, export_file

_LOG = logger(__name__)
_LARGEST_PART_BYTES = 200_000_000
"""A thousand orders of a hundred long lines."""
_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class ExportDownload:
    """Streams files of exports to whoever has a pass, a few at a time, each on the record.

    One part of each is in memory at a time.
    """

    def __init__(
        self,
        vault: Vault,
        store: ObjectStore,
        database: Database,
        clock: Clock,
        random: Random,
        gate: Gate,
    ) -> None:
        self._vault = vault
        self._store = store
        self._database = database
        self._clock = clock
        self._random = random
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The file; 403 without a pass that holds, 404 where it is not there (any more).

        A turn is held until the last part is sent, and only who has a pass waits for one.
        """
        request = Request(scope, receive)
        export_id = key_of(request.path_params["export_id"], EXPORT)
        given = request.query_params.get("pass", "")
        staff_id = export_id and holder(given, self._vault, export_id, at=self._clock())
        if export_id is None or staff_id is None:
            await _closed()(scope, receive, send)
            return
        try:
            async with self._gate.turn():
                response = await self._answer(export_id, staff_id)
                await response(scope, receive, send)
        except Busy as busy:
            seconds = {"retry-after": str(busy.retry_after_seconds)}
            told = PlainTextResponse("系统繁忙，请稍后重试。", 503, _HEADERS | seconds)
            await told(scope, receive, send)

    async def _answer(self, export_id: UUID, staff_id: UUID) -> Response:
        file = await export_file(self._database.reads, export_id)
        if file is None:
            return PlainTextResponse("文件不存在或已过期。", 404, _HEADERS)
        if not await self._is_recorded(export_id, staff_id, file):
            return _closed()
        _LOG.info("export.fetched", export_id=str(export_id), size_bytes=file.size_bytes)
        # With its length, so that a file that breaks off is noticed and is not taken for whole.
        headers = {
            "content-length": str(file.size_bytes),
            "content-disposition": f'attachment; filename="orders-{export_id.hex}.csv"',
        }
        return StreamingResponse(
            self._parts(file.keys), headers=_HEADERS | headers, media_type="text/csv; charset=utf-8"
        )

    async def _is_recorded(self, export_id: UUID, staff_id: UUID, file: FileView) -> bool:
        """Write down who takes the file; False where they may not have it any more."""
        async with writing(self._database.writes) as session:
            is_developer = staff_id == DEVELOPER.id
            staff = DEVELOPER if is_developer else await bookkeeper(session, staff_id)
            if staff is not None:
                by = By(staff, self._clock(), self._random)
                await record_fetch(session, export_id, size_bytes=file.size_bytes, by=by)
        return staff is not None

    async def _parts(self, keys: Sequence[str]) -> AsyncIterator[bytes]:
        for key in keys:
            try:
                yield await self._store.read(key, most_bytes=_LARGEST_PART_BYTES)
            except ObjectMissing:
                _LOG.exception("export.part_missing", key=key)
                raise


def _closed() -> Response:
    return PlainTextResponse("此下载地址无效或已过期。", 403, _HEADERS)
