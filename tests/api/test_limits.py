"""The limits of a document: what is just allowed, what is just too much, and how it is counted."""

from collections.abc import Mapping
from typing import cast

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_introspection_query,
    get_named_type,
    parse,
    validate,
)
from hypothesis import given
from hypothesis import strategies as st

from api.cost import CostWeigher
from api.documents import Documents, InvalidDocument
from api.limits import (
    DEEPEST,
    HIGHEST_COST,
    MOST_ALIASES,
    MOST_COMMENTS,
    MOST_DIRECTIVES,
    MOST_OPERATIONS,
    MOST_REPEATS,
    MOST_TOKENS,
    fragments_of,
)
from api.schema import ACCESS, SCHEMA
from api.shape import check_shape
from domain.kernel.errors import Fault, FaultCode
from domain.kernel.language import Language
from tests.api.client import Api, statements_run

WEIGHER = CostWeigher(SCHEMA)


def is_over(text: str) -> str | None:
    """Check a document's size, whatever it says; answers with the limit it is over."""
    try:
        Documents(SCHEMA, ACCESS, adhoc_allowed=True).adhoc(text)
    except InvalidDocument:
        return None
    except Fault as fault:
        return f"{fault.code} {fault.told_in(Language.EN).partition('limit: ')[2]}"
    return None


def cost(text: str, **variables: object) -> int:
    """The cost of a valid document with one operation."""
    document = parse(text)
    assert validate(SCHEMA, document) == []
    return WEIGHER.cost(document, operation_of(document), variables)


def operation_of(document: DocumentNode) -> OperationDefinitionNode:
    """The document's first operation."""
    return next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))


def nested(depth: int) -> str:
    return "{ a " * depth + "}" * depth


def aliased(count: int) -> str:
    return " ".join(f"a{number}: __typename" for number in range(count))


def test_the_limits_are_those_of_the_table():
    assert (DEEPEST, MOST_ALIASES, MOST_DIRECTIVES, MOST_OPERATIONS) == (10, 15, 50, 10)
    assert (MOST_TOKENS, MOST_COMMENTS, MOST_REPEATS, HIGHEST_COST) == (2_000, 200, 100, 5_000)


@pytest.mark.parametrize(
    ("allowed", "refused", "reason"),
    [
        (nested(10), nested(11), "depth 11, at most 10."),
        (
            f"{{ a {{ ...f }} }} fragment f on A {nested(9)}",
            f"{{ a {{ ...f }} }} fragment f on A {nested(10)}",
            "depth 11, at most 10.",
        ),
        (
            f"{{ ... {{ ... on Query {nested(10)} }} }}",
            f"{{ ... {{ ... on Query {nested(11)} }} }}",
            "depth 11, at most 10.",
        ),
        (
            "{" + " ".join(f"a{each}: id" for each in range(15)) + "}",
            "{" + " ".join(f"a{each}: id" for each in range(16)) + "}",
            "aliases 16, at most 15.",
        ),
        (
            "{" + " ".join(f"a{each}: __typename" for each in range(15)) + "}",
            "{" + " ".join(f"a{each}: __typename" for each in range(16)) + "}",
            "aliases 16, at most 15.",
        ),
        (
            "{ ...f0 }" + "".join(f" fragment f{each} on A {{ id }}" for each in range(100)),
            "{ ...f0 }" + "".join(f" fragment f{each} on A {{ id }}" for each in range(101)),
            "fragments 101, at most 100.",
        ),
        (
            "{ a { ...f ...f ...f } } fragment f on A { a: id b: id c: id d: id e: id }",
            "{ a { ...f ...f ...f ...f } } fragment f on A { a: id b: id c: id d: id e: id }",
            "aliases 20, at most 15.",
        ),
        (
            f"{{ {'id @skip(if: false) ' * 50} }}",
            f"{{ {'id @skip(if: false) ' * 51} }}",
            "directives 51, at most 50.",
        ),
        (
            "query @a { ... @a { ...f @a ...f @a } } fragment f on Query {"
            + "id @a " * 23 + "}",
            "query @a { ... @a @a { ...f @a ...f @a } } fragment f on Query {"
            + "id @a " * 23 + "}",
            "directives 51, at most 50.",
        ),
        (
            " ".join(f"query q{each} {{ id }}" for each in range(10)),
            " ".join(f"query q{each} {{ id }}" for each in range(11)),
            "operations 11, at most 10.",
        ),
        (
            f"{{ {'id ' * 100} }}",
            f"{{ {'id ' * 101} }}",
            "repeats of one name 101, at most 100.",
        ),
        (
            f"{{ {'id ' * 50} ...f }} fragment f on Query {{ {'... { id } ' * 50} }}",
            f"{{ {'id ' * 50} ...f }} fragment f on Query {{ {'... { id } ' * 51} }}",
            "repeats of one name 101, at most 100.",
        ),
        (
            "{" + "".join(f" f{each}" for each in range(1_998)) + " }",
            "{" + "".join(f" f{each}" for each in range(1_999)) + " }",
            "tokens 2001, at most 2000.",
        ),
    ],
    ids=[
        "depth", "depth in a fragment", "depth in inline fragments", "aliases",
        "aliases of __typename", "fragments",
        "aliases per use of a fragment", "directives", "directives everywhere", "operations",
        "repeats", "repeats in fragments", "tokens",
    ],
)  # fmt: skip
def test_a_limit_allows_its_own_number_and_refuses_the_next(
    allowed: str, refused: str, reason: str
):
    assert is_over(allowed) is None
    assert is_over(refused) == f"{FaultCode.TOO_COSTLY} {reason}"


def test_200_comments_are_allowed_and_the_next_is_refused():
    assert is_over("#\n" * 200 + "{ __typename }") is None
    assert is_over("#\n" * 201 + "{ __typename }") is not None


def test_the_widest_operation_of_a_document_decides():
    assert is_over(f"query a {nested(10)} query b {nested(2)}") is None
    assert is_over(f"query a {nested(2)} query b {nested(11)}") is not None
    assert is_over(f"query a {nested(11)} query b {nested(2)}") is not None


PAGE = "{ edges { node { id } } }"


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("{ __typename }", {}, 1),
        ("{ __schema { types { name fields { name } } } }", {}, 1),
        ('{ product(id: "x") { id } }', {}, 2),
        ('{ product(id: "x") { id title image { url } category { id title } } }', {}, 8),
        ('{ product(id: "x") { variants { id price } } }', {}, 1 + 1 + 5 * 2),
        ("{ products { pageInfo { endCursor } } }", {}, 1 + 20 * 2),
        (f"{{ products {PAGE} }}", {}, 1 + 20 * 3),
        (f"{{ products(first: 10) {PAGE} }}", {}, 1 + 10 * 3),
        (f"query ($n: Int!) {{ products(first: $n) {PAGE} }}", {"n": 7}, 1 + 7 * 3),
        (f"query ($n: Int! = 9) {{ products(first: $n) {PAGE} }}", {}, 1 + 9 * 3),
        (f"query ($n: Int! = 9) {{ products(first: $n) {PAGE} }}", {"n": 2}, 1 + 2 * 3),
        (f"query ($n: Int) {{ products(first: $n) {PAGE} }}", {}, 1 + 20 * 3),
        (f"{{ products(first: 0) {PAGE} }}", {}, 1 + 1 * 3),
        (f"{{ products(first: -5) {PAGE} }}", {}, 1 + 1 * 3),
        (f"{{ products(first: 101) {PAGE} }}", {}, 1 + 100 * 3),
        (f"{{ products(first: 2147483647) {PAGE} }}", {}, 1 + 100 * 3),
        (f"query ($n: Int!) {{ products(first: $n) {PAGE} }}", {"n": 10**30}, 1 + 100 * 3),
        (
            "{ products(first: 10) { edges { node { title variants { price } } } } }",
            {},
            1 + 10 * (1 + 1 + 1 + (1 + 5)),
        ),
        ("{ a: products(first: 1) { edges { cursor } } __typename }", {}, 1 + 2 + 1),
        (
            "{ ...f ...f } fragment f on Query { products(first: 3) { edges { cursor } } }",
            {},
            2 * (1 + 3 * 2),
        ),
        (
            "{ products(first: 2) { ... on ProductConnection { ... { edges { cursor } } } } }",
            {},
            1 + 2 * 2,
        ),
        (
            '{ product(id: "x") { ... on Node { id } variants { ...v } } } '
            "fragment v on Variant { sku ...n } fragment n on Node { id }",
            {},
            1 + 1 + 1 + 5 * 2,
        ),
        ("query ($a: Boolean!) { __typename @include(if: $a) }", {"a": False}, 1),
        (
            "query ($a: Boolean!) { products(first: 5) @skip(if: $a) { edges { cursor } } }",
            {"a": True},
            1 + 5 * 2,
        ),
    ],
)  # fmt: skip
def test_the_cost_is_what_a_person_works_out(
    text: str, variables: dict[str, object], expected: int
):
    assert cost(text, **variables) == expected


def test_a_page_size_with_a_point_costs_what_it_fetches():
    text = f"query ($n: Int!) {{ products(first: $n) {PAGE} }}"
    assert cost(text, n=100.0) == 1 + 100 * 3


def costly(first: int) -> str:
    """A document that costs 4,902 and as much as ``first``."""
    return f"""{{ a: products(first: 100) {{ {"__typename " * 49} }}
                  b: products(first: {first}) {{ __typename }} }}"""


async def test_a_cost_of_5_000_is_allowed_and_5_001_is_refused(api: Api):
    assert cost(costly(98)) == 5_000
    allowed = await api.query(costly(98))
    assert "errors" not in allowed
    assert allowed["extensions"] == {"cost": {"requested": 5_000, "limit": 5_000}}

    before = statements_run()
    refused = await api.query(costly(99), {"accept-language": "en"})
    assert "data" not in refused
    assert refused["errors"] == [
        {
            "message": "The document is over a limit: cost 5001, at most 5000.",
            "extensions": {"code": "TOO_COSTLY"},
        }
    ]
    assert statements_run() == before


async def test_the_introspection_of_every_tool_runs_in_development(api: Api):
    response = await api.query(get_introspection_query())
    assert "errors" not in response
    assert response["data"]["__schema"]["queryType"]["name"] == "Query"


SIZES = {"variants": 5}


def naive_cost(
    document: DocumentNode, selections: SelectionSetNode | None, parent: GraphQLObjectType | None
) -> int:
    """The cost by walking every fragment each time it is spread."""
    total = 0
    for node in selections.selections if selections else ():
        if isinstance(node, FragmentSpreadNode):
            fragment = fragments_of(document)[node.name.value]
            total += naive_cost(document, fragment.selection_set, parent)
        elif isinstance(node, InlineFragmentNode):
            total += naive_cost(document, node.selection_set, parent)
        elif isinstance(node, FieldNode):
            field = parent.fields.get(node.name.value) if parent else None
            below = cast("GraphQLNamedType", get_named_type(field.type)) if field else None
            inner = below if isinstance(below, GraphQLObjectType) else None
            times = SIZES.get(node.name.value, 1)
            if field and "first" in field.args:
                times = 20
            total += 1 + times * naive_cost(document, node.selection_set, inner)
    return total


def naive_shape(document: DocumentNode, selections: SelectionSetNode | None) -> tuple[int, int]:
    """Depth and aliases by walking every fragment each time it is spread."""
    depth = aliases = 0
    for node in selections.selections if selections else ():
        here = 0
        if isinstance(node, FragmentSpreadNode):
            below = naive_shape(document, fragments_of(document)[node.name.value].selection_set)
        else:
            assert isinstance(node, FieldNode | InlineFragmentNode)
            below = naive_shape(document, node.selection_set)
        if isinstance(node, FieldNode):
            here = 1
            aliases += node.alias is not None
        depth = max(depth, here + below[0])
        aliases += below[1]
    return depth, aliases


LEAVES: Mapping[str, tuple[str, ...]] = {
    "Product": ("id", "title"),
    "Variant": ("sku", "price"),
    "Category": ("id", "title"),
    "ProductConnection": (),
    "ProductEdge": ("cursor",),
    "Query": (),
}
BRANCHES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Product": (("variants", "Variant"), ("category", "Category")),
    "Variant": (),
    "Category": (),
    "ProductConnection": (("edges", "ProductEdge"),),
    "ProductEdge": (("node", "Product"),),
    "Query": (("products", "ProductConnection"), ('product(id: "x")', "Product")),
}


@st.composite
def selections_of(draw: st.DrawFn, kind: str, spreads: tuple[str, ...]) -> str:
    """A selection set of that type, with some of the spreads that may stand in it."""
    branches = [
        st.tuples(st.just(name), selections_of(below, spreads)) for name, below in BRANCHES[kind]
    ]
    leaves = [st.just((leaf, "")) for leaf in (*LEAVES[kind], "__typename")]
    fields = draw(st.lists(st.one_of(*leaves, *branches), min_size=1, max_size=3))
    written: list[str] = []
    for number, (name, below) in enumerate(fields):
        has_alias = "(" in name or (name != "__typename" and draw(st.booleans()))
        written.append(
            f"{f'x{number}_{draw(st.integers(0, 9))}: ' if has_alias else ''}{name} {below}"
        )
    if kind == "Query" and spreads:
        written += draw(st.lists(st.sampled_from(spreads), max_size=3))
    text = f"{{ {' '.join(written)} }}"
    return f"{{ ... {text} }}" if draw(st.booleans()) else text


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A document over the mall's schema whose fragments spread later ones."""
    count = draw(st.integers(0, 4))
    parts = [f"query {draw(selections_of('Query', ('...f0',) if count else ()))}"]
    for number in range(count):
        later = tuple(f"...f{each}" for each in range(number + 1, count))
        body = draw(selections_of("Query", later))
        parts.append(f"fragment f{number} on Query {body}")
    return " ".join(parts)


@given(text=documents())
def test_the_cost_of_any_document_is_that_of_walking_it(text: str):
    document = parse(text)
    operation = operation_of(document)
    expected = naive_cost(document, operation.selection_set, SCHEMA.query_type)
    if expected <= HIGHEST_COST:
        assert WEIGHER.cost(document, operation, {}) == expected
    else:
        with pytest.raises(Fault, match=f"cost {expected}, at most 5000"):
            WEIGHER.cost(document, operation, {})


@given(text=documents())
def test_the_shape_of_any_document_is_that_of_walking_it(text: str):
    document = parse(text)
    depth, aliases = naive_shape(document, operation_of(document).selection_set)
    if depth > DEEPEST:
        with pytest.raises(Fault, match=f"depth {depth}, at most 10"):
            check_shape(document)
    elif aliases > MOST_ALIASES:
        with pytest.raises(Fault, match=f"aliases {aliases}, at most 15"):
            check_shape(document)
    else:
        check_shape(document)
