"""The settings of the store that keeps pictures and uploads."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from domain.kernel.addresses import base, origin
from domain.kernel.setting_names import Fields, require_all_or_none, variable

_OF_A_STORE = (
    "media_store_url",
    "media_store_access_key",
    "media_store_secret_key",
    "media_store_public_bucket",
    "media_store_private_bucket",
    "media_store_public_url",
)


class Addressing(StrEnum):
    """Where in its addresses a store expects the bucket."""

    PATH = "path"
    VIRTUAL = "virtual"


@dataclass(frozen=True, slots=True)
class MediaStoreSettings:
    """The S3-compatible store that is configured, with nothing missing."""

    url: str
    region: str
    addressing: Addressing
    access_key: SecretStr
    secret_key: SecretStr
    public_bucket: str
    private_bucket: str
    public_url: str


class MediaStoreFields(Fields):
    """Where media are kept: an S3-compatible store, or files where none is given."""

    media_store_url: str | None = Field(
        None,
        description="S3-compatible store for pictures and uploads, `https://…` without a path; "
        "the media folder when absent.",
    )
    media_store_region: str = Field(
        "us-east-1", min_length=1, description="Region of the store, as its signatures name it."
    )
    media_store_addressing: Addressing = Field(
        Addressing.PATH,
        description="`path` or `virtual`: whether the bucket is in the path or in the host name.",
    )
    media_store_access_key: SecretStr | None = Field(
        None, description="Id of the key that may read, write and delete in both buckets."
    )
    media_store_secret_key: SecretStr | None = Field(None, description="The secret of that key.")
    media_store_public_bucket: str | None = Field(
        None, description="Bucket whose objects anyone may read: the pictures of products."
    )
    media_store_private_bucket: str | None = Field(
        None, description="Bucket that nobody else may read: what arrives, evidence, imports."
    )
    media_store_public_url: str | None = Field(
        None, description="Where clients read the public bucket, `https://…`, such as a CDN."
    )

    @field_validator("media_store_url")
    @classmethod
    def _store_is_an_origin(cls, value: str | None) -> str | None:
        return origin(value, "https://s3.example")

    @field_validator("media_store_public_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        return base(value, "https://cdn.example")

    @field_validator("media_store_public_bucket", "media_store_private_bucket")
    @classmethod
    def _names_a_bucket(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", value):
            raise ValueError("must be 3 to 63 small letters, digits, dots and hyphens")
        return value

    @model_validator(mode="after")
    def _store_is_whole(self) -> Self:
        given = require_all_or_none({name: getattr(self, name) for name in _OF_A_STORE})
        if given and self.media_store_public_bucket == self.media_store_private_bucket:
            raise ValueError(
                f"{variable('media_store_private_bucket')}: must differ from "
                f"{variable('media_store_public_bucket')}, which anyone may read"
            )
        return self

    @property
    def media_store(self) -> MediaStoreSettings | None:
        """The S3-compatible store; None where media are files."""
        url, public_url = self.media_store_url, self.media_store_public_url
        access_key, secret_key = self.media_store_access_key, self.media_store_secret_key
        public_bucket = self.media_store_public_bucket
        private_bucket = self.media_store_private_bucket
        if not (url and public_url and access_key and secret_key):
            return None
        if not (public_bucket and private_bucket):
            return None
        return MediaStoreSettings(
            url=url,
            region=self.media_store_region,
            addressing=self.media_store_addressing,
            access_key=access_key,
            secret_key=secret_key,
            public_bucket=public_bucket,
            private_bucket=private_bucket,
            public_url=public_url,
        )
