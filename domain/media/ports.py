"""What media needs of the world outside: a store of objects, and one that takes bytes itself."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.media.rules import MediaType


class ObjectMissing(Exception):
    """The store has nothing under that key."""


class ObjectTooLarge(Exception):
    """The object is larger than the reader is ready to take."""


@dataclass(frozen=True, slots=True)
class UploadTicket:
    """What an upload may be, and the capability to send it.

    ``token`` is a secret: whoever holds it may send the bytes, and it is stored nowhere.
    """

    upload_id: UUID
    key: str
    media_type: MediaType
    size_bytes: int
    expires_at: datetime
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UploadAddress:
    """Where and how a client sends the bytes: one request with exactly these headers."""

    url: str = field(repr=False)
    method: str
    headers: Mapping[str, str]


class ObjectStore(Protocol):
    """Keeps objects under keys; those below the public prefix can be read by anyone.

    Keys that are none raise ValueError. Every operation raises `Busy` while the store is away
    or full, and may be repeated.
    """

    def upload_address(self, ticket: UploadTicket, *, at: datetime) -> UploadAddress:
        """Where the ticket's bytes may be sent from ``at`` until the ticket expires."""
        ...

    async def read(self, key: str, *, most_bytes: int) -> bytes:
        """The whole object; raises `ObjectMissing`, `ObjectTooLarge`."""
        ...

    async def put(self, key: str, content: bytes, media_type: MediaType) -> None:
        """Keep an object, whole or not at all, in the place of one that was there."""
        ...

    async def delete(self, key: str) -> None:
        """Delete the object and what unfinished writes of it have left; none may be there."""
        ...

    @property
    def public_address(self) -> str:
        """Below which anyone reads public objects by their keys; ends with a slash."""
        ...

    def public_url(self, key: str) -> str:
        """Where anyone can read the object; ValueError for a key that is not public."""
        ...


class Receiver(Protocol):
    """A store whose bytes pass through the mall itself."""

    async def receive(self, key: str, chunks: AsyncIterator[bytes], *, size_bytes: int) -> None:
        """Keep exactly that many bytes, or nothing: ValueError where they are more or fewer.

        What ``chunks`` raises is passed on, and nothing is left behind. Raises `Busy`.
        """
        ...
