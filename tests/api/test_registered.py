"""A registered document is checked when it is first asked for; here each of them is."""

import pytest
from graphql import DocumentNode, GraphQLError, GraphQLSchema, print_ast, validate

from api import documents as under_test
from api.documents import Documents
from api.schema import ACCESS, SCHEMA, Mutation, Query, Subscription, schema_of
from api.trusted.registry import TrustedDocument, trusted_documents


@pytest.mark.parametrize("registered", trusted_documents().values(), ids=lambda each: each.name)
def test_each_registered_document_is_valid(registered: TrustedDocument):
    document = Documents(SCHEMA, ACCESS, adhoc_allowed=False).trusted(registered.id)
    assert document.name == registered.name
    assert document.is_trusted


def test_a_document_is_checked_once_and_none_is_at_the_start(monkeypatch: pytest.MonkeyPatch):
    checked: list[str] = []

    def counting(
        schema: GraphQLSchema, parsed: DocumentNode, max_errors: int
    ) -> list[GraphQLError]:
        checked.append(print_ast(parsed))
        return validate(schema, parsed, max_errors=max_errors)

    monkeypatch.setattr(under_test, "validate", counting)
    schema = schema_of(Query, Mutation, Subscription).executable
    one, other = [Documents(schema, ACCESS, adhoc_allowed=False) for _ in range(2)]
    assert checked == []
    document_id = next(iter(trusted_documents()))
    assert one.trusted(document_id) is other.trusted(document_id)
    assert len(checked) == 1
