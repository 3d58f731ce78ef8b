"""Pictures for tests, as phones and people with other intentions make them."""

import struct
import zlib
from io import BytesIO

from PIL import Image

GPS = 0x8825
ORIENTATION = 0x0112
SHANGHAI = {1: "N", 2: (31.0, 13.0, 49.0), 3: "E", 4: (121.0, 28.0, 25.0)}


def saved(image: Image.Image, image_format: str, **options: object) -> bytes:
    """The picture's bytes in that format."""
    output = BytesIO()
    image.save(output, image_format, **options)
    return output.getvalue()


def halves(size: tuple[int, int] = (64, 32), mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right: it shows which way up it is."""
    image = Image.new("RGB", size, (255, 0, 0))
    image.paste((0, 0, 255), (size[0] // 2, 0, size[0], size[1]))
    return image.convert(mode)


def jpeg(size: tuple[int, int] = (64, 32)) -> bytes:
    """A plain JPEG."""
    return saved(halves(size), "JPEG", quality=95)


def from_a_phone(orientation: int) -> bytes:
    """A JPEG that says how it is turned, and where and with what it was taken."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010F] = "SECRET-PHONE"
    exif[GPS] = SHANGHAI
    return saved(
        halves(), "JPEG", exif=exif, comment=b"SECRET-COMMENT", xmp=b"<x>SECRET-XMP</x>", quality=95
    )


def png_of_size(width: int, height: int) -> bytes:
    """A few bytes that decode to that many pixels, were anyone to decode them."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000))
    chunks = (chunk(b"IHDR", header), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk of a PNG."""
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def opened(content: bytes) -> Image.Image:
    """The picture, decoded."""
    image = Image.open(BytesIO(content))
    image.load()
    return image
