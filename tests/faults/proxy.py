"""A TCP proxy that breaks connections: by chance at each chunk, or all of them at once."""

import asyncio
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random

from tests.cli.mall_process import free_port

_CHUNK = 65_536
_RST_AT_CLOSE = struct.pack("ii", 1, 0)


class Proxy:
    """Stands before a server that listens on a Unix socket.

    ``share`` is how many of the chunks, either way, are answered by a reset instead of being
    passed on; the seed says which. While ``is_away`` nobody is let in.
    """

    def __init__(self, server: Path, *, seed: int) -> None:
        self.server = server
        self.port = free_port()
        self.share = 0.0
        self.is_away = False
        self.chunks = 0
        self.resets = 0
        self._random = Random(seed)
        self._under_way: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Proxy"]:
        """Listen on loopback until the block ends, then cut what is left."""
        server = await asyncio.start_server(self._take, "127.0.0.1", self.port)
        try:
            yield self
        finally:
            server.close()
            await self.cut()

    async def cut(self) -> None:
        """Break all connections there are."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _take(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Pass on both ways until one side is done or breaks; then both are broken."""
        writers = [writer]
        try:
            if self.is_away:
                return
            there, back = await asyncio.open_unix_connection(self.server)
            writers.append(back)
            ways = [
                asyncio.create_task(self._pass_on(reader, back)),
                asyncio.create_task(self._pass_on(there, writer)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            for each in writers:
                _reset(each)

    async def _pass_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                self.chunks += 1
                if self.share and self._random.random() < self.share:
                    self.resets += 1
                    return
                writer.write(chunk)
                await writer.drain()


def _reset(writer: StreamWriter) -> None:
    """End a connection as a network does: the other side reads an error and no end of file."""
    found: socket.socket | None = writer.get_extra_info("socket")
    if found is not None and found.family == socket.AF_INET:
        with suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_AT_CLOSE)
    writer.transport.abort()
