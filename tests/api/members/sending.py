"""How members send a picture over HTTP: have an upload promised, send the bytes, complete it."""

from typing import Any

from tests import make, pictures
from tests.api.client import DOCUMENT_IDS, Api

PICTURE = pictures.jpeg((600, 600))
Headers = dict[str, str]


async def run(api: Api, name: str, headers: Headers, **given: Any) -> Any:
    """Run a mutation of the mini-program; answers with its union's member."""
    body = {"documentId": DOCUMENT_IDS[f"miniprogram/{name}"], "variables": {"input": given}}
    answer = (await api.post(body, headers)).json()
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))


async def promise(api: Api, headers: Headers, purpose: str = "MEMBER_PICTURE") -> Any:
    """Ask for an upload of the picture; answers with the union's member."""
    return await run(
        api,
        "PromisePicture",
        headers,
        requestId=str(make.an_id()),
        purpose=purpose,
        mediaType="image/jpeg",
        sizeBytes=len(PICTURE),
    )


async def arrived(api: Api, headers: Headers, purpose: str = "MEMBER_PICTURE") -> str:
    """An upload whose bytes have come."""
    upload = (await promise(api, headers, purpose))["upload"]
    told = {each["name"]: each["value"] for each in upload["headers"]}
    path = upload["url"].removeprefix("https://mall.example")
    assert (await api.http.put(path, content=PICTURE, headers=told)).status_code == 204
    return upload["id"]


async def sent(api: Api, headers: Headers, purpose: str = "MEMBER_PICTURE") -> str:
    """An upload that is complete."""
    upload_id = await arrived(api, headers, purpose)
    completed = await run(api, "CompletePicture", headers, uploadId=upload_id)
    assert completed["__typename"] == "UploadCompleted"
    return upload_id
