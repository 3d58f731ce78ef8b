"""The least that a server can do: one body, always, by ASGI alone.

Run as ``python -m bench.constant PORT FILE``.
"""

import sys
from pathlib import Path

import uvicorn
from starlette.types import Receive, Scope, Send


class Constant:
    """Answers whatever is asked with the same bytes."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
        ]

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer."""
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body})


def main(port: str, file: str) -> None:
    """Serve until told to stop, under uvicorn set as the mall sets it."""
    uvicorn.run(
        Constant(Path(file).read_bytes()),
        port=int(port),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
