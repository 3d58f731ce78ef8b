"""Small documents that grow as they are walked: refused, or walked once."""

import asyncio

import pytest

from tests.api.answers import HANGS_AFTER_SECONDS, refused
from tests.api.client import Api

DOUBLING_TYPES = " ".join(
    f"fragment F{each} on __Type {{ ...F{each + 1} ...F{each + 1} }}" for each in range(20)
)
NESTED_CHAIN = " ".join(
    f"fragment A{each} on Product {{ ... {{ ... {{ ...A{each + 1} }} }} }}" for each in range(98)
)
AMPLIFIED = {
    "introspection through aliases": "{ __schema { "
    + " ".join(f"t{each}: types {{ ...U }}" for each in range(8))
    + " } } fragment U on __Type { "
    + " ".join(f"f{each}: fields {{ args {{ type {{ name }} }} }}" for each in range(8))
    + " }",
    "introspection through fragments": "{ __schema { types { ...F0 } } } "
    + DOUBLING_TYPES
    + " fragment F20 on __Type { fields { name args { name } } }",
    "fragments nested in inline ones": "{ products { edges { node { ...A0 } } } } "
    + NESTED_CHAIN
    + " fragment A98 on Product { id }",
    "inline fragments in each other": "{" + "...{" * 150 + "__typename" + "}" * 151,
}


@pytest.mark.parametrize("text", AMPLIFIED.values(), ids=AMPLIFIED.keys())
async def test_a_document_that_grows_as_it_is_walked_is_too_costly(api: Api, text: str):
    assert await refused(api, {"query": text}) == "TOO_COSTLY"


async def test_a_fragment_is_looked_into_once_for_each_place(api: Api):
    """Doubling fragments before a chain: 4,096 times 80 steps for a walk without a memory."""
    doubling = " ".join(
        f"fragment D{each} on Product {{ ...D{each + 1} ...D{each + 1} }}" for each in range(10)
    )
    chain = " ".join(f"fragment C{each} on Product {{ ...C{each + 1} }}" for each in range(40))
    end = "fragment D10 on Product { ...C0 } fragment C40 on Product { id }"
    text = f"{{ products(first: 1) {{ edges {{ node {{ ...D0 }} }} }} }} {doubling} {chain} {end}"
    async with asyncio.timeout(HANGS_AFTER_SECONDS):
        response = await api.post({"query": text})
    assert response.json()["data"] == {"products": {"edges": []}}
