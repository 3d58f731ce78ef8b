"""When a product can be seen, and the proof of what it cost since when."""

from datetime import datetime, timedelta

import pytest

from domain.kernel.clock import system_clock
from tests.api.catalog.desk import Desk, problems
from tests.api.catalog.desk import variant_input as variant
from tests.api.client import Api


async def test_prices_have_a_history_that_proves_the_lowest(api: Api):
    desk = Desk(api)
    product = await desk.a_product(variants=[variant("H", 100)])
    for price in (5800, 4800, 6800):
        product = await desk.step("EditProduct", product, variants=[variant("H", price)])
        if product["status"] == "DRAFT":
            product = await desk.step("PublishProduct", product)
    (seen,) = (await desk.see("ProductPage", id=product["id"]))["variants"]
    # What it cost as a draft, 100, was never offered to anybody.
    assert (seen["price"], seen["lowestRecentPrice"]) == (6800, 4800)
    history = await desk.read("PriceHistory", variantId=seen["id"], first=3)
    entries = [edge["node"] for edge in history["edges"]]
    assert [(each["number"], each["price"], each["isOffered"]) for each in entries] == [
        (5, 6800, True),
        (4, 4800, True),
        (3, 5800, True),
    ]
    rest = await desk.read(
        "PriceHistory", variantId=seen["id"], after=history["pageInfo"]["endCursor"]
    )
    assert [(edge["node"]["price"], edge["node"]["isOffered"]) for edge in rest["edges"]] == [
        (5800, False),
        (100, False),
    ]


async def test_a_window_opens_and_closes_by_itself(api: Api):
    desk = Desk(api)
    product = await desk.a_product()
    now = system_clock()
    later, earlier = now + timedelta(hours=1), now - timedelta(hours=2)
    product = await desk.step("PublishProduct", product, visibleFrom=later.isoformat())
    assert await desk.see("ProductPage", id=product["id"]) is None
    product = await desk.step("PublishProduct", product, visibleFrom=earlier.isoformat())
    assert await desk.see("ProductPage", id=product["id"]) is not None
    assert datetime.fromisoformat(product["visibleFrom"]) == earlier
    refused = await desk.do(
        "PublishProduct",
        productId=product["id"],
        revision=product["revision"],
        visibleUntil=(now - timedelta(hours=1)).isoformat(),
    )
    assert problems(refused) == {("visibleUntil", "never_opens")}


@pytest.mark.parametrize(
    "moment",
    [
        "2026-11-11T00:00:00",
        "0001-01-01T00:00:00Z",
        "1999-12-31T23:59:59Z",
        "9999-12-31T23:59:59.999999Z",
        "tomorrow",
        "",
    ],
)
async def test_a_moment_that_is_none_is_bad_input(api: Api, moment: str):
    desk = Desk(api)
    product = await desk.a_product()
    response = await desk.send(
        "PublishProduct", productId=product["id"], revision=1, visibleFrom=moment
    )
    assert response["errors"][0]["extensions"]["code"] == "BAD_INPUT"


async def test_a_price_that_nobody_was_offered_is_never_the_lowest(api: Api):
    """Not before its window opens, and not on a shelf that is hidden."""
    desk = Desk(api)
    shelf = await desk.a_category()
    product = await desk.a_product(categoryId=shelf, variants=[variant("H", 100)])
    later = (system_clock() + timedelta(days=3)).isoformat()
    product = await desk.step("PublishProduct", product, visibleFrom=later)
    product = await desk.step("EditProduct", product, variants=[variant("H", 9900)])
    now = system_clock().isoformat()
    product = await desk.step("PublishProduct", product, visibleFrom=now)
    await desk.do("EditCategory", categoryId=shelf, isHidden=True)
    product = await desk.step("EditProduct", product, variants=[variant("H", 200)])
    product = await desk.step("EditProduct", product, variants=[variant("H", 9800)])
    await desk.do("EditCategory", categoryId=shelf, isHidden=False)
    (seen,) = (await desk.see("ProductPage", id=product["id"]))["variants"]
    assert (seen["price"], seen["lowestRecentPrice"]) == (9800, 9800)
    history = await desk.read("PriceHistory", variantId=seen["id"], first=100)
    told = [(edge["node"]["price"], edge["node"]["isOffered"]) for edge in history["edges"]]
    assert told == [
        (9800, True),
        (9800, False),
        (200, False),
        (9900, False),
        (9900, True),
        (9900, True),
        (100, True),
        (100, False),
    ]


async def test_a_window_that_never_opens_is_refused(api: Api):
    desk = Desk(api)
    product = await desk.a_product()
    refused = await desk.do(
        "PublishProduct",
        productId=product["id"],
        revision=1,
        visibleFrom="2026-11-11T00:00:00+08:00",
        visibleUntil="2026-11-11T00:00:00+08:00",
    )
    assert problems(refused) == {("visibleUntil", "never_opens")}
