"""The tree of categories, as people see it."""

from collections import defaultdict
from functools import cache
from uuid import UUID

from sqlalchemy import ARRAY, any_, bindparam, select
from sqlalchemy import Uuid as UuidColumn

from domain.catalog import models
from domain.catalog.views.structs import CATEGORY, Category, CategoryTree
from domain.catalog.views.titles import title_of
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Language


async def category_trees(reads: ReadPool, language: Language) -> list[CategoryTree]:
    """All shelves that can be seen, in the operators' order, from the top down."""
    children: dict[UUID | None, list[tuple[UUID, str]]] = defaultdict(list)
    for key, parent_id, title in await _visible(language).rows(reads):
        children[parent_id].append((key, title))

    def below(parent_id: UUID | None) -> list[CategoryTree]:
        return [
            CategoryTree(Category(public_id(CATEGORY, key), title), below(key))
            for key, title in children[parent_id]
        ]

    return below(None)


async def visible_categories(reads: ReadPool, keys: list[UUID]) -> set[UUID]:
    """Those of the categories that can be seen."""
    return {row[0] for row in await _among().rows(reads, keys=keys)}


@cache
def _visible(language: Language) -> HotRead:
    category = models.Category
    return HotRead(
        select(category.id, category.parent_id, title_of(category, language))
        .where(category.is_visible)
        .order_by(category.position, category.id)
    )


@cache
def _among() -> HotRead:
    category = models.Category
    keys = bindparam("keys", type_=ARRAY(UuidColumn))
    return HotRead(select(category.id).where(category.id == any_(keys), category.is_visible))
