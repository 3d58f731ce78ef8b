"""Hostile requests: whatever arrives is answered with a 2xx or 4xx, a code, and nothing of ours."""

import asyncio
import json
from collections.abc import Generator

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st
from structlog.testing import capture_logs

from domain.kernel.settings import Profile
from tests.api.answers import HANGS_AFTER_SECONDS, codes_of, refused
from tests.api.client import DOCUMENT_IDS, Api

LIST = DOCUMENT_IDS["miniprogram/ProductList"]
DETAIL = DOCUMENT_IDS["miniprogram/ProductDetail"]

ARBITRARY = trials(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=8,
)


@pytest.fixture(autouse=True)
def no_bug() -> Generator[None]:
    """Nothing that a stranger sends shows in the log as a bug of ours."""
    with capture_logs() as events:
        yield
    assert not [event for event in events if event["event"] in {"http.bug", "graphql.bug"}]


@pytest.fixture(params=list(Profile))
def any_api(request: pytest.FixtureRequest, api: Api, production_api: Api) -> Api:
    """The API in each profile."""
    return {Profile.DEVELOPMENT: api, Profile.PRODUCTION: production_api}[request.param]


def doubling(levels: int, spread: str, leaf: str) -> str:
    """A document whose every fragment holds the next one twice."""
    fragments = [
        f"fragment f{level} on Query {{ {spread.format(level + 1)} {spread.format(level + 1)} }}"
        for level in range(levels)
    ]
    return " ".join(["{ ...f0 }", *fragments, f"fragment f{levels} on Query {{ {leaf} }}"])


MALFORMED = {
    "nothing": b"",
    "null": b"null",
    "a number": b"7",
    "a string": b'"{ __typename }"',
    "an array": b"[]",
    "a batch": orjson.dumps([{"query": "{ __typename }"}] * 2),
    "not JSON": b"{ __typename }",
    "half of a body": b'{"query": "{ __ty',
    "not UTF-8": b'{"query": "\xff\xfe"}',
    "UTF-16": '{"query": "{ __typename }"}'.encode("utf-16"),
    "a lone surrogate": rb'{"query": "{ __typename }", "variables": {"a": "\ud800"}}',
    "a lone surrogate in the document": rb'{"query": "{ product(id: \"\udfff\") { id } }"}',
    "5,000 digits": b'{"documentId": "%s", "variables": {"first": %s}}'
    % (LIST.encode(), b"9" * 5_000),
    "not a number": b'{"query": "{ __typename }", "variables": {"a": NaN}}',
    "45,000 brackets deep": b'{"query": "{ __typename }", "variables": {"a": %s%s}}'
    % (b"[" * 45_000, b"]" * 45_000),
    "45,000 brackets unclosed": b'{"query": "{ __typename }", "variables": {"a": %s'
    % (b"[" * 45_000),
    "NUL in a variable": rb'{"query": "{ __typename }", "variables": {"a": ["\u0000"]}}',
    "NUL in a variable's name": rb'{"query": "{ __typename }", "variables": {"\u0000": 1}}',
    "NUL in operationName": rb'{"query": "{ __typename }", "operationName": "a\u0000"}',
    "NUL in the document": rb'{"query": "{ __typename }\u0000"}',
    "NUL in documentId": rb'{"documentId": "\u0000"}',
    "no document": b"{}",
    "a null document": b'{"query": null}',
    "two documents": orjson.dumps({"query": "{ __typename }", "documentId": LIST}),
    "a document that is a number": b'{"query": 1}',
    "a document that is a list": b'{"query": ["{ __typename }"]}',
    "an id that is a number": b'{"documentId": 1}',
    "variables that are a list": b'{"query": "{ __typename }", "variables": []}',
    "variables that are a text": b'{"query": "{ __typename }", "variables": "{}"}',
    "an operationName that is a number": b'{"query": "{ __typename }", "operationName": 1}',
    "extensions that are a list": b'{"query": "{ __typename }", "extensions": []}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_a_malformed_body_is_bad_input_with_status_400(
    any_api: Api, body: bytes, accept: str
):
    response = await any_api.post(body, {"accept": accept})
    assert response.status_code == 400
    assert codes_of(response) == ["BAD_INPUT"]
    assert "data" not in response.json()


async def test_variables_100_000_brackets_deep_are_too_large(any_api: Api):
    body = b'{"query": "{ __typename }", "variables": {"a": %s' % (b"[" * 100_000)
    response = await any_api.post(body)
    assert response.status_code == 413
    assert codes_of(response) == ["BAD_INPUT"]


@pytest.mark.parametrize("depth", [100, 500, 1_000])
@pytest.mark.parametrize("text", [rb"\u0000", b"x"])
async def test_variables_as_deep_as_json_may_be_are_bad_input(
    any_api: Api, depth: int, text: bytes
):
    value = b'%s"%s"%s' % (b"[" * depth, text, b"]" * depth)
    body = b'{"variables": {"after": %s}, "documentId": "%s"}' % (value, LIST.encode())
    assert await refused(any_api, body) == "BAD_INPUT"


async def test_variables_of_a_get_as_deep_as_json_may_be_are_bad_input(any_api: Api):
    variables = f'{{"after": {"[" * 1_000}{"]" * 1_000}}}'
    response = await any_api.http.get(
        "/graphql", params={"documentId": LIST, "variables": variables}
    )
    assert codes_of(response) == ["BAD_INPUT"]


@pytest.mark.parametrize("length", ["ten", "-1", "", "9" * 5_000, "٣"])
async def test_a_length_that_is_none_is_answered(any_api: Api, length: str):
    request = any_api.http.build_request("POST", "/graphql", content=b"{}")
    request.headers = httpx.Headers(
        [(b"content-length", length.encode()), (b"content-type", b"application/json")]
    )
    codes_of(await any_api.http.send(request))


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip"])
async def test_a_packed_body_is_not_unpacked(any_api: Api, encoding: str):
    assert await refused(any_api, b"\x1f\x8b\x08\x00", content_encoding=encoding) == "BAD_INPUT"


DOCUMENTS = {
    "circular fragments": (
        "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a __typename }",
        "BAD_INPUT",
    ),
    "a fragment in itself": ("{ ...a } fragment a on Query { ...a }", "BAD_INPUT"),
    "an unknown fragment": ("{ ...missing }", "BAD_INPUT"),
    "one fragment twice": (
        "{ ...a } fragment a on Query { __typename } fragment a on Query { __typename }",
        "BAD_INPUT",
    ),
    "20 doublings of a field": (doubling(20, "...f{}", "__typename"), "TOO_COSTLY"),
    "60 doublings of a field": (doubling(60, "...f{}", "__typename"), "TOO_COSTLY"),
    "20 doublings of a list": (
        doubling(20, "...f{}", "products { pageInfo { endCursor } }"),
        "TOO_COSTLY",
    ),
    "60 doublings of a list": (
        doubling(60, "...f{}", "products { pageInfo { endCursor } }"),
        "TOO_COSTLY",
    ),
    "20 doublings of an alias": (doubling(20, "...f{}", "a: products { x: a }"), "TOO_COSTLY"),
    "60 doublings of an alias": (doubling(60, "...f{}", "a: products { x: a }"), "TOO_COSTLY"),
    "20 doublings of a directive": (
        doubling(20, "...f{} @skip(if: false)", "__typename"),
        "TOO_COSTLY",
    ),
    "60 doublings of a directive": (
        doubling(60, "...f{} @skip(if: false)", "__typename"),
        "TOO_COSTLY",
    ),
    "60 doublings in a circle": (doubling(60, "...f{}", "...f0"), "TOO_COSTLY"),
    "20 inline fragments that double": (
        doubling(20, "... on Query {{ ...f{} }}", "__typename"),
        "TOO_COSTLY",
    ),
    "1,000 repeated fields": ("{" + " __typename" * 1_000 + " }", "TOO_COSTLY"),
    "1,000 different fields": (
        "{" + "".join(f" f{number}" for number in range(1_000)) + " }",
        "BAD_INPUT",
    ),
    "1,000 aliases": (
        "{" + "".join(f" a{number}: products" for number in range(600)) + " }",
        "TOO_COSTLY",
    ),
    "300 fields deep": ("{ a" * 300 + " }" * 300, "BAD_INPUT"),
    "150 fields deep": ("{ a" * 150 + " }" * 150, "TOO_COSTLY"),
    "600 inline fragments deep": ("{ ..." * 600 + "{ id }" + " }" * 600, "BAD_INPUT"),
    "150 inline fragments deep": ("{ ..." * 150 + "{ id }" + " }" * 150, "TOO_COSTLY"),
    "a list 900 deep": (f"{{ product(id: {'[' * 900}{']' * 900}) {{ id }} }}", "BAD_INPUT"),
    "a list 90 deep": (f"{{ product(id: {'[' * 90}{']' * 90}) {{ id }} }}", "BAD_INPUT"),
    "a type 900 deep": (
        f"query ($a: {'[' * 900}ID{']' * 900}) {{ product(id: $a) {{ id }} }}",
        "BAD_INPUT",
    ),
    "201 comments": ("#\n" * 201 + "{ __typename }", "TOO_COSTLY"),
    "a mutation": ("mutation { products { edges { cursor } } }", "BAD_INPUT"),
    "a subscription": ("subscription { products { edges { cursor } } }", "BAD_INPUT"),
    "a type system": ("type Query { a: Int }", "BAD_INPUT"),
    "an unclosed text": ('{ product(id: "', "BAD_INPUT"),
    "a lone surrogate": (r'{ product(id: "\uD800") { id } }', "BAD_INPUT"),
    "a lone surrogate in braces": (r'{ product(id: "\u{DFFF}") { id } }', "BAD_INPUT"),
    "an integer of 5,000 digits": (f"{{ product(id: {'9' * 5_000}) {{ id }} }}", "BAD_INPUT"),
    "a page of 5,000 digits": (
        f"{{ products(first: {'9' * 5_000}) {{ edges {{ cursor }} }} }}",
        "BAD_INPUT",
    ),
    "a float of 5,000 digits": (f"{{ product(id: 1e{'9' * 5_000}) {{ id }} }}", "BAD_INPUT"),
    "a limit's words in a text": ('{ " more than " }', "BAD_INPUT"),
}


@pytest.mark.parametrize(("text", "code"), DOCUMENTS.values(), ids=DOCUMENTS.keys())
async def test_a_hostile_document_is_refused_before_it_runs(api: Api, text: str, code: str):
    assert await refused(api, {"query": text}) == code


@pytest.mark.parametrize(
    "text", [text for text, _ in DOCUMENTS.values()], ids=list(DOCUMENTS.keys())
)
async def test_in_production_a_hostile_document_is_not_even_read(production_api: Api, text: str):
    assert await refused(production_api, {"query": text}) == "NOT_TRUSTED"


@pytest.mark.parametrize("length", [120, 180, 240])
async def test_a_long_chain_of_fragments_is_answered(api: Api, length: int):
    links = [f"fragment f{number} on Query {{ ...f{number + 1} }}" for number in range(length)]
    text = " ".join(["{ ...f0 }", *links, f"fragment f{length} on Query {{ __typename }}"])
    async with asyncio.timeout(HANGS_AFTER_SECONDS):
        codes_of(await api.post({"query": text}))


@pytest.mark.parametrize("escape", [r"\u0000", r"\u{0}", r"x\u0000y"])
@pytest.mark.parametrize("argument", ["after", "categoryId"])
async def test_nul_in_a_text_of_the_document_is_bad_input(api: Api, escape: str, argument: str):
    text = f'{{ products({argument}: "{escape}") {{ edges {{ cursor }} }} }}'
    assert await refused(api, {"query": text}) == "BAD_INPUT"


@pytest.mark.parametrize("escape", [r"\u0000", r"\u{0}"])
async def test_nul_in_an_id_of_the_document_is_bad_input(api: Api, escape: str):
    response = await api.post({"query": f'{{ product(id: "{escape}") {{ id }} }}'})
    assert codes_of(response) == ["BAD_INPUT"]
    assert "data" not in response.json()


@pytest.mark.parametrize("text", ["mutation { x }", "mutation { products { __typename } }"])
async def test_a_get_runs_no_text_and_so_no_mutation(any_api: Api, text: str):
    response = await any_api.http.get("/graphql", params={"query": text})
    assert response.status_code == 400
    assert codes_of(response) == ["BAD_INPUT"]


@pytest.mark.parametrize(
    "text",
    ["{ __schema { types { name } } }", '{ __type(name: "Product") { name } }', "{ produts }"],
)
async def test_production_tells_nothing_of_its_schema(production_api: Api, text: str):
    response = await production_api.post({"query": text})
    assert codes_of(response) == ["NOT_TRUSTED"]
    for word in ("Product", "Did you mean", "products"):
        assert word not in response.text


async def test_production_suggests_nothing_for_wrong_variables(production_api: Api):
    response = await production_api.post(
        {"documentId": LIST, "variables": {"first": "twenty", "after": {"products": 1}}}
    )
    assert codes_of(response) == ["BAD_INPUT", "BAD_INPUT"]
    assert "Did you mean" not in response.text
    assert "data" not in response.json()


@pytest.mark.parametrize("name", ["", "\\", "' OR 1=1 --", "{0.__class__}", "{name}", "名"])
async def test_a_wrong_operation_name_is_told_as_it_is(any_api: Api, name: str):
    body: dict[str, object] = {"documentId": LIST, "operationName": name}
    assert await refused(any_api, body) == "BAD_INPUT"


@ARBITRARY
@given(body=st.binary(max_size=200))
async def test_arbitrary_bytes_are_answered(api: Api, body: bytes):
    assert codes_of(await api.post(body))


@ARBITRARY
@given(body=JSON)
async def test_arbitrary_json_is_answered(api: Api, body: object):
    assert codes_of(await api.post(_json(body)))


@ARBITRARY
@given(query=st.text(max_size=80), variables=JSON, name=JSON)
async def test_arbitrary_parameters_are_answered(
    api: Api, query: str, variables: object, name: object
):
    body = _json({"query": query, "variables": variables, "operationName": name})
    assert codes_of(await api.post(body))


@ARBITRARY
@given(
    category_id=st.none() | st.text() | JSON,
    first=st.integers() | JSON,
    after=st.none() | st.text() | JSON,
)
async def test_arbitrary_arguments_of_a_list_are_answered(
    api: Api, category_id: object, first: object, after: object
):
    variables = {"categoryId": category_id, "first": first, "after": after}
    codes_of(await api.post(_json({"documentId": LIST, "variables": variables})))


@ARBITRARY
@given(product_id=st.text() | JSON | st.text("0123456789abcdef").map(lambda key: f"product_{key}"))
async def test_an_arbitrary_id_is_answered(api: Api, product_id: object):
    codes_of(await api.post(_json({"documentId": DETAIL, "variables": {"id": product_id}})))


@ARBITRARY
@given(text=st.text(max_size=100))
async def test_arbitrary_text_in_a_literal_is_answered(api: Api, text: str):
    literal = orjson.dumps(text).decode()
    query = f"{{ products(after: {literal}, categoryId: {literal}) {{ edges {{ cursor }} }} }}"
    codes = codes_of(await api.post({"query": query}))
    assert codes
    codes = codes_of(await api.post({"query": f"{{ product(id: {literal}) {{ id }} }}"}))
    assert codes == ["BAD_INPUT"]


@ARBITRARY
@given(name=st.sampled_from(["accept", "accept-language", "content-type", "if-none-match"]),
       value=st.text(st.characters(min_codepoint=32, max_codepoint=126)))  # fmt: skip
async def test_an_arbitrary_header_is_answered(api: Api, name: str, value: str):
    response = await api.post({"documentId": LIST}, {name: value})
    assert response.status_code in {200, 406, 415}
    codes_of(response)


def _json(value: object) -> bytes:
    """JSON as a hostile client may write it, with integers of any size."""
    return json.dumps(value).encode()
