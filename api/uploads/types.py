"""The GraphQL types of uploads: what they are for, what they answer with, what is refused."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
import strawberry

from api.enums import described
from api.limits import sized
from api.refusals import Refusal, refusal
from domain.kernel.language import Language, Sentence
from domain.media import errors
from domain.media.models import Upload
from domain.media.ports import ObjectStore
from domain.media.rules import THUMBNAIL_SIDES, Purpose, RefusalReason, is_public, thumbnail_key

UPLOAD = "upload"
"""The kind of an upload in public ids."""

described(
    Purpose,
    "What an upload is for.",
    PRODUCT_IMAGE="A picture that products show; anyone can read it. For staff.",
    MEMBER_PICTURE="A member's picture of themselves; anyone can read it. For members.",
    EVIDENCE="A picture that proves something; nobody but the mall reads it.",
    PRODUCT_IMPORT="A table of products to import; nobody but the mall reads it. For staff.",
    SHIPMENT_IMPORT="A table of parcels to send; nobody but the mall reads it. For staff.",
)
described(
    RefusalReason,
    "Why what arrived cannot be used.",
    OTHER_SIZE="It has more or fewer bytes than were promised.",
    OTHER_TYPE="It is not of the type that was promised.",
    UNREADABLE="The picture cannot be decoded.",
    TOO_MANY_PIXELS="The picture is too large in pixels.",
    ANIMATED="The picture moves.",
    NOT_TEXT="The table is no text in UTF-8 or GB18030.",
)
_WHY = {
    RefusalReason.OTHER_SIZE: Sentence(
        zh="文件大小与申请时不符。", en="The file's size is not what was promised."
    ),
    RefusalReason.OTHER_TYPE: Sentence(
        zh="文件类型与申请时不符。", en="The file's type is not what was promised."
    ),
    RefusalReason.UNREADABLE: Sentence(
        zh="图片已损坏，无法读取。", en="The picture cannot be read."
    ),
    RefusalReason.TOO_MANY_PIXELS: Sentence(
        zh="图片尺寸过大。", en="The picture has too many pixels."
    ),
    RefusalReason.ANIMATED: Sentence(zh="不支持动态图片。", en="The picture must not move."),
    RefusalReason.NOT_TEXT: Sentence(
        zh="表格须为 UTF-8 或 GB18030 编码的文本。",
        en="The table must be text in UTF-8 or GB18030.",
    ),
}


@strawberry.input(description="A file that shall be sent.")
class PromiseUploadInput:
    request_id: UUID = strawberry.field(
        description="An id of the client's own for this request: sent again, it names the same "
        "upload, with an address that takes the place of the first."
    )
    purpose: Purpose = strawberry.field(description="What it is for.")
    media_type: str = strawberry.field(
        description="Its media type: image/jpeg, image/png or image/webp; of a table, text/csv."
    )
    size_bytes: int = strawberry.field(
        description="Its exact size in bytes: at most 10,000,000 of a picture, 20,000,000 of a "
        "table."
    )


@strawberry.input(description="A file that was sent.")
class CompleteUploadInput:
    upload_id: strawberry.ID = strawberry.field(description="The upload that was promised.")


class HeaderView(msgspec.Struct, frozen=True, gc=False):
    """The struct behind `UploadHeader`."""

    name: str
    value: str


class PromisedUploadView(msgspec.Struct, frozen=True):
    """The struct behind `PromisedUpload`."""

    id: str
    url: str
    method: str
    headers: list[HeaderView]
    expires_at: datetime


class UploadPromisedView(msgspec.Struct, frozen=True):
    """The struct behind `UploadPromised`."""

    upload: PromisedUploadView


class StoredPictureView(msgspec.Struct, frozen=True, gc=False):
    """The struct behind `StoredPicture`."""

    key: str
    url: str
    width: int
    height: int
    thumbnails: list["ThumbnailView"]


class ThumbnailView(msgspec.Struct, frozen=True, gc=False):
    """The struct behind `Thumbnail`."""

    longest_side: int
    url: str


class UploadCompletedView(msgspec.Struct, frozen=True):
    """The struct behind `UploadCompleted`."""

    upload_id: str
    purpose: Purpose
    picture: StoredPictureView | None


@strawberry.type(description="A header of an HTTP request.")
class UploadHeader:
    name: str = strawberry.field(description="Its name.")
    value: str = strawberry.field(description="Its value.")


@strawberry.type(description="An upload that is awaited: one request, with exactly these headers.")
class PromisedUpload:
    id: strawberry.ID = strawberry.field(description="The upload.")
    url: str = strawberry.field(
        description="Where the bytes go. Whoever has the address may send them: keep it secret."
    )
    method: str = strawberry.field(description="How they are sent: PUT.")
    headers: list[UploadHeader] = strawberry.field(
        description="The headers that the request must have.", metadata=sized(2)
    )
    expires_at: datetime = strawberry.field(description="Until when they may be sent.")


@strawberry.type(description="The file may be sent now.")
class UploadPromised:
    upload: PromisedUpload = strawberry.field(description="Where and how.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, UploadPromisedView)


@strawberry.type(description="A smaller form of a picture, as WebP.")
class Thumbnail:
    longest_side: int = strawberry.field(description="Its longest side, at most, in pixels.")
    url: str = strawberry.field(description="Where it is.")


@strawberry.type(description="A picture that anyone can read now.")
class StoredPicture:
    key: str = strawberry.field(description="What a product names it by.")
    url: str = strawberry.field(description="Where it is.")
    width: int = strawberry.field(description="Its width in pixels.")
    height: int = strawberry.field(description="Its height in pixels.")
    thumbnails: list[Thumbnail] = strawberry.field(
        description="Its smaller forms, the larger first.", metadata=sized(2)
    )


@strawberry.type(description="The file was checked and is kept.")
class UploadCompleted:
    upload_id: strawberry.ID = strawberry.field(description="The upload.")
    purpose: Purpose = strawberry.field(description="What it is for.")
    picture: StoredPicture | None = strawberry.field(
        description="The picture; null of a file that nobody but the mall reads."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, UploadCompletedView)


@refusal(
    errors.UploadTypeRefused,
    Sentence(zh="不支持这种文件类型。", en="Files of this type are not taken."),
    lambda refused, _: {"allowed": list(refused.allowed)},
)
@strawberry.type(description="Nothing of this media type is taken for the purpose.")
class UploadTypeRefused(Refusal):
    allowed: list[str] = strawberry.field(
        description="The media types that are.", metadata=sized(3)
    )


@refusal(
    errors.UploadSizeRefused,
    Sentence(
        zh="文件不能为空，也不能超过 {largest_bytes} 字节。",
        en="The file must not be empty, nor larger than {largest_bytes} bytes.",
    ),
)
@strawberry.type(description="The file is empty, or larger than the purpose allows.")
class UploadSizeRefused(Refusal):
    largest_bytes: int = strawberry.field(description="How large it may be.")


@refusal(
    errors.TooManyUploads,
    Sentence(
        zh="上传过多（最多 {most} 个），请先完成已有的上传，或稍后再试。",
        en="There may be {most} uploads; finish those that are unfinished, or try again later.",
    ),
)
@strawberry.type(
    description="The caller has that many uploads unfinished, or has asked for that many in a day."
)
class TooManyUploads(Refusal):
    most: int = strawberry.field(description="How many there may be.")


@refusal(errors.UploadUnknown, Sentence(zh="没有这个上传。", en="There is no such upload."))
@strawberry.type(description="There is no such upload, or it is somebody else's.")
class UploadUnknown(Refusal):
    pass


@refusal(
    errors.UploadExpired,
    Sentence(zh="此上传已过期，请重新申请。", en="The upload has expired; ask for another one."),
)
@strawberry.type(description="The time for the upload has passed.")
class UploadExpired(Refusal):
    pass


@refusal(
    errors.UploadNotArrived, Sentence(zh="文件尚未上传。", en="The file has not been sent yet.")
)
@strawberry.type(description="Nothing has arrived at the upload's address yet.")
class UploadNotArrived(Refusal):
    pass


def _why(refused: errors.UploadUnusable, language: Language) -> dict[str, object]:
    return {"reason": refused.reason, "explanation": _WHY[refused.reason].told_in(language, {})}


@refusal(
    errors.UploadUnusable,
    Sentence(zh="文件无法使用，请换一个文件。", en="The file cannot be used; send another one."),
    _why,
)
@strawberry.type(description="What arrived is not what was promised, or cannot be used.")
class UploadUnusable(Refusal):
    reason: RefusalReason = strawberry.field(description="Why, for programmes.")
    explanation: str = strawberry.field(description="Why, in the caller's language.")


PromiseUploadResult = Annotated[
    UploadPromised | UploadTypeRefused | UploadSizeRefused | TooManyUploads | UploadExpired,
    strawberry.union("PromiseUploadResult", description="How asking for an upload went."),
]
CompleteUploadResult = Annotated[
    UploadCompleted | UploadUnknown | UploadExpired | UploadNotArrived | UploadUnusable,
    strawberry.union("CompleteUploadResult", description="How completing an upload went."),
]


def picture_of(upload: Upload, store: ObjectStore) -> StoredPictureView | None:
    """The picture of a ready upload as anyone can read it; None where it is not public."""
    key, width, height = upload.object_key, upload.width, upload.height
    if key is None or width is None or height is None or not is_public(key):
        return None
    thumbnails = [
        ThumbnailView(side, store.public_url(thumbnail_key(key, side))) for side in THUMBNAIL_SIDES
    ]
    return StoredPictureView(key, store.public_url(key), width, height, thumbnails)
