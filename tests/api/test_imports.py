"""Importing products from end to end: uploaded, asked for, swept, and read row by row."""

from random import Random
from typing import Any

import pytest

from api.auth import DEVELOPER
from domain.gateways.media_folder import MediaFolder
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.ids import key_of, public_id
from domain.kernel.settings import Settings
from tests import make
from tests.api.client import AS_STAFF, Api, statements_run
from tests.imports import row, table
from workers.product_imports import run_product_imports
from workers.tools import Tools

IMPORT = "playground/ImportProducts"
STATE = "playground/ProductImport"
ROWS = "playground/ProductImportRows"
IN_ENGLISH = {**AS_STAFF, "accept-language": "en"}
ROW_BY_ROW = table([row("P-1", "A"), row("P-1", "B", price_yuan="x"), row("P-2", "C")])


async def uploaded(api: Api, content: bytes) -> str:
    """Upload a table as a client does; answers with the upload's id."""
    given = {
        "requestId": str(make.an_id()),
        "purpose": "PRODUCT_IMPORT",
        "mediaType": "text/csv",
        "sizeBytes": len(content),
    }
    promised = await api.run("playground/PromiseUpload", AS_STAFF, input=given)
    upload = promised["data"]["promiseUpload"]["upload"]
    path = upload["url"].removeprefix("https://mall.example")
    sent = await api.http.put(path, content=content, headers={"content-type": "text/csv"})
    assert sent.status_code == 204
    await api.run("playground/CompleteUpload", AS_STAFF, input={"uploadId": upload["id"]})
    return upload["id"]


async def ask(api: Api, upload_id: str, **given: object) -> Any:
    """Ask for the import; answers with the union's member."""
    variables = {"requestId": str(make.an_id()), "uploadId": upload_id, "reason": "换季", **given}
    response = await api.run(IMPORT, IN_ENGLISH, input=variables)
    assert "errors" not in response, response
    return response["data"]["importProducts"]


@pytest.fixture
async def store(database: Database, shared_settings: Settings) -> MediaFolder:
    """Where the shared API keeps its uploads, in a mall with one shelf."""
    async with database.writes.begin() as session:
        shelf = await make.category(session)
        shelf.code = "SCENT"
    settings = shared_settings
    return MediaFolder(settings.media_folder, settings.private_folder, base_url=settings.base_url)


async def sweep(database: Database, store: MediaFolder) -> None:
    await run_product_imports({"tools": Tools(database, system_clock, store, Random(2))})


async def test_a_table_is_uploaded_imported_and_answered_row_by_row(
    api: Api, database: Database, store: MediaFolder
):
    asked = await ask(api, await uploaded(api, ROW_BY_ROW))
    import_id = asked["importId"]
    waiting = (await api.run(STATE, IN_ENGLISH, id=import_id))["data"]["productImport"]
    assert (waiting["status"], waiting["rowCount"]) == ("WAITING", None)
    await sweep(database, store)
    before = statements_run()
    done = (await api.run(STATE, IN_ENGLISH, id=import_id))["data"]["productImport"]
    rows = (await api.run(ROWS, IN_ENGLISH, importId=import_id))["data"]["productImportRows"]
    assert statements_run() == before + 2
    counts = [done[each] for each in ("created", "edited", "unchanged", "refused", "heldBack")]
    assert (done["status"], done["rowCount"], counts) == ("DONE", 3, [1, 0, 0, 1, 1])
    assert (done["staffName"], done["reason"]) == (DEVELOPER.name, "换季")
    nodes = [edge["node"] for edge in rows["edges"]]
    assert [(node["line"], node["sku"], node["outcome"]) for node in nodes] == [
        (2, "A", "HELD_BACK"),
        (3, "B", "REFUSED"),
        (4, "C", "CREATED"),
    ]
    assert nodes[0]["problems"][0]["message"] == (
        "Row 3 of the same product is wrong, so nothing of the product was imported."
    )
    assert nodes[1]["problems"] == [
        {"path": "price_yuan", "code": "not_an_amount", "message": "Must be yuan, 168 or 168.00."}
    ]
    assert key_of(nodes[2]["productId"], "product") is not None
    chinese = (await api.run(ROWS, AS_STAFF, importId=import_id, outcome="REFUSED"))["data"]
    (edge,) = chinese["productImportRows"]["edges"]
    assert edge["node"]["problems"][0]["message"] == "须为以元为单位的金额，如 168 或 168.00。"


async def test_pages_of_rows_hold_each_row_once(api: Api, database: Database, store: MediaFolder):
    content = table([row(f"P-{number}", f"S-{number}") for number in range(5)])
    asked = await ask(api, await uploaded(api, content))
    await sweep(database, store)
    seen: list[int] = []
    after = None
    while True:
        response = await api.run(ROWS, AS_STAFF, importId=asked["importId"], first=2, after=after)
        page = response["data"]["productImportRows"]
        seen += [edge["node"]["line"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [2, 3, 4, 5, 6]


async def test_a_table_that_is_none_says_so_in_the_callers_language(
    api: Api, database: Database, store: MediaFolder
):
    asked = await ask(api, await uploaded(api, b"code,sku,colour\nP-1,A,red\n"))
    await sweep(database, store)
    told: list[tuple[dict[str, str], str]] = [
        (IN_ENGLISH, 'There is no column "colour".'),
        (AS_STAFF, "没有名为“colour”的列。"),
    ]
    for headers, message in told:
        state = (await api.run(STATE, headers, id=asked["importId"]))["data"]["productImport"]
        assert (state["status"], state["failure"]["message"]) == ("FAILED", message)


async def test_an_upload_is_imported_once_and_a_repeat_gets_the_first_answer(
    api: Api, store: MediaFolder
):
    upload_id, request_id = await uploaded(api, ROW_BY_ROW), str(make.an_id())
    first = await ask(api, upload_id, requestId=request_id)
    assert await ask(api, upload_id, requestId=request_id) == first
    again = await ask(api, upload_id)
    assert (again["__typename"], again["importId"]) == ("TableImported", first["importId"])


async def test_what_cannot_be_imported_is_refused(api: Api, database: Database, store: MediaFolder):
    unknown = await ask(api, public_id("upload", make.an_id()))
    assert unknown["__typename"] == "UploadUnknown"
    blank = await ask(api, public_id("upload", make.an_id()), reason=" ")
    assert [each["path"] for each in blank["problems"]] == ["reason"]
    given = {
        "requestId": str(make.an_id()),
        "purpose": "PRODUCT_IMPORT",
        "mediaType": "text/csv",
        "sizeBytes": 9,
    }
    promised = await api.run("playground/PromiseUpload", AS_STAFF, input=given)
    upload_id = promised["data"]["promiseUpload"]["upload"]["id"]
    assert (await ask(api, upload_id))["__typename"] == "UploadNotTable"


async def test_imports_are_for_staff_and_an_unknown_one_is_null(api: Api, database: Database):
    import_id = public_id("import", make.an_id())
    given = {"requestId": str(make.an_id()), "uploadId": "upload_0", "reason": "换季"}
    given_to: dict[str, dict[str, Any]] = {
        IMPORT: {"input": given},
        STATE: {"id": import_id},
        ROWS: {"importId": import_id},
    }
    for document, variables in given_to.items():
        response = await api.run(document, None, **variables)
        assert response["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert (await api.run(STATE, AS_STAFF, id=import_id))["data"] == {"productImport": None}
