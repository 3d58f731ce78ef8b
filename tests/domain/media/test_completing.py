"""Completing uploads: the same answer however often, and nothing lost whatever breaks."""

import asyncio
from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select
from typing_extensions import override

from domain.gateways.media_folder import MediaFolder
from domain.kernel.db import Database
from domain.kernel.errors import Busy
from domain.media import actions
from domain.media.actions import Expected
from domain.media.completing import Completer
from domain.media.encoder import PictureEncoder
from domain.media.errors import (
    UploadExpired,
    UploadNotArrived,
    UploadUnknown,
    UploadUnusable,
)
from domain.media.models import Upload
from domain.media.ports import ObjectStore, UploadTicket
from domain.media.rules import MediaType, Purpose, RefusalReason, thumbnail_key
from tests import make, pictures
from tests.make import NOON
from tests.pictures import halves, saved

OWNER = "member:7"


@pytest.fixture
def folder(tmp_path: Path) -> MediaFolder:
    """An empty store."""
    return make.media_folder(tmp_path)


@pytest.fixture
def encoder() -> Generator[PictureEncoder]:
    """An encoder of pictures."""
    one = PictureEncoder()
    yield one
    one.close()


@dataclass
class Desk:
    """Where uploads are promised, sent and completed."""

    database: Database
    store: ObjectStore
    encoder: PictureEncoder
    now: datetime = NOON

    async def promise(
        self, content: bytes, purpose: Purpose, media_type: MediaType
    ) -> UploadTicket:
        expected = Expected(purpose, media_type, len(content))
        async with self.database.writes.begin() as session:
            return await actions.promise(session, expected, owner=OWNER, at=NOON, random=Random(5))

    async def send(
        self,
        content: bytes,
        purpose: Purpose = Purpose.PRODUCT_IMAGE,
        media_type: MediaType = MediaType.JPEG,
    ) -> UploadTicket:
        """Promise an upload, and let its bytes arrive."""
        ticket = await self.promise(content, purpose, media_type)
        await self.store.put(ticket.key, content, media_type)
        return ticket

    async def complete(self, ticket: UploadTicket, *, owner: str = OWNER) -> Upload:
        completer = Completer(
            self.database.writes.begin, self.store, self.encoder, lambda: self.now
        )
        return await completer.complete(ticket.upload_id, owner=owner)

    async def upload(self) -> Upload:
        async with self.database.writes() as session:
            return (await session.scalars(select(Upload))).one()


@pytest.fixture
def desk(database: Database, folder: MediaFolder, encoder: PictureEncoder) -> Desk:
    """A desk on the real database and real files."""
    return Desk(database, folder, encoder)


def files(tmp_path: Path) -> list[str]:
    """Every file of the store."""
    found = (path for path in tmp_path.rglob("*") if path.is_file())
    return sorted(path.relative_to(tmp_path).as_posix() for path in found)


async def test_a_product_picture_becomes_public_with_its_thumbnails(desk: Desk, tmp_path: Path):
    ticket = await desk.send(pictures.from_a_phone(6))
    upload = await desk.complete(ticket)
    key = f"products/2026/{ticket.upload_id.hex}"
    assert (upload.status, upload.object_key) == ("ready", f"{key}.jpg")
    assert (upload.width, upload.height, upload.finished_at) == (32, 64, NOON)
    assert files(tmp_path) == [
        f"media/{key}.jpg",
        f"media/{key}_1000.webp",
        f"media/{key}_400.webp",
    ]
    assert b"SECRET" not in (tmp_path / "media" / f"{key}.jpg").read_bytes()


async def test_evidence_and_tables_stay_private(desk: Desk, tmp_path: Path):
    evidence = await desk.complete(await desk.send(pictures.jpeg(), Purpose.EVIDENCE))
    assert not (tmp_path / "media").exists()
    assert all(name.startswith("private/private/evidence/") for name in files(tmp_path))
    assert evidence.object_key is not None
    with pytest.raises(ValueError, match="not public"):
        desk.store.public_url(thumbnail_key(evidence.object_key, 400))


async def test_a_table_is_kept_byte_by_byte(desk: Desk, tmp_path: Path):
    table = "名称,价格\n香水,16800\n".encode("gb18030")
    upload = await desk.complete(await desk.send(table, Purpose.PRODUCT_IMPORT, MediaType.CSV))
    assert upload.object_key is not None
    assert upload.width is None
    assert await desk.store.read(upload.object_key, most_bytes=100) == table
    assert not (tmp_path / "media").exists()


async def test_completing_again_gives_the_same_answer_and_writes_nothing(
    desk: Desk, tmp_path: Path
):
    ticket = await desk.send(pictures.jpeg())
    first = await desk.complete(ticket)
    before = [(name, (tmp_path / name).stat().st_mtime_ns) for name in files(tmp_path)]
    desk.now = NOON + timedelta(days=400)
    again = await desk.complete(ticket)
    assert (again.object_key, again.finished_at) == (first.object_key, NOON)
    assert [(name, (tmp_path / name).stat().st_mtime_ns) for name in files(tmp_path)] == before


async def test_many_at_once_get_one_answer(desk: Desk, tmp_path: Path):
    ticket = await desk.send(pictures.jpeg((900, 700)))
    answers = await asyncio.gather(*(desk.complete(ticket) for _ in range(4)))
    assert {(each.status, each.object_key, each.finished_at) for each in answers} == {
        ("ready", answers[0].object_key, NOON)
    }
    assert len(files(tmp_path)) == 3


async def test_what_has_not_arrived_may_still_come(desk: Desk):
    content = pictures.jpeg()
    ticket = await desk.promise(content, Purpose.PRODUCT_IMAGE, MediaType.JPEG)
    with pytest.raises(UploadNotArrived):
        await desk.complete(ticket)
    await desk.store.put(ticket.key, content, MediaType.JPEG)
    assert (await desk.complete(ticket)).status == "ready"


async def test_nobody_completes_for_somebody_else_and_nobody_too_late(desk: Desk):
    ticket = await desk.send(pictures.jpeg())
    with pytest.raises(UploadUnknown):
        await desk.complete(ticket, owner="member:8")
    desk.now = NOON + timedelta(hours=2)
    with pytest.raises(UploadExpired):
        await desk.complete(ticket)
    assert (await desk.upload()).status == "promised"


@pytest.mark.parametrize(
    ("content", "media_type", "reason"),
    [
        (b"<svg onload='alert(1)'/>", MediaType.PNG, RefusalReason.OTHER_TYPE),
        (saved(halves(), "PNG"), MediaType.JPEG, RefusalReason.OTHER_TYPE),
        (pictures.jpeg((300, 300))[:-200], MediaType.JPEG, RefusalReason.UNREADABLE),
        (pictures.png_of_size(9_000, 9_000), MediaType.PNG, RefusalReason.TOO_MANY_PIXELS),
        (b"PK\x03\x04\x00\x00", MediaType.CSV, RefusalReason.NOT_TEXT),
    ],
)
async def test_what_cannot_be_used_is_refused_for_good(
    desk: Desk, tmp_path: Path, content: bytes, media_type: MediaType, reason: RefusalReason
):
    is_table = media_type is MediaType.CSV
    purpose = Purpose.PRODUCT_IMPORT if is_table else Purpose.PRODUCT_IMAGE
    ticket = await desk.send(content, purpose, media_type)
    for _ in range(2):
        with pytest.raises(UploadUnusable) as refused:
            await desk.complete(ticket)
        assert refused.value.reason is reason
    upload = await desk.upload()
    assert (upload.status, upload.refusal, upload.object_key) == ("refused", reason, None)
    assert files(tmp_path) == []


@pytest.mark.parametrize("difference", [1, -1])
async def test_bytes_that_are_not_as_many_as_promised_are_refused(desk: Desk, difference: int):
    content = pictures.jpeg()
    promised = bytes(len(content) + difference)
    ticket = await desk.promise(promised, Purpose.PRODUCT_IMAGE, MediaType.JPEG)
    await desk.store.put(ticket.key, content, MediaType.JPEG)
    with pytest.raises(UploadUnusable) as refused:
        await desk.complete(ticket)
    assert refused.value.reason is RefusalReason.OTHER_SIZE


class Breaking(MediaFolder):
    """A store that goes away at its n-th operation, and comes back when it is told."""

    operations_left = 0

    def _count(self) -> None:
        type(self).operations_left -= 1
        if type(self).operations_left < 0:
            raise Busy

    @override
    async def read(self, key: str, *, most_bytes: int) -> bytes:
        self._count()
        return await super().read(key, most_bytes=most_bytes)

    @override
    async def put(self, key: str, content: bytes, media_type: MediaType) -> None:
        self._count()
        await super().put(key, content, media_type)

    @override
    async def delete(self, key: str) -> None:
        self._count()
        await super().delete(key)


@pytest.mark.parametrize("operations", range(5))
async def test_whichever_step_breaks_completing_again_ends_it(
    desk: Desk, tmp_path: Path, folder: MediaFolder, operations: int
):
    """One read, three puts and one deletion: each of them fails once."""
    ticket = await desk.send(pictures.jpeg())
    desk.store = Breaking(folder.public_folder, folder.private_folder, folder.base_url)
    Breaking.operations_left = operations
    with pytest.raises(Busy):
        await desk.complete(ticket)
    Breaking.operations_left = 100
    assert (await desk.complete(ticket)).status == "ready"
    public = [name for name in files(tmp_path) if name.startswith("media/")]
    assert len(public) == 3
    # Where only the deletion failed, the sweep makes up for it.
    assert len(files(tmp_path)) - len(public) == (1 if operations == 4 else 0)


async def test_a_result_that_could_not_be_written_loses_nothing(
    desk: Desk, database: Database, monkeypatch: pytest.MonkeyPatch
):
    ticket = await desk.send(pictures.jpeg())

    async def fail(*_given: object, **_named: object) -> Upload:
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(actions, "mark_ready", fail)
        with pytest.raises(ConnectionResetError):
            await desk.complete(ticket)
    assert (await desk.upload()).status == "promised"
    assert (await desk.complete(ticket)).status == "ready"
