"""Pictures: whatever is sent, what comes out is a clean picture or a reason why not."""

import asyncio
from collections import Counter
from random import Random
from threading import Event
from typing import Any

import pytest
from PIL import Image, ImageCms

from domain.media import pictures as encoding
from domain.media import rules
from domain.media.encoder import Picture, PictureEncoder, PictureRefused
from domain.media.pictures import encode
from domain.media.rules import MediaType, RefusalReason
from tests import pictures
from tests.patience import PATIENCE_SECONDS
from tests.pictures import halves, opened, saved

FORMATS = {"JPEG": MediaType.JPEG, "PNG": MediaType.PNG, "WEBP": MediaType.WEBP}
# Of this module's types a part is missing.
_CMS: Any = ImageCms
RED, BLUE = (255, 0, 0), (0, 0, 255)


def refusal_of(content: bytes, media_type: MediaType) -> RefusalReason:
    """Why the bytes are refused."""
    with pytest.raises(PictureRefused) as refused:
        encode(content, media_type)
    return refused.value.reason


def looks(image: Image.Image, at: tuple[int, int], like: tuple[int, int, int]) -> bool:
    """Whether a pixel has a colour, as near as a lossy format keeps it."""
    pixel = image.convert("RGB").getpixel(at)
    assert isinstance(pixel, tuple)
    return all(abs(is_ - wanted) < 60 for is_, wanted in zip(pixel, like, strict=True))


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_comes_out_as_itself_with_two_thumbnails(name: str):
    picture = encode(saved(halves((1600, 800)), name), FORMATS[name])
    assert (picture.width, picture.height) == (1600, 800)
    assert opened(picture.content).format == name
    assert opened(picture.content).size == (1600, 800)
    assert {side: opened(each).size for side, each in picture.thumbnails.items()} == {
        1000: (1000, 500),
        400: (400, 200),
    }
    for each in (picture.content, *picture.thumbnails.values()):
        image = opened(each)
        assert looks(image, (3, 3), RED)
        assert looks(image, (image.width - 3, 3), BLUE)


@pytest.mark.parametrize("name", FORMATS)
def test_a_large_picture_is_kept_smaller_and_whole(name: str):
    picture = encode(saved(halves((4_000, 6_400)), name), FORMATS[name])
    assert (picture.width, picture.height) == opened(picture.content).size == (1_875, 3_000)
    for corner in ((3, 3), (3, 2_996)):
        assert looks(opened(picture.content), corner, RED)
    for corner in ((1_871, 3), (1_871, 2_996)):
        assert looks(opened(picture.content), corner, BLUE)


def test_a_small_picture_is_not_enlarged():
    picture = encode(pictures.jpeg((30, 60)), MediaType.JPEG)
    assert [opened(each).size for each in picture.thumbnails.values()] == [(30, 60), (30, 60)]


@pytest.mark.parametrize(
    ("orientation", "size", "red_at", "blue_at"),
    [
        (1, (64, 32), (3, 3), (60, 3)),
        (2, (64, 32), (60, 3), (3, 3)),
        (3, (64, 32), (60, 3), (3, 3)),
        (4, (64, 32), (3, 3), (60, 3)),
        (5, (32, 64), (3, 3), (3, 60)),
        (6, (32, 64), (3, 3), (3, 60)),
        (7, (32, 64), (3, 60), (3, 3)),
        (8, (32, 64), (3, 60), (3, 3)),
    ],
)
def test_a_picture_is_turned_as_it_says(
    orientation: int, size: tuple[int, int], red_at: tuple[int, int], blue_at: tuple[int, int]
):
    picture = encode(pictures.from_a_phone(orientation), MediaType.JPEG)
    assert (picture.width, picture.height) == size
    for each in (picture.content, *picture.thumbnails.values()):
        assert looks(opened(each), red_at, RED)
        assert looks(opened(each), blue_at, BLUE)


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_left_of_where_and_with_what_a_picture_was_taken(name: str):
    exif = Image.Exif()
    exif[0x010F] = "SECRET-PHONE"
    exif[pictures.GPS] = pictures.SHANGHAI
    taken = saved(halves(), name, exif=exif)
    assert opened(taken).getexif().get_ifd(pictures.GPS)
    assert_is_clean(encode(taken, FORMATS[name]))
    assert_is_clean(encode(pictures.from_a_phone(1), MediaType.JPEG))


def assert_is_clean(picture: Picture) -> None:
    for each in (picture.content, *picture.thumbnails.values()):
        assert b"SECRET" not in each
        assert b"Exif" not in each
        assert not opened(each).getexif()
        assert not {"exif", "xmp", "comment", "icc_profile"} & set(opened(each).info)


@pytest.mark.parametrize("name", FORMATS)
def test_what_hides_behind_a_picture_is_left_behind(name: str):
    polyglot = saved(halves(), name) + b"PK\x03\x04<script>alert(1)</script>"
    picture = encode(polyglot, FORMATS[name])
    assert b"script" not in picture.content


def test_words_inside_a_png_are_left_behind():
    plain = saved(halves(), "PNG")
    text = pictures.chunk(b"tEXt", b"Comment\x00<script>alert(1)</script>")
    assert b"script" not in encode(plain[:33] + text + plain[33:], MediaType.PNG).content


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("claimed", MediaType)
def test_a_picture_is_what_it_is_and_not_what_it_claims(name: str, claimed: MediaType):
    content = saved(halves(), name)
    if claimed is FORMATS[name]:
        assert encode(content, claimed).width == 64
    else:
        assert refusal_of(content, claimed) is RefusalReason.OTHER_TYPE


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html></html>",
        b"%PDF-1.7",
        saved(halves(), "GIF"),
        saved(halves(), "BMP"),
        saved(halves(), "TIFF"),
    ],
)
def test_what_is_no_picture_of_ours_is_refused(content: bytes):
    assert refusal_of(content, MediaType.PNG) is RefusalReason.OTHER_TYPE


@pytest.mark.parametrize("name", FORMATS)
def test_a_picture_that_is_cut_off_is_refused(name: str):
    noise = Random(1).randbytes(300 * 300 * 3)
    whole = saved(Image.frombytes("RGB", (300, 300), noise), name)
    for length in (len(whole) // 2, len(whole) * 9 // 10):
        assert refusal_of(whole[:length], FORMATS[name]) in {
            RefusalReason.UNREADABLE,
            RefusalReason.OTHER_TYPE,
        }


@pytest.mark.parametrize(
    "size", [(12_001, 1), (1, 12_001), (7_000, 7_000), (12_000, 12_000), (60_000, 60_000)]
)
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(size: tuple[int, int]):
    bomb = pictures.png_of_size(*size)
    assert len(bomb) < 200
    assert refusal_of(bomb, MediaType.PNG) is RefusalReason.TOO_MANY_PIXELS


@pytest.mark.parametrize("name", ["PNG", "WEBP"])
def test_an_animation_is_refused(name: str):
    moving = saved(halves(), name, save_all=True, append_images=[halves().rotate(180)])
    assert refusal_of(moving, FORMATS[name]) is RefusalReason.ANIMATED


def test_a_second_view_that_a_phone_put_behind_the_first_is_left_behind():
    two = saved(halves(), "MPO", save_all=True, append_images=[halves().rotate(180)])
    assert opened(two).format == "MPO"
    picture = encode(two, MediaType.JPEG)
    assert opened(picture.content).format == "JPEG"
    assert looks(opened(picture.content), (3, 3), RED)


def test_printers_colours_and_greys_become_those_of_a_screen():
    for mode in ("CMYK", "L"):
        picture = encode(saved(halves(mode=mode), "JPEG"), MediaType.JPEG)
        assert opened(picture.content).mode == "RGB"
    cmyk = encode(saved(halves(mode="CMYK"), "JPEG", quality=95), MediaType.JPEG)
    assert looks(opened(cmyk.content), (3, 3), RED)


def test_colours_are_those_that_the_profile_means():
    """A profile whose primaries are sRGB's with red and blue exchanged."""
    profile = ImageCms.ImageCmsProfile(_CMS.createProfile("sRGB")).tobytes()
    red, blue = profile.find(b"rXYZ"), profile.find(b"bXYZ")
    swapped = bytearray(profile)
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"
    taken = saved(halves(), "PNG", icc_profile=bytes(swapped))
    picture = opened(encode(taken, MediaType.PNG).content)
    assert looks(picture, (3, 3), BLUE)
    assert looks(picture, (60, 3), RED)


def test_a_broken_profile_is_left_out():
    taken = saved(halves(), "PNG", icc_profile=b"no profile at all")
    assert looks(opened(encode(taken, MediaType.PNG).content), (3, 3), RED)


@pytest.mark.parametrize("name", ["PNG", "WEBP"])
def test_what_was_transparent_stays_so(name: str):
    clear = halves(mode="RGBA")
    clear.putalpha(0)
    picture = encode(saved(clear, name), FORMATS[name])
    for each in (picture.content, *picture.thumbnails.values()):
        assert opened(each).convert("RGBA").getchannel("A").getextrema() == (0, 0)


def test_a_palette_with_a_transparent_colour_is_read():
    palette = halves(mode="P")
    content = saved(palette, "PNG", transparency=palette.getpixel((60, 3)))
    picture = opened(encode(content, MediaType.PNG).content)
    assert picture.mode == "RGBA"
    assert looks(picture, (3, 3), RED)
    assert picture.getchannel("A").getpixel((60, 3)) == 0


def test_sixteen_bits_become_eight_and_not_white():
    deep = Image.new("I;16", (8, 8), 32_768)
    picture = encode(saved(deep, "PNG"), MediaType.PNG)
    assert opened(picture.content).convert("L").getpixel((3, 3)) == 128


def test_the_same_bytes_give_the_same_picture():
    content = pictures.from_a_phone(6)
    assert encode(content, MediaType.JPEG) == encode(content, MediaType.JPEG)


def test_any_damage_ends_in_a_picture_or_a_reason(random: Random):
    """Bytes exchanged, cut and doubled at random; a decoder may raise whatever it likes."""
    for name, media_type in FORMATS.items():
        whole = saved(halves(), name)
        for _ in range(150):
            damaged = bytearray(whole)
            for _ in range(random.randint(1, 8)):
                damaged[random.randrange(len(damaged))] = random.randrange(256)
            cut = damaged[: random.randint(1, len(damaged))] + damaged[random.randrange(9) :]
            for content in (bytes(damaged), bytes(cut)):
                outcome = outcome_of(content, media_type)
                if isinstance(outcome, Picture):
                    assert rules.pixels_are_possible(*opened(outcome.content).size)


def outcome_of(content: bytes, media_type: MediaType) -> Picture | RefusalReason:
    """The picture or the reason why not; nothing else may be raised."""
    try:
        return encode(content, media_type)
    except PictureRefused as refused:
        return refused.reason


async def test_the_loop_turns_while_a_picture_is_encoded():
    content = saved(halves((4_000, 3_000)), "JPEG")
    encoder = PictureEncoder()
    under_way = asyncio.create_task(encoder.encode(content, MediaType.JPEG))
    turns = 0
    while not under_way.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert turns > 5
    assert (await under_way).width == 3_000
    encoder.close()


async def test_a_picture_that_nobody_waits_for_any_more_is_not_begun(
    monkeypatch: pytest.MonkeyPatch,
):
    begun, may_end = Counter[str](), Event()

    def encoded(content: bytes, media_type: MediaType) -> Picture:
        begun["pictures"] += 1
        may_end.wait(PATIENCE_SECONDS)
        return encode(content, media_type)

    monkeypatch.setattr(encoding, "encode", encoded)
    encoder = PictureEncoder()
    content = saved(halves((30, 30)), "PNG")
    first, *others = (
        asyncio.create_task(encoder.encode(content, MediaType.PNG)) for _ in range(20)
    )
    await asyncio.sleep(0)
    for each in others:
        each.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    may_end.set()
    await first
    await encoder.encode(content, MediaType.PNG)
    assert begun["pictures"] == 2
    encoder.close()
