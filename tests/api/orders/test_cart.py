"""The cart over HTTP: one for all channels, changed once by each request, told in words."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from domain.catalog.content import ProductKind, ProductStatus
from domain.kernel.db import Database
from domain.sessions.clients import NewClient
from domain.sessions.rules import Grant
from tests import make
from tests.api.client import AS_STAFF, Api, statements_run
from tests.api.oauth.desk import bearer, refresh, register, sign_in
from tests.api.orders.desk import Shopper, a_shopper, engraved, variant_id
from tests.domain.orders.carts import a_member, goods
from tests.make_orders import FIELDS

pytestmark = pytest.mark.usefixtures("redis")


async def test_a_line_put_in_by_the_mini_program_is_found_by_the_app(api: Api, database: Database):
    member, (variant,) = await a_member(database), await goods(database)
    mini = await a_shopper(api, database, member)
    await mini.add(variant, 2)
    new = NewClient("other-app", "App", (Grant.REFRESH,), ("member", "openid"))
    client = await register(database, new, with_secret=False)
    token = (await sign_in(database, client.id, member)).refresh_token
    answer = await refresh(api, token, client.id)
    app = Shopper(api, bearer(answer.json()["access_token"]))
    (line,) = (await app.cart())["lines"]
    assert (line["variantId"], line["units"]) == (variant_id(variant), 2)
    changed = await app.do("CartChange", lineId=line["id"], units=5)
    assert changed["cart"] == await mini.cart()
    assert changed["cart"]["selectedUnits"] == 5


async def test_a_line_is_told_whole_and_in_the_callers_language(api: Api, database: Database):
    (variant,) = await goods(database, units=1, fields=FIELDS, member_limit=1)
    shopper = await a_shopper(api, database)
    added = await shopper.add(variant, 2, personalisation=engraved(name="林小满"))
    assert added["__typename"] == "CartLineAdded"
    (line,) = added["cart"]["lines"]
    assert line.pop("addedAt")
    assert line.pop("sku")
    assert line.pop("productId").startswith("product_")
    url = line["image"].pop("url")
    assert url.startswith("https://mall.example/media/products/")
    assert line == {
        "id": added["lineId"],
        "productTitle": "山茶淡香水",
        "variantId": variant_id(variant),
        "variantTitle": "10ml",
        "kind": "PHYSICAL",
        "image": {"alt": "山茶淡香水"},
        "price": 15800,
        "personalisationPrice": 500,
        "weightGrams": 0,
        "units": 2,
        "isSelected": True,
        "personalisation": [{"code": "name", "title": "姓名", "text": "林小满"}],
        "isReturnable": False,
        "review": "PENDING",
        "problems": ["SHORT", "OVER_LIMIT"],
        "available": 1,
        "memberLimit": 1,
    }
    sums = [added["cart"][name] for name in ("selectedLines", "selectedUnits", "selectedGoods")]
    assert sums == [1, 2, 2 * 16300]
    (line,) = (await shopper.cart(**{"accept-language": "en"}))["lines"]
    assert (line["productTitle"], line["personalisation"][0]["title"]) == (
        "Camellia Eau de Toilette",
        "Name",
    )


async def test_a_request_that_is_sent_again_adds_once(api: Api, database: Database):
    (variant,) = await goods(database, fields=FIELDS)
    shopper = await a_shopper(api, database)
    for more in ({}, {"personalisation": engraved(name="林")}):
        given = {"requestId": str(make.an_id()), **more}
        first = await shopper.add(variant, 3, **given)
        again = await shopper.add(variant, 3, **given)
        assert again == first
    assert [line["units"] for line in (await shopper.cart())["lines"]] == [3, 3]


async def test_two_that_send_one_request_at_once_add_once(api: Api, database: Database):
    (variant,) = await goods(database)
    shopper = await a_shopper(api, database)
    given = {"requestId": str(make.an_id())}
    first, second = await asyncio.gather(*(shopper.add(variant, 3, **given) for _ in range(2)))
    assert first == second
    assert (await shopper.cart())["selectedUnits"] == 3


async def test_two_requests_at_once_for_the_same_make_one_line_with_the_sum(
    api: Api, database: Database
):
    (variant,) = await goods(database)
    shopper = await a_shopper(api, database)
    first, second = await asyncio.gather(shopper.add(variant, 2), shopper.add(variant, 3))
    assert first["lineId"] == second["lineId"]
    (line,) = (await shopper.cart())["lines"]
    assert line["units"] == 5


async def test_lines_are_selected_and_removed_one_by_one_or_all_at_once(
    api: Api, database: Database
):
    first, second = await goods(database, prices_fen=(100, 7))
    shopper = await a_shopper(api, database)
    ids = [(await shopper.add(each))["lineId"] for each in (first, second)]

    async def chosen(document: str, **given: object) -> list[bool]:
        saved = await shopper.do(document, **given)
        assert saved["__typename"] == "CartSaved"
        return [line["isSelected"] for line in saved["cart"]["lines"]]

    assert await chosen("CartSelect", isSelected=False) == [False, False]
    assert await chosen("CartSelect", lineIds=ids[:1], isSelected=True) == [False, True]
    assert await chosen("CartSelect", lineIds=None, isSelected=True) == [True, True]
    assert await chosen("CartChange", lineId=ids[0], isSelected=False) == [True, False]
    assert await chosen("CartRemove", lineIds=ids[:1]) == [True]
    assert await chosen("CartRemove", lineIds=ids) == []
    assert await chosen("CartRemove", lineIds=ids) == []


async def test_what_is_left_out_of_a_change_stays_and_null_is_no_value(
    api: Api, database: Database
):
    (variant,) = await goods(database)
    shopper = await a_shopper(api, database)
    line_id = (await shopper.add(variant, 2))["lineId"]
    await shopper.do("CartChange", lineId=line_id, isSelected=False)
    (line,) = (await shopper.do("CartChange", lineId=line_id, units=4))["cart"]["lines"]
    assert (line["units"], line["isSelected"]) == (4, False)
    given = {"lineId": line_id, "units": None}
    answer = await api.run("miniprogram/CartChange", shopper.headers, input=given)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"


REFUSALS: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("variant", {}, "VariantUnavailable", "该商品已下架。", "This is not sold at this moment."),
    ("kind", {}, "NotOrderable", "该商品暂不支持下单。", "This cannot be ordered yet."),
    (
        "good",
        {"units": 1000},
        "InvalidInput",
        "输入有误，请按提示修改。",
        "Something in the input is wrong; please correct it.",
    ),
    (
        "half",
        {"units": 500},
        "TooManyUnits",
        "单种商品最多 999 件，购物车中已有 500 件。",
        "A line has at most 999 units; 500 are in the cart already.",
    ),
]


@pytest.mark.parametrize(("about", "more", "name", "zh", "en"), REFUSALS)
async def test_refusals_are_told_in_both_languages(
    api: Api, database: Database, about: str, more: dict[str, Any], name: str, zh: str, en: str
):
    kind = ProductKind.SERVICE if about == "kind" else ProductKind.PHYSICAL
    (variant,) = await goods(database, kind=kind)
    shopper = await a_shopper(api, database)
    if about == "half":
        await shopper.add(variant, 500)
    wanted = make.an_id() if about == "variant" else variant
    english = Shopper(api, {**shopper.headers, "accept-language": "en"})
    for who, sentence in ((shopper, zh), (english, en)):
        refused = await who.add(wanted, **more)
        assert (refused["__typename"], refused["message"]) == (name, sentence)


async def test_a_hundred_and_first_line_is_refused_in_words(api: Api, database: Database):
    shopper = await a_shopper(api, database)
    for variant in await goods(database, prices_fen=(1,) * 100, units=None):
        assert (await shopper.add(variant))["__typename"] == "CartLineAdded"
    (other,) = await goods(database)
    refused = await shopper.add(other)
    assert (refused["__typename"], refused["most"]) == ("CartFull", 100)
    assert refused["message"] == "购物车最多 100 种商品，请先清理。"
    assert len((await shopper.cart())["lines"]) == 100


async def test_a_line_that_is_gone_is_told_as_such(api: Api, database: Database):
    (variant,) = await goods(database)
    shopper = await a_shopper(api, database)
    line_id = (await shopper.add(variant))["lineId"]
    await shopper.do("CartRemove", lineIds=[line_id])
    gone = await shopper.do("CartChange", lineId=line_id, units=2)
    assert gone["__typename"] == "CartLineUnavailable"


async def test_a_cart_costs_two_statements_however_many_lines_it_has(api: Api, database: Database):
    shopper = await a_shopper(api, database)
    for variant in await goods(database, prices_fen=(1,) * 20):
        await shopper.add(variant)
    before = statements_run()
    assert len((await shopper.cart())["lines"]) == 20
    assert statements_run() == before + 2
    viewer = await api.run("miniprogram/Viewer", shopper.headers)
    assert "cart" not in viewer["data"]["viewer"]
    assert statements_run() == before + 3


async def test_adding_sends_a_fixed_number_of_statements(
    api: Api, database: Database, redis: Redis
):
    shopper = await a_shopper(api, database)
    variants = await goods(database, prices_fen=(1,) * 10)
    for variant in variants:
        before = statements_run()
        await shopper.add(variant)
        # The cart that is answered.
        assert statements_run() == before + 1


async def test_a_profile_that_is_saved_answers_with_the_cart_where_it_is_asked(
    api: Api, database: Database
):
    (variant,) = await goods(database)
    shopper = await a_shopper(api, database)
    await shopper.add(variant, 2)
    text = """mutation($input: EditProfileInput!) { editProfile(input: $input) {
      ... on ViewerSaved { viewer { name cart { selectedUnits } } } } }"""
    given = {"requestId": str(make.an_id()), "name": "小满"}
    answer = await api.query(text, shopper.headers, input=given)
    viewer = answer["data"]["editProfile"]["viewer"]
    assert viewer == {"name": "小满", "cart": {"selectedUnits": 2}}


async def test_a_draft_is_told_like_what_is_not_there(api: Api, database: Database):
    (draft,) = await goods(database, status=ProductStatus.DRAFT)
    shopper = await a_shopper(api, database)
    tries: list[dict[str, Any]] = [{}, {"personalisation": engraved(name="林")}]
    for more in tries:
        assert await shopper.add(draft, **more) == await shopper.add(make.an_id(), **more)


@pytest.mark.parametrize("document", ["CartAdd", "CartChange", "CartRemove", "CartSelect"])
async def test_carts_are_for_members(api: Api, database: Database, document: str):
    given: dict[str, dict[str, object]] = {
        "CartAdd": {"requestId": str(make.an_id()), "variantId": variant_id(make.an_id())},
        "CartChange": {"lineId": f"cartline_{make.an_id().hex}"},
        "CartRemove": {"lineIds": []},
        "CartSelect": {"isSelected": True},
    }
    for headers, code in ((AS_STAFF, "FORBIDDEN"), ({}, "UNAUTHENTICATED")):
        answer = await api.run(f"miniprogram/{document}", headers, input=given[document])
        assert answer["errors"][0]["extensions"]["code"] == code
