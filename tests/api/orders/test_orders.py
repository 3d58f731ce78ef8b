"""Members read their own orders: all that an order says, and nothing of anybody else's."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.orders.words import CloseReason, DeliveryMethod, ReviewStatus
from tests import make
from tests.api.client import AS_STAFF, Api, statements_run
from tests.api.oauth.desk import as_member, mini_program, sign_in
from tests.api.orders.whole_orders import (
    FREIGHT_FEN,
    FREIGHT_OFF_FEN,
    LINE_FEN,
    OFF_FEN,
    PAYABLE_FEN,
    TEXT_FEN,
    UNIT_FEN,
    closed,
    goods,
    whole_order,
)
from tests.make import NOON

EN = {"accept-language": "en"}
WHOLE_LIST = """query ($first: Int!) {
  orders(first: $first) { edges { node {
    id payBy address { phone } store { title } lines { sku reductions { title } }
    freight { reductions { title } } payments { amount } timeline { text }
  } } }
}"""


@pytest.fixture
async def me(database: Database) -> UUID:
    """A member."""
    await mini_program(database)
    return (await sign_in(database, "mini")).member_id


async def detail(api: Api, headers: dict[str, str], order_id: UUID) -> Any:
    answer = await api.run("miniprogram/OrderDetail", headers, id=public_id("order", order_id))
    assert "errors" not in answer, answer
    return answer["data"]["order"]


async def listed(api: Api, headers: dict[str, str], **variables: object) -> Any:
    answer = await api.run("miniprogram/OrderList", headers, **variables)
    assert "errors" not in answer, answer
    return answer["data"]["orders"]


def ids(page: Any) -> list[str]:
    return [edge["node"]["id"] for edge in page["edges"]]


async def test_an_order_says_how_it_stands_and_where_it_goes(
    api: Api, database: Database, me: UUID
):
    async with database.writes.begin() as session:
        order_id = await whole_order(session, me, await goods(session))
    headers = await as_member(api, database, me)
    order = await detail(api, headers, order_id)

    assert order["id"] == public_id("order", order_id)
    assert (order["status"], order["placedAt"]) == ("PENDING_PAYMENT", "2026-11-11T04:00:00+00:00")
    assert (order["payBy"], order["closedAt"]) == ("2026-11-11T04:30:00+00:00", None)
    assert (order["channel"], order["delivery"]) == ("MINI_PROGRAM", "DELIVERY")
    assert order["store"] is None
    assert order["address"] == {
        "recipient": "王山茶",
        "phone": "+8613800138000",
        "regionCode": "310104",
        "regionNames": ["上海市", "市辖区", "徐汇区"],
        "detail": "虹桥路 1 号",
        "postcode": "200030",
    }
    assert (order["memberNote"], order["units"]) == ("请轻放", 3)
    assert order["payments"] == [
        {
            "purpose": "FULL",
            "amount": PAYABLE_FEN,
            "status": "DUE",
            "dueAt": "2026-11-11T04:30:00+00:00",
        }
    ]


async def test_an_orders_price_is_explained_line_by_line(api: Api, database: Database, me: UUID):
    async with database.writes.begin() as session:
        order_id = await whole_order(session, me, await goods(session))
    order = await detail(api, await as_member(api, database, me), order_id)

    engraved, plain = order["lines"]
    assert (engraved["number"], plain["number"]) == (1, 2)
    assert (engraved["productTitle"], engraved["variantTitle"]) == ("山茶淡香水", "10毫升")
    assert engraved["image"]["url"] == "https://mall.example/media/products/then.svg"
    assert engraved["personalisation"] == [{"code": "name", "text": "山茶"}]
    assert (engraved["review"], plain["review"]) == ("PENDING", None)
    assert (engraved["unitPrice"], engraved["personalisationUnitPrice"]) == (UNIT_FEN, TEXT_FEN)
    assert (engraved["listTotal"], engraved["payable"]) == (LINE_FEN, LINE_FEN - OFF_FEN)
    off = {"source": "coupon:1", "title": "节日优惠", "funder": "BRAND"}
    assert engraved["reductions"] == [{**off, "discountClass": "LINE", "amount": OFF_FEN}]
    assert plain["reductions"] == []
    assert (order["listTotal"], order["discountTotal"]) == (LINE_FEN + UNIT_FEN, OFF_FEN)
    assert order["freight"] == {
        "listTotal": FREIGHT_FEN,
        "reductions": [{**off, "discountClass": "SHIPPING", "amount": FREIGHT_OFF_FEN}],
        "payable": FREIGHT_FEN - FREIGHT_OFF_FEN,
    }
    assert order["payable"] == PAYABLE_FEN


async def test_an_order_is_told_in_the_readers_language(api: Api, database: Database, me: UUID):
    async with database.writes.begin() as session:
        order_id = await whole_order(
            session, me, await goods(session), delivery=DeliveryMethod.PICK_UP
        )
    headers = await as_member(api, database, me)
    zh, en = [await detail(api, headers | more, order_id) for more in ({}, EN)]
    assert zh["address"] is None
    assert (zh["store"]["title"], en["store"]["title"]) == ("徐家汇店", "Xujiahui")
    assert en["store"]["address"] == "1 Zhaojiabang Road"
    assert en["store"]["openingHours"] == "Daily 10:00-22:00"
    assert en["lines"][1]["productTitle"] == "Camellia Eau de Toilette"
    assert en["lines"][1]["variantTitle"] == "20 ml"
    assert en["lines"][0]["reductions"][0]["title"] == "Festival offer"


async def test_orders_stay_as_they_were_when_the_goods_change(
    api: Api, database: Database, me: UUID
):
    async with database.writes.begin() as session:
        made = await goods(session)
        order_id = await whole_order(session, me, made)
    headers = await as_member(api, database, me)
    before = await detail(api, headers, order_id)
    async with database.writes.begin() as session:
        product = await session.merge(made.product)
        product.title_zh, product.image_key = "新名字", "products/now.svg"
    assert await detail(api, headers, order_id) == before


async def test_the_list_is_newest_first_page_by_page(api: Api, database: Database, me: UUID):
    async with database.writes.begin() as session:
        made = await goods(session)
        keys = [
            await whole_order(session, me, made, at=NOON + timedelta(minutes=each))
            for each in range(5)
        ]
    headers = await as_member(api, database, me)
    expected = [public_id("order", key) for key in reversed(keys)]
    seen: list[str] = []
    after, has_more = None, True
    while has_more:
        page = await listed(api, headers, first=2, after=after)
        seen += ids(page)
        has_more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    assert seen == expected


async def test_the_list_can_be_of_one_status(api: Api, database: Database, me: UUID):
    async with database.writes.begin() as session:
        made = await goods(session)
        first, second, third = [
            await whole_order(session, me, made, at=NOON + timedelta(minutes=each))
            for each in range(3)
        ]
    await closed(database, second, CloseReason.CANCELLED_BY_MEMBER, NOON + timedelta(minutes=9))
    headers = await as_member(api, database, me)
    (over,) = (await listed(api, headers, status="CLOSED"))["edges"]
    assert over["node"]["id"] == public_id("order", second)
    assert (over["node"]["payBy"], over["node"]["closeReason"]) == (None, "CANCELLED_BY_MEMBER")
    waiting = await listed(api, headers, status="PENDING_PAYMENT")
    assert ids(waiting) == [public_id("order", key) for key in (third, first)]
    closed_order = await detail(api, headers, second)
    assert closed_order["closedAt"] == "2026-11-11T04:09:00+00:00"
    assert [each["status"] for each in closed_order["payments"]] == ["VOID"]


async def test_a_page_costs_four_statements_whatever_it_holds(
    api: Api, database: Database, me: UUID
):
    headers = await as_member(api, database, me)

    async def cost(first: int) -> int:
        before = statements_run()
        answer = await api.query(WHOLE_LIST, headers, first=first)
        assert "errors" not in answer, answer
        assert len(answer["data"]["orders"]["edges"]) == min(first, made)
        return statements_run() - before

    made = 0
    assert await cost(20) == 1
    async with database.writes.begin() as session:
        of = await goods(session)
        for minutes in range(12):
            await whole_order(session, me, of, at=NOON + timedelta(minutes=minutes))
    made = 12
    assert [await cost(1), await cost(20)] == [4, 4]


@pytest.mark.parametrize(
    ("selected", "statements"),
    [
        ("id number status payable freight { payable }", 1),
        ("address { detail } store { title } payments { status } payBy", 1),
        ("lines { sku }", 2),
        ("lines { reductions { amount } }", 3),
        ("freight { reductions { amount } }", 2),
        ("timeline { text }", 2),
    ],
)
async def test_what_is_not_selected_is_not_read(
    api: Api, database: Database, me: UUID, selected: str, statements: int
):
    async with database.writes.begin() as session:
        order_id = await whole_order(session, me, await goods(session))
    headers = await as_member(api, database, me)
    for root in (
        f'order(id: "{public_id("order", order_id)}") {{ %s }}',
        "orders { edges { node { %s } } }",
    ):
        before = statements_run()
        answer = await api.query("{ %s }" % (root % selected), headers)
        assert "errors" not in answer, answer
        assert statements_run() - before == statements


async def test_nobody_sees_anybody_elses_orders(api: Api, database: Database, me: UUID):
    async with database.writes.begin() as session:
        await whole_order(session, me, await goods(session))
    mine, others = await as_member(api, database, me), await as_member(api, database)
    assert len(ids(await listed(api, mine))) == 1
    assert ids(await listed(api, others)) == []
    for headers, code in (({}, "UNAUTHENTICATED"), (AS_STAFF, "FORBIDDEN")):
        answer = await api.run("miniprogram/OrderList", headers)
        assert [each["extensions"]["code"] for each in answer["errors"]] == [code]


async def test_what_is_no_id_or_cursor_is_bad_input(api: Api, database: Database, me: UUID):
    headers = await as_member(api, database, me)
    named = await api.run("miniprogram/OrderDetail", headers, id=public_id("product", me))
    paged = await api.run("miniprogram/OrderList", headers, after="nonsense")
    large = await api.query("{ orders(first: 101) { edges { cursor } } }", headers)
    for answer in (named, paged, large):
        assert [each["extensions"]["code"] for each in answer["errors"]] == ["BAD_INPUT"]
    assert await detail(api, headers, make.an_id()) is None


@pytest.mark.parametrize(
    ("reason", "zh", "en"),
    [
        (CloseReason.CANCELLED_BY_MEMBER, "您已取消订单。", "You cancelled the order."),
        (
            CloseReason.CANCELLED_BY_STAFF,
            "商家已取消订单：缺货",
            "The shop cancelled the order: 缺货",
        ),
        (
            CloseReason.NOT_PAID_IN_TIME,
            "超时未付款，订单已关闭。",
            "The order was not paid in time and has been closed.",
        ),
        (
            CloseReason.PERSONALISATION_REJECTED,
            "刻字内容未通过审核，订单已关闭：含有他人商标",
            "The engraving was not approved and the order has been closed: 含有他人商标",
        ),
    ],
)
async def test_the_timeline_tells_what_happened(
    api: Api, database: Database, me: UUID, reason: CloseReason, zh: str, en: str
):
    is_rejected = reason is CloseReason.PERSONALISATION_REJECTED
    review = ReviewStatus.REJECTED if is_rejected else ReviewStatus.PENDING
    async with database.writes.begin() as session:
        order_id = await whole_order(session, me, await goods(session), review=review)
    note = "缺货" if reason is CloseReason.CANCELLED_BY_STAFF else None
    await closed(database, order_id, reason, NOON + timedelta(minutes=31), note=note)
    headers = await as_member(api, database, me)
    told = [(await detail(api, headers | more, order_id))["timeline"] for more in ({}, EN)]
    placed = (
        "订单已提交，请在 12:30 前付款。",
        "Your order was placed; please pay by 12:30 Beijing time.",
    )
    for entries, first, second in zip(told, placed, (zh, en), strict=True):
        assert entries == [
            {"at": "2026-11-11T04:00:00+00:00", "status": "PENDING_PAYMENT", "text": first},
            {"at": "2026-11-11T04:31:00+00:00", "status": "CLOSED", "text": second},
        ]
