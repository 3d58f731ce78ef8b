"""Requests that need not be read again: those of a crowd, and never those of somebody."""

from typing import cast

import pytest
from graphql import DocumentNode

from api.arriving import HttpRequest
from api.caching.known import LONGEST_KEY, MOST_KNOWN, KnownRequests
from api.caching.reads import PublicRead, Wanted
from api.documents import Document
from api.media_types import GRAPHQL
from domain.kernel.language import Language

READ = PublicRead(Document("toy", cast("DocumentNode", None)), (), frozenset())
WANTED = Wanted(READ, Language.ZH, ("toy", None, "zh", b"{}"))


async def nothing_comes() -> dict[str, object]:
    """The body of a request that has none."""
    return {"type": "http.request"}


def request(method: str = "GET", query: bytes = b"a=1", **headers: str) -> HttpRequest:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"method": method, "query_string": query, "headers": raw}
    return HttpRequest(scope, nothing_comes)


def test_the_same_request_is_known_whatever_does_not_choose_its_answer():
    known = KnownRequests()
    assert known.find(request()) is None
    known.remember(request(user_agent="one", accept_encoding="gzip"), WANTED, GRAPHQL)
    found = known.find(request("HEAD", user_agent="other"))
    assert found
    assert (found.wanted, found.media_type) == (WANTED, GRAPHQL)


@pytest.mark.parametrize(
    "other",
    [
        request(query=b"a=2"),
        request(accept="text/html"),
        request(accept_language="en"),
        request("POST"),
        request(authorization=""),
        request(authorization="Bearer token"),
        request(if_none_match='"tag"'),
    ],
    ids=["query", "type", "language", "method", "empty header", "token", "tag"],
)
def test_another_request_is_read(other: HttpRequest):
    known = KnownRequests()
    known.remember(request(), WANTED, GRAPHQL)
    assert known.find(other) is None


def test_a_request_of_somebody_is_never_remembered():
    known = KnownRequests()
    for theirs in (request(authorization="Bearer token"), request("POST")):
        known.remember(theirs, WANTED, GRAPHQL)
    known.remember(request(query=b"x" * (LONGEST_KEY + 1)), WANTED, GRAPHQL)
    assert len(known) == 0


def test_no_more_are_known_than_so_many():
    known = KnownRequests()
    for number in range(MOST_KNOWN + 1):
        known.remember(request(query=b"%d" % number), WANTED, GRAPHQL)
        assert len(known) <= MOST_KNOWN
    assert known.find(request(query=b"%d" % MOST_KNOWN)) is not None
