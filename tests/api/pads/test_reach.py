"""What a pad reaches: its own store, and of the schema only what says that it is for pads."""

import json
import re
from typing import Any, cast

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    is_required_argument,
    parse_type,
)

from api.access import Access
from api.schema import ACCESS, SCHEMA
from domain.kernel.actors import Role
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.stock.models import StockLevel
from domain.stock.views import VARIANT
from domain.stores.models import Place
from tests import make
from tests.api.client import Api
from tests.api.oauth.desk import bearer
from tests.api.pads.desk import PadInHand, Shop, desk_of, somebody
from tests.api.test_trusted import fitting

FOR_PADS = {
    Access.ANYONE,
    Access.PAD,
    Access.STAFF_AT_PAD,
    Access.STAFF_ANYWHERE,
    Access.STOCK_READER,
}
"""What a caller at a pad may be let in by; a new kind of access is none of these."""
FOR_STAFF_AT_PADS_ONLY = {Access.STAFF_ANYWHERE, Access.STAFF_AT_PAD}
DEEP = 5


def selection_of(type_: object, depth: int) -> str:
    """All that can be asked for below a field without arguments; nothing for a leaf."""
    named = SCHEMA.get_type(re.sub(r"[\[\]!]", "", str(type_)))
    if isinstance(named, GraphQLScalarType | GraphQLEnumType):
        return ""
    inner = ["__typename"]
    if depth and isinstance(named, GraphQLUnionType):
        inner += [f"... on {each} {selection_of(each, depth - 1)}" for each in named.types]
    elif depth and isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
        inner += [
            f"{name} {selection_of(typed(field), depth - 1)}"
            for name, field in named.fields.items()
            if not any(is_required_argument(each) for each in field.args.values())
        ]
    return f"{{ {' '.join(inner)} }}"


def typed(field: GraphQLField) -> str:
    """The type of a field as the schema writes it."""
    return str(cast("object", field.type))


def document_of(field: str, depth: int, given: dict[str, object]) -> tuple[str, dict[str, object]]:
    """A document that asks for a root field, so deep below it, and its variables."""
    root, _, name = field.partition(".")
    root_type = SCHEMA.get_type(root)
    assert isinstance(root_type, GraphQLObjectType)
    found: Any = root_type.fields[name]
    needed: dict[str, Any] = {
        key: each for key, each in found.args.items() if is_required_argument(each)
    }
    variables = {key: fitting(parse_type(str(each.type))) for key, each in needed.items()}
    declared = ", ".join(f"${key}: {each.type}" for key, each in needed.items())
    passed = ", ".join(f"{key}: ${key}" for key in needed)
    text = (
        f"{root.lower()} {f'Q({declared})' if declared else ''} "
        f"{{ {name}{f'({passed})' if passed else ''} {selection_of(typed(found), depth)} }}"
    )
    return text, {**variables, **{key: each for key, each in given.items() if key in needed}}


async def ask(
    api: Api,
    field: str,
    token: str,
    given: dict[str, object] | None = None,
    *,
    depth: int = DEEP,
) -> Any:
    """Ask for a root field by a token, with all that it has."""
    text, variables = document_of(field, depth, given or {})
    if field.startswith("Subscription."):
        return await first_event(api, text, token)
    return await api.query(text, bearer(token), **variables)


async def first_event(api: Api, text: str, token: str) -> Any:
    """What a subscription says first, as an event of a stream."""
    headers = {**bearer(token), "accept": "text/event-stream"}
    response = await api.http.post("/graphql", json={"query": text}, headers=headers)
    (line,) = re.findall(r"^data: (.+)$", response.text, re.MULTILINE)
    return json.loads(line)


def codes_of(answer: Any) -> set[str]:
    return {error["extensions"]["code"] for error in answer.get("errors", [])}


@pytest.fixture
async def other_pad(other_shop: Shop, pad: PadInHand) -> PadInHand:
    """A pad of another store than the first one."""
    return await other_shop.let_in("另一台")


async def tokens_at(database: Database, pad: PadInHand, role: Role = Role.OWNER) -> list[str]:
    """The token of a pad, and of somebody at it who runs the whole mall."""
    await somebody(database, "boss", role)
    body = (await pad.sign_in("boss")).json()
    return [pad.access_token, body["access_token"]]


async def test_all_that_says_not_that_it_is_for_pads_is_closed_to_them(
    pad: PadInHand, api: Api, database: Database
):
    tokens = await tokens_at(database, pad)
    closed = {field for field, access in ACCESS.items() if access not in FOR_PADS}
    assert {"Mutation.adjustStock", "Mutation.revokePad", "Query.staffMembers"} <= closed
    for field in sorted(closed):
        for token in tokens:
            assert codes_of(await ask(api, field, token, depth=0)) == {"FORBIDDEN"}, field


async def test_only_staff_reach_what_is_for_staff_at_pads(
    pad: PadInHand, api: Api, database: Database
):
    of_pad, of_staff = await tokens_at(database, pad)
    for field, access in ACCESS.items():
        if access in FOR_PADS - {Access.ANYONE}:
            is_closed = codes_of(await ask(api, field, of_pad)) == {"FORBIDDEN"}
            assert is_closed is (access in FOR_STAFF_AT_PADS_ONLY), field
            assert codes_of(await ask(api, field, of_staff)) != {"FORBIDDEN"}, field


async def test_the_wrong_stores_pad_sees_nothing(
    shop: Shop, other_pad: PadInHand, pad: PadInHand, api: Api, database: Database
):
    async with database.writes.begin() as session:
        (variant,) = await make.variants(session, 1)
        session.add(
            StockLevel(
                variant_id=variant,
                place_id=shop.store_id,
                on_hand=7331,
                held=0,
                sold=0,
                supplied=7331,
                entries=1,
            )
        )
        place = await session.get_one(Place, shop.store_id)
    told = {shop.store, place.code, place.title_zh, public_id("pad", pad.id), "7331"}
    given: dict[str, object] = {"variantIds": [public_id(VARIANT, variant)]}
    open_to_pads = {field for field, access in ACCESS.items() if access in FOR_PADS}
    assert {"Query.places", "Query.stockLevels", "Query.padViewer"} <= open_to_pads
    seen_at_home = ""
    home = await tokens_at(database, pad)
    away = [other_pad.access_token, (await other_pad.sign_in("boss")).json()["access_token"]]
    for field in sorted(open_to_pads):
        for token in away:
            answer = json.dumps(await ask(api, field, token, given), ensure_ascii=False)
            assert not [word for word in told if word in answer], field
        for token in home:
            seen_at_home += json.dumps(await ask(api, field, token, given), ensure_ascii=False)
    # So the words are those that would have been seen.
    assert [word for word in told if word not in seen_at_home] == []


async def test_staff_in_a_browser_see_all_stores(
    shop: Shop, other_shop: Shop, api: Api, database: Database
):
    desk = await desk_of(api, database, shop.manager_id)
    seen = {each["id"] for each in await desk.see("Places")}
    assert {shop.store, other_shop.store} <= seen


async def test_a_pad_asks_for_the_stock_of_its_store(pad: PadInHand, api: Api, database: Database):
    from_pad = bearer(pad.access_token)
    assert (await api.run("pad/StoreStock", from_pad, variantIds=[]))["data"] == {"stockLevels": []}
