"""``GET /downloads/shipments/{id}.csv?pass=…``: the rows of an import with their outcomes."""

import asyncio
from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from api.auth import DEVELOPER
from api.gate import Gate
from domain.kernel.clock import Clock
from domain.kernel.csv_tables import MOST_ROWS
from domain.kernel.db import Database
from domain.kernel.errors import Busy
from domain.kernel.ids import key_of
from domain.kernel.passes import holder
from domain.kernel.sealing import Vault
from domain.media.table_jobs import ImportStatus
from domain.orders.exporting.fetching import bookkeeper
from domain.orders.shipping.importing.file import PASS, result_file
from domain.orders.shipping.importing.views import (
    SHIPMENT_IMPORT,
    shipment_import,
    shipment_import_rows,
)

_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class ShipmentImportDownload:
    """Hands out results of imports to whoever has a pass, a few at a time."""

    def __init__(self, vault: Vault, database: Database, clock: Clock, gate: Gate) -> None:
        self._vault = vault
        self._database = database
        self._clock = clock
        self._gate = gate

    async def get(self, request: Request) -> Response:
        """The file; 403 without a pass that holds, 404 where it is not there (any more)."""
        import_id = key_of(request.path_params["import_id"], SHIPMENT_IMPORT)
        given = request.query_params.get("pass", "")
        staff_id = import_id and holder(
            given, self._vault, import_id.hex, purpose=PASS, at=self._clock()
        )
        if import_id is None or staff_id is None or not await self._may_have(staff_id):
            return PlainTextResponse("此下载地址无效或已过期。", 403, _HEADERS)
        try:
            async with self._gate.turn():
                return await self._file(import_id)
        except Busy as busy:
            seconds = {"retry-after": str(busy.retry_after_seconds)}
            return PlainTextResponse("系统繁忙，请稍后重试。", 503, _HEADERS | seconds)

    async def _file(self, import_id: UUID) -> Response:
        found = await shipment_import(self._database.reads, import_id)
        if found is None or found.status is not ImportStatus.DONE:
            return PlainTextResponse("文件不存在或已过期。", 404, _HEADERS)
        page = await shipment_import_rows(
            self._database.reads, import_id, None, first=MOST_ROWS, after=None
        )
        # Beside the loop: a large table takes longer than others may wait.
        content = await asyncio.to_thread(result_file, page.items)
        name = {"content-disposition": f'attachment; filename="shipments-{import_id.hex}.csv"'}
        return Response(content, 200, _HEADERS | name, media_type="text/csv; charset=utf-8")

    async def _may_have(self, staff_id: UUID) -> bool:
        """Whether they may still see what is sent."""
        if staff_id == DEVELOPER.id:
            return True
        async with self._database.writes() as session:
            return await bookkeeper(session, staff_id) is not None
