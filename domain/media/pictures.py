"""Pictures: from bytes that anybody may have sent to a clean picture and its thumbnails."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, ImageOps

from domain.kernel.logs import logger
from domain.media.encoder import Picture, PictureRefused
from domain.media.rules import (
    LONGEST_KEPT_SIDE,
    THUMBNAIL_SIDES,
    MediaType,
    RefusalReason,
    pixels_are_possible,
)

_LOG = logger(__name__)
_FORMATS: Mapping[MediaType, str] = {
    MediaType.JPEG: "JPEG",
    MediaType.PNG: "PNG",
    MediaType.WEBP: "WEBP",
}
# Phones put a second view behind the first in a JPEG, and Pillow calls that MPO.
_TYPES: Mapping[str, MediaType] = {
    **{name: media_type for media_type, name in _FORMATS.items()},
    "MPO": MediaType.JPEG,
}
_SAVING: Mapping[MediaType, Mapping[str, int | bool]] = {
    MediaType.JPEG: {"quality": 90},
    MediaType.PNG: {"compress_level": 4},
    # Half the time of the usual method, for a twentieth more bytes.
    MediaType.WEBP: {"quality": 90, "method": 2},
}
_THUMBNAIL_QUALITY = 80
_DEEP_MODES = ("I", "I;16", "I;16L", "I;16B", "I;16N")
_COLOUR_MODES = ("RGB", "RGBA", "CMYK")
_UPPER_EIGHT_BITS = [value >> 8 for value in range(1 << 16)]
# Of this module's types a part is missing.
_CMS: Any = ImageCms


def encode(content: bytes, media_type: MediaType) -> Picture:
    """Decode, turn, bring to sRGB and encode anew, with thumbnails; raises `PictureRefused`.

    The same bytes give the same picture. Takes seconds of a processor for the largest.
    """
    try:
        shown = _shown(content, media_type)
    except PictureRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureRefused(RefusalReason.TOO_MANY_PIXELS) from error
    # What a decoder raises on hostile bytes is not a closed list, and none of it is our bug.
    except Exception as error:
        _LOG.info("media.unreadable", reason=repr(error))
        raise PictureRefused(RefusalReason.UNREADABLE) from error
    return Picture(
        content=_saved(shown, _FORMATS[media_type], _SAVING[media_type]),
        width=shown.width,
        height=shown.height,
        thumbnails=_thumbnails(shown),
    )


def _shown(content: bytes, media_type: MediaType) -> Image.Image:
    """The picture as people see it, with nothing attached to it."""
    try:
        opened = Image.open(BytesIO(content), formats=tuple(_FORMATS.values()))
    except Image.UnidentifiedImageError as error:
        raise PictureRefused(RefusalReason.OTHER_TYPE) from error
    with opened:
        if _TYPES.get(opened.format or "") is not media_type:
            raise PictureRefused(RefusalReason.OTHER_TYPE)
        # The header says the size: nothing has been decoded yet.
        if not pixels_are_possible(*opened.size):
            raise PictureRefused(RefusalReason.TOO_MANY_PIXELS)
        if opened.format != "MPO" and getattr(opened, "is_animated", False):
            raise PictureRefused(RefusalReason.ANIMATED)
        # A JPEG can be decoded at a half or a quarter, which is all that is kept of a large one.
        opened.draft(None, (LONGEST_KEPT_SIDE, LONGEST_KEPT_SIDE))
        turned = ImageOps.exif_transpose(opened)
    return _plain(turned, has_transparency=media_type is not MediaType.JPEG)


def _plain(image: Image.Image, *, has_transparency: bool) -> Image.Image:
    """Eight bits of sRGB for each channel, no larger than is kept, and no word attached."""
    if image.mode in _DEEP_MODES:
        image = image.convert("I").point(_UPPER_EIGHT_BITS, "L")
    keeps_transparency = has_transparency and image.has_transparency_data
    mode = "RGBA" if keeps_transparency else "RGB"
    if image.mode not in _COLOUR_MODES:
        image = image.convert(mode)
    image.thumbnail(
        (LONGEST_KEPT_SIDE, LONGEST_KEPT_SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0
    )
    plain = _in_srgb(image, mode) or image.convert(mode)
    plain.info.clear()
    return plain


def _in_srgb(image: Image.Image, mode: str) -> Image.Image | None:
    """The picture with the colours that its profile means; None without a usable profile."""
    profile = image.info.get("icc_profile")
    if not profile:
        return None
    if image.mode == "CMYK" and mode == "RGBA":
        return None
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        return _CMS.profileToProfile(image, source, _CMS.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _thumbnails(image: Image.Image) -> dict[int, bytes]:
    thumbnails: dict[int, bytes] = {}
    smaller = image.copy()
    for side in THUMBNAIL_SIDES:
        smaller.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
        thumbnails[side] = _saved(smaller, "WEBP", {"quality": _THUMBNAIL_QUALITY})
    return thumbnails


def _saved(image: Image.Image, image_format: str, options: Mapping[str, int | bool]) -> bytes:
    output = BytesIO()
    image.save(output, image_format, **options)
    return output.getvalue()
