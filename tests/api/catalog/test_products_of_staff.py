"""A product's life in the hands of staff: created, edited, published, archived, restored."""

import pytest
from sqlalchemy import select, update

from domain.catalog import models
from domain.kernel.db import Database
from domain.staff.models import AuditEntry
from tests.api.catalog.desk import REASON, Desk, a_request, problems, product_input, text
from tests.api.catalog.desk import variant_input as variant
from tests.api.client import Api

ENGLISH = {"accept-language": "en"}
NOTHING: list[object] = []
SIZE = {"title": text("容量", "Size"), "values": [text("30ml", "30 ml"), text("75ml", "75 ml")]}
ENGRAVING = {
    "code": "CAP",
    "title": text("瓶盖刻字", "Engraved cap"),
    "mostCharacters": 8,
    "alphabet": "LATIN",
    "price": 2000,
}


async def trail(database: Database) -> list[AuditEntry]:
    async with database.writes() as session:
        return list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


async def test_a_product_lives_from_draft_to_archive_and_back(api: Api):
    desk = Desk(api)
    product = await desk.a_product()
    assert (product["status"], product["revision"]) == ("DRAFT", 1)
    assert await desk.see("ProductPage", id=product["id"]) is None

    product = await desk.step("PublishProduct", product)
    assert product["status"] == "PUBLISHED"
    assert (await desk.see("ProductPage", id=product["id"]))["title"] == "山茶护手霜"

    product = await desk.step("UnpublishProduct", product)
    assert (product["status"], product["visibleFrom"]) == ("DRAFT", None)
    assert await desk.see("ProductPage", id=product["id"]) is None

    product = await desk.step("ArchiveProduct", await desk.step("PublishProduct", product))
    assert product["status"] == "ARCHIVED"
    assert await desk.see("ProductPage", id=product["id"]) is None
    for step in ("PublishProduct", "UnpublishProduct", "EditProduct"):
        refused = await desk.do(step, productId=product["id"], revision=product["revision"])
        assert refused["__typename"] == "ProductArchived"

    product = await desk.step("RestoreProduct", product)
    assert (product["status"], product["revision"]) == ("DRAFT", 6)


async def test_everything_that_is_said_of_a_product_is_kept_and_told(api: Api):
    desk = Desk(api)
    tag = await desk.do("CreateTag", code="LIMITED", title=text("限量", "Limited"))
    picture = {"key": "products/hand-02.svg", "alt": text("手部特写", "A hand")}
    product = await desk.a_published_product(
        options=[SIZE],
        variants=[variant("H-30", 5800, choices=[0]), variant("H-75", 9800, choices=[1])],
        personalisation=[ENGRAVING],
        pictures=[picture],
        description=[
            {"kind": "HEADING", "text": text("质地", "Texture")},
            {"kind": "PARAGRAPH", "text": text("轻盈不黏。", "Light.")},
            {"kind": "PICTURE", "text": text("质地图", "Look"), "pictureKey": "products/t.svg"},
        ],
        tagIds=[tag["tagId"]],
        memberLimit=2,
    )

    seen = await desk.see("ProductPage", id=product["id"])

    assert seen["options"] == [{"title": "容量", "values": ["30ml", "75ml"]}]
    assert [each["choices"] for each in seen["variants"]] == [[0], [1]]
    assert seen["personalisation"] == [
        {**ENGRAVING, "title": "瓶盖刻字", "isRequired": False, "isReturnable": False},
    ]
    url = "https://mall.example/media/products/"
    assert seen["pictures"] == [{"url": f"{url}hand-02.svg", "alt": "手部特写"}]
    assert seen["description"] == [
        {"kind": "HEADING", "text": "质地", "image": None},
        {"kind": "PARAGRAPH", "text": "轻盈不黏。", "image": None},
        {
            "kind": "PICTURE",
            "text": "质地图",
            "image": {"url": f"{url}t.svg", "alt": "质地图"},
        },
    ]
    assert seen["tags"] == [{"id": tag["tagId"], "title": "限量"}]
    assert (seen["memberLimit"], seen["fromPrice"]) == (2, 5800)

    told = await desk.read("StaffProduct", id=product["id"])
    assert told["options"] == [SIZE]
    assert told["personalisation"] == [{**ENGRAVING, "isRequired": False}]
    assert told["tagIds"] == [tag["tagId"]]
    assert told["title"] == text("山茶护手霜", "Camellia Hand Cream")


async def test_an_edit_changes_what_it_names_and_leaves_the_rest(api: Api):
    desk = Desk(api)
    product = await desk.a_published_product(memberLimit=3)
    edited = await desk.step("EditProduct", product, title=text("新名字", "New name"))
    assert edited["title"] == text("新名字", "New name")
    assert edited["variants"] == product["variants"]
    assert (await desk.read("StaffProduct", id=product["id"]))["memberLimit"] == 3
    edited = await desk.step("EditProduct", edited, memberLimit=None)
    assert (await desk.read("StaffProduct", id=product["id"]))["memberLimit"] is None
    assert [node["title"] for node in await found(desk, "新名")] == ["新名字"]
    assert await found(desk, "护手") == []


async def found(desk: Desk, search: str) -> list[dict[str, str]]:
    page = await desk.see("ProductSearch", filter={"search": search})
    return [edge["node"] for edge in page["edges"]]


async def test_a_variant_left_out_is_archived_and_comes_back_as_itself(api: Api):
    desk = Desk(api)
    product = await desk.a_published_product()
    small, large = product["variants"]
    edited = await desk.step("EditProduct", product, variants=[variant("HAND-01-75", 9800)])
    assert [each["sku"] for each in edited["variants"]] == ["HAND-01-75", "HAND-01-30"]
    assert edited["variants"][0] == large
    assert edited["variants"][1]["archivedAt"] is not None
    seen = await desk.see("ProductPage", id=product["id"])
    assert [each["sku"] for each in seen["variants"]] == ["HAND-01-75"]
    assert seen["fromPrice"] == 9800

    both = [variant("HAND-01-75", 9800), variant("HAND-01-30", 6800)]
    edited = await desk.step("EditProduct", edited, variants=both)
    assert {each["id"] for each in edited["variants"]} == {small["id"], large["id"]}
    seen = await desk.see("ProductPage", id=product["id"])
    assert [each["price"] for each in seen["variants"]] == [9800, 6800]


NEVER_NULL = ("title", "categoryId", "imageKey", "variants", "pictures", "options", "description")


@pytest.mark.parametrize("field", [*NEVER_NULL, "personalisation", "tagIds"])
async def test_a_field_that_may_be_left_out_may_not_be_null(api: Api, field: str):
    desk = Desk(api)
    product = await desk.a_product()
    response = await desk.send("EditProduct", productId=product["id"], revision=1, **{field: None})
    assert response["errors"][0]["extensions"]["code"] == "BAD_INPUT"


async def test_a_published_product_keeps_a_variant(api: Api):
    desk = Desk(api)
    product = await desk.a_published_product()
    refused = await desk.do(
        "EditProduct", productId=product["id"], revision=product["revision"], variants=NOTHING
    )
    assert problems(refused) == {("variants", "missing")}


async def test_what_breaks_todays_rules_can_still_be_taken_down(api: Api, database: Database):
    desk = Desk(api)
    product = await desk.a_published_product()
    async with database.writes.begin() as session:
        await session.execute(update(models.Product).values(image_key="Products/HAND.SVG"))
    product = await desk.step("UnpublishProduct", product)
    assert (await desk.step("ArchiveProduct", product))["status"] == "ARCHIVED"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"code": "no spaces"}, {("code", "not_a_code")}),
        ({"title": text("", "x")}, {("title.zh", "missing")}),
        ({"title": text("长" * 121)}, {("title.zh", "too_long")}),
        ({"imageKey": "../secret"}, {("imageKey", "not_a_picture")}),
        ({"kind": "SERVICE"}, {("kind", "not_yet")}),
        ({"memberLimit": 0}, {("memberLimit", "out_of_range")}),
        ({"variants": [variant("A", -1)]}, {("variants.0.price", "out_of_range")}),
        ({"variants": [variant("A", 1), variant("A", 2)]}, {("variants", "repeated")}),
        ({"variants": [variant("A", 1, choices=[0])]}, {("variants.0.choices", "not_a_choice")}),
        (
            {"description": [{"kind": "PICTURE", "text": text("图")}]},
            {("description.0.pictureKey", "not_of_this_kind")},
        ),
        ({"reason": "  "}, {("reason", "missing")}),
        (
            {"options": [{"title": text("色号"), "values": NOTHING}]},
            {
                ("options.0.values", "missing"),
                ("variants.0.choices", "not_a_choice"),
                ("variants.1.choices", "not_a_choice"),
                ("variants", "repeated"),
            },
        ),
    ],
)
async def test_every_problem_of_an_input_is_named_and_nothing_is_written(
    api: Api, database: Database, change: dict[str, object], expected: set[tuple[str, str]]
):
    desk = Desk(api)
    category_id = await desk.a_category()
    refused = await desk.do("CreateProduct", **product_input(category_id, **change))
    assert problems(refused) == expected
    assert (await desk.read("StaffProducts"))["edges"] == []
    assert [entry.action for entry in await trail(database)] == ["category.create"]


async def test_what_does_not_exist_or_is_taken_is_a_problem_of_its_field(api: Api):
    desk = Desk(api)
    first = await desk.a_product()
    nowhere = f"category_{'0' * 32}"
    taken = product_input(
        nowhere, tagIds=[f"tag_{'0' * 32}"], variants=[variant("HAND-01-75", 1)], code="OTHER"
    )
    assert problems(await desk.do("CreateProduct", **taken)) == {
        ("categoryId", "not_found"),
        ("tagIds", "not_found"),
        ("variants.0.sku", "taken"),
    }
    refused = await desk.do("CreateProduct", **product_input(nowhere))
    assert problems(refused) == {("code", "taken")}
    assert (await desk.read("StaffProduct", id=first["id"]))["revision"] == 1


async def test_nobodys_change_is_overwritten_unseen(api: Api):
    desk = Desk(api)
    product = await desk.a_product()
    await desk.step("EditProduct", product, title=text("甲的名字"))
    late = await desk.do("EditProduct", productId=product["id"], revision=1, title=text("乙的名字"))
    assert (late["__typename"], late["revision"]) == ("ProductChanged", 2)
    assert (await desk.read("StaffProduct", id=product["id"]))["title"]["zh"] == "甲的名字"


async def test_a_repeat_gets_the_first_answer_and_another_input_is_refused(
    api: Api, database: Database
):
    desk = Desk(api)
    category_id, request_id = await desk.a_category(), a_request()
    wanted = product_input(category_id)
    first = await desk.do("CreateProduct", requestId=request_id, **wanted)
    again = await desk.do("CreateProduct", requestId=request_id, **wanted)
    assert again == first
    other = await desk.send("CreateProduct", requestId=request_id, **wanted, memberLimit=1)
    assert other["errors"][0]["extensions"]["code"] == "KEY_REUSED"
    assert len(await trail(database)) == 2


async def test_a_product_that_is_not_there_is_refused_in_the_callers_language(api: Api):
    missing = {"productId": f"product_{'0' * 32}", "revision": 1}
    for step in ("EditProduct", "PublishProduct", "ArchiveProduct", "RestoreProduct"):
        refused = await Desk(api, ENGLISH).do(step, **missing)
        assert refused == {
            "__typename": "ProductUnavailable",
            "message": "There is no such product.",
        }
    assert (await Desk(api).do("ArchiveProduct", **missing))["message"] == "没有这个商品。"


async def test_a_product_without_variants_is_no_product_to_publish(api: Api):
    desk = Desk(api)
    product = await desk.a_product(variants=[])
    refused = await desk.do("PublishProduct", productId=product["id"], revision=1)
    assert problems(refused) == {("variants", "missing")}


async def test_each_change_leaves_an_audit_row_with_what_was_before(api: Api, database: Database):
    desk = Desk(api)
    product = await desk.a_published_product()
    product = await desk.step("EditProduct", product, title=text("新名字", "New"))
    await desk.step("EditProduct", product, title=text("新名字", "New"))
    _, created, published, edited = await trail(database)
    assert (created.action, created.before) == ("product.create", None)
    assert (created.after or {})["code"] == "HAND-01"
    assert (published.action, (published.before or {})["status"]) == ("product.publish", "draft")
    assert edited.before == {"title": {"zh": "山茶护手霜", "en": "Camellia Hand Cream"}}
    assert edited.after == {"title": {"zh": "新名字", "en": "New"}}
    assert (edited.actor_name, edited.reason) == ("开发者", REASON)


async def test_staff_list_every_product_in_pages(api: Api):
    desk = Desk(api)
    category_id = await desk.a_category()
    for number in range(3):
        await desk.a_product(
            categoryId=category_id,
            code=f"P{number}",
            title=text(f"商品{number}"),
            variants=[variant(f"V{number}", 100)],
        )
    first = await desk.read("StaffProducts", first=2)
    assert [edge["node"]["code"] for edge in first["edges"]] == ["P2", "P1"]
    rest = await desk.read("StaffProducts", first=2, after=first["pageInfo"]["endCursor"])
    assert [edge["node"]["code"] for edge in rest["edges"]] == ["P0"]
    assert (await desk.read("StaffProducts", status="PUBLISHED"))["edges"] == []
    searched = await desk.read("StaffProducts", search="品1")
    assert [edge["node"]["code"] for edge in searched["edges"]] == ["P1"]
