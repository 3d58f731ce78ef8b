"""Which trusted documents are compiled: all but those that are named here, and each hot one."""

from collections.abc import Iterator

import pytest
from graphql import OperationDefinitionNode, parse

from api.compiled.library import plans_of
from api.schema import SCHEMA
from api.trusted.registry import trusted_documents

HOT = {
    "miniprogram/CartAdd",
    "miniprogram/CartChange",
    "miniprogram/CartView",
    "miniprogram/ExpiringPoints",
    "miniprogram/HomePage",
    "miniprogram/OrderDetail",
    "miniprogram/OrderList",
    "miniprogram/OrderPay",
    "miniprogram/OrderPlace",
    "miniprogram/PendingPoints",
    "miniprogram/PointsBalance",
    "miniprogram/PointsEntries",
    "miniprogram/ProductDetail",
    "miniprogram/ProductList",
    "miniprogram/ProductPage",
    "miniprogram/ProductSearch",
    "miniprogram/ProductStock",
    "miniprogram/Quote",
    "miniprogram/UnreadMessages",
    "miniprogram/Viewer",
    "pad/PadViewer",
    "pad/StoreStock",
}
"""What people wait for many times a second: none of these may ever fall back."""

LEFT_TO_GRAPHQL_CORE = {
    "miniprogram/OrderEvents": "a subscription",
    "miniprogram/SessionEvents": "a subscription",
    "playground/OrderExport": "OrderExport.failure has a resolver",
    "playground/OrderExports": "OrderExport.downloadPath has a resolver",
    "playground/ProductImport": "ProductImport.failure has a resolver",
    "playground/ProductImportRows": "ProductImportRow.problems has a resolver",
    "playground/ShipmentImport": "ShipmentImport.failure has a resolver",
    "playground/ShipmentImportRows": "ShipmentImportRow.problems has a resolver",
    "playground/StaffHomePage": "StaffLink.targetId has a resolver",
}
"""Rare ones, each with its reason: a new one here is a decision, not an accident."""


def reasons() -> Iterator[tuple[str, str]]:
    for document in trusted_documents().values():
        parsed = parse(document.text)
        for each in parsed.definitions:
            if isinstance(each, OperationDefinitionNode):
                why_not = plans_of(SCHEMA).why_not(parsed, each)
                if why_not:
                    yield document.name, why_not


def test_every_trusted_document_is_compiled_but_those_that_are_named() -> None:
    assert dict(reasons()) == LEFT_TO_GRAPHQL_CORE


@pytest.mark.parametrize("name", sorted(HOT))
def test_a_hot_document_never_falls_back(name: str) -> None:
    names = {document.name for document in trusted_documents().values()}
    assert name in names
    assert name not in LEFT_TO_GRAPHQL_CORE
