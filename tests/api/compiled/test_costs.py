"""The cost of a trusted document is remembered, and is what it would be if it were not."""

import pytest
from graphql import parse

from api.cost import CostWeigher
from api.documents import ADHOC, Document
from api.schema import SCHEMA
from api.trusted.registry import trusted_documents
from domain.kernel.errors import Fault, FaultCode

LISTED = next(
    each for each in trusted_documents().values() if each.name == "miniprogram/ProductList"
)
SIZES = [20, 1, 100, 0, -5, 10**6, 20.0, 3.5, "20", None, True]


def test_a_remembered_cost_is_the_cost_whatever_the_page() -> None:
    parsed, weigher = parse(LISTED.text), CostWeigher(SCHEMA)
    operation = Document(ADHOC, parsed).operation(None)
    for variables in [{}, *({"first": size} for size in SIZES)] * 2:
        expected = CostWeigher(SCHEMA).cost(parsed, operation, variables)
        assert weigher.cost_of_known(parsed, operation, variables) == expected


def test_a_known_document_past_the_limit_is_too_costly_each_time() -> None:
    text = """query ($n: Int!) { products(first: $n) { edges { node { variants {
        a: id b: id c: id d: id e: id f: id g: id h: id i: id j: id k: id } } } } }"""
    parsed, weigher = parse(text), CostWeigher(SCHEMA)
    operation = Document(ADHOC, parsed).operation(None)
    assert weigher.cost_of_known(parsed, operation, {"n": 1}) < 100
    for _ in range(2):
        with pytest.raises(Fault) as refused:
            weigher.cost_of_known(parsed, operation, {"n": 100})
        assert refused.value.code is FaultCode.TOO_COSTLY
