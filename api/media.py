"""Pictures: served as files, and never as something that a browser would run."""

from collections.abc import MutableMapping
from os import PathLike, stat_result
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from typing_extensions import override

_HEADERS = {
    "cache-control": "public, max-age=300",
    # An SVG may hold a script, and these pictures share their origin with the API.
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "x-content-type-options": "nosniff",
}


class Media(StaticFiles):
    """The files of the media folder, which need not be there yet."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)

    @override
    async def check_config(self) -> None:
        """Check nothing: the folder comes with the first picture."""

    @override
    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: MutableMapping[str, Any],
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(_HEADERS)
        return response
