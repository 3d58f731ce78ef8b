"""What belongs to one member is nothing to another: the same bytes as for what is not there."""

from collections.abc import Iterator, Mapping
from typing import Any, cast
from uuid import UUID

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_abstract_type,
)
from redis.asyncio import Redis
from sqlalchemy import select

from api.access import Access
from api.schema import ACCESS, SCHEMA
from domain.kernel.db import Database
from domain.members.models import Member
from domain.members.words import ConsentPurpose
from tests import make, make_orders
from tests.api.client import AS_STAFF, DOCUMENT_IDS, Api
from tests.api.invoices.asking import invoiced
from tests.api.members.desk import Caller, Phones, a_member, id_of, member, publish, staff
from tests.api.members.naming import Naming, in_the_cart, lives_at, ordered, signed_in, told
from tests.api.members.of_cases import CASE_NAMINGS, a_case
from tests.api.members.of_invoices import INVOICE_NAMINGS
from tests.api.members.sending import Headers, arrived, sent
from tests.api.oauth.desk import as_member
from tests.domain.invoices import bureau
from tests.domain.members.people import PHONE
from tests.domain.messages import post
from tests.domain.messages.post import paid

NAMINGS: Mapping[str, Naming] = {
    **CASE_NAMINGS,
    **INVOICE_NAMINGS,
    "Mutation.chooseDefaultAddress(input.addressId)": Naming(
        "miniprogram/ChooseDefaultAddress",
        lives_at,
        lambda public_id: {"input": {"addressId": public_id}},
    ),
    "Mutation.cancelOrder(input.orderId)": Naming(
        "miniprogram/OrderCancel",
        ordered,
        lambda public_id: {"input": {"requestId": str(make.an_id()), "orderId": public_id}},
    ),
    "Mutation.payOrder(input.orderId)": Naming(
        "miniprogram/OrderPay",
        ordered,
        lambda public_id: {"input": {"requestId": str(make.an_id()), "orderId": public_id}},
    ),
    "Mutation.confirmReceipt(input.orderId)": Naming(
        "miniprogram/OrderConfirmReceipt",
        ordered,
        lambda public_id: {"input": {"requestId": str(make.an_id()), "orderId": public_id}},
    ),
    "Mutation.extendReceipt(input.orderId)": Naming(
        "miniprogram/OrderExtendReceipt",
        ordered,
        lambda public_id: {"input": {"requestId": str(make.an_id()), "orderId": public_id}},
    ),
    "Mutation.refreshTracking(input.orderId)": Naming(
        "miniprogram/OrderRefreshTracking",
        ordered,
        lambda public_id: {
            "input": {"requestId": str(make.an_id()), "orderId": public_id, "ordinal": 1}
        },
    ),
    "Mutation.changeCartLine(input.lineId)": Naming(
        "miniprogram/CartChange",
        in_the_cart,
        lambda public_id: {"input": {"lineId": public_id, "units": 2}},
    ),
    "Mutation.completeUpload(input.uploadId)": Naming(
        "miniprogram/CompletePicture",
        arrived,
        lambda public_id: {"input": {"uploadId": public_id}},
    ),
    "Mutation.deleteAddress(input.addressId)": Naming(
        "miniprogram/DeleteAddress",
        lives_at,
        lambda public_id: {"input": {"requestId": str(make.an_id()), "addressId": public_id}},
    ),
    "Mutation.editAddress(input.addressId)": Naming(
        "miniprogram/EditAddress",
        lives_at,
        lambda public_id: {
            "input": {
                "requestId": str(make.an_id()),
                "addressId": public_id,
                "revision": 1,
                "recipient": "林小满",
            }
        },
    ),
    "Mutation.editProfile(input.pictureUploadId)": Naming(
        "miniprogram/EditProfile",
        sent,
        lambda public_id: {"input": {"requestId": str(make.an_id()), "pictureUploadId": public_id}},
    ),
    "Mutation.endSession(input.sessionId)": Naming(
        "miniprogram/EndSession",
        signed_in,
        lambda public_id: {"input": {"sessionId": public_id}},
    ),
    "Mutation.markMessagesRead(input.messageIds)": Naming(
        "miniprogram/MarkMessagesRead",
        told,
        lambda public_id: {"input": {"messageIds": [public_id]}},
        tells_more=True,
    ),
    "Mutation.removeCartLines(input.lineIds)": Naming(
        "miniprogram/CartRemove",
        in_the_cart,
        lambda public_id: {"input": {"lineIds": [public_id]}},
        tells_more=True,
    ),
    "Mutation.selectCartLines(input.lineIds)": Naming(
        "miniprogram/CartSelect",
        in_the_cart,
        lambda public_id: {"input": {"lineIds": [public_id], "isSelected": False}},
        tells_more=True,
    ),
    "Query.order(id)": Naming(
        "miniprogram/OrderDetail", ordered, lambda public_id: {"id": public_id}
    ),
    "Query.quote(input.addressId)": Naming(
        "miniprogram/Quote", lives_at, lambda public_id: {"input": {"addressId": public_id}}
    ),
    "Query.quote(input.lineIds)": Naming(
        "miniprogram/Quote", in_the_cart, lambda public_id: {"input": {"lineIds": [public_id]}}
    ),
}
"""Each argument of members that takes an id, in the words of `places_of_ids`."""
OF_EVERYBODY = {
    "Mutation.addFavourite(input.productId)",
    "Mutation.addToCart(input.variantId)",
    "Mutation.openCase(input.lines.replacementId)",
    "Query.previewCase(input.lines.replacementId)",
    "Mutation.redeemPointsOffer(input.offerId)",
    "Mutation.redeemPointsOffer(input.storeId)",
    "Mutation.removeFavourite(input.productId)",
    "Query.favouritesAmong(productIds)",
    "Query.pointsToEarn(productIds)",
    "Query.quote(input.storeId)",
}
"""Arguments of members that take the id of what nobody owns: `tests.api.favourites`,
`tests.api.points` and `tests.api.orders` show that they tell nothing of what cannot be seen."""
SHOWN_ELSEWHERE = {
    "Mutation.openCase(input.evidence)",
    "Mutation.openCase(input.lines.exchangeId)",
    "Query.previewCase(input.lines.exchangeId)",
    "Mutation.redeemPointsOffer(input.addressId)",
}
"""What `tests.api.aftersales` shows by orders that are paid, and `tests.api.points` by an offer."""
WITHOUT_IDS = {
    "Query.addresses",
    "Query.expiringPoints",
    "Query.messageChoices",
    "Query.messageTemplates",
    "Query.messages",
    "Query.favourites",
    "Query.orders",
    "Query.pendingPoints",
    "Query.pointsEntries",
    "Query.pointsTransfers",
    "Query.sessions",
    "Query.viewer",
    "Subscription.orderEvents",
    "Subscription.sessionEvents",
}
"""Reads of members that take no id: each has a test that it tells of who asks alone, here or with
what it is about."""
NOT_OF_MEMBERS = {
    Access.ANYONE,
    Access.STAFF,
    Access.STAFF_ANYWHERE,
    Access.OPERATOR,
    Access.STAFF_OR_CATALOG_READER,
    Access.STOCK_READER,
    Access.GUIDE,
    Access.STORE_MANAGER,
    Access.AUDITOR,
    Access.BOOKKEEPER,
    Access.OWNER,
    Access.PAD,
    Access.STAFF_AT_PAD,
}
"""Fields that members may not call, or that name nothing of anybody's own.

What is not listed counts as the members', so that a new kind of access is walked until it is put
here.
"""


def fields_of_members() -> Iterator[tuple[str, GraphQLField]]:
    """The root fields that members call, by ``Type.field``."""
    for root in filter(None, (SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type)):
        for name, field in root.fields.items():
            place = f"{root.name}.{name}"
            if ACCESS[place] not in NOT_OF_MEMBERS:
                yield place, field


def places_of_ids(place: str, field: GraphQLField, seen: set[str]) -> Iterator[str]:
    """Each argument that takes an id, of the field and of all that hangs below it.

    ``seen`` has the types that were walked already.
    """
    yield from (f"{place}({path})" for path in ids_of_arguments(field))
    for below in objects_of(field):
        if below.name not in seen:
            seen.add(below.name)
            for name, each in below.fields.items():
                yield from places_of_ids(f"{below.name}.{name}", each, seen)


def ids_of_arguments(field: GraphQLField) -> list[str]:
    """Where the arguments of the field itself have ids."""
    return [path for name, argument in field.args.items() for path in paths_of_ids(name, argument)]


def paths_of_ids(path: str, given: GraphQLArgument | GraphQLInputField) -> Iterator[str]:
    """Where an argument has ids: itself, or within its input object."""
    named = named_type(given)
    if named is GraphQLID:
        yield path
    if isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            yield from paths_of_ids(f"{path}.{name}", field)


def objects_of(field: GraphQLField) -> list[GraphQLObjectType]:
    """The object types that a field can answer with."""
    named = named_type(field)
    if is_abstract_type(named):
        return list(SCHEMA.get_possible_types(named))
    return [named] if isinstance(named, GraphQLObjectType) else []


def named_type(typed: Any) -> GraphQLNamedType:
    """The type of a field or an argument, out of its lists; graphql-core leaves it partly open."""
    return cast("GraphQLNamedType", get_named_type(typed.type))


def test_each_id_that_members_can_name_is_walked():
    seen: set[str] = set()
    named = [
        path for place, field in fields_of_members() for path in places_of_ids(place, field, seen)
    ]
    assert sorted(named) == sorted([*NAMINGS, *OF_EVERYBODY, *SHOWN_ELSEWHERE])


def test_each_read_of_members_without_an_id_is_tested():
    without = {
        place
        for place, field in fields_of_members()
        if not place.startswith("Mutation.") and not ids_of_arguments(field)
    }
    assert without == WITHOUT_IDS


@pytest.mark.parametrize("naming", NAMINGS.values(), ids=NAMINGS.keys())
async def test_nobody_but_its_owner_can_tell_an_object_from_none(
    api: Api, database: Database, redis: Redis, naming: Naming
):
    async with database.writes.begin() as session:
        (variant, *_) = await make_orders.goods(session)
    me, other = await as_member(api, database), await as_member(api, database)
    async with database.writes.begin() as session:
        members = list(await session.scalars(select(Member.id)))
        for each in members:
            await a_case(session, each, variant)
    await post.told(database, [paid(each) for each in members])
    if naming.own is invoiced:
        await bureau.everybody_has_asked(database)
    mine = await naming.own(api, me)
    nothing = f"{mine.rpartition('_')[0]}_{make.an_id().hex}"
    unknown = await naming.answer(api, me, nothing)

    if not naming.tells_more:
        assert await naming.answer(api, other, mine) == unknown
    for headers in (other, AS_STAFF, {}):
        known = await naming.answer(api, headers, mine)
        assert known == await naming.answer(api, headers, nothing)

    # It was there all the time, and nobody else has changed that.
    known = await naming.answer(api, me, mine)
    assert known != unknown
    assert b'"errors"' not in known


async def all_that_is_theirs(api: Api, headers: Headers) -> list[bytes]:
    """What a caller is told by each read that names nothing."""
    asked = ("AddressList", "CartView", "FavouriteList", "OrderList", "Sessions", "Viewer")
    ids = [DOCUMENT_IDS[f"miniprogram/{name}"] for name in asked]
    return [(await api.post({"documentId": each}, headers)).content for each in ids]


async def test_what_one_member_has_changes_nothing_that_others_are_told(
    api: Api, database: Database
):
    async with database.writes.begin() as session:
        await make_orders.goods(session)
    me, other = await as_member(api, database), await as_member(api, database)
    nobody: Headers = {}
    callers = (other, AS_STAFF, nobody)
    before = [await all_that_is_theirs(api, headers) for headers in callers]
    empty = await all_that_is_theirs(api, me)

    found = await api.query("{ products(first: 1) { edges { node { id } } } }")
    product = found["data"]["products"]["edges"][0]["node"]["id"]
    await api.run("miniprogram/AddFavourite", me, input={"productId": product})
    await ordered(api, me)
    await in_the_cart(api, me)
    await as_member(api, database, await member_of(api, me))
    renamed = {"requestId": str(make.an_id()), "name": "另一个名字"}
    await api.run("miniprogram/EditProfile", me, input=renamed)

    assert [await all_that_is_theirs(api, headers) for headers in callers] == before
    mine = await all_that_is_theirs(api, me)
    assert all(now != then for now, then in zip(mine, empty, strict=True))


async def member_of(api: Api, headers: Headers) -> UUID:
    """Who the caller is."""
    told = (await api.run("miniprogram/Viewer", headers))["data"]["viewer"]["id"]
    return UUID(told.partition("_")[2])


async def test_what_staff_ask_about_members_tells_members_and_nobody_nothing(database: Database):
    first, second = await a_member(database), await a_member(database, "o-2")
    for caller in (member(database, second), member(database, first), Caller(database, None)):
        known = await caller.run("playground/StaffMember", id=id_of(first))
        assert known == await caller.run("playground/StaffMember", id=id_of(make.an_id()))
    assert (await staff(database).see("StaffMember", id=id_of(first)))["id"] == id_of(first)
    assert await staff(database).see("StaffMember", id=id_of(make.an_id())) is None


async def test_each_viewer_is_told_of_themselves_alone(database: Database):
    await publish(database, ConsentPurpose.PHONE)
    first, second = await a_member(database), await a_member(database, "o-2")
    await member(database, first, phones=Phones(tap=PHONE)).do(
        "BindPhoneByWeChat", code="tap", consentVersion=1
    )
    seen = await member(database, second).read("Viewer")
    assert (seen["id"], seen["phone"]) == (id_of(second), None)
    assert [each["isGranted"] for each in seen["consents"]] == [False]
