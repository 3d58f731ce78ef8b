"""The tree of categories as pure values: what follows for all shelves from what is said of each."""

from collections.abc import Iterator, Mapping
from uuid import UUID

import msgspec

from domain.catalog.content import DEEPEST_CATEGORY, MOST_CATEGORIES
from domain.catalog.rules import problems_of_code, problems_of_title
from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Bilingual, Sentence
from domain.kernel.problems import NOT_FOUND, OUT_OF_RANGE, TAKEN, TOO_MANY

LARGEST_POSITION = 10_000
TOO_DEEP = ProblemKind(
    "too_deep",
    Sentence(
        zh="分类最多 {most} 级，且不能放在自己下面。",
        en="Categories are at most {most} deep, and none stands below itself.",
    ),
)


class CategoryContent(msgspec.Struct, frozen=True, kw_only=True):
    """All that operators say of a shelf; shelves with one parent go by position, then by age."""

    code: str
    title: Bilingual
    parent_id: UUID | None = None
    position: int = 0
    is_hidden: bool = False


class Standing(msgspec.Struct, frozen=True):
    """What follows for a shelf from its place in the tree."""

    depth: int
    is_visible: bool


Tree = Mapping[UUID, CategoryContent]


def standings_of(tree: Tree) -> dict[UUID, Standing]:
    """How deep each shelf stands, and whether it can be seen: nothing above it is hidden.

    The tree must have no problems.
    """
    found: dict[UUID, Standing] = {}

    def of(key: UUID) -> Standing:
        if key not in found:
            content = tree[key]
            above = of(content.parent_id) if content.parent_id else Standing(0, is_visible=True)
            is_visible = above.is_visible and not content.is_hidden
            found[key] = Standing(above.depth + 1, is_visible)
        return found[key]

    for key in tree:
        of(key)
    return found


def problems_in(tree: Tree, changed: UUID) -> Iterator[Problem]:
    """What keeps the tree from being one after the shelf was added or changed."""
    content = tree[changed]
    yield from problems_of_code("code", content.code)
    yield from problems_of_title("title", content.title)
    if not 0 <= content.position <= LARGEST_POSITION:
        yield OUT_OF_RANGE.at("position", least=0, most=LARGEST_POSITION)
    if any(each.code == content.code for key, each in tree.items() if key != changed):
        yield TAKEN.at("code", value=content.code)
    if len(tree) > MOST_CATEGORIES:
        yield TOO_MANY.at("code", most=MOST_CATEGORIES)
    if content.parent_id is not None and content.parent_id not in tree:
        yield NOT_FOUND.at("parentId")
    elif any(_is_too_deep(tree, key) for key in tree):
        yield TOO_DEEP.at("parentId", most=DEEPEST_CATEGORY)


def _is_too_deep(tree: Tree, key: UUID) -> bool:
    """Whether the way to the top is too long; the way of a circle is."""
    place: UUID | None = key
    for _ in range(DEEPEST_CATEGORY + 1):
        if place is None:
            return False
        place = tree[place].parent_id
    return True
