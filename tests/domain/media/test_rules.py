"""What may be uploaded, and where it is kept: keys are safe and private things stay private."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.media.rules import (
    ALLOWANCES,
    THUMBNAIL_SIDES,
    MediaType,
    Purpose,
    RefusalReason,
    all_keys,
    incoming_key,
    is_key,
    is_public,
    object_key,
    pixels_are_possible,
    table_problem,
    thumbnail_key,
)

purposes = st.sampled_from(Purpose)
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 1, 1, tzinfo=UTC)
moments = st.datetimes(
    EARLIEST.replace(tzinfo=None), LATEST.replace(tzinfo=None), timezones=st.just(UTC)
)


@given(purposes, st.sampled_from(MediaType), st.uuids(), moments)
def test_every_key_is_a_key_and_only_pictures_that_are_shown_are_public(
    purpose: Purpose, media_type: MediaType, upload_id: UUID, created_at: datetime
):
    arrives, *kept = all_keys(purpose, media_type, upload_id, created_at)
    assert all(is_key(key) and upload_id.hex in key for key in (arrives, *kept))
    assert not is_public(arrives)
    assert {is_public(key) for key in kept} == {
        purpose in {Purpose.PRODUCT_IMAGE, Purpose.MEMBER_PICTURE}
    }


@given(purposes, st.sampled_from(MediaType), st.uuids(), st.uuids(), moments)
def test_no_two_uploads_share_a_key(
    purpose: Purpose, media_type: MediaType, one: UUID, other: UUID, created_at: datetime
):
    keys = all_keys(purpose, media_type, one, created_at)
    assert len(set(keys)) == len(keys)
    if one != other:
        assert not set(keys) & set(all_keys(purpose, media_type, other, created_at))


@given(st.text(alphabet="a/.\\~%\x00 A汉_-", max_size=12))
def test_what_is_a_key_leads_nowhere_else(text: str):
    if is_key(text):
        assert not text.startswith("/")
        assert not {"..", ".", ""} & set(text.split("/"))
        assert text.isascii()
        assert text == text.lower()


@pytest.mark.parametrize(
    "text", ["", "/", "a/", "/a", "a//b", "../a", "a/..", "a/../b", ".a", "a\\b", "a\n", "a%2fb"]
)
def test_these_are_no_keys(text: str):
    assert not is_key(text)


def test_keys_say_what_they_are():
    upload_id, at = UUID(int=1), datetime(2026, 11, 11, tzinfo=UTC)
    key = object_key(Purpose.PRODUCT_IMAGE, MediaType.JPEG, upload_id, at)
    assert key == f"products/2026/{upload_id.hex}.jpg"
    assert thumbnail_key(key, 400) == f"products/2026/{upload_id.hex}_400.webp"
    assert incoming_key(upload_id) == f"incoming/{upload_id.hex}"
    assert THUMBNAIL_SIDES == (1000, 400)


def test_nothing_takes_a_picture_that_holds_script():
    taken = {each for allowance in ALLOWANCES.values() for each in allowance.media_types}
    assert taken == {"image/jpeg", "image/png", "image/webp", "text/csv"}


@pytest.mark.parametrize(
    ("width", "height", "is_possible"),
    [
        (1, 1, True),
        (8_000, 5_000, True),
        (12_000, 3_333, True),
        (8_000, 5_001, False),
        (12_001, 1, False),
        (1, 12_001, False),
        (0, 1, False),
        (1, 0, False),
    ],
)
def test_a_picture_has_sides_and_pixels_within_bounds(width: int, height: int, is_possible: object):
    assert pixels_are_possible(width, height) is is_possible


@pytest.mark.parametrize(
    "content",
    ["名称,价格\n香水,168\n".encode(encoding) for encoding in ("utf-8", "utf-8-sig", "gb18030")]
    + [b"a,b\r\n1,2"],
)
def test_a_table_is_text_as_the_spreadsheets_of_this_market_write_it(content: bytes):
    assert table_problem(content) is None


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04\x00\x00", "名称".encode("utf-16"), b"\xff\xff\xff", b"a,\x00"]
)
def test_what_is_no_text_is_no_table(content: bytes):
    assert table_problem(content) is RefusalReason.NOT_TEXT
