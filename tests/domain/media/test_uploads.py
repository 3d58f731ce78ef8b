"""Uploads as rows: promised within bounds, finished once, and what the table itself refuses."""

import asyncio
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from domain.kernel.db import Database
from domain.media import actions
from domain.media.actions import Expected
from domain.media.errors import (
    TooManyUploads,
    UploadExpired,
    UploadSizeRefused,
    UploadTypeRefused,
    UploadUnknown,
)
from domain.media.models import Upload
from domain.media.ports import UploadTicket
from domain.media.rules import (
    ADDRESS_LIFE,
    COMPLETING_LIFE,
    RETENTION,
    MediaType,
    Purpose,
    RefusalReason,
    UploadStatus,
)
from tests import make
from tests.make import NOON

OWNER = "staff:1"
MOMENT = timedelta(microseconds=1)


async def promise(
    database: Database,
    purpose: Purpose = Purpose.PRODUCT_IMAGE,
    media_type: str = "image/jpeg",
    *,
    size_bytes: int = 1_000,
    owner: str = OWNER,
) -> UploadTicket:
    """Promise an upload at noon."""
    expected = Expected(purpose, media_type, size_bytes)
    async with database.writes.begin() as session:
        return await actions.promise(session, expected, owner=owner, at=NOON, random=Random(77))


async def only(database: Database) -> Upload:
    """The only upload there is."""
    async with database.writes() as session:
        return (await session.scalars(select(Upload))).one()


async def change(database: Database, **values: object) -> None:
    """Change every upload."""
    async with database.writes.begin() as session:
        await session.execute(update(Upload).values(**values))


async def test_a_promise_says_what_may_come_and_until_when(database: Database):
    ticket = await promise(database)
    upload = await only(database)
    assert (upload.id, upload.status, upload.owner) == (ticket.upload_id, "promised", OWNER)
    assert (ticket.media_type, ticket.size_bytes) == ("image/jpeg", 1_000)
    assert ticket.expires_at == upload.expires_at == NOON + ADDRESS_LIFE
    assert ticket.key == f"incoming/{ticket.upload_id.hex}"


async def test_a_member_asks_for_twenty_pictures_a_day_also_where_all_are_finished(
    database: Database,
):
    expected, owner = Expected(Purpose.MEMBER_PICTURE, "image/jpeg", 1_000), "member:1"
    random = Random(3)

    async def ask(at: datetime, owner: str = owner) -> None:
        async with database.writes.begin() as session:
            ticket = await actions.promise(session, expected, owner=owner, at=at, random=random)
            upload = await actions.own(session, ticket.upload_id, owner=owner)
            upload = await actions.mark_ready(session, upload, size=(1, 1), at=at)
            assert upload.object_key
            await actions.mark_replaced(session, upload.object_key, owner=owner)

    for _ in range(20):
        await ask(NOON)
    with pytest.raises(TooManyUploads) as refused:
        await ask(NOON + timedelta(days=1) - MOMENT)
    assert refused.value.most == 20
    await ask(NOON, "member:2")
    await ask(NOON + timedelta(days=1))


async def test_the_token_is_stored_nowhere_and_shows_nowhere(database: Database):
    ticket = await promise(database)
    assert len(bytes.fromhex(ticket.token)) == 32
    assert ticket.token not in repr(ticket)
    assert (await only(database)).token_digest == actions.digest_of(ticket.token)
    async with database.writes() as session:
        row = await session.scalar(text("SELECT uploads::text FROM uploads"))
    assert ticket.token not in str(row)


@pytest.mark.parametrize(
    ("purpose", "media_type"),
    [
        (Purpose.PRODUCT_IMAGE, "image/svg+xml"),
        (Purpose.PRODUCT_IMAGE, "image/gif"),
        (Purpose.PRODUCT_IMAGE, "text/csv"),
        (Purpose.EVIDENCE, "video/mp4"),
        (Purpose.EVIDENCE, ""),
        (Purpose.PRODUCT_IMPORT, "image/png"),
    ],
)
async def test_other_types_are_refused_with_those_that_are_taken(
    database: Database, purpose: Purpose, media_type: str
):
    with pytest.raises(UploadTypeRefused) as refused:
        await promise(database, purpose, media_type)
    is_table = purpose is Purpose.PRODUCT_IMPORT
    assert refused.value.allowed == (
        (MediaType.CSV,) if is_table else (MediaType.JPEG, MediaType.PNG, MediaType.WEBP)
    )


@pytest.mark.parametrize(
    ("purpose", "media_type", "largest"),
    [
        (Purpose.PRODUCT_IMAGE, "image/png", 10_000_000),
        (Purpose.EVIDENCE, "image/webp", 10_000_000),
        (Purpose.PRODUCT_IMPORT, "text/csv", 20_000_000),
    ],
)
async def test_a_size_has_bounds(
    database: Database, purpose: Purpose, media_type: str, largest: int
):
    await promise(database, purpose, media_type, size_bytes=largest)
    for size_bytes in (largest + 1, 0, -1):
        with pytest.raises(UploadSizeRefused) as refused:
            await promise(database, purpose, media_type, size_bytes=size_bytes)
        assert refused.value.largest_bytes == largest


async def test_an_owner_has_so_many_unfinished_and_no_more(database: Database):
    for number in range(100, 120):
        expected = Expected(Purpose.EVIDENCE, "image/jpeg", 1)
        async with database.writes.begin() as session:
            await actions.promise(
                session, expected, owner="member:1", at=NOON, random=Random(number)
            )
    with pytest.raises(TooManyUploads) as refused:
        await promise(database, Purpose.EVIDENCE, owner="member:1")
    assert refused.value.most == 20
    await promise(database, Purpose.EVIDENCE, owner="member:2")
    await change(database, status="refused", refusal="unreadable", finished_at=NOON)
    expected = Expected(Purpose.EVIDENCE, "image/jpeg", 1)
    async with database.writes.begin() as session:
        await actions.promise(session, expected, owner="member:1", at=NOON, random=Random(99))


async def test_bytes_come_once(database: Database):
    ticket = await promise(database)

    async def mark() -> bool:
        async with database.writes.begin() as session:
            return await actions.mark_stored(session, ticket.upload_id)

    outcomes = await asyncio.gather(*(mark() for _ in range(4)))
    assert sorted(outcomes) == [False, False, False, True]
    assert (await only(database)).status is UploadStatus.STORED
    assert not await mark()


async def test_nobody_finds_an_upload_of_somebody_else(database: Database):
    ticket = await promise(database)
    async with database.writes() as session:
        assert (await actions.own(session, ticket.upload_id, owner=OWNER)).id == ticket.upload_id
        for owner, upload_id in (("staff:2", ticket.upload_id), (OWNER, make.an_id())):
            with pytest.raises(UploadUnknown):
                await actions.own(session, upload_id, owner=owner)


async def test_an_upload_is_completed_in_time_or_not_at_all(database: Database):
    ticket = await promise(database)
    latest = ticket.expires_at + COMPLETING_LIFE

    async def look(at_noon_and: timedelta) -> Upload:
        async with database.writes() as session:
            at = latest + at_noon_and
            return await actions.to_complete(session, ticket.upload_id, owner=OWNER, at=at)

    assert (await look(timedelta())).status is UploadStatus.PROMISED
    with pytest.raises(UploadExpired):
        await look(MOMENT)
    await finish(database, await only(database), 10)
    assert (await look(timedelta(days=400))).status is UploadStatus.READY


async def finish(database: Database, upload: Upload, width: int | None) -> Upload:
    """Make the upload ready, or refuse it where there is no width."""
    async with database.writes.begin() as session:
        if width is None:
            return await actions.mark_refused(
                session, upload, reason=RefusalReason.ANIMATED, at=NOON
            )
        return await actions.mark_ready(session, upload, size=(width, 1), at=NOON)


async def test_the_first_result_stands_however_many_come_after_it(database: Database):
    await promise(database)
    upload = await only(database)
    results = await asyncio.gather(*(finish(database, upload, each) for each in (7, 8, None, 9)))
    assert len({(each.status, each.width, each.refusal) for each in results}) == 1
    late = await finish(database, upload, None if results[0].width else 1)
    assert (late.status, late.width) == (results[0].status, results[0].width)


async def test_a_result_for_an_upload_that_is_forgotten_is_refused(database: Database):
    await promise(database)
    upload = await only(database)
    async with database.writes.begin() as session:
        await actions.forget_cleared(session, [upload.id], at=NOON)
    with pytest.raises(UploadUnknown):
        await finish(database, upload, 1)


async def test_what_is_due_comes_oldest_first_and_only_after_the_retention(database: Database):
    ids = [await promised_until(database, number) for number in range(4)]
    last = NOON + ADDRESS_LIFE + timedelta(minutes=2) + RETENTION

    async def due(after: Upload | None = None, most: int = 10) -> list[Upload]:
        async with database.writes() as session:
            behind = (after.expires_at, after.id) if after else None
            return await actions.due_for_clearing(session, at=last, after=behind, most=most)

    assert [each.id for each in await due()] == ids[:2]
    (first,) = await due(most=1)
    assert [each.id for each in await due(first)] == [ids[1]]


async def promised_until(database: Database, minutes: int) -> UUID:
    """An upload whose address expires that many minutes after those of noon."""
    at = NOON + timedelta(minutes=minutes)
    expected = Expected(Purpose.EVIDENCE, "image/png", 1)
    async with database.writes.begin() as session:
        ticket = await actions.promise(
            session, expected, owner=OWNER, at=at, random=Random(50 + minutes)
        )
    return ticket.upload_id


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"purpose": "avatar"}, "purpose_is_known|type_fits_purpose"),
        ({"status": "lost"}, "status_is_known"),
        ({"media_type": "image/svg+xml"}, "type_fits_purpose"),
        ({"media_type": "text/csv"}, "type_fits_purpose"),
        ({"size_bytes": 0}, "size_fits_purpose"),
        ({"size_bytes": 10_000_001}, "size_fits_purpose"),
        ({"owner": ""}, "owner_is_named"),
        ({"token_digest": b"short"}, "token_digest_is_sha256"),
        ({"expires_at": NOON}, "expires_after_its_creation"),
        ({"status": "ready"}, "final_is_finished|ready_has_object|ready_picture"),
        ({"finished_at": NOON}, "final_is_finished"),
        ({"object_key": "products/1.jpg"}, "ready_has_object"),
        ({"width": 1, "height": 1}, "ready_picture_has_size"),
        ({"refusal": "animated"}, "refused_has_reason"),
        ({"status": "refused", "finished_at": NOON}, "refused_has_reason"),
        (
            {"status": "refused", "finished_at": NOON, "refusal": "because"},
            "refusal_is_known",
        ),
        (
            {"status": "ready", "finished_at": NOON, "object_key": "products/1.jpg"},
            "ready_picture_has_size",
        ),
    ],
)
async def test_the_table_refuses_what_cannot_be(
    database: Database, values: dict[str, object], constraint: str
):
    await promise(database)
    with pytest.raises(IntegrityError, match=constraint):
        await change(database, **values)


@pytest.mark.parametrize(
    ("purpose", "key"),
    [(Purpose.EVIDENCE, "products/1.jpg"), (Purpose.PRODUCT_IMAGE, "private/1.jpg")],
)
async def test_the_table_keeps_what_is_private_from_what_is_public(
    database: Database, purpose: Purpose, key: str
):
    await promise(database, purpose)
    ready = {"status": "ready", "finished_at": NOON, "width": 1, "height": 1}
    with pytest.raises(IntegrityError, match="private_stays_private"):
        await change(database, **ready, object_key=key)


@pytest.mark.parametrize(("width", "height"), [(1, None), (12_001, 1), (1, 12_001), (0, 1)])
async def test_the_table_refuses_sizes_that_no_picture_has(
    database: Database, width: int, height: int | None
):
    await promise(database)
    ready = {"status": "ready", "finished_at": NOON, "object_key": "products/1.jpg"}
    with pytest.raises(IntegrityError, match="size_is_"):
        await change(database, **ready, width=width, height=height)


async def test_a_ticket_is_renewed_while_the_upload_is_awaited_by_its_owner_only(
    database: Database,
):
    ticket = await promise(database)

    async def renewed(*, owner: str = OWNER, late: timedelta = timedelta()) -> UploadTicket:
        async with database.writes.begin() as session:
            return await actions.renew(
                session, ticket.upload_id, owner=owner, at=NOON + late, random=Random(78)
            )

    again = await renewed()
    assert (again.upload_id, again.expires_at) == (ticket.upload_id, ticket.expires_at)
    assert (await only(database)).token_digest == actions.digest_of(again.token)
    assert again.token != ticket.token
    with pytest.raises(UploadExpired):
        await renewed(owner="staff:2")
    with pytest.raises(UploadExpired):
        await renewed(late=ADDRESS_LIFE)
    async with database.writes.begin() as session:
        await actions.mark_stored(session, ticket.upload_id)
    with pytest.raises(UploadExpired):
        await renewed()
