"""``GET /downloads/orders/{id}.csv?pass=…``: the file of an export, part by part."""

from collections.abc import AsyncIterator, Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from domain.kernel.clock import Clock
from domain.kernel.db import ReadPool
from domain.kernel.errors import Busy
from domain.kernel.ids import key_of
from domain.kernel.logs import logger
from domain.kernel.sealing import Vault
from domain.media.ports import ObjectMissing, ObjectStore
from domain.orders.exporting.actions import EXPORT
from domain.orders.exporting.passes import is_pass
from domain.orders.exporting.views import export_file

_LOG = logger(__name__)
_LARGEST_PART_BYTES = 200_000_000
"""A thousand orders of a hundred long lines."""
_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class ExportDownload:
    """Streams files of exports to whoever has a pass; one part is in memory at a time."""

    def __init__(self, vault: Vault, store: ObjectStore, reads: ReadPool, clock: Clock) -> None:
        self._vault = vault
        self._store = store
        self._reads = reads
        self._clock = clock

    async def get(self, request: Request) -> Response:
        """The file; 403 without a pass that holds, 404 where it is not there (any more)."""
        public = request.path_params["export_id"]
        export_id = key_of(public, EXPORT)
        given = request.query_params.get("pass", "")
        if export_id is None or not is_pass(given, self._vault, export_id, at=self._clock()):
            return PlainTextResponse("此下载地址无效或已过期。", 403, _HEADERS)
        try:
            file = await export_file(self._reads, export_id)
        except Busy as busy:
            seconds = {"retry-after": str(busy.retry_after_seconds)}
            return PlainTextResponse("系统繁忙，请稍后重试。", 503, _HEADERS | seconds)
        if file is None:
            return PlainTextResponse("文件不存在或已过期。", 404, _HEADERS)
        _LOG.info("export.fetched", export_id=str(export_id), size_bytes=file.size_bytes)
        # With its length, so that a file that breaks off is noticed and is not taken for whole.
        headers = {
            "content-length": str(file.size_bytes),
            "content-disposition": f'attachment; filename="orders-{export_id.hex}.csv"',
        }
        return StreamingResponse(
            self._parts(file.keys), headers=_HEADERS | headers, media_type="text/csv; charset=utf-8"
        )

    async def _parts(self, keys: Sequence[str]) -> AsyncIterator[bytes]:
        for key in keys:
            try:
                yield await self._store.read(key, most_bytes=_LARGEST_PART_BYTES)
            except ObjectMissing:
                _LOG.exception("export.part_missing", key=key)
                raise
