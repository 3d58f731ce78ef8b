"""Media in an S3-compatible store: a bucket that anyone may read, and one that nobody may.

This module alone knows botocore, which is loaded only where such a store is configured.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Protocol, TypeVar, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from domain.kernel.errors import Busy
from domain.kernel.logs import logger
from domain.media.ports import ObjectMissing, ObjectTooLarge, UploadAddress, UploadTicket
from domain.media.rules import MediaType, is_key, is_public

_LOG = logger(__name__)
_T = TypeVar("_T")
_CONNECT_SECONDS = 2
_READ_SECONDS = 10
_CONNECTIONS = 16
_FOREVER = "public, max-age=31536000, immutable"
"""A key is never used for another picture."""
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})


@dataclass(frozen=True, slots=True)
class S3Access:
    """Where the store is, and what opens it."""

    url: str
    region: str
    access_key: str
    secret_key: str
    addressing: str


class _Client(Protocol):
    """What of botocore's client is used; its own methods come from data and have no types."""

    def get_object(self, **parameters: object) -> Mapping[str, Any]: ...
    def put_object(self, **parameters: object) -> Mapping[str, Any]: ...
    def delete_object(self, **parameters: object) -> Mapping[str, Any]: ...
    def generate_presigned_url(self, operation: str, **parameters: object) -> str: ...


class S3Store:
    """Keeps objects in two buckets, and lets clients send uploads to the private one."""

    def __init__(
        self, access: S3Access, *, public_bucket: str, private_bucket: str, public_url: str
    ) -> None:
        self._client = _client(access)
        self._public_bucket = public_bucket
        self._private_bucket = private_bucket
        self._public_url = public_url

    def upload_address(self, ticket: UploadTicket, *, at: datetime) -> UploadAddress:
        """A presigned PUT that binds the key, the type, the length and the time.

        The signature stands for the ticket's token, which the store does not know.
        """
        seconds = int((ticket.expires_at - at).total_seconds())
        url = self._client.generate_presigned_url(
            "put_object",
            Params={
                **self._place(ticket.key),
                "ContentType": str(ticket.media_type),
                "ContentLength": ticket.size_bytes,
            },
            ExpiresIn=seconds,
        )
        return UploadAddress(
            url=url, method="PUT", headers={"content-type": str(ticket.media_type)}
        )

    async def read(self, key: str, *, most_bytes: int) -> bytes:
        """The whole object; raises `ObjectMissing`, `ObjectTooLarge`, `Busy`."""
        return await _asked(lambda: self._read(key, most_bytes))

    async def put(self, key: str, content: bytes, media_type: MediaType) -> None:
        """Keep the object; a public one may be cached for ever. Raises `Busy`."""
        caching = {"CacheControl": _FOREVER} if is_public(key) else {}
        await _asked(
            lambda: self._client.put_object(
                **self._place(key), **caching, Body=content, ContentType=str(media_type)
            )
        )

    async def delete(self, key: str) -> None:
        """Delete the object; raises `Busy`."""
        await _asked(lambda: self._client.delete_object(**self._place(key)))

    @property
    def public_address(self) -> str:
        """The public bucket's address for readers."""
        return f"{self._public_url}/"

    def public_url(self, key: str) -> str:
        """Where anyone reads the object; ValueError for a key that is not public."""
        if not (is_key(key) and is_public(key)):
            raise ValueError(f"{key} is not public")
        return self.public_address + key

    def _place(self, key: str) -> dict[str, str]:
        if not is_key(key):
            raise ValueError(f"{key!r} is no key")
        bucket = self._public_bucket if is_public(key) else self._private_bucket
        return {"Bucket": bucket, "Key": key}

    def _read(self, key: str, most_bytes: int) -> bytes:
        answer = self._client.get_object(**self._place(key))
        body = cast("IO[bytes]", answer["Body"])
        try:
            content = body.read(most_bytes + 1)
        finally:
            body.close()
        if len(content) > most_bytes:
            raise ObjectTooLarge(key)
        return content


def _client(access: S3Access) -> _Client:
    config = Config(
        signature_version="s3v4",
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        max_pool_connections=_CONNECTIONS,
        retries={"total_max_attempts": 2, "mode": "standard"},
        s3={"addressing_style": access.addressing},
        # Checksums in trailers are Amazon's own; other stores refuse them.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    client: object = Session().create_client(
        "s3",
        endpoint_url=access.url,
        region_name=access.region,
        aws_access_key_id=access.access_key,
        aws_secret_access_key=access.secret_key,
        config=config,
    )
    return cast("_Client", client)


async def _asked(call: Callable[[], _T]) -> _T:
    """Ask the store in a thread; what it cannot do now is BUSY."""
    try:
        return await asyncio.to_thread(call)
    except ClientError as error:
        told = cast("Mapping[str, Mapping[str, object]]", error.response)
        code = str(told.get("Error", {}).get("Code", ""))
        if code in _MISSING:
            raise ObjectMissing from error
        _LOG.warning("media.store_refuses", reason=code)
        raise Busy from error
    except (BotoCoreError, OSError) as error:
        _LOG.warning("media.store_away", reason=type(error).__name__)
        raise Busy from error
