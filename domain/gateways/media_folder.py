"""Media as files: public ones below the folder that the API serves, all others beside it."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

from domain.kernel.errors import Busy
from domain.kernel.ids import public_id
from domain.kernel.logs import logger
from domain.media.ports import ObjectMissing, ObjectTooLarge, UploadAddress, UploadTicket
from domain.media.rules import MediaType, is_key, is_public

_LOG = logger(__name__)
_UNFINISHED = ".unfinished"
_AT_ONCE_BYTES = 256 * 1024
"""How much is gathered before it is worth a thread's while."""


@dataclass(frozen=True, slots=True)
class MediaFolder:
    """Keeps objects as files, and takes uploads through the mall's own API.

    Writes are whole or not at all: a file gets its name when all of it is on the disk. The
    private folder must not lie below the public one.
    """

    public_folder: Path
    private_folder: Path
    base_url: str

    def upload_address(self, ticket: UploadTicket, *, at: datetime) -> UploadAddress:
        """The API's own address for uploads, with the ticket's token."""
        upload = public_id("upload", ticket.upload_id)
        return UploadAddress(
            url=f"{self.base_url}/uploads/{upload}?{urlencode({'token': ticket.token})}",
            method="PUT",
            headers={"content-type": ticket.media_type},
        )

    async def read(self, key: str, *, most_bytes: int) -> bytes:
        """The whole file; raises `ObjectMissing`, `ObjectTooLarge`, `Busy`."""
        return await asyncio.to_thread(_read, self._path(key), most_bytes)

    async def put(self, key: str, content: bytes, media_type: MediaType) -> None:
        """Write the file; raises `Busy` when the disk is full."""
        await asyncio.to_thread(_write, self._path(key), content, is_served=is_public(key))

    async def receive(self, key: str, chunks: AsyncIterator[bytes], *, size_bytes: int) -> None:
        """Write the file as its bytes come; see `Receiver`."""
        path = self._path(key)
        file = await asyncio.to_thread(_begin, path)
        try:
            await _receive(file, chunks, size_bytes)
            await asyncio.to_thread(_end, file, path, is_served=is_public(key))
        finally:
            # Also when the request is broken off, and in a moment: nothing is left behind.
            _abandon(file)

    async def delete(self, key: str) -> None:
        """Delete the file, and what a crash left of writing it."""
        await asyncio.to_thread(_delete, self._path(key))

    @property
    def public_address(self) -> str:
        """Where the API serves the public folder."""
        return f"{self.base_url}/media/"

    def public_url(self, key: str) -> str:
        """Where the API serves the file; ValueError for a key that is not public."""
        if not (is_key(key) and is_public(key)):
            raise ValueError(f"{key} is not public")
        return self.public_address + key

    def _path(self, key: str) -> Path:
        if not is_key(key):
            raise ValueError(f"{key!r} is no key")
        return (self.public_folder if is_public(key) else self.private_folder) / key


@contextmanager
def _disk_may_be_full() -> Generator[None]:
    """Tell a disk that takes nothing more as BUSY: the upload may be sent again."""
    try:
        yield
    except OSError as error:
        raise _refused_by_the_disk() from error


def _refused_by_the_disk() -> Busy:
    _LOG.exception("media.disk_refuses")
    return Busy()


def _read(path: Path, most_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except FileNotFoundError as error:
        raise ObjectMissing(path.name) from error
    except OSError as error:
        raise _refused_by_the_disk() from error
    if len(content) > most_bytes:
        raise ObjectTooLarge(path.name)
    return content


def _write(path: Path, content: bytes, *, is_served: bool) -> None:
    file = _begin(path)
    try:
        _append(file, content)
        _end(file, path, is_served=is_served)
    finally:
        _abandon(file)


def _begin(path: Path) -> IO[bytes]:
    """Open a file of its own beside the one that it becomes, which nobody else writes to."""
    with _disk_may_be_full():
        path.parent.mkdir(parents=True, exist_ok=True)
        return tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f"{path.name}.", suffix=_UNFINISHED, delete=False
        )


def _append(file: IO[bytes], content: bytes) -> None:
    with _disk_may_be_full():
        file.write(content)


def _end(file: IO[bytes], path: Path, *, is_served: bool) -> None:
    """Give the file its name once all of it is on the disk."""
    unfinished = Path(file.name)
    with _disk_may_be_full():
        file.flush()
        os.fsync(file.fileno())
        file.close()
        # Temporary files are for their owner only; a server in front may read what is public.
        if is_served:
            unfinished.chmod(0o644)
        unfinished.replace(path)
        _keep_names(path.parent)


def _keep_names(folder: Path) -> None:
    """Let the folder remember its names when the power fails: a row may soon rely on them."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _abandon(file: IO[bytes]) -> None:
    """Let go of the file, and of what has not got its name yet."""
    # What closing would still write is not wanted any more, and a full disk refuses it.
    with suppress(OSError):
        file.close()
    Path(file.name).unlink(missing_ok=True)


def _delete(path: Path) -> None:
    with _disk_may_be_full():
        for each in (path, *path.parent.glob(f"{path.name}.*{_UNFINISHED}")):
            each.unlink(missing_ok=True)


async def _receive(file: IO[bytes], chunks: AsyncIterator[bytes], size_bytes: int) -> None:
    received, gathered = 0, bytearray()
    async for chunk in chunks:
        received += len(chunk)
        if received > size_bytes:
            raise ValueError(f"more than {size_bytes} bytes")
        gathered += chunk
        if len(gathered) >= _AT_ONCE_BYTES:
            await asyncio.to_thread(_append, file, bytes(gathered))
            gathered.clear()
    if received != size_bytes:
        raise ValueError(f"{received} bytes, not {size_bytes}")
    await asyncio.to_thread(_append, file, bytes(gathered))
