"""Uploads from end to end over HTTP: promised, sent, completed, and served."""

import asyncio
from datetime import timedelta
from random import Random
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from api.auth import DEVELOPER
from api.uploads import desk
from domain.kernel.db import Database
from domain.kernel.ids import key_of, public_id
from domain.kernel.settings import Settings
from domain.media import actions
from domain.media.actions import Expected
from domain.media.models import Upload
from domain.media.rules import ADDRESS_LIFE, COMPLETING_LIFE, Purpose
from tests import make, pictures
from tests.api.client import AS_STAFF, Api, running_api

PROMISE = "playground/PromiseUpload"
COMPLETE = "playground/CompleteUpload"
IN_ENGLISH = {**AS_STAFF, "accept-language": "en"}
PICTURE = pictures.jpeg((1200, 600))
TABLE = "code,title_zh\nP-1,山茶\n".encode()


async def promise(api: Api, content: bytes = PICTURE, **given: Any) -> Any:
    """Ask for an upload of the content; answers with the union's member."""
    variables = {
        "requestId": str(make.an_id()),
        "purpose": "PRODUCT_IMAGE",
        "mediaType": "image/jpeg",
        "sizeBytes": len(content),
    }
    response = await api.run(PROMISE, IN_ENGLISH, input={**variables, **given})
    assert "errors" not in response, response
    return response["data"]["promiseUpload"]


async def complete(api: Api, upload_id: str) -> Any:
    """Complete an upload; answers with the union's member."""
    response = await api.run(COMPLETE, IN_ENGLISH, input={"uploadId": upload_id})
    assert "errors" not in response, response
    return response["data"]["completeUpload"]


async def put(api: Api, upload: Any, content: bytes = PICTURE) -> httpx.Response:
    """Send the content as the promise says."""
    headers = {each["name"]: each["value"] for each in upload["headers"]}
    path = upload["url"].removeprefix("https://mall.example")
    return await api.http.request(upload["method"], path, content=content, headers=headers)


async def sent(api: Api, content: bytes = PICTURE, **given: Any) -> Any:
    """An upload whose bytes have come."""
    upload = (await promise(api, content, **given))["upload"]
    assert (await put(api, upload, content)).status_code == 204
    return upload


async def served(api: Api, url: str) -> httpx.Response:
    """What a browser gets from there."""
    return await api.http.get(url.removeprefix("https://mall.example"))


async def test_a_picture_is_promised_sent_completed_and_served_with_its_thumbnails(api: Api):
    upload = await sent(api)
    completed = await complete(api, upload["id"])
    assert (completed["__typename"], completed["purpose"]) == ("UploadCompleted", "PRODUCT_IMAGE")
    picture = completed["picture"]
    assert picture["url"] == f"https://mall.example/media/{picture['key']}"
    assert (picture["width"], picture["height"]) == (1200, 600)
    answer = await served(api, picture["url"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert [each["longestSide"] for each in picture["thumbnails"]] == [1000, 400]
    for thumbnail in picture["thumbnails"]:
        answer = await served(api, thumbnail["url"])
        assert answer.headers["content-type"] == "image/webp"
        assert max(pictures.opened(answer.content).size) == thumbnail["longestSide"]


async def test_completing_again_or_twice_at_once_answers_the_same(api: Api):
    upload = await sent(api)
    first, second = await asyncio.gather(complete(api, upload["id"]), complete(api, upload["id"]))
    assert first["__typename"] == "UploadCompleted"
    assert first == second == await complete(api, upload["id"])


async def test_a_table_is_kept_and_has_no_address(api: Api):
    table: Any = {"purpose": "PRODUCT_IMPORT", "mediaType": "text/csv"}
    upload = await sent(api, TABLE, **table)
    completed = await complete(api, upload["id"])
    assert completed["__typename"] == "UploadCompleted"
    assert completed["picture"] is None


async def test_a_repeated_promise_is_the_same_upload_with_another_address(
    api: Api, database: Database
):
    request_id = str(make.an_id())
    first = (await promise(api, requestId=request_id))["upload"]
    again = (await promise(api, requestId=request_id))["upload"]
    assert (again["id"], again["expiresAt"]) == (first["id"], first["expiresAt"])
    assert again["url"] != first["url"]
    assert (await put(api, first)).status_code == 403
    assert (await put(api, again)).status_code == 204
    assert (await promise(api, requestId=request_id))["__typename"] == "UploadExpired"


async def test_the_secret_of_an_address_is_stored_nowhere(api: Api, database: Database):
    upload = (await promise(api))["upload"]
    token = upload["url"].partition("token=")[2]
    assert len(token) == 64
    for table in ("request_answers", "uploads"):
        async with database.writes() as session:
            rows = await session.scalars(text(f"SELECT row_to_json(t)::text FROM {table} t"))
            stored = "".join(rows)
        assert upload["id"].removeprefix("upload_") in stored.replace("-", "")
        assert token not in stored
        assert bytes.fromhex(token).hex() not in stored


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"mediaType": "image/gif"},
            {
                "__typename": "UploadTypeRefused",
                "allowed": ["image/jpeg", "image/png", "image/webp"],
                "message": "Files of this type are not taken.",
            },
        ),
        (
            {"sizeBytes": 10_000_001},
            {
                "__typename": "UploadSizeRefused",
                "largestBytes": 10_000_000,
                "message": "The file must not be empty, nor larger than 10000000 bytes.",
            },
        ),
    ],
)
async def test_what_is_not_taken_is_told(
    api: Api, given: dict[str, Any], expected: dict[str, object]
):
    assert await promise(api, **given) == expected


async def test_more_unfinished_uploads_than_allowed_are_refused(api: Api):
    evidence: Any = {"purpose": "EVIDENCE"}
    for _ in range(20):
        assert (await promise(api, **evidence))["__typename"] == "UploadPromised"
    refused = await promise(api, **evidence)
    assert (refused["__typename"], refused["most"]) == ("TooManyUploads", 20)


async def test_what_has_not_come_cannot_be_completed(api: Api):
    upload = (await promise(api))["upload"]
    assert (await complete(api, upload["id"]))["__typename"] == "UploadNotArrived"


async def test_what_is_no_picture_is_refused_for_good_and_says_why(api: Api):
    upload = await sent(api, b"<svg/>")
    for _ in range(2):
        assert await complete(api, upload["id"]) == {
            "__typename": "UploadUnusable",
            "reason": "OTHER_TYPE",
            "explanation": "The file's type is not what was promised.",
            "message": "The file cannot be used; send another one.",
        }


async def test_an_upload_that_expired_cannot_be_completed(api: Api, database: Database):
    upload = await sent(api)
    late = ADDRESS_LIFE + COMPLETING_LIFE + timedelta(seconds=1)
    async with database.writes.begin() as session:
        row = (await session.scalars(select(Upload))).one()
        row.created_at -= late
        row.expires_at -= late
    assert (await complete(api, upload["id"]))["__typename"] == "UploadExpired"


async def test_the_upload_of_another_member_of_the_staff_is_unknown(api: Api, database: Database):
    async with database.writes.begin() as session:
        ticket = await actions.promise(
            session,
            Expected(Purpose.PRODUCT_IMAGE, "image/jpeg", len(PICTURE)),
            owner="staff:another",
            at=make.NOON,
            random=Random(5),
        )
    foreign = await complete(api, public_id("upload", ticket.upload_id))
    missing = await complete(api, public_id("upload", make.an_id()))
    assert foreign == missing
    assert foreign["__typename"] == "UploadUnknown"


async def test_an_upload_belongs_to_the_staff_member_who_asked(api: Api, database: Database):
    upload = (await promise(api))["upload"]
    async with database.writes() as session:
        row = (await session.scalars(select(Upload))).one()
    assert row.owner == DEVELOPER.key
    assert row.id == key_of(upload["id"], "upload")


@pytest.mark.parametrize("document", [PROMISE, COMPLETE])
async def test_strangers_get_no_upload(api: Api, document: str):
    given = {
        PROMISE: {
            "requestId": str(make.an_id()),
            "purpose": "EVIDENCE",
            "mediaType": "image/png",
            "sizeBytes": 9,
        },
        COMPLETE: {"uploadId": public_id("upload", make.an_id())},
    }[document]
    response = await api.run(document, input=given)
    assert response["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_beyond_the_gate_completing_is_busy(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(desk, "_RUNNING", 0)
    monkeypatch.setattr(desk, "_WAITING", 0)
    async with running_api(settings) as api:
        upload = await sent(api)
        response = await api.run(COMPLETE, IN_ENGLISH, input={"uploadId": upload["id"]})
    assert response["errors"][0]["extensions"] == {"code": "BUSY", "retryAfterSeconds": 1}
