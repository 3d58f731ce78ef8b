"""Pictures are encoded in a thread of their own, one at a time."""

import asyncio
import importlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import cast

from domain.media.rules import MediaType, RefusalReason


class PictureRefused(Exception):
    """The bytes are not a picture that is taken, and why."""

    def __init__(self, reason: RefusalReason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of our own making: its bytes, its size, and a WebP for each longest side."""

    content: bytes
    width: int
    height: int
    thumbnails: Mapping[int, bytes]


class PictureEncoder:
    """Encodes pictures beside the event loop, so many at once and the rest in turn.

    A picture of the largest size takes some 250 MB while it is encoded: with one at a time that
    is the most a process ever needs, also when those who asked have gone away.
    """

    def __init__(self, *, running: int = 1) -> None:
        self._threads = ThreadPoolExecutor(running, thread_name_prefix="pictures")

    async def encode(self, content: bytes, media_type: MediaType) -> Picture:
        """Make the picture; raises `PictureRefused`. Whoever calls bounds how many wait."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _encoded, content, media_type)

    def close(self) -> None:
        """Let the picture under way end, and begin no other."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _encoded(content: bytes, media_type: MediaType) -> Picture:
    # Its library takes 4 MB, and few processes ever encode a picture: the first of them loads it.
    pictures = importlib.import_module("domain.media.pictures")
    return cast("Picture", pictures.encode(content, media_type))
