"""``GET /downloads/{kind}/{days}.csv?pass=…``: tables that are read while they are sent."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random
from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from api.auth import DEVELOPER
from api.context import Context
from api.gate import Gate
from api.writing import writing
from domain.kernel.actors import By
from domain.kernel.clock import Clock
from domain.kernel.days import Days, days_of
from domain.kernel.db import Database, ReadPool, WriteSession
from domain.kernel.errors import Busy
from domain.kernel.logs import logger
from domain.kernel.passes import holder, new_pass
from domain.kernel.sealing import Vault
from domain.orders.exporting.fetching import bookkeeper

_LOG = logger(__name__)
_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of file: what passes to it are for, and what it is read by.

    Whatever may be refused is best read before the first piece, which is had before the answer
    begins. ``record`` writes down who takes it.
    """

    purpose: str
    read: Callable[[ReadPool, Vault, Days], AsyncIterator[bytes]]
    record: Callable[[WriteSession, Days, By], Awaitable[None]] | None = None


def download_path(context: Context, kind: str, days: str, *, purpose: str) -> str:
    """Where a file can be fetched for a while, in the name of who asks."""
    vault, staff_id = context.members.vault, context.staff().id
    given = new_pass(vault, days, staff_id, purpose=purpose, at=context.now())
    return f"/downloads/{kind}/{days}.csv?pass={given}"


class TableDownload:
    """Streams tables to whoever has a pass, a few at a time; nothing of them is kept."""

    def __init__(
        self,
        vault: Vault,
        database: Database,
        clock: Clock,
        random: Random,
        gate: Gate,
        tables: Mapping[str, Table],
    ) -> None:
        self._vault = vault
        self._database = database
        self._clock = clock
        self._random = random
        self._gate = gate
        self._tables = tables

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The file; 403 without a pass that holds, or for who may not have it any more.

        A turn is held until the last piece is sent, and only who has a pass waits for one.
        """
        request = Request(scope, receive)
        kind = request.path_params["kind"]
        table, days = self._tables.get(kind), days_of(request.path_params["days"])
        if table is None or days is None:
            await _closed()(scope, receive, send)
            return
        given, now = request.query_params.get("pass", ""), self._clock()
        staff_id = holder(given, self._vault, str(days), purpose=table.purpose, at=now)
        if staff_id is None:
            await _closed()(scope, receive, send)
            return
        async with AsyncExitStack() as held:
            try:
                await held.enter_async_context(self._gate.turn())
                response = await self._answer(kind, table, days, staff_id)
            except Busy as busy:
                seconds = {"retry-after": str(busy.retry_after_seconds)}
                response = PlainTextResponse("系统繁忙，请稍后重试。", 503, _HEADERS | seconds)
            # What fails from here on breaks the file off: a second answer would mend nothing.
            await response(scope, receive, send)

    async def _answer(self, kind: str, table: Table, days: Days, staff_id: UUID) -> Response:
        if not await self._may_have(table, days, staff_id):
            return _closed()
        _LOG.info("table.fetched", kind=kind, days=str(days), staff_id=str(staff_id))
        name = f'attachment; filename="{kind}-{days}.csv"'
        pieces = table.read(self._database.reads, self._vault, days)
        return StreamingResponse(
            _begun(await anext(pieces), pieces),
            headers=_HEADERS | {"content-disposition": name},
            media_type="text/csv; charset=utf-8",
        )

    async def _may_have(self, table: Table, days: Days, staff_id: UUID) -> bool:
        """Whether they may have it at this moment; written down where the table wants it."""
        async with writing(self._database.writes) as session:
            is_developer = staff_id == DEVELOPER.id
            staff = DEVELOPER if is_developer else await bookkeeper(session, staff_id)
            if staff is not None and table.record is not None:
                await table.record(session, days, By(staff, self._clock(), self._random))
        return staff is not None


async def _begun(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """All pieces, the first of which was read before anything is answered."""
    yield first
    async for piece in others:
        yield piece


def _closed() -> Response:
    return PlainTextResponse("此下载地址无效或已过期。", 403, _HEADERS)
