"""What may be uploaded for which purpose, and under which keys it is kept: pure values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class Purpose(StrEnum):
    """What an upload is for."""

    PRODUCT_IMAGE = "product_image"
    MEMBER_PICTURE = "member_picture"
    EVIDENCE = "evidence"
    PRODUCT_IMPORT = "product_import"
    SHIPMENT_IMPORT = "shipment_import"


class MediaType(StrEnum):
    """What an upload may be."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    CSV = "text/csv"


class UploadStatus(StrEnum):
    """How far an upload has come; ready and refused are final.

    A picture that was replaced is no longer its owner's, and goes with its objects at the sweep.
    """

    PROMISED = "promised"
    STORED = "stored"
    READY = "ready"
    REFUSED = "refused"
    REPLACED = "replaced"


class RefusalReason(StrEnum):
    """Why what arrived cannot be used."""

    OTHER_SIZE = "other_size"
    OTHER_TYPE = "other_type"
    UNREADABLE = "unreadable"
    TOO_MANY_PIXELS = "too_many_pixels"
    ANIMATED = "animated"
    NOT_TEXT = "not_text"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one purpose allows: types, bytes of one upload, and uploads of one owner.

    Those are bounded while unfinished; ``most_a_day`` bounds all that are asked for in a day.
    """

    media_types: tuple[MediaType, ...]
    largest_bytes: int
    most_unfinished: int
    prefix: str
    most_a_day: int | None = None


PICTURES = (MediaType.JPEG, MediaType.PNG, MediaType.WEBP)
LARGEST_PICTURE_BYTES = 10_000_000
LARGEST_TABLE_BYTES = 20_000_000
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 12_000
LONGEST_KEPT_SIDE = 3_000
"""Larger pictures are kept smaller: nobody sees more, and encoding has to end in time."""
THUMBNAIL_SIDES = (1000, 400)
"""Longest sides of the thumbnails in pixels, larger first."""

ADDRESS_LIFE = timedelta(minutes=15)
"""How long the bytes may be sent."""
COMPLETING_LIFE = timedelta(hours=1)
"""How long after that an upload may be completed: well before the sweep comes."""
RETENTION = timedelta(days=1)
"""How long after its address expired an upload that is not ready is remembered."""

_PRODUCTS_PREFIX = "products/"
_MEMBERS_PREFIX = "members/"
_PRIVATE_PREFIX = "private/"
_INCOMING_PREFIX = "incoming/"

ALLOWANCES: Mapping[Purpose, Allowance] = {
    Purpose.PRODUCT_IMAGE: Allowance(PICTURES, LARGEST_PICTURE_BYTES, 500, _PRODUCTS_PREFIX),
    Purpose.MEMBER_PICTURE: Allowance(
        PICTURES, LARGEST_PICTURE_BYTES, 5, _MEMBERS_PREFIX, most_a_day=20
    ),
    Purpose.EVIDENCE: Allowance(PICTURES, LARGEST_PICTURE_BYTES, 20, f"{_PRIVATE_PREFIX}evidence/"),
    Purpose.PRODUCT_IMPORT: Allowance(
        (MediaType.CSV,), LARGEST_TABLE_BYTES, 20, f"{_PRIVATE_PREFIX}imports/"
    ),
    Purpose.SHIPMENT_IMPORT: Allowance(
        (MediaType.CSV,), LARGEST_TABLE_BYTES, 20, f"{_PRIVATE_PREFIX}shipments/"
    ),
}
_EXTENSIONS: Mapping[MediaType, str] = {
    MediaType.JPEG: "jpg",
    MediaType.PNG: "png",
    MediaType.WEBP: "webp",
    MediaType.CSV: "csv",
}
_KEY = re.compile(r"[a-z0-9_-]+(/[a-z0-9_-]+)*(\.[a-z0-9]+)?")


def is_key(text: str) -> bool:
    """Whether the text is a key: names with slashes between, none of which leads elsewhere."""
    return _KEY.fullmatch(text) is not None


def is_public(key: str) -> bool:
    """Whether anybody may read the object of that key."""
    return key.startswith((_PRODUCTS_PREFIX, _MEMBERS_PREFIX))


def incoming_key(upload_id: UUID) -> str:
    """Where the bytes of an upload arrive."""
    return f"{_INCOMING_PREFIX}{upload_id.hex}"


def object_key(
    purpose: Purpose, media_type: MediaType, upload_id: UUID, created_at: datetime
) -> str:
    """Where the upload is kept once it is ready."""
    prefix = ALLOWANCES[purpose].prefix
    return f"{prefix}{created_at.year:04}/{upload_id.hex}.{_EXTENSIONS[media_type]}"


def upload_of(key: str) -> UUID:
    """The upload that is kept under an object's key."""
    return UUID(key.rpartition("/")[2].partition(".")[0])


def thumbnail_key(key: str, longest_side: int) -> str:
    """Where the thumbnail of a picture is kept, which is always WebP.

    A picture that is smaller than the thumbnail is not enlarged, and has the thumbnail all the
    same.
    """
    return f"{key.rpartition('.')[0]}_{longest_side}.webp"


def all_keys(
    purpose: Purpose, media_type: MediaType, upload_id: UUID, created_at: datetime
) -> list[str]:
    """Every key under which an upload may have left something."""
    key = object_key(purpose, media_type, upload_id, created_at)
    keys = [incoming_key(upload_id), key]
    if media_type is not MediaType.CSV:
        keys += [thumbnail_key(key, side) for side in THUMBNAIL_SIDES]
    return keys


def pixels_are_possible(width: int, height: int) -> bool:
    """Whether a picture of that size is decoded at all."""
    sides_fit = 1 <= width <= LONGEST_SIDE and 1 <= height <= LONGEST_SIDE
    return sides_fit and width * height <= MOST_PIXELS


def table_problem(content: bytes) -> RefusalReason | None:
    """Why the bytes are no table of text; None where they are.

    Spreadsheets of this market write GB18030 as often as UTF-8; whoever reads the table
    finds out which.
    """
    if b"\x00" in content:
        return RefusalReason.NOT_TEXT
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None
    return RefusalReason.NOT_TEXT
