"""Shelves, tags and the home page in the hands of staff."""

import pytest
from sqlalchemy import select

from domain.kernel.db import Database
from domain.staff.models import AuditEntry
from tests.api.catalog.desk import Desk, problems, text
from tests.api.client import Api, statements_run

ENGLISH = {"accept-language": "en"}


async def test_a_tree_is_three_deep_and_goes_by_position(api: Api):
    desk = Desk(api)
    late = await desk.a_category(code="LATE", title=text("后"), position=2)
    top = await desk.a_category(code="TOP", title=text("先"), position=1)
    middle = await desk.a_category(code="MIDDLE", title=text("中"), parentId=top)
    bottom = await desk.a_category(code="BOTTOM", title=text("下"), parentId=middle)
    first, second = await desk.see("CategoryTrees")
    assert (first["category"]["id"], second["category"]["id"]) == (top, late)
    assert first["children"][0]["children"][0]["category"] == {"id": bottom, "title": "下"}

    too_deep = {"code": "DEEPER", "title": text("更下"), "parentId": bottom}
    refused = await desk.do("CreateCategory", **too_deep)
    assert problems(refused) == {("parentId", "too_deep")}
    for below in (top, middle, bottom):
        refused = await desk.do("EditCategory", categoryId=top, parentId=below)
        assert problems(refused) == {("parentId", "too_deep")}
    refused = await desk.do("EditCategory", categoryId=late, parentId=f"category_{'0' * 32}")
    assert problems(refused) == {("parentId", "not_found")}
    refused = await desk.do("CreateCategory", code="TOP", title=text("又"))
    assert problems(refused) == {("code", "taken")}


async def test_a_shelf_moves_with_all_that_stands_below(api: Api):
    desk = Desk(api)
    old, new = [await desk.a_category(code=code, title=text(code)) for code in ("OLD", "NEW")]
    moved = await desk.a_category(code="MOVED", title=text("搬"), parentId=old)
    await desk.a_category(code="BELOW", title=text("下"), parentId=moved)
    await desk.do("EditCategory", categoryId=moved, parentId=new, title=text("搬家"))
    trees = {tree["category"]["id"]: tree["children"] for tree in await desk.see("CategoryTrees")}
    assert trees[old] == []
    assert trees[new][0]["category"]["title"] == "搬家"
    assert len(trees[new][0]["children"]) == 1
    await desk.do("EditCategory", categoryId=moved, parentId=None)
    assert len(await desk.see("CategoryTrees")) == 3


async def test_staff_see_hidden_shelves_too(api: Api):
    desk = Desk(api)
    hidden = await desk.a_category(isHidden=True)
    await desk.a_category(code="BELOW", title=text("下"), parentId=hidden)
    shown = [
        (each["code"], each["isHidden"], each["isVisible"])
        for each in await desk.read("StaffCategories")
    ]
    assert shown == [("HANDS", True, False), ("BELOW", False, False)]


async def test_a_tag_is_renamed_on_every_product(api: Api):
    desk = Desk(api)
    tag = (await desk.do("CreateTag", code="NEW", title=text("新品")))["tagId"]
    product = await desk.a_published_product(tagIds=[tag])
    assert (await desk.do("EditTag", tagId=tag, title=text("上新")))["tagId"] == tag
    seen = await desk.see("ProductPage", id=product["id"])
    assert seen["tags"] == [{"id": tag, "title": "上新"}]
    assert await desk.read("StaffTags") == [{"id": tag, "code": "NEW", "title": text("上新")}]
    assert problems(await desk.do("CreateTag", code="NEW", title=text("再"))) == {("code", "taken")}


@pytest.mark.parametrize(
    ("mutation", "given", "refusal"),
    [
        ("EditTag", {"tagId": f"tag_{'0' * 32}", "title": text("x")}, "TagUnavailable"),
        ("EditCategory", {"categoryId": f"category_{'0' * 32}"}, "CategoryUnavailable"),
    ],
)
async def test_what_is_not_there_is_refused(
    api: Api, mutation: str, given: dict[str, object], refusal: str
):
    assert (await Desk(api).do(mutation, **given))["__typename"] == refusal


async def test_a_home_page_is_arranged_shown_and_told(api: Api):
    desk = Desk(api)
    category_id = await desk.a_category()
    product = await desk.a_published_product(categoryId=category_id)
    banner = {
        "pictureKey": "banners/1111.svg",
        "alt": text("双十一", "Singles' Day"),
        "link": {"kind": "SEARCH", "targetId": None, "search": "护手霜"},
    }
    section = {
        "title": text("热卖", "Loved"),
        "productIds": [product["id"]],
        "link": {"kind": "CATEGORY", "targetId": category_id, "search": None},
    }
    given = {"banners": [banner], "sections": [section], "searchWords": [text("护手霜", "Hand")]}
    arranged = await desk.do("ArrangeHomePage", revision=0, **given)
    assert arranged == {"__typename": "HomePageArranged", "revision": 1}

    before = statements_run()
    home = await desk.see("HomePage")
    assert statements_run() - before == 3
    url = "https://mall.example/media/banners/1111.svg"
    assert home["banners"] == [
        {"image": {"url": url, "alt": "双十一"}, "link": banner["link"]},
    ]
    (shown,) = home["sections"]
    assert (shown["title"], shown["link"]) == ("热卖", section["link"])
    assert [each["id"] for each in shown["products"]] == [product["id"]]
    assert home["searchWords"] == ["护手霜"]
    assert await desk.read("StaffHomePage") == {"revision": 1, **given}

    late = await desk.do("ArrangeHomePage", revision=0, **given)
    assert (late["__typename"], late["revision"]) == ("HomePageChanged", 1)


async def test_a_home_page_names_every_problem(api: Api):
    nowhere = f"product_{'0' * 32}"
    refused = await Desk(api).do(
        "ArrangeHomePage",
        revision=0,
        banners=[
            {"pictureKey": "../x", "alt": text("横幅"), "link": {"kind": "SEARCH"}},
            {"pictureKey": "b/1.svg", "alt": text("横幅"), "link": {"kind": "CATEGORY"}},
            {
                "pictureKey": "b/2.svg",
                "alt": text("横幅"),
                "link": {"kind": "SEARCH", "search": "霜", "targetId": f"category_{'0' * 32}"},
            },
        ],
        sections=[{"title": text("专区"), "productIds": [nowhere, nowhere]}],
        searchWords=[text("长" * 51)],
    )
    assert problems(refused) == {
        ("banners.0.pictureKey", "not_a_picture"),
        ("banners.0.link.search", "missing"),
        ("banners.1.link.targetId", "missing"),
        ("banners.2.link.targetId", "not_of_this_link"),
        ("banners.2.link.targetId", "not_found"),
        ("sections.0.productIds", "repeated"),
        ("sections.0.productIds.0", "not_found"),
        ("sections.0.productIds.1", "not_found"),
        ("searchWords.0.zh", "too_long"),
    }


async def test_every_change_of_a_shelf_leaves_one_audit_row(api: Api, database: Database):
    desk = Desk(api)
    category_id = await desk.a_category()
    await desk.do("EditCategory", categoryId=category_id, isHidden=True)
    await desk.do("EditCategory", categoryId=category_id, isHidden=True)
    async with database.writes() as session:
        entries = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [entry.action for entry in entries] == ["category.create", "category.edit"]
    assert ((entries[1].before or {})["is_hidden"], (entries[1].after or {})["is_hidden"]) == (
        False,
        True,
    )
