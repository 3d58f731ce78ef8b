"""The tree of categories: what follows from each shelf, whatever the tree."""

from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.catalog.content import DEEPEST_CATEGORY
from domain.catalog.tree import CategoryContent, Standing, problems_in, standings_of
from domain.kernel.language import Bilingual

KEYS = [UUID(int=number) for number in range(1, 9)]
shelves = st.lists(
    st.tuples(st.integers(-1, len(KEYS) - 1), st.booleans()), min_size=1, max_size=len(KEYS)
)


def tree_of(parents: list[tuple[int, bool]]) -> dict[UUID, CategoryContent]:
    """A tree, or something that is none: parents by number, below zero for the top."""
    return {
        KEYS[number]: CategoryContent(
            code=f"C{number}",
            title=Bilingual("分类", "Category"),
            parent_id=KEYS[parent] if 0 <= parent < len(parents) else None,
            is_hidden=is_hidden,
        )
        for number, (parent, is_hidden) in enumerate(parents)
    }


def way_up(tree: dict[UUID, CategoryContent], key: UUID) -> list[UUID]:
    """The shelf and those above it; cut off where it is a circle."""
    way = [key]
    while (parent := tree[way[-1]].parent_id) and len(way) < 2 * len(KEYS):
        way.append(parent)
    return way


@given(shelves)
def test_a_tree_is_refused_exactly_where_a_way_up_is_too_long(parents: list[tuple[int, bool]]):
    tree = tree_of(parents)
    changed = Random(len(parents)).choice(list(tree))
    is_too_deep = any(len(way_up(tree, key)) > DEEPEST_CATEGORY for key in tree)
    assert bool(list(problems_in(tree, changed))) == is_too_deep


@given(shelves)
def test_a_shelf_is_seen_where_nothing_on_its_way_up_is_hidden(parents: list[tuple[int, bool]]):
    tree = tree_of(parents)
    if list(problems_in(tree, KEYS[0])):
        return
    assert standings_of(tree) == {
        key: Standing(
            depth=len(way_up(tree, key)),
            is_visible=not any(tree[each].is_hidden for each in way_up(tree, key)),
        )
        for key in tree
    }
