"""A member's picture: sent by an upload of their own, and shown to anybody."""

from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from domain.kernel.db import Database
from domain.media.models import Upload
from domain.media.rules import UploadStatus
from tests import make
from tests.api.client import AS_STAFF, DOCUMENT_IDS, Api
from tests.api.members.sending import Headers, promise, run, sent
from tests.api.oauth.desk import as_member


async def edit(api: Api, headers: Headers, upload_id: str | None) -> Any:
    given = {"requestId": str(make.an_id()), "pictureUploadId": upload_id}
    return await run(api, "EditProfile", headers, **given)


@pytest.fixture
async def me(api: Api, database: Database, redis: Redis) -> Headers:
    return await as_member(api, database)


async def test_it_is_sent_shown_and_taken_away(api: Api, me: Headers):
    saved = await edit(api, me, await sent(api, me))
    url = saved["viewer"]["pictureUrl"]
    assert url.startswith("https://mall.example/media/members/")
    shown = await api.http.get(url.removeprefix("https://mall.example"))
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert (await edit(api, me, None))["viewer"]["pictureUrl"] is None


async def test_the_picture_before_is_given_up_and_cannot_be_shown_again(
    api: Api, database: Database, me: Headers
):
    first, second = await sent(api, me), await sent(api, me)
    for upload_id in (first, first, second):
        assert (await edit(api, me, upload_id))["__typename"] == "ViewerSaved"
    assert await statuses(database) == [UploadStatus.REPLACED, UploadStatus.READY]
    assert (await edit(api, me, first))["problems"][0]["path"] == "pictureUploadId"
    again = await run(api, "CompletePicture", me, uploadId=first)
    assert again["__typename"] == "UploadUnknown"
    await edit(api, me, None)
    assert await statuses(database) == [UploadStatus.REPLACED] * 2


async def statuses(database: Database) -> list[UploadStatus]:
    """How far each upload is, the oldest first."""
    async with database.writes() as session:
        return list(await session.scalars(select(Upload.status).order_by(Upload.id)))


async def test_what_is_not_a_picture_of_ones_own_that_is_ready_is_not_there(
    api: Api, database: Database, me: Headers
):
    other = await as_member(api, database)
    unfinished = (await promise(api, me))["upload"]["id"]
    wrong = [
        f"upload_{make.an_id().hex}",
        unfinished,
        await sent(api, other),
        await sent(api, me, "EVIDENCE"),
    ]
    for upload_id in wrong:
        refused = await edit(api, me, upload_id)
        assert [(each["path"], each["code"]) for each in refused["problems"]] == [
            ("pictureUploadId", "not_found")
        ]


@pytest.mark.parametrize(
    ("as_staff", "purpose"),
    [(False, "PRODUCT_IMAGE"), (False, "PRODUCT_IMPORT"), (True, "MEMBER_PICTURE")],
)
async def test_nobody_sends_what_is_for_others(
    api: Api, me: Headers, purpose: str, *, as_staff: bool
):
    given = {"requestId": str(make.an_id()), "purpose": purpose}
    given |= {"mediaType": "image/jpeg", "sizeBytes": 1000}
    body = {"documentId": DOCUMENT_IDS["miniprogram/PromisePicture"], "variables": {"input": given}}
    answer = await api.post(body, AS_STAFF if as_staff else me)
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
