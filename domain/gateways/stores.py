"""Which store keeps the media: the one choice that both mains make."""

import importlib
from typing import cast

from domain.gateways.media_folder import MediaFolder
from domain.kernel.settings import Settings
from domain.media.ports import ObjectStore


def media_store(settings: Settings) -> ObjectStore:
    """The S3-compatible store where one is configured, and the media folder otherwise."""
    given = settings.media_store
    if given is None:
        return MediaFolder(
            settings.media_folder, settings.private_folder, base_url=settings.base_url
        )
    # Its library takes a second and 40 MB to load: only whoever uses it pays.
    s3 = importlib.import_module("domain.gateways.s3")
    access = s3.S3Access(
        url=given.url,
        region=given.region,
        access_key=given.access_key.get_secret_value(),
        secret_key=given.secret_key.get_secret_value(),
        addressing=given.addressing,
    )
    store = s3.S3Store(
        access,
        public_bucket=given.public_bucket,
        private_bucket=given.private_bucket,
        public_url=given.public_url,
    )
    return cast("ObjectStore", store)
