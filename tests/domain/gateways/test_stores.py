"""What every store of media promises, held against each of them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from domain.gateways.media_folder import MediaFolder
from domain.gateways.s3 import S3Access, S3Store
from domain.gateways.stores import media_store
from domain.kernel.clock import system_clock
from domain.kernel.errors import Busy
from domain.kernel.settings import Settings, read_settings
from domain.media.ports import ObjectMissing, ObjectStore, ObjectTooLarge, UploadTicket
from domain.media.rules import MediaType
from tests import make
from tests.domain.gateways.s3_server import (
    ACCESS_KEY,
    PRIVATE_BUCKET,
    PUBLIC_BUCKET,
    REGION,
    SECRET_KEY,
    S3Server,
    s3_server,
)

PUBLIC, PRIVATE = "products/2026/a.jpg", "private/evidence/2026/a.jpg"
KEYS = (PUBLIC, PRIVATE, "incoming/a")
HOSTILE_KEYS = (
    "../a", "products/../../a", "products/..", "/etc/passwd", "products//a", "incoming/a\x00",
    "products/a\\b", "products/%2e%2e/a", "", "products/", "Products/a",
)  # fmt: skip


@pytest.fixture
async def server() -> AsyncGenerator[S3Server]:
    """An S3-compatible server with empty buckets."""
    async with s3_server() as running:
        yield running


def s3(url: str, *, secret_key: str = SECRET_KEY) -> S3Store:
    access = S3Access(url, REGION, ACCESS_KEY, secret_key, "path")
    return S3Store(
        access,
        public_bucket=PUBLIC_BUCKET,
        private_bucket=PRIVATE_BUCKET,
        public_url=f"{url}/{PUBLIC_BUCKET}",
    )


@pytest.fixture(params=["media folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, server: S3Server) -> ObjectStore:
    """Each store in turn."""
    return make.media_folder(tmp_path) if request.param == "media folder" else s3(server.url)


@pytest.mark.parametrize("key", KEYS)
async def test_what_is_put_is_read(store: ObjectStore, key: str):
    await store.put(key, b"first", MediaType.JPEG)
    await store.put(key, b"other", MediaType.JPEG)
    assert await store.read(key, most_bytes=5) == b"other"


async def test_an_empty_object_is_an_object(store: ObjectStore):
    await store.put(PRIVATE, b"", MediaType.CSV)
    assert await store.read(PRIVATE, most_bytes=1) == b""


@pytest.mark.parametrize("key", KEYS)
async def test_what_is_deleted_is_missing_and_may_be_deleted_again(store: ObjectStore, key: str):
    await store.put(key, b"content", MediaType.PNG)
    for _ in range(2):
        await store.delete(key)
        with pytest.raises(ObjectMissing):
            await store.read(key, most_bytes=10)


async def test_a_reader_says_how_much_it_takes(store: ObjectStore):
    await store.put(PRIVATE, bytes(1_000_000), MediaType.CSV)
    with pytest.raises(ObjectTooLarge):
        await store.read(PRIVATE, most_bytes=999_999)
    assert len(await store.read(PRIVATE, most_bytes=1_000_000)) == 1_000_000


async def test_only_what_is_public_has_an_address(store: ObjectStore):
    assert store.public_url(PUBLIC).endswith(f"/{PUBLIC}")
    for key in (PRIVATE, "incoming/a", *HOSTILE_KEYS):
        with pytest.raises(ValueError, match="not public"):
            store.public_url(key)


@pytest.mark.parametrize("key", HOSTILE_KEYS)
async def test_a_key_that_leads_elsewhere_is_none(store: ObjectStore, key: str):
    with pytest.raises(ValueError, match="is no key"):
        await store.put(key, b"content", MediaType.JPEG)
    with pytest.raises(ValueError, match="is no key"):
        await store.read(key, most_bytes=1)
    with pytest.raises(ValueError, match="is no key"):
        await store.delete(key)


async def test_many_writers_of_one_object_leave_one_whole(store: ObjectStore):
    contents = [bytes([number]) * 200_000 for number in range(8)]
    await asyncio.gather(*(store.put(PUBLIC, each, MediaType.JPEG) for each in contents))
    assert await store.read(PUBLIC, most_bytes=200_000) in contents


def ticket(content: bytes, media_type: MediaType = MediaType.JPEG) -> UploadTicket:
    return UploadTicket(
        upload_id=make.an_id(),
        key="incoming/a",
        media_type=media_type,
        size_bytes=len(content),
        expires_at=system_clock() + timedelta(minutes=15),
        token="secret-token",  # noqa: S106
    )


async def test_an_address_names_its_method_and_headers_and_hides_its_secret(store: ObjectStore):
    address = store.upload_address(ticket(b"picture"), at=system_clock())
    assert address.method == "PUT"
    assert address.headers == {"content-type": "image/jpeg"}
    assert address.url not in repr(address)


async def test_the_media_folders_address_is_the_malls_own(tmp_path: Path):
    given = ticket(b"picture")
    address = make.media_folder(tmp_path).upload_address(given, at=system_clock())
    query = urlencode({"token": given.token})
    assert address.url == (f"https://mall.example/uploads/upload_{given.upload_id.hex}?{query}")


async def test_what_is_private_lies_beside_what_is_served(tmp_path: Path):
    store = make.media_folder(tmp_path)
    for key in KEYS:
        await store.put(key, b"content", MediaType.JPEG)
    served = [path for path in (tmp_path / "media").rglob("*") if path.is_file()]
    assert [path.relative_to(tmp_path / "media").as_posix() for path in served] == [PUBLIC]
    assert served[0].stat().st_mode & 0o777 == 0o644
    private = [path for path in (tmp_path / "private").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in private} == {0o600}


async def test_a_disk_that_takes_nothing_is_busy(tmp_path: Path):
    store = make.media_folder(tmp_path)
    (tmp_path / "media").write_text("a file where a folder should be")
    with pytest.raises(Busy):
        await store.put(PUBLIC, b"content", MediaType.JPEG)


async def arriving(*chunks: bytes, then: BaseException | None = None) -> AsyncIterator[bytes]:
    """Chunks as a network brings them, and perhaps its end."""
    for chunk in chunks:
        yield chunk
    if then is not None:
        raise then


async def test_bytes_that_arrive_are_kept_when_they_are_all_there(tmp_path: Path):
    store = make.media_folder(tmp_path)
    chunks = [bytes([number]) * 100_000 for number in range(11)]
    await store.receive("incoming/a", arriving(*chunks), size_bytes=1_100_000)
    assert await store.read("incoming/a", most_bytes=1_100_000) == b"".join(chunks)


@pytest.mark.parametrize(
    ("chunks", "then", "raised"),
    [
        ((b"12345", b"6789"), None, ValueError),
        ((b"12345", b"678901"), None, ValueError),
        ((bytes(300_000),), None, ValueError),
        ((b"12345",), TimeoutError(), TimeoutError),
        ((b"12345",), RuntimeError("gone"), RuntimeError),
        ((b"12345",), asyncio.CancelledError(), asyncio.CancelledError),
    ],
)
async def test_of_what_does_not_arrive_whole_nothing_is_left(
    tmp_path: Path, chunks: tuple[bytes, ...], then: BaseException | None, raised: type
):
    store = make.media_folder(tmp_path)
    with pytest.raises(raised):
        await store.receive("incoming/a", arriving(*chunks, then=then), size_bytes=10)
    assert list((tmp_path / "private" / "incoming").iterdir()) == []


async def test_what_a_crash_left_goes_with_its_object_and_no_other_does(tmp_path: Path):
    store: MediaFolder = make.media_folder(tmp_path)
    await store.put("incoming/a", b"content", MediaType.JPEG)
    await store.put("incoming/ab", b"content", MediaType.JPEG)
    folder = tmp_path / "private" / "incoming"
    (folder / "a.x1y2.unfinished").write_bytes(b"half")
    (folder / "ab.x1y2.unfinished").write_bytes(b"half")
    await store.delete("incoming/a")
    assert {path.name for path in folder.iterdir()} == {"ab", "ab.x1y2.unfinished"}


async def test_a_presigned_put_takes_exactly_what_was_promised(server: S3Server):
    store, content = s3(server.url), b"the picture"
    address = store.upload_address(ticket(content), at=system_clock())
    async with httpx.AsyncClient() as http:
        for wrong_content, wrong_type in (
            (content + b"!", "image/jpeg"),
            (content[:-1], "image/jpeg"),
            (content, "text/html"),
            (content, ""),
        ):
            headers = {"content-type": wrong_type}
            refused = await http.put(address.url, content=wrong_content, headers=headers)
            assert refused.status_code == 403
        other = address.url.replace("incoming/a", "incoming/b")
        assert (await http.put(other, content=content, headers=address.headers)).status_code == 403
        assert (await http.get(address.url)).status_code == 403
        assert server.objects == {}
        sent = await http.put(address.url, content=content, headers=address.headers)
    assert sent.status_code == 200
    assert await store.read("incoming/a", most_bytes=100) == content


async def test_a_presigned_put_ends_with_its_ticket(server: S3Server):
    address = s3(server.url).upload_address(ticket(b"picture"), at=system_clock())
    server.offset = timedelta(minutes=15)
    async with httpx.AsyncClient() as http:
        late = await http.put(address.url, content=b"picture", headers=address.headers)
    assert (late.status_code, "ExpiredToken" in late.text) == (403, True)


async def test_only_the_public_bucket_is_read_by_anyone(server: S3Server):
    store = s3(server.url)
    for key in KEYS:
        await store.put(key, b"content", MediaType.JPEG)
    assert sorted(server.objects) == sorted(
        [(PUBLIC_BUCKET, PUBLIC), (PRIVATE_BUCKET, PRIVATE), (PRIVATE_BUCKET, "incoming/a")]
    )
    async with httpx.AsyncClient() as http:
        assert (await http.get(store.public_url(PUBLIC))).content == b"content"
        private = await http.get(f"{server.url}/{PRIVATE_BUCKET}/{PRIVATE}")
    assert private.status_code == 403
    headers = server.objects[PUBLIC_BUCKET, PUBLIC].headers
    assert (headers["content-type"], "immutable" in headers["cache-control"]) == (
        "image/jpeg",
        True,
    )


@pytest.mark.parametrize("status", [500, 503, 403])
async def test_a_store_that_cannot_is_busy(server: S3Server, status: int):
    server.fails_with = status
    with pytest.raises(Busy):
        await s3(server.url).read(PUBLIC, most_bytes=1)


async def test_a_store_that_is_away_or_does_not_know_us_is_busy(server: S3Server):
    with pytest.raises(Busy):
        await s3("http://127.0.0.1:9").put(PUBLIC, b"content", MediaType.JPEG)
    with pytest.raises(Busy):
        await s3(server.url, secret_key="another").read(PUBLIC, most_bytes=1)  # noqa: S106


async def test_settings_choose_the_store(settings: Settings, server: S3Server):
    assert isinstance(media_store(settings), MediaFolder)
    configured = read_settings(
        {
            "MALL_MEDIA_STORE_URL": server.url,
            "MALL_MEDIA_STORE_REGION": REGION,
            "MALL_MEDIA_STORE_ACCESS_KEY": ACCESS_KEY,
            "MALL_MEDIA_STORE_SECRET_KEY": SECRET_KEY,
            "MALL_MEDIA_STORE_PUBLIC_BUCKET": PUBLIC_BUCKET,
            "MALL_MEDIA_STORE_PRIVATE_BUCKET": PRIVATE_BUCKET,
            "MALL_MEDIA_STORE_PUBLIC_URL": "https://cdn.example",
        }
    )
    store = media_store(configured)
    assert store.public_url(PUBLIC) == f"https://cdn.example/{PUBLIC}"
    await store.put(PUBLIC, b"content", MediaType.JPEG)
    assert await store.read(PUBLIC, most_bytes=10) == b"content"
