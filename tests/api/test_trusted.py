"""Trusted documents: each runs, under the id of its bytes, and production runs nothing else."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    ListTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    TypeNode,
    is_required_input_field,
    parse,
    parse_type,
)

import api.trusted
from api.schema import SCHEMA
from api.trusted.registry import PREFIX, trusted_documents
from domain.catalog import models
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from tests import make
from tests.api.client import DOCUMENT_IDS, Api, statements_run
from tests.api.of_members import OF_MEMBERS

FOLDER = Path(api.trusted.__file__).parent / "documents"
TEXTS = {document.name: document.text for document in trusted_documents().values()}


@dataclass(frozen=True)
class Case:
    """How one document is sent and what its data must be."""

    variables: Callable[[models.Product], dict[str, object]]
    data: Callable[[models.Product], Any]
    variants: tuple[dict[str, object], ...] = (
        {"title": "10ml", "price": 15800},
        {"title": "20ml", "price": 29900},
    )


NOWHERE: list[str] = []


def image_of(product: models.Product) -> dict[str, str]:
    return {"url": f"https://mall.example/media/{product.image_key}"}


def cursor_of(product: models.Product) -> str:
    assert product.visible_from
    microseconds = int(product.visible_from.timestamp()) * 1_000_000
    return f"{public_id('newest', product.id)}.{microseconds}"


def tree_of(product: models.Product) -> dict[str, object]:
    shelf = {"id": public_id("category", product.category_id), "title": "香氛"}
    below: list[object] = []
    return {"categoryTrees": [{"category": shelf, "children": below}]}


CASES = {
    "miniprogram/ProductDetail": Case(
        variables=lambda product: {"id": public_id("product", product.id)},
        data=lambda product: {
            "product": {
                "id": public_id("product", product.id),
                "title": "山茶淡香水",
                "image": image_of(product),
                "category": {
                    "id": public_id("category", product.category_id),
                    "title": "香氛",
                },
            }
        },
    ),
    "miniprogram/ProductPage": Case(
        variables=lambda product: {"id": public_id("product", product.id)},
        data=lambda product: {
            "product": {
                "id": public_id("product", product.id),
                "code": product.code,
                "kind": "PHYSICAL",
                "title": "山茶淡香水",
                "image": {**image_of(product), "alt": "山茶淡香水"},
                "pictures": [],
                "fromPrice": 15800,
                "memberLimit": None,
                "category": {"id": public_id("category", product.category_id), "title": "香氛"},
                "tags": [],
                "options": [],
                "description": [],
                "personalisation": [],
            }
        },
        variants=(
            {"price": 15800, "lowestRecentPrice": None, "isInStock": False, "choices": []},
            {"price": 29900, "lowestRecentPrice": None, "isInStock": False, "choices": []},
        ),
    ),
    "miniprogram/ProductSearch": Case(
        variables=lambda product: {"filter": {"search": "茶淡"}, "sort": "NEWEST"},
        data=lambda product: {
            "products": {
                "edges": [
                    {
                        "node": {
                            "id": public_id("product", product.id),
                            "title": "山茶淡香水",
                            "image": {**image_of(product), "alt": "山茶淡香水"},
                            "fromPrice": 15800,
                        }
                    }
                ],
                "pageInfo": {"hasNextPage": False, "endCursor": cursor_of(product)},
            }
        },
        variants=(),
    ),
    "miniprogram/CategoryTrees": Case(
        variables=lambda product: {},
        data=tree_of,
        variants=(),
    ),
    "miniprogram/ConsentTexts": Case(
        variables=lambda product: {}, data=lambda product: {"consentTexts": []}, variants=()
    ),
    "miniprogram/FreightRules": Case(
        variables=lambda product: {},
        data=lambda product: {
            "freightRules": [
                {
                    "title": "全国包邮",
                    "regionCodes": NOWHERE,
                    "isDelivered": True,
                    "firstGrams": 1000,
                    "firstFee": 0,
                    "stepGrams": 1000,
                    "stepFee": 0,
                    "freeFrom": None,
                }
            ]
        },
        variants=(),
    ),
    "miniprogram/Regions": Case(
        variables=lambda product: {"parentCode": "310000"},
        data=lambda product: {
            "regions": [
                {
                    "code": "310100",
                    "level": "CITY",
                    "title": "市辖区",
                    "isNominal": True,
                    "isDivided": True,
                }
            ]
        },
        variants=(),
    ),
    "miniprogram/PickUpStores": Case(
        variables=lambda product: {}, data=lambda product: {"pickUpStores": []}, variants=()
    ),
    "miniprogram/HomePage": Case(
        variables=lambda product: {},
        data=lambda product: {"homePage": {"banners": [], "sections": [], "searchWords": []}},
        variants=(),
    ),
    "miniprogram/PointsOffers": Case(
        variables=lambda product: {},
        data=lambda product: {
            "pointsOffers": {"edges": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
        },
        variants=(),
    ),
    "miniprogram/PointsOffer": Case(
        variables=lambda product: {"id": public_id("pointsoffer", product.id)},
        data=lambda product: {"pointsOffer": None},
        variants=(),
    ),
    "miniprogram/ProductStock": Case(
        variables=lambda product: {"id": public_id("product", product.id)},
        data=lambda product: {"product": {"id": public_id("product", product.id)}},
        variants=({"isInStock": False}, {"isInStock": False}),
    ),
    "miniprogram/ProductList": Case(
        variables=lambda product: {"categoryId": public_id("category", product.category_id)},
        data=lambda product: {
            "products": {
                "edges": [
                    {
                        "node": {
                            "id": public_id("product", product.id),
                            "title": "山茶淡香水",
                            "image": image_of(product),
                        }
                    }
                ],
                "pageInfo": {
                    "hasNextPage": False,
                    "endCursor": cursor_of(product),
                },
            }
        },
    ),
}
"""One case for each document that anybody may run; the variants are looked at apart."""

SUBSCRIPTIONS = {"miniprogram/OrderEvents", "miniprogram/SessionEvents"}
"""The documents that are run over sockets, all of members; likewise."""

OF_STAFF = {name for name in DOCUMENT_IDS if name.startswith("playground/")}
"""The documents of the staff; what they do is tested with what they are about."""

OF_PADS = {name for name in DOCUMENT_IDS if name.startswith("pad/")}
"""The documents of pads; likewise."""


def take_variants(data: Any) -> list[dict[str, object]]:
    """Take the variants out of a product, wherever it stands; none where none were asked for."""
    product = data.get("product")
    if "products" in data:
        product = data["products"]["edges"][0]["node"]
    return product.pop("variants", []) if product else []


def test_each_registered_document_has_a_case():
    every = set(CASES) | OF_MEMBERS | SUBSCRIPTIONS | OF_STAFF | OF_PADS
    assert every == set(DOCUMENT_IDS)


@pytest.mark.parametrize("name", sorted(OF_MEMBERS | OF_STAFF | OF_PADS))
async def test_a_document_of_members_or_the_staff_is_refused_to_strangers(
    production_api: Api, name: str
):
    before = statements_run()
    response = await production_api.post(
        {"documentId": DOCUMENT_IDS[name], "variables": variables_of(TEXTS[name])}
    )
    answered: dict[str, object] = response.json()["data"] or {}
    assert set(answered.values()) <= {None}
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert statements_run() == before


@pytest.mark.parametrize("name", sorted(SUBSCRIPTIONS))
async def test_a_subscription_of_members_is_refused_to_strangers(production_api: Api, name: str):
    before = statements_run()
    body = {"documentId": DOCUMENT_IDS[name], "variables": variables_of(TEXTS[name])}
    response = await production_api.post(body, {"accept": "text/event-stream"})
    event, data, end, *_ = response.text.splitlines()
    assert (event, end) == ("event: next", "")
    (error,) = json.loads(data.removeprefix("data: "))["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert response.text.endswith("event: complete\ndata:\n\n")
    assert statements_run() == before


def variables_of(text: str) -> dict[str, object]:
    """Variables that fit the document's declared types, for a call that is refused anyway."""
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return {
        definition.variable.name.value: fitting(definition.type)
        for definition in operation.variable_definitions or ()
        if isinstance(definition.type, NonNullTypeNode) and definition.default_value is None
    }


def fitting(type_: TypeNode) -> object:
    """A value of the type, as JSON carries it."""
    if not isinstance(type_, NonNullTypeNode):
        return None
    if isinstance(type_.type, ListTypeNode):
        return []
    name = type_.type.name.value
    named = SCHEMA.get_type(name)
    if isinstance(named, GraphQLInputObjectType):
        return {
            key: fitting(parse_type(str(field.type)))
            for key, field in named.fields.items()
            if is_required_input_field(field)
        }
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values))
    scalars = {
        "Int": 1,
        "Money": 1,
        "Points": 1,
        "UUID": str(make.an_id()),
        "DateTime": "2026-11-28T00:00:00Z",
    }
    return {**scalars, "Boolean": True}.get(name, "x")


@pytest.mark.parametrize("name", CASES)
async def test_a_trusted_document_runs_in_production(
    production_api: Api, database: Database, name: str
):
    async with database.writes.begin() as session:
        product = await make.product(session, prices_fen=(15800, 29900))
    body = {"documentId": DOCUMENT_IDS[name], "variables": CASES[name].variables(product)}
    response = (await production_api.post(body)).json()
    assert "errors" not in response
    variants = take_variants(response["data"])
    assert len(variants) == len(CASES[name].variants)
    for variant, expected in zip(variants, CASES[name].variants, strict=True):
        assert expected.items() <= variant.items()
    assert response["data"] == CASES[name].data(product)


@pytest.mark.parametrize("name", sorted(TEXTS))
async def test_production_runs_no_text_even_a_trusted_one(production_api: Api, name: str):
    before = statements_run()
    for text in (TEXTS[name], "{ __typename }"):
        response = await production_api.post({"query": text})
        assert response.status_code == 400
        assert "data" not in response.json()
        assert response.json()["errors"][0]["extensions"] == {"code": "NOT_TRUSTED"}
    assert statements_run() == before


@pytest.mark.parametrize(
    "document_id",
    [
        f"{PREFIX}{'0' * 64}",
        PREFIX,
        "miniprogram/ProductList",
        DOCUMENT_IDS["miniprogram/ProductList"].removeprefix(PREFIX),
        DOCUMENT_IDS["miniprogram/ProductList"].upper(),
        f"{DOCUMENT_IDS['miniprogram/ProductList']} ",
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_an_unknown_id_is_not_trusted(production_api: Api, document_id: str, accept: str):
    before = statements_run()
    response = await production_api.post({"documentId": document_id}, {"accept": accept})
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"] == {"code": "NOT_TRUSTED"}
    assert statements_run() == before


async def test_development_runs_a_document_by_id_or_by_text(api: Api):
    for name, text in TEXTS.items():
        if name in OF_MEMBERS | SUBSCRIPTIONS | OF_STAFF | OF_PADS:
            continue
        kind = "pointsoffer" if name == "miniprogram/PointsOffer" else "product"
        variables = {"id": public_id(kind, make.an_id())}
        by_text = await api.post({"query": text, "variables": variables})
        by_id = await api.post({"documentId": DOCUMENT_IDS[name], "variables": variables})
        assert by_text.json() == by_id.json()
        assert "errors" not in by_id.json()


def test_an_id_is_the_sha256_of_the_files_bytes():
    paths = sorted(FOLDER.rglob("*.graphql"))
    assert {
        PREFIX + hashlib.sha256(path.read_bytes()).hexdigest(): path.read_text() for path in paths
    } == {document_id: document.text for document_id, document in trusted_documents().items()}


def test_a_document_is_named_by_its_frontend_and_its_file(tmp_path: Path):
    (tmp_path / "pad").mkdir()
    (tmp_path / "pad" / "Till.graphql").write_bytes(b"{ __typename }\n")
    (tmp_path / "pad" / "notes.txt").write_text("no document")
    (document,) = trusted_documents(tmp_path).values()
    assert document.name == "pad/Till"
    assert document.text == "{ __typename }\n"
    assert document.id == PREFIX + hashlib.sha256(b"{ __typename }\n").hexdigest()
