"""Relay connections over pages by key, forward only."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

import msgspec
import strawberry

from domain.kernel.errors import BadInput
from domain.kernel.ids import key_of, public_id
from domain.kernel.language import Sentence
from domain.kernel.paging import LARGEST_PAGE, Page, Place

T = TypeVar("T")

First = Annotated[int, strawberry.argument(description="How many at most, from 1 to 100.")]
"""The size of a page as an argument, `DEFAULT_PAGE` unless it is given."""
After = Annotated[
    str | None, strawberry.argument(description="The cursor that the page begins after.")
]
"""Where a page begins as an argument, at the list's own beginning unless it is given."""

_VALUE = re.compile("0|[1-9][0-9]{0,15}")
_LARGEST_VALUE = 2**53 - 1

_PAGE_SIZE = Sentence(
    zh="参数 first 应在 1 到 {largest} 之间，收到 {first}。",
    en="The argument first must be from 1 to {largest}; it is {first}.",
)
_CURSOR = Sentence(
    zh="参数 after 不是此列表返回的游标。",
    en="The argument after is not a cursor of this list.",
)


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are more items after it.")
    has_previous_page: bool = strawberry.field(description="Whether there are items before it.")
    start_cursor: str | None = strawberry.field(
        description="The cursor of its first item; null on an empty page."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of its last item, to be passed as `after`; null on an empty page."
    )


@strawberry.type(description="An item of a list and its place in it.")
class Edge(Generic[T]):
    node: T = strawberry.field(description="The item.")
    cursor: str = strawberry.field(description="The item's place; opaque.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The items of the page, in order.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")


class EdgeView(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """The struct behind `Edge`; ``place_of`` tells where a node stands in the list's ``order``."""

    node: T
    order: str
    place_of: Callable[[T], Place]

    @property
    def cursor(self) -> str:
        """The node's place, written when it is asked for."""
        return cursor(self.order, self.place_of(self.node))


class PageInfoView(msgspec.Struct, frozen=True, gc=False):
    """The struct behind `PageInfo`."""

    has_next_page: bool
    has_previous_page: bool
    first: EdgeView[Any] | None
    end_cursor: str | None

    @property
    def start_cursor(self) -> str | None:
        """The cursor of the first item, written when it is asked for."""
        return self.first.cursor if self.first else None


class ConnectionView(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """The struct behind `Connection`."""

    edges: list[EdgeView[T]]
    page_info: PageInfoView


def page_size(first: int) -> int:
    """Check the size of a page; `BadInput` outside 1 to `LARGEST_PAGE`."""
    if not 1 <= first <= LARGEST_PAGE:
        raise BadInput(_PAGE_SIZE, largest=LARGEST_PAGE, first=first)
    return first


def place(after: str | None, order: str) -> Place | None:
    """The place behind a cursor of the list in that order; `BadInput` for anything else."""
    if after is None:
        return None
    begun, _, value = after.rpartition(".")
    key = key_of(begun, order)
    if key is None or not _VALUE.fullmatch(value) or int(value) > _LARGEST_VALUE:
        raise BadInput(_CURSOR)
    return Place(int(value), key)


def connection(
    page: Page[T], order: str, place: Callable[[T], Place], *, after: Place | None
) -> ConnectionView[T]:
    """Make the connection of a page; ``order`` names the list's order in its cursors."""
    edges = [EdgeView(item, order, place) for item in page.items]
    return ConnectionView(
        edges,
        PageInfoView(
            has_next_page=page.has_next,
            has_previous_page=after is not None,
            first=edges[0] if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )


def cursor(order: str, place: Place) -> str:
    """The cursor of a place in the list in that order; `place` reads it."""
    return f"{public_id(order, place.key)}.{place.value}"


def place_by_id(public: str, kind: str) -> Place:
    """Where a thing stands in a list that is sorted by ids alone, by its public id."""
    found = key_of(public, kind)
    assert found is not None
    return Place(0, found)
