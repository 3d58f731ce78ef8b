"""Mini-program codes: pictures that lead to a page of the mini-program, without end or number."""

import re

from domain.gateways.statuses import require_success
from domain.gateways.transport import Answer
from domain.gateways.wechat.access import MiniProgram
from domain.gateways.wechat.answers import read_content
from domain.kernel.outside import OutsideUnavailable

NARROWEST, WIDEST = 280, 1280
"""The pixels that a code may be wide."""

_ENDPOINT = "/wxa/getwxacodeunlimit"
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
_PAGE = re.compile(r"[0-9A-Za-z_-][0-9A-Za-z_/-]{0,255}")
_MOST_BYTES = 1024 * 1024
_PICTURES = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}


class QrCodes:
    """Makes codes for one mini-program; the caller keeps them, since they last for ever."""

    def __init__(self, program: MiniProgram) -> None:
        self._program = program

    async def qr_code(self, scene: str, page: str, *, width: int = 430) -> bytes:
        """A JPEG or PNG that opens the released ``page`` with the ``scene``.

        ValueError for a scene that is not 1 to 32 characters of WeChat's set, a page with a leading
        slash or a query, and a width out of range. Raises `OutsideRejected` with 41030 for a page
        that the released version does not have. A repeat does no harm.
        """
        if not _SCENE.fullmatch(scene):
            raise ValueError("a scene has 1 to 32 characters that WeChat allows")
        if not _PAGE.fullmatch(page):
            raise ValueError("a page is a path without a leading slash or a query")
        if not NARROWEST <= width <= WIDEST:
            raise ValueError(f"a code is {NARROWEST} to {WIDEST} pixels wide")
        body = {"scene": scene, "page": page, "width": width}
        return await self._program.post(_ENDPOINT, body, _picture, most_bytes=_MOST_BYTES)


def _picture(answer: Answer) -> bytes:
    """The picture, or the error that lies in its place: only the type tells them apart."""
    begins = _PICTURES.get(answer.media_type)
    if begins is None:
        read_content(answer)
        raise OutsideUnavailable("no_picture", may_have_happened=True)
    require_success(answer)
    if not answer.content.startswith(begins):
        raise OutsideUnavailable("no_picture", may_have_happened=True)
    return answer.content
