"""The sweep over uploads: what was never finished goes, what is ready stays, nothing grows."""

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
from domain.media.models import Upload
from domain.media.rules import (
    ADDRESS_LIFE,
    RETENTION,
    Purpose,
    RefusalReason,
    all_keys,
)
from tests import make
from tests.make import NOON
from workers import sweeps
from workers.sweeps import clear_uploads
from workers.tools import Tools

DUE = NOON + ADDRESS_LIFE + RETENTION
MOMENT = timedelta(microseconds=1)


async def promised(database: Database, seed: int) -> Upload:
    """An upload that was promised at noon."""
    expected = Expected(Purpose.PRODUCT_IMAGE, "image/jpeg", 4)
    async with database.writes.begin() as session:
        ticket = await actions.promise(
            session, expected, owner="staff:1", at=NOON, random=Random(seed)
        )
        return await actions.own(session, ticket.upload_id, owner="staff:1")


async def leave_everything(store: MediaFolder, upload: Upload) -> None:
    """What an upload can leave behind at the worst."""
    for key in all_keys(upload.purpose, upload.media_type, upload.id, upload.created_at):
        await store.put(key, b"left", upload.media_type)


async def sweep(database: Database, store: MediaFolder, *, at: datetime) -> None:
    await clear_uploads({"tools": Tools(database, lambda: at, store, Random(1))})


async def known(database: Database) -> dict[str, datetime | None]:
    """The uploads that there are, by status, and when they were cleared."""
    async with database.writes() as session:
        return {each.status: each.cleared_at for each in await session.scalars(select(Upload))}


def files(home: Path) -> list[str]:
    return sorted(path.name for path in home.rglob("*") if path.is_file())


async def test_what_never_became_ready_goes_with_all_that_it_left(
    database: Database, tmp_path: Path
):
    store = make.media_folder(tmp_path)
    for seed in (11, 12, 13):
        upload = await promised(database, seed)
        await leave_everything(store, upload)
        async with database.writes.begin() as session:
            if seed == 12:
                await actions.mark_stored(session, upload.id)
            if seed == 13:
                reason = RefusalReason.ANIMATED
                await actions.mark_refused(session, upload, reason=reason, at=NOON)
    await sweep(database, store, at=DUE)
    assert set(await known(database)) == {"promised", "stored", "refused"}
    assert len(files(tmp_path)) == 12
    await sweep(database, store, at=DUE + MOMENT)
    assert await known(database) == {}
    assert files(tmp_path) == []


async def test_of_what_is_ready_only_what_had_arrived_goes(database: Database, tmp_path: Path):
    """A client may have sent its bytes once more, or a crash kept them from being deleted."""
    store = make.media_folder(tmp_path)
    upload = await promised(database, 11)
    await leave_everything(store, upload)
    async with database.writes.begin() as session:
        ready = await actions.mark_ready(session, upload, size=(1, 1), at=NOON)
    await sweep(database, store, at=DUE + MOMENT)
    assert await known(database) == {"ready": DUE + MOMENT}
    name = upload.id.hex
    assert files(tmp_path) == [f"{name}.jpg", f"{name}_1000.webp", f"{name}_400.webp"]
    assert ready.object_key is not None
    await sweep(database, store, at=DUE + timedelta(days=9))
    assert await known(database) == {"ready": DUE + MOMENT}


async def test_a_picture_that_was_replaced_goes_although_what_had_arrived_was_cleared(
    database: Database, tmp_path: Path
):
    store = make.media_folder(tmp_path)
    upload = await promised(database, 11)
    await leave_everything(store, upload)
    async with database.writes.begin() as session:
        ready = await actions.mark_ready(session, upload, size=(1, 1), at=NOON)
        key = ready.object_key
    await sweep(database, store, at=DUE + MOMENT)
    assert key is not None
    for owner in ("staff:2", "staff:1"):
        async with database.writes.begin() as session:
            await actions.mark_replaced(session, key, owner=owner)
        await sweep(database, store, at=DUE + MOMENT)
        assert len(files(tmp_path)) == (3 if owner == "staff:2" else 0)
    assert await known(database) == {}


class Stuck(MediaFolder):
    """A store that cannot delete the objects of one upload."""

    stuck = ""

    @override
    async def delete(self, key: str) -> None:
        if type(self).stuck in key:
            raise Busy
        await super().delete(key)


async def test_what_cannot_be_deleted_now_keeps_its_row_and_stops_no_other(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sweeps, "_UPLOADS_AT_ONCE", 2)
    folder = make.media_folder(tmp_path)
    uploads = [await promised(database, seed) for seed in range(11, 16)]
    for each in uploads:
        await leave_everything(folder, each)
    Stuck.stuck = uploads[0].id.hex
    stuck = Stuck(folder.public_folder, folder.private_folder, folder.base_url)
    await sweep(database, stuck, at=DUE + MOMENT)
    async with database.writes() as session:
        assert list(await session.scalars(select(Upload.id))) == [uploads[0].id]
    assert all(uploads[0].id.hex in name for name in files(tmp_path))
    await sweep(database, folder, at=DUE + MOMENT)
    assert (await known(database), files(tmp_path)) == ({}, [])
