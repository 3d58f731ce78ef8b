"""What is hidden, unpublished or archived: no path shows it, and it looks like what is not."""

from datetime import timedelta
from typing import Any

import pytest

from domain.catalog import models
from domain.catalog.content import ProductStatus
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from tests import make
from tests.api.catalog.desk import Desk, text
from tests.api.client import Api

HOUR = timedelta(hours=1)
MISSING = f"product_{'0' * 32}"


async def a_product_that_is(state: str, database: Database) -> models.Product:
    """A product that nobody may know of."""
    async with database.writes.begin() as session:
        top = await make.category(session, is_hidden=state == "on a hidden shelf")
        shelf = await make.category(session, parent=top)
        if state == "below a hidden shelf":
            top.is_hidden, top.is_visible, shelf.is_visible = True, False, False
        elif state == "on a hidden shelf":
            shelf = top
        product = await make.product(session, shelf, title="秘密新品")
        if state == "a draft":
            product.status = ProductStatus.DRAFT
        elif state == "archived":
            product.status = ProductStatus.ARCHIVED
        elif state == "not visible yet":
            product.visible_from = system_clock() + HOUR
        elif state == "not visible any more":
            product.visible_until = system_clock() - HOUR
    return product


STATES = (
    "a draft",
    "archived",
    "not visible yet",
    "not visible any more",
    "on a hidden shelf",
    "below a hidden shelf",
)


def paths(product_id: str, category_id: str) -> list[tuple[str, dict[str, object]]]:
    """Every public document that could show a product, asked for it in every way."""
    return [
        ("ProductDetail", {"id": product_id}),
        ("ProductPage", {"id": product_id}),
        ("ProductStock", {"id": product_id}),
        ("ProductList", {}),
        ("ProductList", {"categoryId": category_id}),
        *(
            ("ProductSearch", {"filter": wanted, "sort": sort})
            for sort in ("NEWEST", "PRICE_ASCENDING", "PRICE_DESCENDING")
            for wanted in (
                {},
                {"search": "秘密"},
                {"search": "秘密新品"},
                {"categoryId": category_id},
                {"categoryId": category_id, "search": "密新"},
                {"leastPrice": 1},
            )
        ),
        ("HomePage", {}),
    ]


@pytest.mark.parametrize("state", STATES)
async def test_no_path_shows_it_and_it_looks_like_what_is_not(
    api: Api, database: Database, state: str
):
    product = await a_product_that_is(state, database)
    await arrange_it(api, product)
    own = paths(public_id("product", product.id), public_id("category", product.category_id))
    nobodys = paths(MISSING, public_id("category", make.an_id()))
    for (document, variables), (_, other) in zip(own, nobodys, strict=True):
        shown = await api.run(f"miniprogram/{document}", None, **variables)
        absent = await api.run(f"miniprogram/{document}", None, **other)
        assert shown == absent, (document, variables)
        assert "秘密" not in str(shown)


async def arrange_it(api: Api, product: models.Product) -> None:
    """Put it on the home page: alone in a section, behind a banner, and behind a title."""
    product_id = public_id("product", product.id)
    link = {"kind": "PRODUCT", "targetId": product_id}
    arranged = await Desk(api).do(
        "ArrangeHomePage",
        revision=0,
        banners=[{"pictureKey": "banners/1.svg", "alt": text("秘密"), "link": link}],
        sections=[{"title": text("秘密专区"), "productIds": [product_id], "link": link}],
        searchWords=[],
    )
    assert arranged == {"__typename": "HomePageArranged", "revision": 1}


async def test_a_hidden_shelf_is_in_no_tree_and_behind_no_link(api: Api, database: Database):
    desk = Desk(api)
    shown = await desk.a_category(code="SHOWN", title=text("看得见"))
    hidden = await desk.a_category(code="HIDDEN", title=text("秘密货架"), isHidden=True)
    below = await desk.a_category(code="BELOW", title=text("秘密之下"), parentId=hidden)
    product = await desk.a_published_product(categoryId=shown)
    links: list[Any] = [{"kind": "CATEGORY", "targetId": each} for each in (hidden, below)]
    await desk.do(
        "ArrangeHomePage",
        revision=0,
        banners=[{"pictureKey": "banners/1.svg", "alt": text("秘密"), "link": links[0]}],
        sections=[
            {"title": text("专区"), "productIds": [product["id"]], "link": links[1]},
        ],
        searchWords=[],
    )
    trees = await desk.see("CategoryTrees")
    assert [tree["category"]["id"] for tree in trees] == [shown]
    home = await desk.see("HomePage")
    assert home["banners"] == []
    assert [(each["title"], each["link"]) for each in home["sections"]] == [("专区", None)]

    await desk.do("EditCategory", categoryId=hidden, isHidden=False)
    trees = await desk.see("CategoryTrees")
    assert [tree["category"]["id"] for tree in trees] == [shown, hidden]
    assert trees[1]["children"][0]["category"]["id"] == below
    assert len((await desk.see("HomePage"))["banners"]) == 1
