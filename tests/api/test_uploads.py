"""``PUT /uploads/…``: exactly what was promised, once, from whoever holds the token."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import httpx
import pytest
import uvicorn
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from structlog.typing import EventDict

from api.media import Media
from api.uploads import receiving
from api.uploads.receiving import UploadEndpoint
from domain.gateways.media_folder import MediaFolder
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.media import actions
from domain.media.actions import Expected
from domain.media.models import Upload
from domain.media.ports import UploadTicket
from domain.media.rules import Purpose
from tests import make
from tests.api.client import Api, running_api
from tests.make import NOON
from tests.patience import PATIENCE_SECONDS

PICTURE = bytes(range(256)) * 40
JPEG = {"content-type": "image/jpeg"}


@dataclass
class Mall:
    """The route on real files, at a moment that the test chooses."""

    database: Database
    home: Path
    now: datetime = NOON

    @property
    def store(self) -> MediaFolder:
        return make.media_folder(self.home)

    @property
    def app(self) -> Starlette:
        endpoint = UploadEndpoint(self.database, self.store, lambda: self.now)
        return Starlette(
            routes=[
                Route("/uploads/{upload_id}", endpoint.put, methods=["PUT"]),
                Mount("/media", Media(self.store.public_folder)),
            ]
        )

    async def promise(self, *, seed: int = 7, media_type: str = "image/jpeg") -> UploadTicket:
        is_table = media_type == "text/csv"
        purpose = Purpose.PRODUCT_IMPORT if is_table else Purpose.EVIDENCE
        expected = Expected(purpose, media_type, len(PICTURE))
        async with self.database.writes.begin() as session:
            return await actions.promise(
                session, expected, owner="member:1", at=NOON, random=Random(seed)
            )

    def path(self, ticket: UploadTicket) -> str:
        return self.store.upload_address(ticket, at=NOON).url.removeprefix("https://mall.example")

    def files(self) -> list[str]:
        return sorted(path.name for path in self.home.rglob("*") if path.is_file())

    async def status(self, ticket: UploadTicket) -> str:
        async with self.database.writes() as session:
            found = await session.scalars(select(Upload).where(Upload.id == ticket.upload_id))
            return found.one().status


@pytest.fixture
def mall(database: Database, tmp_path: Path) -> Mall:
    """A mall with nothing in its media folder."""
    return Mall(database, tmp_path)


@pytest.fixture
async def http(mall: Mall) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the route, without a network between."""
    transport = httpx.ASGITransport(mall.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://mall.test") as client:
        yield client


def code_of(response: httpx.Response) -> str:
    """The code of a refusal, which is decent whatever was asked."""
    (error,) = response.json()["errors"]
    assert error["message"]
    assert response.headers["connection"] == "close"
    return error["extensions"]["code"]


async def test_what_was_promised_is_taken_and_lies_where_nothing_is_served(
    mall: Mall, http: httpx.AsyncClient
):
    ticket = await mall.promise()
    answer = await http.put(mall.path(ticket), content=PICTURE, headers=JPEG)
    assert (answer.status_code, answer.content) == (204, b"")
    assert await mall.store.read(ticket.key, most_bytes=len(PICTURE)) == PICTURE
    assert await mall.status(ticket) == "stored"
    for path in (
        f"/media/{ticket.key}",
        f"/media/../private/{ticket.key}",
        f"/media/%2e%2e/private/{ticket.key}",
        f"/media/..%2fprivate/{ticket.key}",
        f"/media/products/../../private/{ticket.key}",
    ):
        assert (await http.get(path)).status_code == 404


async def test_a_link_in_the_served_folder_leads_nowhere_private(
    mall: Mall, http: httpx.AsyncClient
):
    ticket = await mall.promise()
    await http.put(mall.path(ticket), content=PICTURE, headers=JPEG)
    await asyncio.to_thread(mall.store.public_folder.mkdir)
    link = mall.store.public_folder / "products"
    await asyncio.to_thread(link.symlink_to, mall.store.private_folder)
    assert (await http.get(f"/media/products/{ticket.key}")).status_code == 404


async def test_bytes_come_once(mall: Mall, http: httpx.AsyncClient):
    path = mall.path(await mall.promise())
    assert (await http.put(path, content=PICTURE, headers=JPEG)).status_code == 204
    again = await http.put(path, content=bytes(len(PICTURE)), headers=JPEG)
    assert (again.status_code, code_of(again)) == (409, "BAD_INPUT")
    (file,) = mall.files()
    found = next(mall.home.rglob(file))
    assert await asyncio.to_thread(found.read_bytes) == PICTURE


async def test_of_two_at_once_one_is_told_that_it_came(mall: Mall, http: httpx.AsyncClient):
    path = mall.path(await mall.promise())
    answers = await asyncio.gather(
        *(http.put(path, content=PICTURE, headers=JPEG) for _ in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [204, 409, 409, 409]
    assert len(mall.files()) == 1


async def test_nobody_sends_without_the_uploads_own_token(mall: Mall, http: httpx.AsyncClient):
    ticket, other = await mall.promise(), await mall.promise(seed=8)
    address = mall.path(ticket).partition("?")[0]
    told: set[tuple[int, str, str]] = set()
    for path in (
        address,
        f"{address}?token=",
        f"{address}?token={other.token}",
        f"{address}?token={ticket.token[:-1]}",
        f"{address}?token={ticket.token.upper()}",
        f"{address}?token={'0' * 5_000}",
        f"{address}?token=%00%ff",
        f"/uploads/upload_{make.an_id().hex}?token={ticket.token}",
    ):
        answer = await http.put(path, content=PICTURE, headers=JPEG)
        told.add((answer.status_code, code_of(answer), answer.text))
    assert len(told) == 1
    assert next(iter(told))[:2] == (403, "FORBIDDEN")
    assert mall.files() == []
    assert await mall.status(ticket) == "promised"


@pytest.mark.parametrize(
    "name",
    [
        "..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "upload_", "upload_..", "upload_%00",
        "product_0192f0c0000070008000000000000000", "upload_' OR 1=1", "upload_" + "z" * 32,
        "upload_" + "0" * 5_000, "上传", "0192f0c0-0000-7000-8000-000000000000",
    ],
)  # fmt: skip
async def test_a_hostile_name_is_no_upload(mall: Mall, http: httpx.AsyncClient, name: str):
    answer = await http.put(f"/uploads/{name}?token=1", content=PICTURE, headers=JPEG)
    assert answer.status_code in {403, 404}
    assert mall.files() == []


async def test_an_address_expires(mall: Mall, http: httpx.AsyncClient):
    ticket = await mall.promise()
    mall.now = ticket.expires_at + timedelta(microseconds=1)
    late = await http.put(mall.path(ticket), content=PICTURE, headers=JPEG)
    assert (late.status_code, code_of(late)) == (410, "FORBIDDEN")
    mall.now = ticket.expires_at
    in_time = await http.put(mall.path(ticket), content=PICTURE, headers=JPEG)
    assert in_time.status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "image/png"},
        {"content-type": "text/html"},
        {"content-type": ""},
        {"content-type": "image/jpeg; boundary=x"},
        {"content-type": "image/jpeg", "content-encoding": "gzip"},
    ],
)
async def test_another_type_is_refused(
    mall: Mall, http: httpx.AsyncClient, headers: dict[str, str]
):
    answer = await http.put(mall.path(await mall.promise()), content=PICTURE, headers=headers)
    assert (answer.status_code, code_of(answer)) == (415, "BAD_INPUT")
    assert mall.files() == []


async def test_a_table_may_say_its_charset(mall: Mall, http: httpx.AsyncClient):
    path = mall.path(await mall.promise(media_type="text/csv"))
    headers = {"content-type": "Text/CSV; charset=gb18030"}
    assert (await http.put(path, content=PICTURE, headers=headers)).status_code == 204


async def arriving(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@pytest.mark.parametrize(
    ("declared", "sent", "status"),
    [
        (len(PICTURE), (PICTURE, b"!"), 400),
        (len(PICTURE), (PICTURE[:-1],), 400),
        (len(PICTURE), (), 400),
        (len(PICTURE) + 1, (PICTURE, b"!"), 400),
        (len(PICTURE) - 1, (PICTURE[:-1],), 400),
        ("", (PICTURE,), 411),
        ("-1", (PICTURE,), 411),
        ("1e4", (PICTURE,), 411),
        ("٣", (PICTURE,), 411),
        ("9" * 5_000, (PICTURE,), 400),
    ],
)
async def test_another_length_is_refused_and_the_upload_may_be_tried_again(
    mall: Mall,
    http: httpx.AsyncClient,
    declared: int | str,
    sent: tuple[bytes, ...],
    status: int,
):
    ticket = await mall.promise()
    headers = {b"content-type": b"image/jpeg", b"content-length": str(declared).encode()}
    wrong = await http.put(mall.path(ticket), content=arriving(*sent), headers=headers)
    assert (wrong.status_code, code_of(wrong)) == (status, "BAD_INPUT")
    assert mall.files() == []
    right = await http.put(mall.path(ticket), content=PICTURE, headers=JPEG)
    assert right.status_code == 204


async def test_refusals_are_told_in_the_callers_language(mall: Mall, http: httpx.AsyncClient):
    path = mall.path(await mall.promise())
    for language, word in (("en", "Content-Type must be"), ("zh", "必须是")):
        headers = {"content-type": "text/html", "accept-language": language}
        answer = await http.put(path, content=PICTURE, headers=headers)
        assert word in answer.json()["errors"][0]["message"]


async def test_only_put_is_answered(mall: Mall, http: httpx.AsyncClient):
    path = mall.path(await mall.promise())
    for method in ("GET", "POST", "DELETE"):
        assert (await http.request(method, path)).status_code == 405


@asynccontextmanager
async def listening(mall: Mall) -> AsyncGenerator[int]:
    """The route behind a real server; answers with its port."""
    config = uvicorn.Config(mall.app, port=0, log_config=None, lifespan="off", http="httptools")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def begin(port: int, path: str, body: bytes) -> socket.socket:
    """Begin to send an upload; the rest of its bytes never comes."""
    client = socket.create_connection(("127.0.0.1", port))
    head = (
        f"PUT {path} HTTP/1.1\r\nhost: mall.test\r\ncontent-type: image/jpeg\r\n"
        f"content-length: {len(PICTURE)}\r\n\r\n"
    )
    client.sendall(head.encode() + body)
    client.settimeout(0)
    return client


async def test_an_upload_that_is_broken_off_leaves_nothing_and_may_be_tried_again(mall: Mall):
    ticket = await mall.promise()
    async with listening(mall) as port:
        client = await begin(port, mall.path(ticket), PICTURE[:5_000])
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not mall.files():
                await asyncio.sleep(0.01)
            client.close()
            while mall.files():
                await asyncio.sleep(0.01)
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS
        ) as http:
            again = await http.put(mall.path(ticket), content=PICTURE, headers=JPEG)
    assert again.status_code == 204


@pytest.mark.parametrize("limit", ["UPLOAD_SECONDS", "SILENCE_SECONDS"])
async def test_a_client_that_is_too_slow_is_told_and_leaves_nothing(
    mall: Mall, monkeypatch: pytest.MonkeyPatch, limit: str
):
    monkeypatch.setattr(receiving, limit, 0.2)
    ticket = await mall.promise()
    async with listening(mall) as port:
        client = await begin(port, mall.path(ticket), PICTURE[:5_000])
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = await asyncio.get_running_loop().sock_recv(client, 4_096)
        client.close()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert mall.files() == []
    assert await mall.status(ticket) == "promised"


async def test_beyond_the_gate_uploads_are_busy_at_once(
    mall: Mall, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(receiving, "_RECEIVING", 1)
    monkeypatch.setattr(receiving, "_PATIENCE_SECONDS", 0.05)
    slow, other = await mall.promise(), await mall.promise(seed=8)
    async with listening(mall) as port:
        client = await begin(port, mall.path(slow), PICTURE[:100])
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not mall.files():
                await asyncio.sleep(0.01)
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS
        ) as http:
            busy = await http.put(mall.path(other), content=PICTURE, headers=JPEG)
        client.close()
    assert (busy.status_code, code_of(busy)) == (503, "BUSY")
    assert busy.headers["retry-after"] == "1"


async def test_a_disk_that_takes_nothing_is_busy(mall: Mall, http: httpx.AsyncClient):
    ticket = await mall.promise()
    await asyncio.to_thread(mall.store.private_folder.write_text, "no folder")
    answer = await http.put(mall.path(ticket), content=PICTURE, headers=JPEG)
    assert (answer.status_code, code_of(answer)) == (503, "BUSY")
    assert await mall.status(ticket) == "promised"


async def test_the_mall_takes_uploads_where_media_are_files(api: Api, database: Database):
    answer = await api.http.put("/uploads/upload_1?token=1", content=PICTURE, headers=JPEG)
    assert (answer.status_code, code_of(answer)) == (403, "FORBIDDEN")


async def test_the_mall_takes_no_uploads_where_a_store_does(settings: Settings, database: Database):
    given = {
        "media_store_url": "http://127.0.0.1:9",
        "media_store_access_key": settings.database_url,
        "media_store_secret_key": settings.database_url,
        "media_store_public_bucket": "mall-public",
        "media_store_private_bucket": "mall-private",
        "media_store_public_url": "https://cdn.example",
    }
    async with running_api(settings.model_copy(update=given)) as api:
        answer = await api.http.put("/uploads/upload_1?token=1", content=PICTURE, headers=JPEG)
    assert answer.status_code == 404


async def test_a_token_is_in_no_log_line(
    mall: Mall, http: httpx.AsyncClient, logged: list[EventDict]
):
    ticket = await mall.promise()
    await http.put(mall.path(ticket), content=PICTURE[:-1], headers=JPEG)
    await http.put(mall.path(ticket), content=PICTURE, headers=JPEG)
    assert "upload.stored" in [event["event"] for event in logged]
    assert ticket.token not in repr(logged)
