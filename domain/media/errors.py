"""What media refuses."""

from dataclasses import dataclass

from domain.kernel.errors import Refused
from domain.media.rules import MediaType, RefusalReason


@dataclass(eq=False)
class UploadTypeRefused(Refused):
    """Nothing of this media type is taken for the purpose."""

    allowed: tuple[MediaType, ...]


@dataclass(eq=False)
class UploadSizeRefused(Refused):
    """The upload is empty or larger than the purpose allows."""

    largest_bytes: int


@dataclass(eq=False)
class TooManyUploads(Refused):
    """The owner has that many uploads unfinished, or has asked for that many in a day."""

    most: int


@dataclass(eq=False)
class UploadUnknown(Refused):
    """There is no such upload, or it is somebody else's."""


@dataclass(eq=False)
class UploadExpired(Refused):
    """The upload was not completed in time."""


@dataclass(eq=False)
class UploadNotArrived(Refused):
    """Nothing has arrived at the upload's address yet."""


@dataclass(eq=False)
class UploadUnusable(Refused):
    """What arrived is not what was promised, or cannot be used."""

    reason: RefusalReason
