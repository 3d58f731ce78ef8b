"""``GET /case-pictures/{case}/{position}.webp?pass=…``: what a case is shown by, to who may see."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from domain.aftersales.passes import opens
from domain.aftersales.views import picture_key
from domain.kernel.clock import Clock
from domain.kernel.db import ReadPool
from domain.kernel.errors import Busy
from domain.kernel.sealing import Vault
from domain.media.ports import ObjectMissing, ObjectStore
from domain.media.rules import LARGEST_PICTURE_BYTES, MediaType, thumbnail_key

_SIDE = 1000
"""The larger thumbnail, which every picture has."""
_HEADERS = {
    "cache-control": "private, max-age=300",
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class CasePictures:
    """Shows pictures of cases to whoever has a pass; they are private, and lie in no folder."""

    def __init__(self, vault: Vault, store: ObjectStore, reads: ReadPool, clock: Clock) -> None:
        self._vault = vault
        self._store = store
        self._reads = reads
        self._clock = clock

    async def get(self, request: Request) -> Response:
        """The picture; 403 without a pass that holds, 404 where there is none."""
        case_id = UUID(request.path_params["case_id"].hex)
        position: int = request.path_params["position"]
        given = request.query_params.get("pass", "")
        if not opens(given, self._vault, case_id, position, at=self._clock()):
            return PlainTextResponse("此图片地址无效或已过期。", 403, _HEADERS)
        try:
            key = await picture_key(self._reads, case_id, position)
            if key is None:
                return PlainTextResponse("图片不存在。", 404, _HEADERS)
            shown = thumbnail_key(key, _SIDE)
            content = await self._store.read(shown, most_bytes=LARGEST_PICTURE_BYTES)
        except ObjectMissing:
            return PlainTextResponse("图片不存在。", 404, _HEADERS)
        except Busy as busy:
            seconds = {"retry-after": str(busy.retry_after_seconds)}
            return PlainTextResponse("系统繁忙，请稍后重试。", 503, _HEADERS | seconds)
        return Response(content, headers=_HEADERS, media_type=MediaType.WEBP)
